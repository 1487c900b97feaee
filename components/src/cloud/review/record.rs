//! The record of an extracted document, part by part as text, so that unedited parts keep every digit.

use serde_json::Value;
use workflow_cloud::AgentData;
use workflow_inspector::form::{Form, Inputs, schema_of};
use workflow_inspector::json::{Difference, JsonTree, changed_lists, changes_for, value_at, with_value};
use workflow_protocol::RawJson;

/// A record as it is stored.
pub(super) type Stored = AgentData<RawJson>;

/// The reviewed values: an object, unless the extraction wrote something else.
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

pub(super) fn is_object(json: &RawJson) -> bool {
    json.as_str().starts_with('{')
}

/// Values that are no object, and so not in the fields. They stay as they are until something is typed into a field.
pub(super) fn whole(inputs: &Inputs) -> Option<RawJson> {
    RawJson::parse(inputs.only_json()?).ok()
}

/// The values as they are typed, also invalid ones.
pub(super) fn typed(form: &Form, inputs: &Inputs) -> Option<RawJson> {
    whole(inputs).or_else(|| RawJson::parse(form.to_json(inputs)).ok())
}

/// What another editor changed in a record, for values that were typed meanwhile.
pub(super) fn changes(base: &Stored, current: &Stored, typed: Option<&RawJson>) -> Vec<Difference> {
    let mine = typed.and_then(|typed| with_value(&base.data, &["data"], Some(typed)));
    changes_for(mine.as_ref().unwrap_or(&base.data), &base.data, &current.data)
}

/// What is written: the record with these values and this status, if they are given. Everything else stays as it is.
pub(super) fn written(record: &Stored, data: Option<&RawJson>, status: Option<&str>) -> RawJson {
    let with_data = data.and_then(|data| with_value(&record.data, &["data"], Some(data)));
    let with_data = with_data.unwrap_or_else(|| record.data.clone());
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
            let has_fields = is_object(&data) && data.as_str().len() > 2;
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
            written(&before, Some(&data), Some("accepted")).as_str(),
            r#"{"original_data":{"n":1},"data":{"n":2},"status":"accepted","overall_confidence":0.50,"x":[1.0]}"#
        );
        let without = record(r#"{"data":{}}"#);
        assert_eq!(
            written(&without, Some(&data), Some("rejected")).as_str(),
            r#"{"data":{"n":2},"status":"rejected"}"#
        );
        assert_eq!(
            written(&without, Some(&data), None).as_str(),
            r#"{"data":{"n":2}}"#
        );
        let odd = record(r#"{"data":[1.0, 2]}"#);
        assert_eq!(
            written(&odd, None, Some("rejected")).as_str(),
            r#"{"data":[1.0, 2],"status":"rejected"}"#
        );
        assert_eq!(written(&odd, None, None), odd.data);
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
        let nothing = record(r#"{"original_data":{"total":2},"data":null}"#);
        assert_eq!(form_of(&nothing, None).fields[0].name, "total");
    }

    #[test]
    fn values_that_are_no_object_stay_until_a_field_is_typed() {
        let schema = RawJson::parse(r#"{"properties":{"n":{"type":"integer"}}}"#).unwrap();
        for text in ["null", "[1.0, 2]", "\"x\""] {
            let odd = record(&format!(r#"{{"data":{text}}}"#));
            let form = form_of(&odd, Some(&schema));
            let mut inputs = form.decompose(&data(&odd));
            assert_eq!(whole(&inputs), Some(data(&odd)), "{text}");
            assert_eq!(typed(&form, &inputs), Some(data(&odd)), "{text}");
            form.fields[0].type_text(&mut inputs, "3");
            assert_eq!(whole(&inputs), None, "{text}");
            let now = typed(&form, &inputs).map(|now| now.to_value());
            assert_eq!(now, Some(serde_json::json!({"n": 3})), "{text}");
        }
        let usual = record(r#"{"data":{"n":1}}"#);
        let form = form_of(&usual, Some(&schema));
        assert_eq!(whole(&form.decompose(&data(&usual))), None);
    }

    #[test]
    fn the_changes_of_another_editor_fit_a_list_whose_items_were_removed() {
        let base = record(r#"{"data":{"lines":[{"n":1},{"n":2}],"t":1},"status":"error"}"#);
        let current = record(r#"{"data":{"lines":[{"n":1},{"n":5}],"t":1},"status":"rejected"}"#);
        let paths = |typed: &str| {
            let changes = changes(&base, &current, Some(&RawJson::parse(typed).unwrap()));
            changes
                .iter()
                .map(|change| change.path.join("."))
                .collect::<Vec<_>>()
        };
        assert_eq!(paths(r#"{"lines":[{"n":2}],"t":1}"#), ["data.lines", "status"]);
        assert_eq!(
            paths(r#"{"lines":[{"n":3},{"n":2}],"t":2}"#),
            ["data.lines.1.n", "status"]
        );
        assert_eq!(changes(&base, &current, None).len(), 2);
    }
}
