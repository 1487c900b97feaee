//! Text search in linear time.

use memchr::memmem;

/// A text to search for. ASCII letters match in both cases, unless it contains capitals.
///
/// ```
/// use workflow_inspector::needle::Needle;
///
/// assert!(Needle::new("ada").is_in(b"Ada Lovelace"));
/// assert!(!Needle::new("ADA").is_in(b"Ada Lovelace"));
/// ```
#[derive(Clone, Debug)]
pub struct Needle {
    finder: memmem::Finder<'static>,
    exact: bool,
}

impl Default for Needle {
    fn default() -> Self {
        Self::new("")
    }
}

impl Needle {
    /// Searches for `text`. The empty text is found everywhere.
    pub fn new(text: &str) -> Self {
        Self {
            exact: text.chars().any(char::is_uppercase),
            finder: memmem::Finder::new(text.as_bytes()).into_owned(),
        }
    }

    /// Length of the text in bytes.
    pub fn len(&self) -> usize {
        self.finder.needle().len()
    }

    /// Whether the text is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Calls `found` with the non-overlapping positions in `hay`, ascending, until it returns false.
    pub fn each(&self, hay: &[u8], mut found: impl FnMut(usize) -> bool) {
        let lower;
        let hay = if self.exact {
            hay
        } else {
            lower = hay.to_ascii_lowercase();
            &lower
        };
        for at in self.finder.find_iter(hay) {
            if !found(at) {
                return;
            }
        }
    }

    /// Whether the text is in `hay`.
    pub fn is_in(&self, hay: &[u8]) -> bool {
        let mut found = false;
        self.each(hay, |_| {
            found = true;
            false
        });
        found
    }
}
