//! Checks values against an event's JSON Schema and refuses with the words of pydantic 2.14.
//!
//! Page and server differ in nothing but this when a start is refused: the text inside `detail` is what a
//! form shows beside its fields. The schemas are those that the real server publishes; the words were
//! observed on llama-agents-server 0.8.0.

mod check;
mod collections;
mod envelope;
mod number;
mod path;
mod time;

use std::fmt::Write;

pub use check::{Checked, check_event};
pub use envelope::{Registered, Registry, parse_event};

use crate::python::{Json, truncated_repr, type_name};

/// Where pydantic explains its errors; part of every refusal's text.
const HELP: &str = "https://errors.pydantic.dev/2.14/v/";

/// How many bytes of problems are written out. A value may have as many problems as it has bytes, and each of them takes a line.
const MOST_TEXT: usize = 256 * 1024;

/// Everything that is wrong with a value. Those beyond a bound are only counted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Problems {
    written: Vec<Problem>,
    bytes: usize,
    count: usize,
}

/// A state to which [`Problems`] can return.
#[derive(Debug, Clone, Copy)]
struct Mark {
    written: usize,
    bytes: usize,
    count: usize,
}

impl Problems {
    fn of(problem: Problem) -> Self {
        let mut problems = Self::default();
        problems.push(|| problem);
        problems
    }

    fn push(&mut self, problem: impl FnOnce() -> Problem) {
        self.count += 1;
        if self.bytes < MOST_TEXT {
            let problem = problem();
            self.bytes += problem.path.len() + problem.message.len() + problem.input.len();
            self.written.push(problem);
        }
    }

    fn count(&self) -> usize {
        self.count
    }

    fn is_empty(&self) -> bool {
        self.count == 0
    }

    fn mark(&self) -> Mark {
        Mark {
            written: self.written.len(),
            bytes: self.bytes,
            count: self.count,
        }
    }

    fn return_to(&mut self, mark: Mark) {
        self.written.truncate(mark.written);
        self.bytes = mark.bytes;
        self.count = mark.count;
    }
}

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
    let problem = Problem::new(path, "string_type", "Input should be a valid string", value);
    report(class, &Problems::of(problem))
}

/// The text of pydantic's `ValidationError` for a class.
pub(crate) fn report(class: &str, problems: &Problems) -> String {
    let count = problems.count();
    let plural = if count == 1 { "" } else { "s" };
    let mut text = format!("{count} validation error{plural} for {class}");
    for Problem {
        path,
        kind,
        message,
        input,
        input_type,
    } in &problems.written
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
