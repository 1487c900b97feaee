use super::decimal::Decimal;
use super::kind::{Bounds, FieldKind};
use std::cmp::Ordering;

/// Tests a text against a schema's `pattern` with a regular expression engine of the caller: the browser's own, which needs no code.
/// `None`, if it rejects the pattern or there is no engine, leaves the check to the server.
pub type PatternTest<'a> = &'a dyn Fn(&str, &str) -> Option<bool>;

/// Two words and a number, without the formatting machinery.
pub(super) fn words(before: &str, middle: &str, after: &str) -> String {
    let mut out = String::with_capacity(before.len() + middle.len() + after.len());
    out.push_str(before);
    out.push_str(middle);
    out.push_str(after);
    out
}

fn amount(before: &str, count: u64, unit: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    words(&words(before, &count.to_string(), " "), unit, plural)
}

/// The error of a text in a text field.
pub(super) fn text_error(kind: &FieldKind, text: &str, matches: PatternTest<'_>) -> Option<String> {
    let FieldKind::Text {
        min_length,
        max_length,
        pattern,
        ..
    } = kind
    else {
        return None;
    };
    if (min_length.is_some() || max_length.is_some())
        && let Some(error) = count_error(
            text.chars().count() as u64,
            min_length.unwrap_or(0),
            *max_length,
            "character",
        )
    {
        return Some(error);
    }
    match pattern {
        Some(pattern) if matches(pattern, text) == Some(false) => Some(words("Does not match ", pattern, "")),
        _ => None,
    }
}

/// The error of a number of characters, items or entries.
pub(super) fn count_error(count: u64, min: u64, max: Option<u64>, unit: &str) -> Option<String> {
    if count < min {
        return Some(amount("At least ", min, unit));
    }
    match max {
        Some(max) if count > max => Some(amount("At most ", max, unit)),
        _ => None,
    }
}

/// The error of the text of a number, without surrounding white space.
pub(super) fn number_error(kind: &FieldKind, text: &str) -> Option<String> {
    let (bounds, whole) = match kind {
        FieldKind::Integer(bounds) => (bounds, true),
        FieldKind::Number(bounds) => (bounds, false),
        _ => return None,
    };
    match Decimal::parse(text) {
        Some(number) if !whole || number.is_integer() => bounds_error(bounds, &number),
        Some(_) => Some("Not a whole number".into()),
        None if whole => Some("Not a whole number, such as 42".into()),
        None => Some("Not a number, such as 0.5".into()),
    }
}

fn bounds_error(bounds: &Bounds, number: &Decimal) -> Option<String> {
    let limits = [
        (&bounds.min, "At least ", Ordering::Less, false),
        (&bounds.max, "At most ", Ordering::Greater, false),
        (&bounds.above, "More than ", Ordering::Less, true),
        (&bounds.below, "Less than ", Ordering::Greater, true),
    ];
    for (limit, message, wrong, strict) in limits {
        let Some(limit) = limit else {
            continue;
        };
        let order = Decimal::parse(limit).map(|limit| number.compare(&limit));
        if order == Some(wrong) || (strict && order == Some(Ordering::Equal)) {
            return Some(words(message, limit, ""));
        }
    }
    let step = bounds.multiple_of.as_ref()?;
    match Decimal::parse(step).and_then(|step| number.is_multiple_of(&step)) {
        Some(false) => Some(words("Not a multiple of ", step, "")),
        _ => None,
    }
}
