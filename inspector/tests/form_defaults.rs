//! Defaults of fields that hold fields, and the branches that values go to.

#![allow(clippy::panic, clippy::unwrap_used, reason = "tests report by failing")]

use workflow_inspector::form::{FieldKind, Form, Inputs};
use workflow_protocol::RawJson;

fn form(properties: &str) -> Form {
    let schema = format!("{{\"type\":\"object\",\"properties\":{{{properties}}}}}");
    Form::from_schema(&RawJson::parse(&schema).unwrap())
}

fn labels(branches: &str) -> Vec<String> {
    let form = form(&format!("\"a\":{{\"anyOf\":[{branches}]}}"));
    match &form.fields[0].kind {
        FieldKind::Union(labels) => labels.clone(),
        kind => panic!("{kind:?} is no union"),
    }
}

/// The label of the branch that the default of a union goes to when the union is added, and what is then sent.
fn landed(branches: &str, default: &str) -> (String, String) {
    let form = form(&format!("\"a\":{{\"anyOf\":[{branches}],\"default\":{default}}}"));
    let (field, mut inputs) = (&form.fields[0], Inputs::default());
    form.enable(field, &mut inputs);
    let label = match &field.kind {
        FieldKind::Union(labels) => labels[field.chosen(&inputs).unwrap()].clone(),
        kind => panic!("{kind:?} is no union"),
    };
    (
        label,
        form.compose(&inputs, &|_, _| None).unwrap().as_str().to_owned(),
    )
}

/// Symptom: nobody saw the default of a list, an object or a union before `add` was pressed.
/// Cause: only fields of one value showed their default.
#[test]
fn groups_show_their_default_until_they_are_added() {
    for (schema, shown) in [
        (
            r#"{"type":"array","items":{"type":"string"},"default":["a", "b"]}"#,
            r#"["a","b"]"#,
        ),
        (
            r#"{"type":"object","properties":{"x":{"type":"integer"}},"default":{"x": 1}}"#,
            r#"{"x":1}"#,
        ),
        (
            r#"{"type":"object","additionalProperties":{"type":"integer"},"default":{"k": 1}}"#,
            r#"{"k":1}"#,
        ),
        (
            r#"{"anyOf":[{"type":"integer"},{"type":"string"}],"default":"x"}"#,
            r#""x""#,
        ),
        (r#"{"type":"array","items":{},"default":[]}"#, "[]"),
    ] {
        let form = form(&format!("\"a\":{schema}"));
        let (field, mut inputs) = (&form.fields[0], Inputs::default());
        assert_eq!(field.shown_default(&inputs).as_deref(), Some(shown));
        form.enable(field, &mut inputs);
        assert_eq!(field.shown_default(&inputs), None, "{schema}: its fields show it");
        let sent = form.compose(&inputs, &|_, _| None).unwrap();
        assert_eq!(sent.as_str(), format!("{{\"a\":{shown}}}"), "{schema}");
        inputs.unset(&field.id);
        assert_eq!(field.shown_default(&inputs).as_deref(), Some(shown), "{schema}");
        inputs.set_null(&field.id, true);
        assert_eq!(field.shown_default(&inputs), None, "{schema}: null is sent");
    }
}

#[test]
fn a_long_default_is_cut_off_and_null_is_none() {
    let long = format!("\"{}\"", "x".repeat(1000));
    let form = form(&format!(
        "\"a\":{{\"type\":\"array\",\"items\":{{}},\"default\":[{long}]}},\"b\":{{\"anyOf\":[{{\"type\":\"array\"}},{{\"type\":\"null\"}}],\"default\":null}}"
    ));
    let inputs = Inputs::default();
    let shown = form.fields[0].shown_default(&inputs).unwrap();
    assert!(shown.ends_with('…') && shown.chars().count() <= 201, "{shown}");
    assert_eq!(form.fields[1].shown_default(&inputs), None);
}

/// Symptom: of a union of a text and a date both branches were called `Text`.
/// Cause: a branch without a title was called by its kind alone.
#[test]
fn branches_are_called_by_their_format() {
    let branches = [
        ("", "Text"),
        ("date", "Date"),
        ("date-time", "Date and time"),
        ("time", "Time"),
        ("duration", "Duration"),
        ("uuid", "UUID"),
        ("uri", "URL"),
        ("email", "Email address"),
        ("ipv4", "IPv4 address"),
        ("binary", "Binary data"),
        ("file-path", "Path"),
        ("of-their-own", "Text"),
    ];
    let schemas: Vec<String> = branches
        .iter()
        .map(|(format, _)| format!("{{\"type\":\"string\",\"format\":\"{format}\"}}"))
        .collect();
    let expected: Vec<&str> = branches.iter().map(|(_, label)| *label).collect();
    assert_eq!(labels(&schemas.join(",")), expected);
    assert_eq!(
        labels(r#"{"type":"string","format":"date","title":"Day"},{"type":"null"},{"type":"integer"}"#),
        ["Day", "Whole number"],
        "a title of its own comes first"
    );
}

/// Symptom: the default of `str | Color` was in the branch of the text, not in that of the enum.
/// Cause: the first branch that the value fitted was taken, and any text fits a text.
#[test]
fn a_default_lands_in_the_branch_that_describes_it() {
    let text = r#"{"type":"string"}"#;
    let color = r#"{"enum":["red","green"],"title":"Color","type":"string"}"#;
    let date = r#"{"type":"string","format":"date"}"#;
    let moment = r#"{"type":"string","format":"date-time"}"#;
    let level = r#"{"enum":[1,2],"title":"Level","type":"integer"}"#;
    for (branches, default, label) in [
        ([text, color], r#""red""#, "Color"),
        ([color, text], r#""red""#, "Color"),
        ([text, color], r#""blue""#, "Text"),
        ([color, text], r#""blue""#, "Text"),
        ([r#"{"type":"integer"}"#, level], "2", "Level"),
        ([r#"{"type":"integer"}"#, level], "3", "Whole number"),
        ([text, date], r#""2026-11-20""#, "Date"),
        ([text, date], r#""soon""#, "Text"),
        ([date, text], r#""soon""#, "Text"),
        ([moment, date], r#""2026-11-20""#, "Date"),
        ([date, moment], r#""2026-11-20T08:00:00Z""#, "Date and time"),
        ([date, color], r#""green""#, "Color"),
        ([date, r#"{"type":"integer"}"#], r#""soon""#, "Date"),
        (
            [text, r#"{"anyOf":[{"type":"integer"},{"enum":["a","b"]}]}"#],
            r#""b""#,
            "One of several",
        ),
    ] {
        let branches = branches.join(",");
        assert_eq!(
            landed(&branches, default),
            (label.to_owned(), format!("{{\"a\":{default}}}")),
            "{default} in {branches}"
        );
    }
}

/// The branch that a person chose stays, also where another one describes the value better.
#[test]
fn a_chosen_branch_stays() {
    let form = form(r#""a":{"anyOf":[{"type":"string"},{"enum":["red"],"title":"Color"}]}"#);
    let (field, mut inputs) = (&form.fields[0], Inputs::default());
    field.choose(&mut inputs, Some(0));
    form.update(&mut inputs, &RawJson::parse(r#"{"a":"red"}"#).unwrap());
    assert_eq!(field.chosen(&inputs), Some(0));
}
