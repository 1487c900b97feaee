//! Events as CSV (RFC 4180), for spreadsheets.

use super::escape::iso_time;
use workflow_protocol::{EventRef, RawJson, fields, text_of};

/// How many fields get their own column; the column `value` contains all of them.
const MOST: usize = 50;

/// The columns before those of the fields.
const COLUMNS: [&str; 6] = ["sequence", "type", "seen", "internal", "bytes", "value"];

/// The fields of a run's events, in the order of their first occurrence: the columns of a table. Internal events do not count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CsvFields(Vec<String>);

impl CsvFields {
    /// Handles the next event of the run.
    pub fn push(&mut self, event: &EventRef<'_>) {
        if self.0.len() >= MOST || event.kind.is_internal() {
            return;
        }
        for (name, _) in fields_of(event) {
            if self.0.len() < MOST && !self.0.contains(&name) {
                self.0.push(name);
            }
        }
    }
}

fn fields_of(event: &EventRef<'_>) -> Vec<(String, RawJson)> {
    let value = event.value.filter(|_| event.error.is_none());
    value.and_then(|value| fields(value).ok()).unwrap_or_default()
}

/// The first line: `sequence,type,seen,internal,bytes,value`, and `value.NAME` for each field.
pub fn csv_header(fields: &CsvFields) -> String {
    let names = fields.0.iter().map(|name| text(&["value.", name].concat()));
    line(COLUMNS.map(str::to_owned).into_iter().chain(names))
}

/// The line of an event. A text that starts with `=`, `+`, `-`, `@`, a tab or a carriage return is prefixed with an apostrophe, so that no
/// spreadsheet reads it as a formula; numbers are unchanged.
pub fn csv_row(columns: &CsvFields, event: &EventRef<'_>) -> String {
    let sequence = if event.numbered {
        event.sequence.to_string()
    } else {
        String::new()
    };
    let seen = event.seen.map(|seen| iso_time(seen.0)).unwrap_or_default();
    let value = match (event.value, event.error) {
        (Some(raw), Some(_)) => text(raw),
        (Some(value), None) => cell(value),
        (None, _) => String::new(),
    };
    let first = [
        sequence,
        text(&event.class.name),
        seen,
        event.kind.is_internal().to_string(),
        event.length.to_string(),
        value,
    ];
    let found = fields_of(event);
    let others = columns.0.iter().map(|name| {
        let value = found.iter().find(|(field, _)| field == name);
        value.map(|(_, value)| cell(value.as_str())).unwrap_or_default()
    });
    line(first.into_iter().chain(others))
}

/// A JSON value as a cell: the content of a string, a number unchanged, JSON otherwise.
fn cell(json: &str) -> String {
    match text_of(json) {
        Some(content) => text(&content),
        None => quoted(json),
    }
}

/// A text that no spreadsheet reads as a formula.
fn text(content: &str) -> String {
    if content.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        quoted(&["'", content].concat())
    } else {
        quoted(content)
    }
}

fn quoted(content: &str) -> String {
    if content.contains(['"', ',', '\n', '\r']) || content.starts_with(' ') || content.ends_with(' ') {
        ["\"", &content.replace('"', "\"\""), "\""].concat()
    } else {
        content.to_owned()
    }
}

fn line(cells: impl Iterator<Item = String>) -> String {
    let mut line = String::new();
    for (nth, cell) in cells.enumerate() {
        if nth > 0 {
            line.push(',');
        }
        line.push_str(&cell);
    }
    line.push_str("\r\n");
    line
}
