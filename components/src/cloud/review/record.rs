//! The record of an extracted document, part by part as text, so that unedited parts keep every digit.

use serde_json::Value;
use workflow_cloud::AgentData;
use workflow_inspector::form::{Form, schema_of};
use workflow_inspector::json::{JsonTree, changed_lists, value_at, with_value};
use workflow_protocol::RawJson;

/// A record as it is stored.
pub(super) type Stored = AgentData<RawJson>;

/// The reviewed values: an object.
pub(super) fn data(record: &Stored) -> RawJson {
    part(record, "data").unwrap_or_else(RawJson::empty_object)
}

/// The values as extracted; none if the record has none.
pub(super) fn original(record: &Stored) -> Option<RawJson> {
    part(record, "original_data").filter(|data| !data.is_null())
}

/// A part of the record.
pub(super) fn part(record: &Stored, name: &str) -> Option<RawJson> {
    value_at(&record.data, &[name])
}

/// A text of the record; anything but text as its JSON. Empty if there is none.
pub(super) fn text(record: &Stored, name: &str) -> String {
    match part(record, name) {
        Some(value) if value.is_null() => String::new(),
        Some(value) => match value.text() {
            Some(text) => text.into_owned(),
            None => value.as_str().to_owned(),
        },
        None => String::new(),
    }
}

/// A part of the record as a value.
pub(super) fn value(record: &Stored, name: &str) -> Value {
    part(record, name).map_or(Value::Null, |part| part.to_value())
}

/// What is written: the record with these values and, if it is given, this status. Everything else stays as it is.
pub(super) fn written(record: &Stored, data: &RawJson, status: Option<&str>) -> RawJson {
    let with_data = with_value(&record.data, &["data"], Some(data)).unwrap_or_else(|| record.data.clone());
    match status {
        Some(status) => {
            with_value(&with_data, &["status"], Some(&RawJson::string(status))).unwrap_or(with_data)
        }
        None => with_data,
    }
}

/// The extracted values; none if the record has none.
pub(super) fn original_tree(record: &Stored) -> Option<JsonTree> {
    JsonTree::parse(original(record)?.as_str()).ok()
}

/// The lists of the values whose items an earlier review may have removed, added or moved.
pub(super) fn lists_of(record: &Stored, original: Option<&JsonTree>) -> Vec<String> {
    let now = JsonTree::parse(data(record).as_str()).ok();
    original
        .zip(now.as_ref())
        .map_or_else(Vec::new, |(before, now)| changed_lists(before, now))
}

/// The form of the values: by the schema, or else by what the values are.
pub(super) fn form_of(record: &Stored, schema: Option<&RawJson>) -> Form {
    match schema.filter(|schema| !schema.is_null()) {
        Some(schema) => Form::from_schema(schema),
        None => {
            let data = data(record);
            let has_fields = data.as_str().len() > 2;
            let example = Some(data).filter(|_| has_fields).or_else(|| original(record));
            Form::from_schema(&schema_of(&example.unwrap_or_else(RawJson::empty_object)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(data: &str) -> Stored {
        Stored {
            id: "1".to_owned(),
            deployment_name: "app".to_owned(),
            collection: "c".to_owned(),
            project_id: None,
            data: RawJson::parse(data).unwrap(),
            created_at: None,
            updated_at: None,
        }
    }

    #[test]
    fn what_nobody_edits_is_written_as_it_is() {
        let before = record(
            r#"{"original_data":{"n":1},"data":{"n":9007199254740993},"status":"pending_review","overall_confidence":0.50,"x":[1.0]}"#,
        );
        let data = RawJson::parse(r#"{"n":2}"#).unwrap();
        assert_eq!(
            written(&before, &data, Some("accepted")).as_str(),
            r#"{"original_data":{"n":1},"data":{"n":2},"status":"accepted","overall_confidence":0.50,"x":[1.0]}"#
        );
        let without = record(r#"{"data":{}}"#);
        assert_eq!(
            written(&without, &data, Some("rejected")).as_str(),
            r#"{"data":{"n":2},"status":"rejected"}"#
        );
        assert_eq!(written(&without, &data, None).as_str(), r#"{"data":{"n":2}}"#);
    }

    #[test]
    fn odd_records_show_what_they_have() {
        let odd = record(r#"{"data":[1],"status":7,"file_name":null}"#);
        assert_eq!(text(&odd, "status"), "7");
        assert_eq!(text(&odd, "file_name"), "");
        assert_eq!(original(&odd), None);
        assert!(form_of(&odd, None).fields.is_empty());
        let failed = record(r#"{"original_data":{"total":2},"data":{},"status":"error"}"#);
        assert_eq!(form_of(&failed, None).fields[0].name, "total");
    }
}
