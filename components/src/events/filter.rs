//! Finds the events that match a filter, incrementally: each event is searched once, in slices of time or in batches.

use workflow_inspector::needle::Needle;

/// A parsed filter. Its text form is `class:Progress re:ste(p|ps)`; every part is optional.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filter<'a> {
    /// The class of the events; empty for any.
    pub(crate) class: &'a str,
    /// Whether the text is a regular expression.
    pub(crate) pattern: bool,
    /// The text to find in classes and payloads.
    pub(crate) text: &'a str,
}

impl<'a> Filter<'a> {
    /// Parses the text form.
    pub(crate) fn parse(filter: &'a str) -> Self {
        let (class, rest) = match filter.strip_prefix("class:") {
            Some(rest) => rest.split_once(' ').unwrap_or((rest, "")),
            None => ("", filter),
        };
        let pattern = rest.strip_prefix("re:");
        Self {
            class,
            pattern: pattern.is_some(),
            text: pattern.unwrap_or(rest),
        }
    }

    /// The text form.
    pub(crate) fn join(self) -> String {
        let class = if self.class.is_empty() { "" } else { "class:" };
        let mark = if self.pattern { "re:" } else { "" };
        let space = if class.is_empty() || (mark.is_empty() && self.text.is_empty()) {
            ""
        } else {
            " "
        };
        [class, self.class, space, mark, self.text].concat()
    }

    /// Whether it excludes anything.
    pub(crate) const fn is_on(self) -> bool {
        !self.class.is_empty() || !self.text.is_empty()
    }
}

/// Events of a batch at most.
const BATCH_EVENTS: usize = 4096;

/// Bytes of a batch at most; a single event may have more.
const BATCH_BYTES: usize = 256 * 1024;

/// Bytes of payloads that are searched between two checks of the time.
const SCANNED: usize = 64 * 1024;

/// The cost of an event besides its payload, in bytes of payload.
const EVENT: usize = 1024;

/// Events on which a pattern is tried together.
#[derive(Debug)]
pub(crate) struct Batch {
    indices: Vec<u32>,
    /// One past the last event that was considered.
    end: usize,
}

/// The events that match, by their index in the log.
#[derive(Debug, Default)]
pub(crate) struct Matches {
    /// The filter as text.
    filter: String,
    /// The text to find. Upper-case letters make it case-sensitive.
    needle: Needle,
    scanned: usize,
    /// Bytes of the next event's payload that were searched already.
    inside: usize,
    found: Vec<u32>,
}

impl Matches {
    /// Starts with a filter; nothing is searched yet.
    pub(crate) fn new(filter: &str) -> Self {
        Self {
            filter: filter.to_owned(),
            needle: Needle::new(Filter::parse(filter).text),
            scanned: 0,
            inside: 0,
            found: Vec::new(),
        }
    }

    /// Whether there is a filter.
    pub(crate) fn is_on(&self) -> bool {
        Filter::parse(&self.filter).is_on()
    }

    /// The filter.
    pub(crate) fn filter(&self) -> &str {
        &self.filter
    }

    /// The regular expression, or an empty text.
    pub(crate) fn pattern(&self) -> &str {
        let filter = Filter::parse(&self.filter);
        if filter.pattern { filter.text } else { "" }
    }

    /// Number of events that were searched.
    pub(crate) const fn scanned(&self) -> usize {
        self.scanned
    }

    /// Indices of the matches, ascending.
    pub(crate) fn found(&self) -> &[u32] {
        &self.found
    }

    /// How much of a log was searched, in percent.
    pub(crate) fn percent(&self, len: usize) -> u32 {
        (self.scanned as u64 * 100).checked_div(len as u64).unwrap_or(100) as u32
    }

