//! Searching for a text, compiled once: the standard library's search is made for long texts, and a page carries all of it.

/// Where `word` first stands in `text`, in bytes.
pub fn find_text(text: &str, word: &str) -> Option<usize> {
    let Some(first) = word.bytes().next() else {
        return Some(0);
    };
    // Only whole characters match, so what is found is a place to cut at.
    memchr::memchr_iter(first, text.as_bytes()).find(|at| {
        text.as_bytes()
            .get(*at..)
            .is_some_and(|rest| rest.starts_with(word.as_bytes()))
    })
}

/// What stands before and after the first `word` in `text`.
pub fn split_text<'a>(text: &'a str, word: &str) -> Option<(&'a str, &'a str)> {
    let at = find_text(text, word)?;
    Some((text.get(..at)?, text.get(at + word.len()..)?))
}

#[cfg(test)]
mod tests {
    use super::{find_text, split_text};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn finds_as_the_standard_library_does(text in "[abé]{0,12}", word in "[abé]{0,3}") {
            prop_assert_eq!(find_text(&text, &word), text.find(&word));
            prop_assert_eq!(split_text(&text, &word), text.split_once(&word));
        }
    }
}
