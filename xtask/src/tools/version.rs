//! Version numbers.

use std::fmt;

/// `major.minor.patch`; suffixes (`-rc.1`, `+build`) are ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(pub(crate) u32, pub(crate) u32, pub(crate) u32);

impl Version {
    /// The first word of a text that starts like a version: `trunk 0.21.14`, `Chromium 156.0.8078.73 built on …`, `wasm-opt version 108`.
    /// Missing parts count as zero; a fourth part is ignored.
    pub(crate) fn find(text: &str) -> Option<Self> {
        text.split_whitespace().find_map(Self::parse)
    }

    /// Parses one word; a leading `v` is accepted.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        let word = word.strip_prefix('v').unwrap_or(word);
        let number = word.split(['-', '+']).next()?;
        let mut parts = number.split('.').map(|part| part.parse::<u32>().ok());
        let major = parts.next()??;
        let mut next = || parts.next().map_or(Some(0), |part| part);
        Some(Self(major, next()?, next()?))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_tool_output() {
        let cases = [
            ("trunk 0.21.14", Some(Version(0, 21, 14))),
            ("wasm-bindgen 0.2.129 (1a2b3c4)", Some(Version(0, 2, 129))),
            ("wasm-opt version 132 (version_132)", Some(Version(132, 0, 0))),
            (
                "Chromium 156.0.8078.73 built on Debian 12",
                Some(Version(156, 0, 8078)),
            ),
            (
                "ChromeDriver 156.0.8078.73 (0123-refs/heads@{#1})",
                Some(Version(156, 0, 8078)),
            ),
            ("Python 3.11.7", Some(Version(3, 11, 7))),
            ("v20.20.2", Some(Version(20, 20, 2))),
            ("rustc 1.97.0-nightly (abc 2026-04-14)", Some(Version(1, 97, 0))),
            ("command not found", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(Version::find(text), expected, "in {text:?}");
        }
    }

    #[test]
    fn versions_compare_numerically() {
        assert!(
            Version(0, 21, 9) < Version(0, 21, 14),
            "nine comes before fourteen"
        );
    }
}
