//! Numbers and booleans with pydantic's conversions.

use crate::python::{Json, repr};

type Scalar = Result<Json, (&'static str, String)>;

fn refused(kind: &'static str, message: &str) -> Scalar {
    Err((kind, message.to_owned()))
}

/// A bound of a schema as a length.
pub(super) fn whole(bound: &Json) -> Option<usize> {
    match bound {
        Json::Int(digits) => digits.parse().ok(),
        _ => None,
    }
}

pub(super) fn integer(schema: &Json, value: &Json) -> Scalar {
    let digits = match value {
        Json::Int(digits) => digits.clone(),
        Json::Bool(value) => u8::from(*value).to_string(),
        Json::Float(float) if !float.is_finite() => {
            return refused("finite_number", "Input should be a finite number");
        }
        Json::Float(float) if float.fract() == 0.0 => format!("{float:.0}"),
        Json::Float(_) => {
            return refused(
                "int_from_float",
                "Input should be a valid integer, got a number with a fractional part",
            );
        }
        Json::Str(text) => digits_of(text)?,
        _ => return refused("int_type", "Input should be a valid integer"),
    };
    let out = Json::Int(digits);
    bounds(schema, &out)?;
    Ok(out)
}

/// `" 7 "`, `"+7"`, `"1_000"` and `"7.0"` are integers; Python's own limit of 4300 digits holds.
fn digits_of(text: &str) -> Result<String, (&'static str, String)> {
    let unreadable = || {
        (
            "int_parsing",
            "Input should be a valid integer, unable to parse string as an integer".to_owned(),
        )
    };
    let trimmed = text.trim();
    let unsigned = trimmed.strip_prefix(['+', '-']).unwrap_or(trimmed);
    let whole = match unsigned.split_once('.') {
        Some((whole, zeros)) if zeros.bytes().all(|digit| digit == b'0') => whole,
        Some(_) => return Err(unreadable()),
        None => unsigned,
    };
    let well_separated = !whole.starts_with('_') && !whole.ends_with('_') && !whole.contains("__");
    let digits = whole.replace('_', "");
    if digits.is_empty() || !well_separated || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(unreadable());
    }
    if digits.len() > 4300 {
        return Err((
            "int_parsing_size",
            "Unable to parse input string as an integer, exceeded maximum size".to_owned(),
        ));
    }
    let significant = digits.trim_start_matches('0');
    Ok(match (trimmed.starts_with('-'), significant) {
        (_, "") => "0".to_owned(),
        (true, digits) => format!("-{digits}"),
        (false, digits) => digits.to_owned(),
    })
}

pub(super) fn float(schema: &Json, value: &Json) -> Scalar {
    let float = match value {
        Json::Int(digits) => digits.parse().unwrap_or(f64::INFINITY),
        Json::Bool(value) => f64::from(u8::from(*value)),
        Json::Float(float) => *float,
        Json::Str(text) => match text.trim().replace('_', "").parse() {
            Ok(float) => float,
            Err(_) => {
                return refused(
                    "float_parsing",
                    "Input should be a valid number, unable to parse string as a number",
                );
            }
        },
        _ => return refused("float_type", "Input should be a valid number"),
    };
    let out = Json::Float(float);
    bounds(schema, &out)?;
    Ok(out)
}

pub(super) fn boolean(value: &Json) -> Scalar {
    let unclear = || {
        refused(
            "bool_parsing",
            "Input should be a valid boolean, unable to interpret input",
        )
    };
    match value {
        Json::Bool(_) => Ok(value.clone()),
        Json::Int(digits) => match digits.as_str() {
            "0" => Ok(Json::Bool(false)),
            "1" => Ok(Json::Bool(true)),
            _ => unclear(),
        },
        Json::Float(float) if *float == 0.0 => Ok(Json::Bool(false)),
        Json::Float(float) if (*float - 1.0).abs() < f64::EPSILON => Ok(Json::Bool(true)),
        Json::Str(text) => match text.to_lowercase().as_str() {
            "0" | "off" | "f" | "false" | "n" | "no" => Ok(Json::Bool(false)),
            "1" | "on" | "t" | "true" | "y" | "yes" => Ok(Json::Bool(true)),
            _ => unclear(),
        },
        _ => refused("bool_type", "Input should be a valid boolean"),
    }
}

fn bounds(schema: &Json, value: &Json) -> Result<(), (&'static str, String)> {
    let Some(number) = value.as_f64() else {
        return Ok(());
    };
    if let Some(step) = schema.get("multipleOf") {
        let of = step.as_f64().unwrap_or(1.0);
        let rest = (number % of).abs();
        // pydantic allows for the rounding of floats in the same way.
        let tolerance = number.abs() / 1e9;
        if rest > tolerance && (rest - of).abs() > tolerance {
            return Err((
                "multiple_of",
                format!("Input should be a multiple of {}", plain(step)),
            ));
        }
    }
    let tests: [(&str, &'static str, &str, fn(f64, f64) -> bool); 4] = [
        (
            "maximum",
            "less_than_equal",
            "less than or equal to",
            |number, bound| number <= bound,
        ),
        ("exclusiveMaximum", "less_than", "less than", |number, bound| {
            number < bound
        }),
        (
            "minimum",
            "greater_than_equal",
            "greater than or equal to",
            |number, bound| number >= bound,
        ),
        (
            "exclusiveMinimum",
            "greater_than",
            "greater than",
            |number, bound| number > bound,
        ),
    ];
    for (name, kind, words, holds) in tests {
        if let Some(bound) = schema.get(name)
            && !bound.as_f64().is_none_or(|limit| holds(number, limit))
        {
            return Err((kind, format!("Input should be {words} {}", plain(bound))));
        }
    }
    Ok(())
}

/// A bound as pydantic names it: whole floats without their `.0`.
fn plain(bound: &Json) -> String {
    let shown = repr(bound);
    shown.strip_suffix(".0").map_or(shown.clone(), str::to_owned)
}
