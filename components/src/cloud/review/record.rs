//! The record of an extracted document, part by part as text, so that unedited parts keep every digit.

use serde_json::Value;
use std::collections::HashSet;
use workflow_cloud::AgentData;
use workflow_inspector::form::{Form, schema_of};
use workflow_inspector::json::{value_at, values_by_path, with_value};
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

/// The lists of the values, as pointers, whose items an earlier review may have removed, added or moved: nothing says which of their items
/// is which.
pub(super) fn changed_lists(record: &Stored, originals: &[(String, RawJson)]) -> Vec<String> {
    let values = values_by_path(&data(record));
    let changed = originals.iter().filter(|(path, original)| {
        let now = values.binary_search_by(|(known, _)| known.cmp(path));
        let now = now.ok().and_then(|at| values[at].1.elements());
        matches!((original.elements(), now), (Some(before), Some(now)) if has_other_items(&before, &now))
    });
    changed.map(|(path, _)| path.clone()).collect()
}

/// Whether a list has another number of items than before, an item that was at another position, or a new item in the place of one.
fn has_other_items(before: &[RawJson], now: &[RawJson]) -> bool {
    if before.len() != now.len() {
        return true;
    }
    let pairs = before.iter().zip(now).filter(|(before, now)| before != now);
    let changed: Vec<(Value, Value)> = pairs
        .map(|(before, now)| (before.to_value(), now.to_value()))
        .filter(|(before, now)| before != now)
        .collect();
    let moved: HashSet<String> = changed.iter().map(|(before, _)| before.to_string()).collect();
    changed
        .iter()
        .any(|(before, now)| moved.contains(&now.to_string()) || is_replaced(before, now))
}

/// Whether an object of several values shares none of them with the one before.
fn is_replaced(before: &Value, now: &Value) -> bool {
    let (Value::Object(before), Value::Object(now)) = (before, now) else {
        return false;
    };
    before.len() > 1 && before.iter().all(|(key, value)| now.get(key) != Some(value))
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
    fn lists_that_lost_an_item_in_an_earlier_review_are_known() {
        let saved = record(
            r#"{"original_data":{"a":[1,2],"b":{"c":[{"d":[1]},2]},"e":[]},"data":{"a":[2],"b":{"c":[{"d":[1,2]},2]},"e":[]}}"#,
        );
        let originals = values_by_path(&original(&saved).unwrap());
        assert_eq!(changed_lists(&saved, &originals), ["a", "b/c/0/d"]);
    }

    #[test]
    fn lists_whose_items_were_moved_or_replaced_in_an_earlier_review_are_known() {
        let lists = |original: &str, data: &str| {
            let saved = record(&format!(
                r#"{{"original_data":{{"l":{original}}},"data":{{"l":{data}}}}}"#
            ));
            let originals = values_by_path(&super::original(&saved).unwrap());
            changed_lists(&saved, &originals).len()
        };
        assert_eq!(
            lists("[1,2,3]", "[2,3,4]"),
            1,
            "the first was removed, one was added"
        );
        let items = r#"[{"a":1,"b":2},{"a":3,"b":4}]"#;
        assert_eq!(
            lists(items, r#"[{"a":1,"b":2},{"a":5,"b":6}]"#),
            1,
            "the last is new"
        );
        assert_eq!(
            lists(items, r#"[{"a":1,"b":2},{"b":4,"a":5}]"#),
            0,
            "a value was edited"
        );
        assert_eq!(lists(items, r#"[{"b":2,"a":1},{"a":3, "b":4}]"#), 0, "the same");
        assert_eq!(lists("[1,2,3]", "[1,7,3]"), 0, "a value was edited");
        assert_eq!(lists(r#"[{"a":1}]"#, r#"[{"a":2}]"#), 0, "a value was edited");
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
