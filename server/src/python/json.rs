//! One JSON value with its order and its digits.

use std::collections::HashMap;
use std::fmt;

/// A JSON value as Python's `json.loads` gives it: keys keep their order, integers keep all their digits.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    /// `None`
    Null,
    /// `True` or `False`
    Bool(bool),
    /// An integer of any length, as decimal digits with an optional minus sign.
    Int(String),
    /// A float; infinities and NaN can come from input like `1e400` and are written as `null`.
    Float(f64),
    /// `str`
    Str(String),
    /// `list`
    List(Vec<Self>),
    /// `dict`; a key occurs once, at the place where it was seen first.
    Dict(Vec<(String, Self)>),
}

impl Json {
    /// The value under `key`, when this is a dict that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Dict(pairs) => pairs.iter().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The text, when this is a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The elements, when this is a list; none otherwise.
    #[must_use]
    pub fn as_list(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// The pairs, when this is a dict; none otherwise.
    #[must_use]
    pub fn as_dict(&self) -> &[(String, Self)] {
        match self {
            Self::Dict(pairs) => pairs,
            _ => &[],
        }
    }

    /// The number as a float, for comparisons; integers beyond 2^53 lose digits here.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Int(digits) => digits.parse().ok(),
            Self::Float(float) => Some(*float),
            _ => None,
        }
    }

    /// What Python's `bool()` says of it.
    #[must_use]
    pub fn is_truthy(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(value) => *value,
            Self::Int(digits) => digits.bytes().any(|digit| (b'1'..=b'9').contains(&digit)),
            Self::Float(float) => *float != 0.0,
            Self::Str(text) => !text.is_empty(),
            Self::List(items) => !items.is_empty(),
            Self::Dict(pairs) => !pairs.is_empty(),
        }
    }

    /// Adds to a dict, replacing the value of a key that is there already. Does nothing to other kinds.
    pub(crate) fn set(&mut self, key: &str, value: Self) {
        if let Self::Dict(pairs) = self {
            match pairs.iter_mut().find(|(name, _)| name == key) {
                Some(pair) => pair.1 = value,
                None => pairs.push((key.to_owned(), value)),
            }
        }
    }
}

impl Json {
    /// Sets many keys, in time linear in their number. Does nothing to other kinds.
    pub(crate) fn set_all<'p>(&mut self, new: impl Iterator<Item = &'p (String, Self)>) {
        let Self::Dict(pairs) = self else { return };
        let known = pairs
            .iter()
            .enumerate()
            .map(|(place, (name, _))| (name.clone(), place));
        let mut places: HashMap<String, usize> = known.collect();
        for (key, value) in new {
            match places.get(key).and_then(|place| pairs.get_mut(*place)) {
                Some(pair) => pair.1 = value.clone(),
                None => {
                    places.insert(key.clone(), pairs.len());
                    pairs.push((key.clone(), value.clone()));
                }
            }
        }
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::Str(text.to_owned())
    }
}

/// Compact JSON, as the server writes it: no spaces, text beyond ASCII as it is.
impl fmt::Display for Json {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => out.write_str("null"),
            Self::Bool(value) => write!(out, "{value}"),
            Self::Int(digits) => out.write_str(digits),
            Self::Float(float) => match serde_json::to_string(float) {
                Ok(text) => out.write_str(&text),
                Err(_) => out.write_str("null"),
            },
            Self::Str(text) => write_text(out, text),
            Self::List(items) => {
                out.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.write_str(",")?;
                    }
                    write!(out, "{item}")?;
                }
                out.write_str("]")
            }
            Self::Dict(pairs) => {
                out.write_str("{")?;
                for (index, (key, value)) in pairs.iter().enumerate() {
                    if index > 0 {
                        out.write_str(",")?;
                    }
                    write_text(out, key)?;
                    write!(out, ":{value}")?;
                }
                out.write_str("}")
            }
        }
    }
}

fn write_text(out: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    match serde_json::to_string(text) {
        Ok(quoted) => out.write_str(&quoted),
        Err(_) => Err(fmt::Error),
    }
}

#[cfg(test)]
mod tests {
    use crate::python::parse;

    #[test]
    fn writes_what_it_read() {
        let text = r#"{"z":[1,2.5,-0.0,null],"a":{"":"é\n"},"n":123456789012345678901234567890,"e":1e+16}"#;
        let value = parse(text).expect("well-formed");
        assert_eq!(value.to_string(), text, "order, digits and floats survive");
    }

    #[test]
    fn truth_is_pythons() {
        for (text, expected) in [
            ("0", false),
            ("-0", false),
            ("10", true),
            ("\"\"", false),
            ("[]", false),
            ("{\"a\":0}", true),
        ] {
            assert_eq!(parse(text).expect("well-formed").is_truthy(), expected, "{text}");
        }
    }
}