    /// Searches the events up to `len` while `go_on` returns true; true when all were searched. `get` passes the class and the payload
    /// of an event to its closure. The time is linear in the number of bytes; a slice may end inside a payload.
    pub(crate) fn scan(
        &mut self,
        len: usize,
        mut go_on: impl FnMut() -> bool,
        mut get: impl FnMut(usize, &mut dyn FnMut(&str, &str)),
    ) -> bool {
        let Filter { class: only, .. } = Filter::parse(&self.filter);
        let needle = &self.needle;
        let mut work = 0;
        while self.scanned < len {
            let (at, from) = (self.scanned, self.inside);
            let (mut hit, mut next) = (false, None);
            get(at, &mut |class, payload| {
                if !only.is_empty() && only != class {
                    return;
                }
                let stop = payload.len().min(from.saturating_add(SCANNED));
                // A match that begins in the slice may end behind it.
                let beyond = payload.len().min(stop + needle.len().saturating_sub(1));
                let slice = payload.as_bytes().get(from..beyond).unwrap_or_default();
                work += slice.len();
                hit = (from == 0 && needle.is_in(class.as_bytes())) || needle.is_in(slice);
                next = Some(stop).filter(|stop| !hit && *stop < payload.len());
            });
            work += EVENT;
            if let Some(next) = next {
                self.inside = next;
            } else {
                if hit && let Ok(at) = u32::try_from(at) {
                    self.found.push(at);
                }
                self.scanned += 1;
                self.inside = 0;
            }
            // Reading the time costs more than searching a small event.
            if work >= SCANNED {
                work = 0;
                if !go_on() {
                    return false;
                }
            }
        }
        true
    }

    /// Collects class and payload of the next events on which the pattern is tried. `None` when all were searched.
    pub(crate) fn batch(
        &mut self,
        len: usize,
        mut get: impl FnMut(usize, &mut dyn FnMut(&str, &str)),
        mut put: impl FnMut(&str),
    ) -> Option<Batch> {
        let only = Filter::parse(&self.filter).class;
        let (mut indices, mut bytes, mut end) = (Vec::new(), 0, self.scanned);
        while end < len && indices.len() < BATCH_EVENTS && bytes < BATCH_BYTES {
            get(end, &mut |class, payload| {
                if only.is_empty() || only == class {
                    put(class);
                    put(payload);
                    bytes += payload.len();
                    indices.push(end as u32);
                }
            });
            end += 1;
        }
        if indices.is_empty() {
            // No event of the class: there is nothing to wait for.
            self.scanned = end;
            return None;
        }
        Some(Batch { indices, end })
    }

