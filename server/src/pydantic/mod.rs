//! Checks values against an event's JSON Schema and refuses with the words of pydantic 2.14.
//!
//! Page and server differ in nothing but this when a start is refused: the text inside `detail` is what a
//! form shows beside its fields. The schemas are those that the real server publishes; the words were
//! observed on llama-agents-server 0.8.0.

mod check;
mod collections;
mod envelope;
mod number;
mod time;

use std::fmt::Write;

pub use check::{Checked, check_event};
pub use envelope::{Registered, Registry, parse_event};

use crate::python::{Json, truncated_repr, type_name};

/// Where pydantic explains its errors; part of every refusal's text.
const HELP: &str = "https://errors.pydantic.dev/2.14/v/";

/// One thing that is wrong with a value.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    path: String,
    kind: &'static str,
    message: String,
    input: String,
    input_type: &'static str,
}

impl Problem {
    fn new(path: &str, kind: &'static str, message: impl Into<String>, input: &Json) -> Self {
        Self {
            path: path.to_owned(),
            kind,
            message: message.into(),
            input: truncated_repr(input),
            input_type: type_name(input),
        }
    }
}

/// The refusal of a value that should be text.
pub(crate) fn wrong_text(class: &str, path: &str, value: &Json) -> String {
    report(
        class,
        &[Problem::new(
            path,
            "string_type",
            "Input should be a valid string",
            value,
        )],
    )
}

/// The text of pydantic's `ValidationError` for a class.
pub(crate) fn report(class: &str, problems: &[Problem]) -> String {
    let plural = if problems.len() == 1 { "" } else { "s" };
    let mut text = format!("{} validation error{plural} for {class}", problems.len());
    for Problem {
        path,
        kind,
        message,
        input,
        input_type,
    } in problems
    {
        if !path.is_empty() {
            text.push('\n');
            text.push_str(path);
        }
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "\n  {message} [type={kind}, input_value={input}, input_type={input_type}]\n    For further information visit {HELP}{kind}"
        );
    }
    text
}
