//! Query strings as Starlette reads them.

use serde::Deserialize;

/// The pairs of a query string, for axum's `Query`, which decodes them. Keys can be repeated, which a struct would refuse.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct Pairs(Vec<(String, String)>);

impl Pairs {
    /// The last value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.0
            .iter()
            .rev()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
    }

    /// All values of a key that are not blank, trimmed.
    pub(crate) fn all(&self, key: &str) -> Vec<&str> {
        self.0
            .iter()
            .filter(|(name, _)| name == key)
            .map(|(_, value)| value.trim())
            .filter(|it| !it.is_empty())
            .collect()
    }

    /// Only `true`, in any case, is true.
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
    use axum::extract::Query;
    use axum::http::Uri;

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
        let uri = Uri::from_static("/?a=1&a=2&s=%20x%20&s=&&s=y+z&flag=TRUE&other=1&blank&bytes=%ff");
        let Query(query) = Query::<Pairs>::try_from_uri(&uri).expect("every query is taken");
        assert_eq!(query.get("a"), Some("2"));
        assert_eq!(
            (query.get("blank"), query.get("bytes")),
            (Some(""), Some("\u{fffd}"))
        );
        assert_eq!(query.all("s"), ["x", "y z"], "trimmed, empty ones left out");
        assert!(
            query.flag("flag", false) && !query.flag("other", true),
            "only the word is true"
        );
        assert!(query.flag("missing", true), "the default holds for a missing key");
    }
}
