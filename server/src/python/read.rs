//! A JSON reader that refuses with the words of Python 3.11's `json` module.

use std::collections::HashMap;
use std::fmt;

use super::Json;

/// Deeper nesting is refused; Python stops at about a thousand with a recursion error.
const DEPTH: usize = 400;

/// Why a text isn't JSON, in Python's words, as `Expecting value: line 1 column 1 (char 0)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonError {
    message: &'static str,
    line: usize,
    column: usize,
    char: usize,
}

impl fmt::Display for JsonError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{}: line {} column {} (char {})",
            self.message, self.line, self.column, self.char
        )
    }
}

impl std::error::Error for JsonError {}

/// Reads one JSON value; `NaN` and `Infinity` are taken, as Python takes them.
///
/// # Errors
/// The first thing that isn't JSON, with its place counted in characters.
pub fn parse(text: &str) -> Result<Json, JsonError> {
    let mut reader = Reader {
        text,
        bytes: text.as_bytes(),
        at: 0,
    };
    let read = reader.document();
    read.map_err(|(message, at)| {
        let before = text.get(..at).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |index| index + 1);
        JsonError {
            message,
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or("").chars().count() + 1,
            char: before.chars().count(),
        }
    })
}

type Refused = (&'static str, usize);

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn document(&mut self) -> Result<Json, Refused> {
        self.spaces();
        let value = self.value(0)?;
        self.spaces();
        if self.at < self.bytes.len() {
            Err(("Extra data", self.at))
        } else {
            Ok(value)
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn spaces(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn word(&mut self, word: &str) -> bool {
        let found = self
            .text
            .get(self.at..)
            .is_some_and(|rest| rest.starts_with(word));
        if found {
            self.at += word.len();
        }
        found
    }

    fn value(&mut self, depth: usize) -> Result<Json, Refused> {
        if depth > DEPTH {
            return Err(("Nested too deeply", self.at));
        }
        match self.peek() {
            Some(b'"') => Ok(Json::Str(self.string()?)),
            Some(b'{') => self.dict(depth),
            Some(b'[') => self.list(depth),
            _ => {
                for (word, value) in [
                    ("null", Json::Null),
                    ("true", Json::Bool(true)),
                    ("false", Json::Bool(false)),
                    ("NaN", Json::Float(f64::NAN)),
                    ("Infinity", Json::Float(f64::INFINITY)),
                    ("-Infinity", Json::Float(f64::NEG_INFINITY)),
                ] {
                    if self.word(word) {
                        return Ok(value);
                    }
                }
                self.number()
            }
        }
    }

    fn digits(&self, mut at: usize) -> usize {
        while self.bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        at
    }

    fn number(&mut self) -> Result<Json, Refused> {
        let start = self.at;
        let first = start + usize::from(self.peek() == Some(b'-'));
        let whole = match self.bytes.get(first) {
            Some(b'0') => first + 1,
            Some(b'1'..=b'9') => self.digits(first),
            _ => return Err(("Expecting value", start)),
        };
        let mut end = whole;
        if self.bytes.get(end) == Some(&b'.') && self.digits(end + 1) > end + 1 {
            end = self.digits(end + 1);
        }
        if matches!(self.bytes.get(end), Some(b'e' | b'E')) {
            let sign = end + 1 + usize::from(matches!(self.bytes.get(end + 1), Some(b'+' | b'-')));
            if self.digits(sign) > sign {
                end = self.digits(sign);
            }
        }
        let text = self.text.get(start..end).unwrap_or("");
        self.at = end;
        if end == whole {
            return Ok(Json::Int(if text == "-0" {
                "0".to_owned()
            } else {
                text.to_owned()
            }));
        }
        text.parse()
            .map(Json::Float)
            .map_err(|_| ("Expecting value", start))
    }

    fn list(&mut self, depth: usize) -> Result<Json, Refused> {
        self.at += 1;
        let mut items = Vec::new();
        self.spaces();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Json::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.spaces();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Json::List(items));
                }
                _ => return Err(("Expecting ',' delimiter", self.at)),
            }
            self.spaces();
        }
    }

    fn dict(&mut self, depth: usize) -> Result<Json, Refused> {
        self.at += 1;
        let mut pairs: Vec<(String, Json)> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        self.spaces();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Json::Dict(pairs));
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(("Expecting property name enclosed in double quotes", self.at));
            }
            let key = self.string()?;
            self.spaces();
            if self.peek() != Some(b':') {
                return Err(("Expecting ':' delimiter", self.at));
            }
            self.at += 1;
            self.spaces();
            let value = self.value(depth + 1)?;
            match places.get(&key).and_then(|place| pairs.get_mut(*place)) {
                Some(pair) => pair.1 = value,
                None => {
                    places.insert(key.clone(), pairs.len());
                    pairs.push((key, value));
                }
            }
            self.spaces();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Json::Dict(pairs));
                }
                _ => return Err(("Expecting ',' delimiter", self.at)),
            }
            self.spaces();
        }
    }

    fn string(&mut self) -> Result<String, Refused> {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            let plain = self.at;
            while self
                .peek()
                .is_some_and(|byte| byte != b'"' && byte != b'\\' && byte >= 0x20)
            {
                self.at += 1;
            }
            text.push_str(self.text.get(plain..self.at).unwrap_or(""));
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => text.push(self.escape(start)?),
                Some(_) => return Err(("Invalid control character at", self.at)),
                None => return Err(("Unterminated string starting at", start)),
            }
        }
    }

    fn escape(&mut self, start: usize) -> Result<char, Refused> {
        let backslash = self.at;
        self.at += 2;
        Ok(match self.bytes.get(backslash + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            Some(_) => return Err(("Invalid \\escape", backslash)),
            None => return Err(("Unterminated string starting at", start)),
        })
    }

    fn hex(&self, at: usize) -> Option<u32> {
        let digits = self.text.get(at..at + 4)?;
        if digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            u32::from_str_radix(digits, 16).ok()
        } else {
            None
        }
    }

    /// What follows `\u`. A lone surrogate, which a Python string can hold, becomes U+FFFD. An escape at the
    /// very end of the text is called invalid even when its digits are there, as Python's scanner does.
    fn unicode(&mut self) -> Result<char, Refused> {
        if self.at + 4 >= self.bytes.len() {
            return Err(("Invalid \\uXXXX escape", self.at - 1));
        }
        let unit = self.hex(self.at).ok_or(("Invalid \\uXXXX escape", self.at - 1))?;
        self.at += 4;
        if (0xd800..0xdc00).contains(&unit)
            && self.bytes.get(self.at..self.at + 2) == Some(b"\\u")
            && let Some(low) = self.hex(self.at + 2).filter(|low| (0xdc00..0xe000).contains(low))
        {
            self.at += 6;
            return Ok(
                char::from_u32(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00)).unwrap_or('\u{fffd}')
            );
        }
        Ok(char::from_u32(unit).unwrap_or('\u{fffd}'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Observed: bodies posted to llama-agents-server 0.8.0 on Python 3.11, and the words after `Invalid JSON
    /// body: `.
    #[test]
    fn refuses_in_pythons_words() {
        for (text, expected) in [
            ("", "Expecting value: line 1 column 1 (char 0)"),
            (
                "{",
                "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
            ),
            ("{\"a\"", "Expecting ':' delimiter: line 1 column 5 (char 4)"),
            ("{\"a\":", "Expecting value: line 1 column 6 (char 5)"),
            ("{\"a\":1", "Expecting ',' delimiter: line 1 column 7 (char 6)"),
            (
                "{\"a\":1,",
                "Expecting property name enclosed in double quotes: line 1 column 8 (char 7)",
            ),
            ("[1,", "Expecting value: line 1 column 4 (char 3)"),
            ("{\"a\":1}x", "Extra data: line 1 column 8 (char 7)"),
            (
                "\"abc",
                "Unterminated string starting at: line 1 column 1 (char 0)",
            ),
            ("\"a\\qb\"", "Invalid \\escape: line 1 column 3 (char 2)"),
            ("[1 2]", "Expecting ',' delimiter: line 1 column 4 (char 3)"),
            ("01", "Extra data: line 1 column 2 (char 1)"),
            ("-", "Expecting value: line 1 column 1 (char 0)"),
            ("\"\t\"", "Invalid control character at: line 1 column 2 (char 1)"),
            ("\"\\ud800", "Invalid \\uXXXX escape: line 1 column 3 (char 2)"),
            ("\"\\u12", "Invalid \\uXXXX escape: line 1 column 3 (char 2)"),
            (
                "{\n \"é\" 1}",
                "Expecting ':' delimiter: line 2 column 6 (char 7)",
            ),
        ] {
            let refused = parse(text).expect_err("not JSON");
            assert_eq!(refused.to_string(), expected, "for {text:?}");
        }
    }

    #[test]
    fn reads_what_python_reads() {
        assert_eq!(
            parse("\"\\ud83d\\ude00\\ud800\""),
            Ok(Json::Str("😀\u{fffd}".to_owned())),
            "pairs and lone surrogates"
        );
        assert_eq!(
            parse("{\"a\":1,\"b\":2,\"a\":3}").map(|value| value.to_string()),
            Ok("{\"a\":3,\"b\":2}".to_owned())
        );
        assert_eq!(parse("1e400"), Ok(Json::Float(f64::INFINITY)), "as Python");
        assert!(
            parse(&"[".repeat(100_000)).is_err(),
            "deep nesting is refused, not followed"
        );
    }
}