    /// Records the matches of a batch: `found` are indices into it.
    pub(crate) fn take(&mut self, batch: &Batch, found: impl Iterator<Item = usize>) {
        for at in found {
            if let Some(index) = batch.indices.get(at) {
                self.found.push(*index);
            }
        }
        self.scanned = batch.end;
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
        assert!(done, "without a limit everything is searched");
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
    fn a_class_selects_its_events() {
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
    fn a_filter_survives_its_text_form() {
        for (class, pattern, text, written) in [
            ("", false, "", ""),
            ("A", false, "", "class:A"),
            ("", false, "b c", "b c"),
            ("A", false, "b c", "class:A b c"),
            ("", true, "", "re:"),
            ("", true, "b c", "re:b c"),
            ("A", true, "", "class:A re:"),
            ("A", true, "^b c", "class:A re:^b c"),
        ] {
            let filter = Filter { class, pattern, text };
            assert_eq!(filter.join(), written);
            assert_eq!(Filter::parse(written), filter, "{written}");
            assert_eq!(filter.is_on(), !class.is_empty() || !text.is_empty(), "{written}");
        }
    }

    /// The sizes of the batches, for a pattern that finds the payloads with an `x`.
    fn search(matches: &mut Matches, events: &[(&str, String)]) -> Vec<usize> {
        let mut sizes = Vec::new();
        loop {
            let mut texts = Vec::new();
            let batch = matches.batch(
                events.len(),
                |at, look| look(events[at].0, &events[at].1),
                |text| texts.push(text.to_owned()),
            );
            let Some(batch) = batch else { return sizes };
            sizes.push(texts.len() / 2);
            let pairs = texts.chunks(2).enumerate();
            let found: Vec<usize> = pairs
                .filter(|(_, pair)| pair[1].contains('x'))
                .map(|(at, _)| at)
                .collect();
            matches.take(&batch, found.into_iter());
        }
    }

    #[test]
    fn a_pattern_is_tried_in_batches_on_each_event_once() {
        let mut events = vec![("A", "x".repeat(BATCH_BYTES + 1)), ("A", "x".to_owned())];
        events
            .extend((0..BATCH_EVENTS).map(|at| ("B", if at == 7 { "x".to_owned() } else { String::new() })));
        let mut matches = Matches::new("re:x");
        assert_eq!(matches.pattern(), "x");
        assert_eq!(
            search(&mut matches, &events),
            [1, BATCH_EVENTS, 1],
            "a long one alone, then as many as may be, then the rest"
        );
        assert_eq!(matches.found(), [0, 1, 9], "by their places in the log");
        events.push(("A", "x".to_owned()));
        assert_eq!(search(&mut matches, &events), [1], "only what is new");
        assert_eq!(matches.found(), [0, 1, 9, BATCH_EVENTS as u32 + 2]);
    }

    #[test]
    fn a_pattern_is_tried_on_its_class_only() {
        let events = ["A", "B", "A", "B"].map(|class| (class, "x".to_owned()));
        let mut matches = Matches::new("class:B re:x");
        assert_eq!(search(&mut matches, &events), [2]);
        assert_eq!(matches.found(), [1, 3]);
        let mut matches = Matches::new("class:C re:x");
        assert_eq!(search(&mut matches, &events), [0; 0], "nothing to try it on");
        assert_eq!(matches.scanned(), 4, "and nothing is left to search");
    }

    #[test]
    fn capitals_make_the_search_case_sensitive() {
        let mut matches = Matches::new("Pick");
        scan(&mut matches, &[("A", "pick"), ("A", "Pick")]);
        assert_eq!(matches.found(), [1], "only the one that is written like it");
    }

    #[test]
    fn each_event_is_searched_once() {
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
    fn a_slice_ends_in_time_and_the_next_continues() {
        let mut matches = Matches::new("x");
        assert!(
            !matches.scan(1000, || false, |_, look| look("x", "")),
            "the first slice ends early"
        );
        assert_eq!(
            matches.found().len(),
            64,
            "after the events between two checks of the time"
        );
        assert!(
            matches.scan(1000, || true, |_, look| look("x", "")),
            "the next one ends it"
        );
        assert_eq!(matches.found().len(), 1000, "with nothing lost between");
    }

    // A filter of thousands of letters froze the page: each place of a payload was compared with the filter letter by letter, and the
    // clock was asked between events only.
    #[test]
    fn a_long_payload_is_searched_in_slices() {
        let payload = ["a".repeat(SCANNED * 5), "b".to_owned()].concat();
        let needle = ["a".repeat(3_000), "b".to_owned()].concat();
        let mut matches = Matches::new(&needle);
        let mut slices = 1;
        while !matches.scan(1, || false, |_, look| look("A", &payload)) {
            slices += 1;
            assert!(slices < 100, "the search ends");
        }
        assert!(slices >= 5, "the clock is asked inside a payload: {slices}");
        assert_eq!(matches.found(), [0], "and nothing is lost between two slices");
        let mut whole = Matches::new(&needle);
        assert!(whole.scan(1, || true, |_, look| look("A", &payload)));
        assert_eq!(whole.found(), matches.found(), "as at once");
    }

    #[test]
    fn a_match_across_two_slices_counts() {
        for before in SCANNED - 3..SCANNED + 2 {
            let payload = ["x".repeat(before), "Word".to_owned(), "x".repeat(SCANNED)].concat();
            for needle in ["Word", "word"] {
                let mut matches = Matches::new(needle);
                while !matches.scan(1, || false, |_, look| look("A", &payload)) {}
                assert_eq!(matches.found(), [0], "{needle} at {before}");
            }
        }
    }
}
