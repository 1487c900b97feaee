//! A syntax check of one JSON value that reads the text in pieces, so that a text of tens of megabytes does not block a page.
//!
//! It accepts what serde_json accepts as a [`RawValue`](serde_json::value::RawValue), which is the oracle of its tests; serde_json itself
//! cannot pause. Memory: one byte per level of nesting.

/// The state of the check.
#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    /// A value must follow; after `[` also the end of the list.
    Value {
        or_end: bool,
    },
    /// A key must follow; after `{` also the end of the object.
    Key {
        or_end: bool,
    },
    Colon,
    /// A value of a list or an object is complete.
    AfterValue,
    String {
        key: bool,
    },
    Escape {
        key: bool,
    },
    /// So many hexadecimal digits are still missing.
    Hex {
        key: bool,
        missing: u8,
    },
    Number(Number),
    /// The rest of `true`, `false` or `null`.
    Literal(&'static [u8]),
    Complete,
    Invalid,
}

/// The state of the check of a number.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Number {
    Minus,
    Zero,
    Integer,
    Point,
    Fraction,
    Exponent,
    ExponentSign,
    ExponentDigits,
}

impl Number {
    /// The state after one more byte; `None` if the byte does not continue the number.
    const fn next(self, byte: u8) -> Option<Self> {
        Some(match (self, byte) {
            (Self::Minus, b'0') => Self::Zero,
            (Self::Minus, b'1'..=b'9') | (Self::Integer, b'0'..=b'9') => Self::Integer,
            (Self::Zero | Self::Integer, b'.') => Self::Point,
            (Self::Point | Self::Fraction, b'0'..=b'9') => Self::Fraction,
            (Self::Zero | Self::Integer | Self::Fraction, b'e' | b'E') => Self::Exponent,
            (Self::Exponent, b'+' | b'-') => Self::ExponentSign,
            (Self::Exponent | Self::ExponentSign | Self::ExponentDigits, b'0'..=b'9') => Self::ExponentDigits,
            _ => return None,
        })
    }

    /// Whether the number may end here.
    const fn is_complete(self) -> bool {
        matches!(
            self,
            Self::Zero | Self::Integer | Self::Fraction | Self::ExponentDigits
        )
    }
}

/// The check of one value.
#[derive(Clone, Debug)]
pub(crate) struct JsonCheck {
    state: State,
    /// For each open bracket, whether it is an object's.
    open: Vec<bool>,
    /// How many bytes were read, at most to the end of the value.
    read: usize,
}

impl JsonCheck {
    pub(crate) const fn new() -> Self {
        Self {
            state: State::Value { or_end: false },
            open: Vec::new(),
            read: 0,
        }
    }

