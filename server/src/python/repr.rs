//! Python's `repr`, which pydantic's refusals quote.

use super::Json;

/// The name of the Python type, as in `input_type=dict`.
#[must_use]
pub fn type_name(value: &Json) -> &'static str {
    match value {
        Json::Null => "NoneType",
        Json::Bool(_) => "bool",
        Json::Int(_) => "int",
        Json::Float(_) => "float",
        Json::Str(_) => "str",
        Json::List(_) => "list",
        Json::Dict(_) => "dict",
    }
}

/// What `repr(value)` prints.
#[must_use]
pub fn repr(value: &Json) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

/// `repr` cut in the middle to about fifty bytes, as pydantic quotes its input. The time does not depend on the size of the value,
/// but for a search for quotes in texts at its beginning and end: in a nested value each level has problems of its own.
pub(crate) fn truncated_repr(value: &Json) -> String {
    const MIDDLE: usize = 25;
    let mut beginning = String::new();
    write_some(value, 2 * MIDDLE + 1, &mut beginning);
    if beginning.len() <= 2 * MIDDLE {
        return beginning;
    }
    let mut head = MIDDLE;
    while !beginning.is_char_boundary(head) {
        head -= 1;
    }
    let mut end = End {
        reversed: Vec::new(),
        length: 0,
        enough: MIDDLE - 1,
    };
    end.value(value);
    let end: String = end.reversed.iter().rev().map(String::as_str).collect();
    let mut tail = end.len().saturating_sub(MIDDLE - 1);
    while !end.is_char_boundary(tail) {
        tail += 1;
    }
    format!(
        "{}...{}",
        beginning.get(..head).unwrap_or(""),
        end.get(tail..).unwrap_or("")
    )
}

/// Collects the last bytes of a `repr`, from the end.
struct End {
    reversed: Vec<String>,
    length: usize,
    enough: usize,
}

impl End {
    fn is_enough(&self) -> bool {
        self.length >= self.enough
    }

    fn push(&mut self, text: &str) {
        self.length += text.len();
        self.reversed.push(text.to_owned());
    }

    fn value(&mut self, value: &Json) {
        match value {
            Json::Str(text) => self.text(text),
            Json::List(items) => {
                self.push("]");
                for (index, item) in items.iter().enumerate().rev() {
                    if self.is_enough() {
                        return;
                    }
                    self.value(item);
                    self.push(if index > 0 { ", " } else { "" });
                }
                self.push("[");
            }
            Json::Dict(pairs) => {
                self.push("}");
                for (index, (key, item)) in pairs.iter().enumerate().rev() {
                    if self.is_enough() {
                        return;
                    }
                    self.value(item);
                    self.push(": ");
                    self.text(key);
                    self.push(if index > 0 { ", " } else { "" });
                }
                self.push("{");
            }
            Json::Null | Json::Bool(_) | Json::Int(_) | Json::Float(_) => self.push(&repr(value)),
        }
    }

    fn text(&mut self, text: &str) {
        if self.is_enough() {
            return;
        }
        let quote = quote_of(text);
        self.push(quote.encode_utf8(&mut [0; 4]));
        for char in text.chars().rev() {
            if self.is_enough() {
                return;
            }
            let mut written = String::new();
            char_repr(char, quote, &mut written);
            self.push(&written);
        }
        self.push(quote.encode_utf8(&mut [0; 4]));
    }
}

fn write(value: &Json, out: &mut String) {
    write_some(value, usize::MAX, out);
}

/// Writes until `out` has that many bytes, and perhaps a few more.
fn write_some(value: &Json, enough: usize, out: &mut String) {
    if out.len() >= enough {
        return;
    }
    match value {
        Json::Null => out.push_str("None"),
        Json::Bool(true) => out.push_str("True"),
        Json::Bool(false) => out.push_str("False"),
        Json::Int(digits) => out.push_str(digits),
        Json::Float(float) => out.push_str(&float_repr(*float)),
        Json::Str(text) => text_repr(text, enough, out),
        Json::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                if out.len() >= enough {
                    return;
                }
                write_some(item, enough, out);
            }
            out.push(']');
        }
        Json::Dict(pairs) => {
            out.push('{');
            for (index, (key, item)) in pairs.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                if out.len() >= enough {
                    return;
                }
                text_repr(key, enough, out);
                out.push_str(": ");
                write_some(item, enough, out);
            }
            out.push('}');
        }
    }
}

