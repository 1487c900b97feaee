//! Identifiers for names that differ only in what an identifier can't say.

use std::collections::{BTreeMap, BTreeSet};

/// Between a property's name and its number. No JSON key of a Python class has it.
const MARK: &str = "\u{1f}\u{1f}";
/// The mark as Rust's source has it in a string.
const MARK_IN_SOURCE: &str = r"\u{1f}\u{1f}";

/// The numbers of the names whose identifier is taken: by one of `reserved`, or by another name. A name that is an identifier
/// already goes before the others, which follow by name. `identifier` is the identifier of a name.
pub(crate) fn numbers<'a>(
    names: impl Iterator<Item = &'a str>,
    identifier: impl Fn(&str) -> String,
    reserved: &[&str],
) -> BTreeMap<&'a str, u32> {
    let mut names: Vec<(&str, String)> = names.map(|name| (name, identifier(name))).collect();
    names.sort_by_key(|(name, identifier)| (name != identifier, *name));
    let mut taken: BTreeSet<String> = reserved.iter().map(|&name| name.to_owned()).collect();
    let mut numbers = BTreeMap::new();
    for (name, identifier) in names {
        if !taken.contains(&identifier) {
            taken.insert(identifier);
        } else if let Some(number) = (2..).find(|number| taken.insert(format!("{identifier}_{number}"))) {
            numbers.insert(name, number);
        }
    }
    numbers
}

/// A property's name with a number, so that its field has an identifier of its own. [`unmark`] removes it from the source.
pub(crate) fn mark(property: &str, number: u32) -> String {
    format!("{property}{MARK}{number}")
}

/// The source with the properties' own names.
pub(crate) fn unmark(source: &str) -> String {
    let mut parts = source.split(MARK_IN_SOURCE);
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str(part.trim_start_matches(|digit: char| digit.is_ascii_digit()));
    }
    plain
}

/// The identifier of a property's field, but for a `_` after a keyword.
pub(crate) fn field(property: &str) -> String {
    identifier(property, 'x', heck::ToSnakeCase::to_snake_case)
}

/// The identifier of an enum's word.
pub(crate) fn variant(word: &str) -> String {
    identifier(word, 'X', heck::ToPascalCase::to_pascal_case)
}

/// As `typify` does it.
fn identifier(name: &str, prefix: char, case: impl Fn(&str) -> String) -> String {
    let name = case(
        &name
            .replace('\'', "")
            .replace(|c: char| !c.is_alphanumeric(), "-"),
    );
    if name.starts_with(char::is_alphabetic) {
        name
    } else {
        format!("{prefix}{name}")
    }
}
