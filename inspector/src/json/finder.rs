use super::tree::Progress;
use crate::needle::Needle;

/// How many places are kept; nobody needs more.
const MOST: usize = 100_000;

/// The positions of a text in another text, searched in slices.
///
/// ASCII letters match in both cases, unless the search text contains capitals. Positions do not overlap.
///
/// ```
/// use workflow_inspector::json::Finder;
///
/// let text = r#"{"name": "Ada", "names": []}"#;
/// let mut finder = Finder::new("name");
/// finder.step(text, usize::MAX);
/// assert_eq!(finder.found(), [2, 17]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Finder {
    words: String,
    needle: Needle,
    position: usize,
    found: Vec<u32>,
    done: bool,
}

impl Finder {
    /// A new search. An empty text is found nowhere.
    pub fn new(words: &str) -> Self {
        Self {
            words: words.to_owned(),
            needle: Needle::new(words),
            done: words.is_empty(),
            ..Self::default()
        }
    }

    /// The search text.
    pub fn words(&self) -> &str {
        &self.words
    }

    /// Byte offsets of the results so far, ascending.
    pub fn found(&self) -> &[u32] {
        &self.found
    }

    /// Whether the search is complete, or has enough results.
    pub const fn is_done(&self) -> bool {
        self.done
    }

    /// The progress in a text of `length` bytes, in percent.
    pub fn percent(&self, length: usize) -> u32 {
        if self.done {
            return 100;
        }
        (self.position as u64 * 100)
            .checked_div(length as u64)
            .unwrap_or(100) as u32
    }

    /// Whether there may be more results than are kept.
    pub fn is_full(&self) -> bool {
        self.found.len() >= MOST
    }

    /// Searches about `max_bytes` more of `text`, which must be the same each time, and returns whether the search is complete. Takes time
    /// linear in the number of bytes, for any search text.
    pub fn step(&mut self, text: &str, max_bytes: usize) -> Progress {
        if self.done || self.needle.is_empty() {
            return Progress::Done;
        }
        let hay = text.as_bytes();
        let stop = hay.len().min(self.position.saturating_add(max_bytes.max(1)));
        // A match that starts before the end of the slice is completed.
        let beyond = hay
            .len()
            .min(stop.saturating_add(self.needle.len().saturating_sub(1)));
        let slice = hay.get(self.position..beyond).unwrap_or_default();
        // Only whole characters match: a match of a valid text starts at a character.
        let (from, length) = (self.position, self.needle.len());
        let (found, mut end) = (&mut self.found, from);
        self.needle.each(slice, |at| {
            found.push((from + at) as u32);
            end = from + at + length;
            found.len() < MOST
        });
        self.position = stop.max(end);
        self.done = self.position >= hay.len() || self.is_full();
        if self.done { Progress::Done } else { Progress::More }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(text: &str, words: &str, slice: usize) -> Vec<u32> {
        let mut finder = Finder::new(words);
        while finder.step(text, slice) == Progress::More {}
        assert!(finder.is_done(), "at the end");
        finder.found().to_vec()
    }

    #[test]
    fn capitals_make_the_search_case_sensitive() {
        assert_eq!(found("Pick pick PICK", "pick", 4), [0, 5, 10]);
        assert_eq!(found("Pick pick PICK", "Pick", 4), [0]);
    }

    #[test]
    fn empty_words_are_nowhere() {
        assert_eq!(found("abc", "", 1), [0_u32; 0]);
    }

    #[test]
    fn too_many_matches_end_the_search() {
        let text = "e".repeat(MOST * 2);
        let mut finder = Finder::new("e");
        assert_eq!(finder.step(&text, usize::MAX), Progress::Done);
        assert!(finder.is_full() && finder.is_done());
        assert_eq!(finder.found().len(), MOST);
    }

    proptest! {
        #[test]
        fn matches_the_standard_library(text in "[abéA]{0,20}", words in "[abé]{1,3}", slice in 1_usize..8) {
            let lower = text.to_ascii_lowercase();
            let wanted: Vec<u32> = lower.match_indices(&words).map(|(at, _)| at as u32).collect();
            prop_assert_eq!(found(&text, &words, slice), wanted);
        }
    }
}