/// Shortest digits, written out between 1e-4 and 1e16 and with an exponent beyond.
pub(crate) fn float_repr(float: f64) -> String {
    if float.is_nan() {
        return "nan".to_owned();
    }
    if float.is_infinite() {
        return if float > 0.0 {
            "inf".to_owned()
        } else {
            "-inf".to_owned()
        };
    }
    let scientific = format!("{float:e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else {
        return scientific;
    };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = format!("{float}");
        if plain.contains('.') { plain } else { plain + ".0" }
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{mantissa}e{sign}{:02}", exponent.abs())
    }
}

fn quote_of(text: &str) -> char {
    if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    }
}

fn text_repr(text: &str, enough: usize, out: &mut String) {
    let quote = quote_of(text);
    out.push(quote);
    for char in text.chars() {
        if out.len() >= enough {
            return;
        }
        char_repr(char, quote, out);
    }
    out.push(quote);
}

fn char_repr(char: char, quote: char, out: &mut String) {
    match char {
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        _ if char == quote => {
            out.push('\\');
            out.push(char);
        }
        _ if !is_printable(char) => {
            let code = u32::from(char);
            out.push_str(&match code {
                0..=0xff => format!("\\x{code:02x}"),
                0x100..=0xffff => format!("\\u{code:04x}"),
                _ => format!("\\U{code:08x}"),
            });
        }
        _ => out.push(char),
    }
}

/// Close to `str.isprintable`: controls, odd spaces, format characters and private use are escaped.
fn is_printable(char: char) -> bool {
    !(char.is_control()
        || (char.is_whitespace() && char != ' ')
        || matches!(u32::from(char),
            0xad | 0x600..=0x605 | 0x61c | 0x180e | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x206f
            | 0xd800..=0xf8ff | 0xfeff | 0xfff0..=0xfffb | 0xe0000..=0x10_ffff))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::parse;

    #[test]
    fn quotes_as_python_quotes() {
        for (json, expected) in [
            (
                "{\"a\":[true,null,1.0,1e20,{}]}",
                "{'a': [True, None, 1.0, 1e+20, {}]}",
            ),
            ("\"it's\"", "\"it's\""),
            ("\"it's \\\"q\\\"\"", "'it\\'s \"q\"'"),
            ("\"\\n\\u0001\\u200b😀\"", "'\\n\\x01\\u200b😀'"),
            (
                "[1e-7,0.0001,123456789.125,1e16,1e15]",
                "[1e-07, 0.0001, 123456789.125, 1e+16, 1000000000000000.0]",
            ),
        ] {
            assert_eq!(repr(&parse(json).expect("well-formed")), expected, "for {json}");
        }
    }

    #[test]
    fn a_cut_value_has_the_beginning_and_the_end_of_the_whole() {
        let texts = [
            "",
            "it's",
            "a \"q\" it's",
            "é\u{200b}\n",
            "0123456789012345678901234567890123456789",
        ];
        let mut values: Vec<Json> = texts.iter().map(|text| Json::from(*text)).collect();
        values.extend([Json::Null, Json::Float(1e20), Json::Int("9".repeat(80))]);
        for _ in 0..3 {
            let list = Json::List(values.clone());
            let dict = Json::Dict(
                texts
                    .iter()
                    .map(|text| (*text).to_owned())
                    .zip(values.iter().rev().cloned())
                    .collect(),
            );
            values.extend([list, dict, Json::List(Vec::new()), Json::Dict(Vec::new())]);
        }
        for value in &values {
            let whole = repr(value);
            let cut = truncated_repr(value);
            if whole.len() <= 50 {
                assert_eq!(cut, whole);
                continue;
            }
            let (head, tail) = cut.split_once("...").expect("a cut");
            assert!(whole.starts_with(head) && head.len() > 21, "{cut} of {whole}");
            assert!(whole.ends_with(tail) && tail.len() > 20, "{cut} of {whole}");
            assert!(head.len() <= 25 && tail.len() <= 24, "{cut}");
        }
    }

    /// Observed on llama-agents-server 0.8.0: `input_value={'count': 3, 'nick': 'é...ééééééééééé'}`.
    #[test]
    fn cuts_in_the_middle_between_characters() {
        let value = parse(&format!("{{\"count\":3,\"nick\":\"{}\"}}", "é".repeat(26))).expect("well-formed");
        assert_eq!(truncated_repr(&value), "{'count': 3, 'nick': 'é...ééééééééééé'}");
    }
}
