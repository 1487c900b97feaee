use super::tree::Progress;
use crate::needle::Needle;

/// So many places are kept; nobody walks through more.
const MOST: usize = 100_000;

/// Where some words stand in a text, looked for a slice at a time.
///
/// Upper and lower case of ASCII letters are the same, unless there are capitals in the words. Places don't overlap.
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
    /// Looks for nothing yet. Empty words are nowhere.
    pub fn new(words: &str) -> Self {
        Self {
            words: words.to_owned(),
            needle: Needle::new(words),
            done: words.is_empty(),
            ..Self::default()
        }
    }

    /// What is looked for.
    pub fn words(&self) -> &str {
        &self.words
    }

    /// Byte offsets of what was found so far, ascending.
    pub fn found(&self) -> &[u32] {
        &self.found
    }

    /// Whether the text was seen to its end, or enough was found.
    pub const fn is_done(&self) -> bool {
        self.done
    }

    /// How much of a text of `length` bytes was seen, in percent.
    pub fn percent(&self, length: usize) -> u32 {
        if self.done {
            return 100;
        }
        (self.position as u64 * 100)
            .checked_div(length as u64)
            .unwrap_or(100) as u32
    }

    /// Whether there may be more places than those that are kept.
    pub fn is_full(&self) -> bool {
        self.found.len() >= MOST
    }

    /// Looks at about `max_bytes` more of `text`, which has to be the same each time, and says whether that was all. Takes time in
    /// the number of bytes, whatever the words are.
    pub fn step(&mut self, text: &str, max_bytes: usize) -> Progress {
        if self.done || self.needle.is_empty() {
            return Progress::Done;
        }
        let hay = text.as_bytes();
        let stop = hay.len().min(self.position.saturating_add(max_bytes.max(1)));
        // What begins before the end of the slice is looked at to its end.
        let beyond = hay
            .len()
            .min(stop.saturating_add(self.needle.len().saturating_sub(1)));
        let slice = hay.get(self.position..beyond).unwrap_or_default();
        // Only whole characters match: what begins like a character begins at one.
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
    fn case_counts_where_there_are_capitals() {
        assert_eq!(found("Pick pick PICK", "pick", 4), [0, 5, 10]);
        assert_eq!(found("Pick pick PICK", "Pick", 4), [0]);
    }

    #[test]
    fn empty_words_are_nowhere() {
        assert_eq!(found("abc", "", 1), [0_u32; 0]);
    }

    #[test]
    fn what_is_found_everywhere_ends_the_search() {
        let text = "e".repeat(MOST * 2);
        let mut finder = Finder::new("e");
        assert_eq!(finder.step(&text, usize::MAX), Progress::Done);
        assert!(finder.is_full() && finder.is_done());
        assert_eq!(finder.found().len(), MOST);
    }

    proptest! {
        #[test]
        fn finds_as_the_standard_library_does(text in "[abéA]{0,20}", words in "[abé]{1,3}", slice in 1_usize..8) {
            let lower = text.to_ascii_lowercase();
            let wanted: Vec<u32> = lower.match_indices(&words).map(|(at, _)| at as u32).collect();
            prop_assert_eq!(found(&text, &words, slice), wanted);
        }
    }
}
