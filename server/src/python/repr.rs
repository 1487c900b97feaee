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

/// `repr` cut in the middle to about fifty bytes, as pydantic quotes its input.
pub(crate) fn truncated_repr(value: &Json) -> String {
    const MIDDLE: usize = 25;
    let whole = repr(value);
    if whole.len() <= 2 * MIDDLE {
        return whole;
    }
    let mut head = MIDDLE;
    while !whole.is_char_boundary(head) {
        head -= 1;
    }
    let mut tail = whole.len() - (MIDDLE - 1);
    while !whole.is_char_boundary(tail) {
        tail += 1;
    }
    format!(
        "{}...{}",
        whole.get(..head).unwrap_or(""),
        whole.get(tail..).unwrap_or("")
    )
}

fn write(value: &Json, out: &mut String) {
    match value {
        Json::Null => out.push_str("None"),
        Json::Bool(true) => out.push_str("True"),
        Json::Bool(false) => out.push_str("False"),
        Json::Int(digits) => out.push_str(digits),
        Json::Float(float) => out.push_str(&float_repr(*float)),
        Json::Str(text) => text_repr(text, out),
        Json::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                write(item, out);
            }
            out.push(']');
        }
        Json::Dict(pairs) => {
            out.push('{');
            for (index, (key, item)) in pairs.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                text_repr(key, out);
                out.push_str(": ");
                write(item, out);
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

fn text_repr(text: &str, out: &mut String) {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    out.push(quote);
    for char in text.chars() {
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
    out.push(quote);
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

    /// Observed on llama-agents-server 0.8.0: `input_value={'count': 3, 'nick': 'é...ééééééééééé'}`.
    #[test]
    fn cuts_in_the_middle_between_characters() {
        let value = parse(&format!("{{\"count\":3,\"nick\":\"{}\"}}", "é".repeat(26))).expect("well-formed");
        assert_eq!(truncated_repr(&value), "{'count': 3, 'nick': 'é...ééééééééééé'}");
    }
}
