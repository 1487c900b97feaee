//! JSON's grammar, walked once without building anything: every frame of every stream and every answer is read this way.
//!
//! Takes exactly what serde_json takes for syntax; the tests compare the two. The page gets along without that library's code.

use crate::bytes::plain_len;

/// Calls `member` with the raw text of each key (quoted) and value of an object. `None` when the text is no JSON object.
pub(crate) fn scan_object<'a>(text: &'a str, mut member: impl FnMut(&'a str, &'a str)) -> Option<()> {
    let mut scan = Scan { text, at: 0 };
    scan.gap();
    scan.expect(b'{')?;
    scan.gap();
    if scan.take(b'}') {
        return scan.end();
    }
    loop {
        scan.gap();
        let key = scan.at;
        scan.string()?;
        let key = text.get(key..scan.at)?;
        scan.gap();
        scan.expect(b':')?;
        scan.gap();
        let value = scan.at;
        scan.value()?;
        member(key, text.get(value..scan.at)?);
        scan.gap();
        if !scan.take(b',') {
            scan.expect(b'}')?;
            return scan.end();
        }
    }
}

/// Where the value ends that begins at a place. `None` when there is none.
pub(crate) fn value_end(text: &str, at: usize) -> Option<usize> {
    let mut scan = Scan { text, at };
    scan.value()?;
    Some(scan.at)
}

/// The one JSON value of a text, without the white space around it. The error is the byte at which the text stops being that.
pub(crate) fn scan_value(text: &str) -> Result<&str, usize> {
    let mut scan = Scan { text, at: 0 };
    scan.gap();
    let start = scan.at;
    let whole = scan.value().and_then(|()| text.get(start..scan.at));
    if whole.is_some() {
        scan.gap();
    }
    whole.filter(|_| scan.peek().is_none()).ok_or(scan.at)
}

