//! Answers without what must differ between two servers.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use workflow_tests::Answer;

/// An answer without what must differ: ids and times.
pub(crate) fn normal(answer: &Answer, ids: &BTreeMap<&'static str, String>) -> String {
    let known = |text: &str| {
        ids.iter().fold(text.to_owned(), |text, (name, id)| {
            text.replace(id, &format!("<{name}>"))
        })
    };
    let body = match serde_json::from_str::<Value>(&answer.body) {
        Ok(mut json) => {
            normal_json(&mut json);
            normal_order(&mut json);
            json.to_string()
        }
        Err(_) => normal_stream(&answer.body),
    };
    // The real server attaches a type, and a body, to what has no content; its HTTP library breaks over it.
    let content_type = if answer.status == 204 {
        ""
    } else {
        &answer.content_type
    };
    format!("{} {content_type} {}", answer.status, known(&body))
}

/// The same for each event of a stream, in either of its two forms.
fn normal_stream(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let (prefix, data) = line
            .strip_prefix("data: ")
            .map_or(("", line), |data| ("data: ", data));
        match serde_json::from_str::<Value>(data) {
            Ok(mut json) => {
                normal_json(&mut json);
                format!("{prefix}{json}")
            }
            Err(_) => line.to_owned(),
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Blanks ids and times, and nothing else, wherever they are.
pub(crate) fn normal_json(json: &mut Value) {
    match json {
        Value::Array(items) => items.iter_mut().for_each(normal_json),
        Value::Object(fields) => {
            for (key, value) in fields {
                match key.as_str() {
                    "handler_id" | "run_id" if value.is_string() => *value = json!("<id>"),
                    "started_at" | "updated_at" | "completed_at" if value.is_string() => {
                        *value = json!(time_shape(value.as_str().unwrap()));
                    }
                    "elapsed_seconds" if value.is_number() => *value = json!("<seconds>"),
                    // Where a resource is written is the machine's affair.
                    "source_file" if value.is_string() => *value = json!("<file>"),
                    "source_line" if value.is_number() => *value = json!("<line>"),
                    _ => normal_json(value),
                }
            }
        }
        // A resource's id is a hash of where it is written.
        Value::String(text) if text.starts_with("resource_") => *json = json!("<resource>"),
        _ => {}
    }
}

/// Sorts what the real server keeps in sets, whose order changes from start to start.
fn normal_order(json: &mut Value) {
    if let Some(events) = json.get_mut("events").and_then(Value::as_array_mut) {
        events.sort_by_key(|schema| schema["title"].to_string());
    }
    let detail = json["detail"]
        .as_str()
        .and_then(|detail| detail.split_once(". Expected one of "));
    if let Some((words, classes)) = detail {
        let mut classes: Vec<&str> = classes.split(", ").collect();
        classes.sort_unstable();
        json["detail"] = json!(format!("{words}. Expected one of {}", classes.join(", ")));
    }
}

/// A time with its digits blanked: its form is part of the protocol.
fn time_shape(time: &str) -> String {
    let shape: String = time
        .chars()
        .map(|it| if it.is_ascii_digit() { '0' } else { it })
        .collect();
    // Python leaves the fraction out when it is zero, once in a million.
    if shape.contains('.') {
        shape
    } else {
        shape.replace("+", ".000000+")
    }
}

/// Where two answers part, with some words before and after.
pub(crate) fn difference(embedded: &str, real: &str) -> String {
    let same = embedded
        .chars()
        .zip(real.chars())
        .take_while(|(one, other)| one == other)
        .count();
    let part = |text: &str| {
        text.chars()
            .skip(same.saturating_sub(100))
            .take(300)
            .collect::<String>()
    };
    format!("  embedded: …{}\n  real:     …{}", part(embedded), part(real))
}
