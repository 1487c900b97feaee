use super::tree::Progress;

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
    exact: bool,
    position: usize,
    found: Vec<u32>,
    done: bool,
}

impl Finder {
    /// Looks for nothing yet. Empty words are nowhere.
    pub fn new(words: &str) -> Self {
        Self {
            words: words.to_owned(),
            exact: words.chars().any(char::is_uppercase),
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

    /// Whether there may be more places than those that are kept.
    pub fn is_full(&self) -> bool {
        self.found.len() >= MOST
    }

    /// Looks at about `max_bytes` more of `text`, which has to be the same each time, and says whether that was all.
    pub fn step(&mut self, text: &str, max_bytes: usize) -> Progress {
        let (hay, words) = (text.as_bytes(), self.words.as_bytes());
        let Some((first, rest)) = words.split_first().filter(|_| !self.done) else {
            return Progress::Done;
        };
        let either = if self.exact {
            [*first; 2]
        } else {
            [first.to_ascii_lowercase(), first.to_ascii_uppercase()]
        };
        let stop = hay.len().min(self.position.saturating_add(max_bytes.max(1)));
        while let Some(ahead) = hay.get(self.position..stop).filter(|ahead| !ahead.is_empty()) {
            let Some(skip) = ahead.iter().position(|byte| either.contains(byte)) else {
                self.position = stop;
                break;
            };
            let at = self.position + skip;
            // Only whole characters match: what begins like a character begins at one.
            let fits = hay.get(at + 1..at + words.len()).is_some_and(|tail| {
                if self.exact {
                    tail == rest
                } else {
                    tail.eq_ignore_ascii_case(rest)
                }
            });
            self.position = at + if fits { words.len() } else { 1 };
            if fits {
                self.found.push(at as u32);
                if self.found.len() >= MOST {
                    self.done = true;
                    return Progress::Done;
                }
            }
        }
        self.done = self.position >= hay.len();
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