/// The raw texts of the elements of a list. `None` when the text is no JSON list.
pub(crate) fn scan_list(text: &str) -> Option<Vec<&str>> {
    let mut scan = Scan { text, at: 0 };
    let mut list = Vec::new();
    scan.gap();
    scan.expect(b'[')?;
    scan.gap();
    if scan.take(b']') {
        return scan.end().map(|()| list);
    }
    loop {
        scan.gap();
        let start = scan.at;
        scan.value()?;
        list.push(text.get(start..scan.at)?);
        scan.gap();
        if !scan.take(b',') {
            scan.expect(b']')?;
            return scan.end().map(|()| list);
        }
    }
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scan<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn take(&mut self, byte: u8) -> bool {
        let taken = self.peek() == Some(byte);
        self.at += usize::from(taken);
        taken
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.take(byte).then_some(())
    }

    fn gap(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    fn end(mut self) -> Option<()> {
        self.gap();
        self.peek().is_none().then_some(())
    }

    /// One value of any depth. The kinds of the containers around are kept as bits, not on the call stack.
    fn value(&mut self) -> Option<()> {
        let mut open = Open::default();
        loop {
            match self.peek()? {
                b'"' => self.string()?,
                b'{' => {
                    self.at += 1;
                    self.gap();
                    if !self.take(b'}') {
                        open.push(true);
                        self.key()?;
                        continue;
                    }
                }
                b'[' => {
                    self.at += 1;
                    self.gap();
                    if !self.take(b']') {
                        open.push(false);
                        continue;
                    }
                }
                b't' => self.word(b"true")?,
                b'f' => self.word(b"false")?,
                b'n' => self.word(b"null")?,
                _ => self.number()?,
            }
            // Behind a value: the ends of containers, then the next value or none.
            loop {
                let Some(object) = open.innermost() else {
                    return Some(());
                };
                self.gap();
                if self.take(b',') {
                    self.gap();
                    if object {
                        self.key()?;
                    }
                    break;
                }
                self.expect(if object { b'}' } else { b']' })?;
                open.pop();
            }
        }
    }

    /// A key, its colon and the gaps around that.
    fn key(&mut self) -> Option<()> {
        self.string()?;
        self.gap();
        self.expect(b':')?;
        self.gap();
        Some(())
    }

    fn string(&mut self) -> Option<()> {
        self.expect(b'"')?;
        loop {
            let rest = self.rest();
            let stop = plain_len(rest);
            let escape = rest.get(stop..)?;
            self.at += stop;
            match escape {
                [b'"', ..] => {
                    self.at += 1;
                    return Some(());
                }
                [b'\\', b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => self.at += 2,
                [b'\\', b'u', digits @ ..] if digits.get(..4)?.iter().all(u8::is_ascii_hexdigit) => {
                    self.at += 6
                }
                _ => return None,
            }
        }
    }

    fn word(&mut self, word: &[u8]) -> Option<()> {
        self.rest().starts_with(word).then(|| self.at += word.len())
    }

    fn number(&mut self) -> Option<()> {
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _ = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        let count = self
            .rest()
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        self.at += count;
        (count > 0).then_some(())
    }
}

/// Which kinds of containers are open, the innermost in the lowest bit: set for an object.
#[derive(Default)]
struct Open {
    bits: u64,
    depth: usize,
    /// The bits of further levels, 64 at a time.
    outer: Vec<u64>,
}

impl Open {
    fn push(&mut self, object: bool) {
        if self.depth > 0 && self.depth.is_multiple_of(64) {
            self.outer.push(self.bits);
        }
        self.bits = self.bits << 1 | u64::from(object);
        self.depth += 1;
    }

    fn pop(&mut self) {
        self.depth -= 1;
        self.bits >>= 1;
        if self.depth > 0 && self.depth.is_multiple_of(64) {
            self.bits = self.outer.pop().unwrap_or_default();
        }
    }

    fn innermost(&self) -> Option<bool> {
        (self.depth > 0).then_some(self.bits & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::value::RawValue;
    use std::collections::BTreeMap;

    /// Members with quoted keys as serde_json reads them, of equal ones the last.
    fn serde(text: &str) -> Option<BTreeMap<String, String>> {
        let members: BTreeMap<String, &RawValue> = serde_json::from_str(text).ok()?;
        Some(
            members
                .into_iter()
                .map(|(key, value)| (key, value.get().to_owned()))
                .collect(),
        )
    }

    fn scanned(text: &str) -> Option<BTreeMap<String, String>> {
        let mut members = BTreeMap::new();
        scan_object(text, |key, value| {
            let key = serde_json::from_str(key).unwrap_or_else(|_| key.to_owned());
            members.insert(key, value.to_owned());
        })?;
        Some(members)
    }

    #[test]
    fn what_is_an_object_and_what_is_not() {
        let deep = |open: &str, close: &str| format!("{{\"a\":{}1{}}}", open.repeat(200), close.repeat(200));
        for text in [
            "{}",
            " {\n} \t\r",
            r#"{"a":1}"#,
            r#" { "a" : [ ] , "b" : { } , "c" : [ { "d" : [ 1 , 2 ] } , null ] } "#,
            r#"{"a":[[[],[{}]],{"b":{"c":[]}}],"d":-0.10e+05,"e":1E9,"f":0,"g":-1.5,"h":true,"i":false}"#,
            r#"{"":"","\"":"\\","\u0041":"\ud83d\/\b\f\n\r\t"}"#,
            r#"{"a":1,"a":2}"#,
            "{\"é\":\"\u{7f}\u{2028}😀\"}",
            &deep("[", "]"),
            &deep("{\"x\":", "}"),
            &deep("[{\"x\":", "}]"),
        ] {
            assert_eq!(scanned(text), serde(text), "{text}");
            assert!(scanned(text).is_some(), "{text} is an object");
        }
        for text in [
            "",
            " ",
            "null",
            "[]",
            "{",
            "}",
            "{]",
            "{}}",
            "{} x",
            "{,}",
            r#"{"a"}"#,
            r#"{"a":}"#,
            r#"{"a":1,}"#,
            r#"{"a":1 "b":2}"#,
            r#"{a:1}"#,
            r#"{'a':1}"#,
            r#"{"a":01}"#,
            r#"{"a":-}"#,
            r#"{"a":1.}"#,
            r#"{"a":.5}"#,
            r#"{"a":+1}"#,
            r#"{"a":1e}"#,
            r#"{"a":1e+}"#,
            r#"{"a":0x1}"#,
            r#"{"a":NaN}"#,
            r#"{"a":tru}"#,
            r#"{"a":nulll}"#,
            r#"{"a":"\x"}"#,
            r#"{"a":"\u12g4"}"#,
            r#"{"a":"\u12"}"#,
            r#"{"a":"\"}"#,
            "{\"a\":\"\n\"}",
            "{\"a\":\"\0\"}",
            r#"{"a":[1,]}"#,
            r#"{"a":[,1]}"#,
            r#"{"a":[1}"#,
            r#"{"a":{"b":1]}"#,
            r#"{"a":[1 2]}"#,
            r#"{"a":{"b"}}"#,
            r#"{"a":{"b":1,}}"#,
            r#"{"a":[1]]}"#,
            r#"{"a":1}{"#,
            "\u{feff}{}",
            "{\u{a0}}",
            "{/**/}",
            r#"{"a":"b"#,
            r#"{"a":[[["#,
            &deep("[", ""),
            &deep("{\"x\":", "]"),
            &deep("[", "]}"),
        ] {
            assert_eq!(scanned(text), None, "{text} is no object");
            assert_eq!(serde(text), None, "{text} is no object for serde_json either");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn takes_nothing_that_serde_json_would_not(pieces in prop::collection::vec(prop::sample::select(vec![
            "{", "}", "{", "}", "[", "]", ",", ":", "\"a\"", "\"b\":", "\"c\":1", "1", "-", "0", ".5", "e3", "true", "null", "\"", "\\",
            "\\u00e9", "\\n", " ", "\n", "é", "x", "\u{1}",
        ]), 0..14)) {
            let text = format!("{{{}}}", pieces.concat());
            for text in [text.as_str(), text.trim_end_matches('}')] {
                if let Some(members) = scanned(text) {
                    prop_assert_eq!(Some(members), serde(text), "{}", text);
                } else {
                    prop_assert!(serde(text).is_none(), "{} went the slow way", text);
                }
            }
        }
    }
}
