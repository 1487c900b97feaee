//! Paths and query strings as Starlette reads them.

use percent_encoding::percent_decode_str;

/// The pairs of a query string: `+` is a space, empty values are kept.
#[derive(Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn parse(text: Option<&str>) -> Self {
        let decode = |part: &str| {
            percent_decode_str(&part.replace('+', " "))
                .decode_utf8_lossy()
                .into_owned()
        };
        let pairs = text
            .unwrap_or("")
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
                (decode(key), decode(value))
            });
        Self(pairs.collect())
    }

    /// The last value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.0
            .iter()
            .rev()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
    }

    /// All values of a key that say something.
    pub(crate) fn all(&self, key: &str) -> Vec<&str> {
        self.0
            .iter()
            .filter(|(name, _)| name == key)
            .map(|(_, value)| value.trim())
            .filter(|it| !it.is_empty())
            .collect()
    }

    /// Only the word `true`, in any case, is true.
    pub(crate) fn flag(&self, key: &str, default: bool) -> bool {
        self.get(key)
            .map_or(default, |value| value.eq_ignore_ascii_case("true"))
    }
}

/// An integer as Python's `int()` reads one; values beyond 64 bits count as the nearest that fits.
pub(crate) fn int(text: &str) -> Option<i64> {
    let trimmed = text.trim();
    let unsigned = trimmed.strip_prefix(['+', '-']).unwrap_or(trimmed);
    let separated = !unsigned.starts_with('_') && !unsigned.ends_with('_') && !unsigned.contains("__");
    let digits = unsigned.replace('_', "");
    if digits.is_empty() || !separated || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let size = digits.parse().unwrap_or(i64::MAX);
    Some(if trimmed.starts_with('-') { -size } else { size })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_pythons() {
        for (text, expected) in [
            ("-1", Some(-1)),
            (" +5 ", Some(5)),
            ("1_000", Some(1000)),
            ("99999999999999999999", Some(i64::MAX)),
            ("", None),
            ("1.0", None),
            ("0x10", None),
            ("_1", None),
        ] {
            assert_eq!(int(text), expected, "for {text:?}");
        }
    }

    #[test]
    fn the_last_of_equal_keys_counts_and_lists_keep_all() {
        let query = Query::parse(Some("a=1&a=2&s=%20x%20&s=&s=y+z&flag=TRUE&other=1"));
        assert_eq!(query.get("a"), Some("2"));
        assert_eq!(query.all("s"), ["x", "y z"], "trimmed, empty ones left out");
        assert!(
            query.flag("flag", false) && !query.flag("other", true),
            "only the word is true"
        );
        assert!(query.flag("missing", true), "the default holds for a missing key");
    }
}
