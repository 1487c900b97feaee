//! Which events a text filter lets through, found incrementally: new events are looked at once, in slices of time.

use workflow_ui_core::protocol::find_text;

/// The events that match, by their place in the shown log.
#[derive(Debug, Default)]
pub(crate) struct Matches {
    /// The whole filter as it was typed.
    filter: String,
    /// Only events of this class, if any.
    class: Option<String>,
    needle: String,
    /// Upper-case letters in the text make it case-sensitive.
    exact: bool,
    scanned: usize,
    found: Vec<u32>,
}

impl Matches {
    /// Matches of a filter, which is a text, or `class:Progress` and perhaps a text; nothing is looked at yet.
    pub(crate) fn new(filter: &str) -> Self {
        let (class, needle) = split(filter);
        let exact = needle.chars().any(char::is_uppercase);
        Self {
            filter: filter.to_owned(),
            class: class.map(str::to_owned),
            needle: needle.to_owned(),
            exact,
            scanned: 0,
            found: Vec::new(),
        }
    }

    /// Is there a filter at all?
    pub(crate) fn is_on(&self) -> bool {
        !self.filter.is_empty()
    }

    /// The filter.
    pub(crate) fn filter(&self) -> &str {
        &self.filter
    }

    /// Places that match, ascending.
    pub(crate) fn found(&self) -> &[u32] {
        &self.found
    }

    /// Looks at events up to `len` while `go_on` allows it; true when all were seen. `get` hands an event's class and payload to the
    /// closure it is given.
    pub(crate) fn scan(
        &mut self,
        len: usize,
        mut go_on: impl FnMut() -> bool,
        mut get: impl FnMut(usize, &mut dyn FnMut(&str, &str)),
    ) -> bool {
        while self.scanned < len {
            let at = self.scanned;
            let mut hit = false;
            get(at, &mut |class, payload| {
                hit = self.class.as_ref().is_none_or(|only| only == class)
                    && (self.fits(class) || self.fits(payload));
            });
            if hit && let Ok(at) = u32::try_from(at) {
                self.found.push(at);
            }
            self.scanned += 1;
            // The clock is asked rarely: asking costs more than looking at a small event.
            if self.scanned.is_multiple_of(64) && !go_on() {
                return false;
            }
        }
        true
    }

    fn fits(&self, text: &str) -> bool {
        if self.exact {
            return find_text(text, &self.needle).is_some();
        }
        let needle = self.needle.as_bytes();
        let Some((first, rest)) = needle.split_first() else {
            return true;
        };
        let (lower, upper) = (first.to_ascii_lowercase(), first.to_ascii_uppercase());
        let hay = text.as_bytes();
        let Some(last) = hay.len().checked_sub(rest.len()) else {
            return false;
        };
        hay.iter().take(last).enumerate().any(|(at, byte)| {
            (*byte == lower || *byte == upper)
                && hay
                    .get(at + 1..at + needle.len())
                    .is_some_and(|tail| tail.eq_ignore_ascii_case(rest))
        })
    }
}

/// The class and the text of a filter.
pub(crate) fn split(filter: &str) -> (Option<&str>, &str) {
    match filter.strip_prefix("class:") {
        Some(rest) => {
            let (class, text) = rest.split_once(' ').unwrap_or((rest, ""));
            (Some(class), text)
        }
        None => (None, filter),
    }
}

/// The filter of a class, empty for any, and a text.
pub(crate) fn join(class: &str, text: &str) -> String {
    match (class, text) {
        ("", text) => text.to_owned(),
        (class, "") => ["class:", class].concat(),
        (class, text) => ["class:", class, " ", text].concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(matches: &mut Matches, events: &[(&str, &str)]) {
        let done = matches.scan(
            events.len(),
            || true,
            |at, look| {
                if let Some((class, payload)) = events.get(at) {
                    look(class, payload);
                }
            },
        );
        assert!(done, "without a limit everything is looked at");
    }

    #[test]
    fn class_and_payload_are_searched() {
        let events = [
            ("Progress", "{\"i\":1}"),
            ("Ask", "{\"prompt\":\"Pick\"}"),
            ("StopEvent", "{}"),
        ];
        for (needle, found) in [
            ("ask", vec![1]),
            ("pick", vec![1]),
            ("\"i\":1", vec![0]),
            ("p", vec![0, 1, 2]),
            ("zzz", vec![]),
        ] {
            let mut matches = Matches::new(needle);
            scan(&mut matches, &events);
            assert_eq!(matches.found(), found, "filter {needle:?}");
        }
    }

    #[test]
    fn a_class_leaves_only_its_events() {
        let events = [
            ("Ask", "Progress"),
            ("Progress", "a"),
            ("Progress", "b"),
            ("Progress2", "a"),
        ];
        for (filter, found) in [
            ("class:Progress", vec![1, 2]),
            ("class:Progress b", vec![2]),
            ("class:progress", vec![]),
            ("Progress", vec![0, 1, 2, 3]),
        ] {
            let mut matches = Matches::new(filter);
            scan(&mut matches, &events);
            assert_eq!(matches.found(), found, "filter {filter:?}");
        }
    }

    #[test]
    fn class_and_text_are_one_filter() {
        for (class, text) in [("", ""), ("A", ""), ("", "b c"), ("A", "b c")] {
            let filter = join(class, text);
            assert_eq!(
                split(&filter),
                ((!class.is_empty()).then_some(class), text),
                "{filter}"
            );
        }
    }

    #[test]
    fn capitals_make_it_exact() {
        let mut matches = Matches::new("Pick");
        scan(&mut matches, &[("A", "pick"), ("A", "Pick")]);
        assert_eq!(matches.found(), [1], "only the one that is written like it");
    }

    #[test]
    fn arriving_events_are_looked_at_once() {
        let mut matches = Matches::new("x");
        let mut looks = 0;
        for len in [1, 2, 5] {
            matches.scan(
                len,
                || true,
                |_, look| {
                    looks += 1;
                    look("x", "");
                },
            );
        }
        assert_eq!(looks, 5, "each event once");
        assert_eq!(matches.found().len(), 5, "and all of them found");
    }

    #[test]
    fn a_slice_ends_when_time_is_up_and_goes_on_later() {
        let mut matches = Matches::new("x");
        assert!(
            !matches.scan(1000, || false, |_, look| look("x", "")),
            "the first slice ends early"
        );
        assert_eq!(
            matches.found().len(),
            64,
            "after the events between two looks at the clock"
        );
        assert!(
            matches.scan(1000, || true, |_, look| look("x", "")),
            "the next one ends it"
        );
        assert_eq!(matches.found().len(), 1000, "with nothing lost between");
    }

    #[test]
    fn a_match_at_the_very_end_counts() {
        for (text, needle, hit) in [
            ("abc", "BC".to_lowercase(), true),
            ("abc", "c".into(), true),
            ("ab", "abc".into(), false),
            ("", "a".into(), false),
        ] {
            assert_eq!(Matches::new(&needle).fits(text), hit, "{needle} in {text:?}");
        }
    }
}
