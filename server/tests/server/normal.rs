//! Answers without what may differ between two servers: ids, times, the order of sets, and the prose of errors. Also used by the
//! contract tests of `tests/contract`.

use serde_json::{Value, json};

/// Errors with these prefixes go on in the words of a JSON parser or of Python.
const PROSE: [&str; 4] = [
    "Invalid JSON body: ",
    "Error processing request: ",
    "Error processing request body: ",
    "Internal server error: ",
];

/// A body, or each event of a stream in either of its two forms.
pub(crate) fn normal_body(text: &str) -> String {
    if let Ok(mut json) = serde_json::from_str(text) {
        normal_json(&mut json);
        normal_answer(&mut json);
        return json.to_string();
    }
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

/// Blanks ids and times wherever they are, and writes whole numbers without a fraction.
pub(crate) fn normal_json(json: &mut Value) {
    match json {
        Value::Array(items) => items.iter_mut().for_each(normal_json),
        Value::Object(fields) => {
            for (key, value) in fields {
                match key.as_str() {
                    "handler_id" | "run_id" if value.is_string() => *value = json!("<id>"),
                    "started_at" | "updated_at" | "completed_at" if value.is_string() => {
                        *value = json!(time_shape(value.as_str().unwrap_or_default()));
                    }
                    "elapsed_seconds" if value.is_number() => *value = json!("<seconds>"),
                    // Where a resource is written depends on the machine.
                    "source_file" if value.is_string() => *value = json!("<file>"),
                    "source_line" if value.is_number() => *value = json!("<line>"),
                    _ => normal_json(value),
                }
            }
        }
        Value::Number(number) => {
            // Pydantic writes the 2 of a float field as 2.0.
            if let Some(whole) = number.as_f64().filter(|it| it.fract() == 0.0) {
                *json = json!(format!("<{whole:e}>"));
            }
        }
        // A resource's id is a hash of where it is written.
        Value::String(text) if text.starts_with("resource_") => *json = json!("<resource>"),
        _ => {}
    }
}

/// Sorts what the real server keeps in sets, whose order changes from start to start, and removes the prose of errors.
fn normal_answer(json: &mut Value) {
    if let Some(events) = json.get_mut("events").and_then(Value::as_array_mut) {
        events.sort_by_key(|schema| schema["title"].to_string());
    }
    if let Some(Value::String(detail)) = json.get_mut("detail") {
        let prose = PROSE.iter().find(|prefix| detail.starts_with(**prefix));
        if let Some(errors) = validation_errors(detail) {
            *detail = errors;
        } else if let Some((words, classes)) = detail.split_once(". Expected one of ") {
            let mut classes: Vec<&str> = classes.split(", ").collect();
            classes.sort_unstable();
            *detail = format!("{words}. Expected one of {}", classes.join(", "));
        } else if let Some(prefix) = prose {
            *detail = format!("{prefix}…");
        } else if let Some((_, rest)) = detail.split_once("Handler '")
            && let Some((_, words)) = rest.split_once('\'')
        {
            *detail = format!("Handler '<id>'{words}");
        }
    }
}

/// Pydantic's lines without their messages: number, class, paths and types.
fn validation_errors(detail: &str) -> Option<String> {
    let (before, after) = detail.split_once(" validation error")?;
    let mut lines = after.split_once(" for ")?.1.lines();
    let class = lines.next()?;
    let mut path = "";
    let mut errors = Vec::new();
    for line in lines {
        if let Some((_, kind)) = line.split_once(" [type=") {
            let kind = kind.split([',', ']']).next()?;
            errors.push(format!("{path}: {kind}"));
            path = "";
        } else if !line.starts_with("    For further information") {
            path = line;
        }
    }
    errors.sort_unstable();
    Some(format!("{before} errors for {class}: {}", errors.join("; ")))
}

/// `TIME` for a time in the form of the protocol, else its form.
fn time_shape(time: &str) -> String {
    let shape: String = time
        .chars()
        .map(|it| if it.is_ascii_digit() { '0' } else { it })
        .collect();
    match shape.as_str() {
        // Python leaves the fraction out when it is zero, once in a million.
        "0000-00-00T00:00:00.000000+00:00" | "0000-00-00T00:00:00+00:00" => "TIME".to_owned(),
        _ => shape,
    }
}