    /// Reads the next bytes. Bytes after the value are ignored.
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while let Some((byte, after)) = rest.split_first() {
            if matches!(self.state, State::Complete | State::Invalid) {
                break;
            }
            if matches!(self.state, State::String { .. }) {
                // Most bytes of a large text are handled here.
                let plain = rest
                    .iter()
                    .take_while(|byte| !matches!(byte, b'"' | b'\\' | ..0x20))
                    .count();
                if plain > 0 {
                    self.read += plain;
                    rest = rest.get(plain..).unwrap_or_default();
                    continue;
                }
            }
            let used = self.step(*byte);
            if used {
                self.read += 1;
                rest = after;
            }
        }
    }

    /// The length of the value if it is complete and valid. A number at the end of the text is never complete, because more digits could
    /// follow.
    pub(crate) fn length(&self) -> Option<usize> {
        (self.state == State::Complete).then_some(self.read)
    }

    /// Reads one byte; `false` if the byte must be read again: a number ends at the next byte.
    fn step(&mut self, byte: u8) -> bool {
        let space = matches!(byte, b' ' | b'\n' | b'\t' | b'\r');
        self.state = match self.state {
            State::Value { .. } | State::Key { .. } | State::Colon | State::AfterValue if space => self.state,
            State::Value { or_end: true } if byte == b']' => return self.close(false),
            State::Value { .. } => self.begin(byte),
            State::Key { or_end: true } if byte == b'}' => return self.close(true),
            State::Key { .. } if byte == b'"' => State::String { key: true },
            State::Colon if byte == b':' => State::Value { or_end: false },
            State::AfterValue => return self.after_value(byte),
            State::String { key: true } if byte == b'"' => State::Colon,
            State::String { key: false } if byte == b'"' => self.ended(),
            State::String { key } if byte == b'\\' => State::Escape { key },
            State::Escape { key } => match byte {
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => State::String { key },
                b'u' => State::Hex { key, missing: 4 },
                _ => State::Invalid,
            },
            State::Hex { key, missing } if byte.is_ascii_hexdigit() => match missing {
                1 => State::String { key },
                _ => State::Hex {
                    key,
                    missing: missing - 1,
                },
            },
            State::Number(number) => match number.next(byte) {
                Some(next) => State::Number(next),
                None if number.is_complete() => {
                    self.state = self.ended();
                    return false;
                }
                None => State::Invalid,
            },
            State::Literal([expected, rest @ ..]) if byte == *expected => match rest {
                [] => self.ended(),
                _ => State::Literal(rest),
            },
            _ => State::Invalid,
        };
        true
    }

    /// The first byte of a value.
    fn begin(&mut self, byte: u8) -> State {
        match byte {
            b'{' | b'[' => {
                let is_object = byte == b'{';
                self.open.push(is_object);
                match is_object {
                    true => State::Key { or_end: true },
                    false => State::Value { or_end: true },
                }
            }
            b'"' => State::String { key: false },
            b'-' => State::Number(Number::Minus),
            b'0' => State::Number(Number::Zero),
            b'1'..=b'9' => State::Number(Number::Integer),
            b't' => State::Literal(b"rue"),
            b'f' => State::Literal(b"alse"),
            b'n' => State::Literal(b"ull"),
            _ => State::Invalid,
        }
    }

    /// The state after a complete value.
    fn ended(&self) -> State {
        if self.open.is_empty() {
            State::Complete
        } else {
            State::AfterValue
        }
    }

    /// A byte after a value within a list or an object.
    fn after_value(&mut self, byte: u8) -> bool {
        self.state = match (byte, self.open.last()) {
            (b',', Some(true)) => State::Key { or_end: false },
            (b',', Some(false)) => State::Value { or_end: false },
            (b'}', Some(true)) | (b']', Some(false)) => return self.close(byte == b'}'),
            _ => State::Invalid,
        };
        true
    }

    /// A closing bracket.
    fn close(&mut self, is_object: bool) -> bool {
        self.state = match self.open.pop() {
            Some(open) if open == is_object => self.ended(),
            _ => State::Invalid,
        };
        true
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::value::RawValue;

    use super::*;

    /// The length of the value at the start of a text, according to serde_json.
    fn oracle(text: &str) -> Option<usize> {
        let mut values = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
        let value = values.next()?.ok()?.get();
        std::ptr::eq(value.as_ptr(), text.as_ptr()).then_some(value.len())
    }

    fn check(text: &str, piece: usize) -> Option<usize> {
        let mut check = JsonCheck::new();
        for piece in text.as_bytes().chunks(piece) {
            check.feed(piece);
        }
        // serde_json's reader of several values also needs a separator after a number or a literal.
        let bytes = text.as_bytes();
        let delimits_itself = matches!(bytes.first(), Some(b'[' | b'{' | b'"'));
        check.length().filter(|end| {
            delimits_itself
                || matches!(
                    bytes.get(*end),
                    Some(b' ' | b'\n' | b'\t' | b'\r' | b'"' | b'[' | b']' | b'{' | b'}' | b',' | b':')
                )
        })
    }

    fn agree(value: &str, piece: usize) -> Result<(), TestCaseError> {
        // The end of a number is known by the next byte, as on the wire: an envelope's value is never the last byte.
        for tail in [",", "}", " "] {
            let text = format!("{value}{tail}");
            if text.starts_with([' ', '\n', '\t', '\r']) {
                continue;
            }
            prop_assert_eq!(check(&text, piece), oracle(&text), "{:?}", text);
        }
        Ok(())
    }

    #[test]
    fn known_texts_match_serde_json() {
        for value in [
            "{}",
            "[]",
            "[1,]",
            "[,1]",
            "{,}",
            r#"{"a":1,}"#,
            r#"{"a" : [ ] }"#,
            "[1 2]",
            "01",
            "-",
            "-0",
            "1.",
            "1.e2",
            "1e+",
            "1E-7",
            ".5",
            "+1",
            "tru",
            "true",
            "nulL",
            "[true,false,null]",
            r#""\u00e9""#,
            r#""\u00g9""#,
            r#""\ud800""#,
            r#""\x""#,
            "\"a\nb\"",
            "\"a\u{7f}b\"",
            "[}",
            "{]",
            "[[[[[]]]]]",
            "]",
            r#"{"a"}"#,
            r#"{1:2}"#,
            r#"{"a":}"#,
            "\"é€😀\"",
            "é",
            "1true",
            "true1",
            "1\"a\"",
            "",
        ] {
            for piece in 1..4 {
                agree(value, piece).unwrap_or_else(|error| panic!("{error}"));
            }
        }
    }

    #[test]
    fn depth_is_only_bounded_by_memory() {
        let deep = format!("{}{},", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(check(&deep, 1000), Some(200_000));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

        #[test]
        fn texts_of_json_characters_match_serde_json(value in r#"[\[\]{},:"0-9eE.+\\utrfalsn \-]{0,12}"#, piece in 1..5_usize) {
            agree(&value, piece)?;
        }

        #[test]
        fn changed_json_matches_serde_json(at in 0..200_usize, byte in "[\\x20-\\x7e]", piece in 1..40_usize) {
            let value = r#"{"a":[1,-2.5e+3,true,false,null,{"b":"\u00e9\n\\ é"}],"c":{},"d":[[],[0]],"e":"x"}"#;
            let mut changed: Vec<char> = value.chars().collect();
            if let Some(place) = changed.get_mut(at) {
                *place = byte.chars().next().unwrap_or(' ');
            }
            agree(&changed.into_iter().collect::<String>(), piece)?;
        }
    }
}
