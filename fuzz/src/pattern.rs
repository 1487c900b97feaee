//! What must hold for any `pattern` of a schema: it is asked about as it stands, and the verdict decides.

use std::cell::RefCell;
use workflow_inspector::form::{Form, Inputs};
use workflow_protocol::RawJson;

/// A pattern, and after a NUL a text to try it on.
pub fn pattern(data: &[u8]) {
    let given = String::from_utf8_lossy(data);
    let (pattern, text) = given.split_once('\0').unwrap_or((&given, "a"));
    let schema = serde_json::json!({
        "properties": {
            "s": { "type": "string", "pattern": pattern },
            "t": { "items": { "type": "string", "pattern": pattern }, "type": "array" },
        },
        "required": ["s", "t"],
    });
    let Ok(schema) = RawJson::parse(schema.to_string()) else {
        panic!("what serde_json writes is JSON");
    };
    let form = Form::from_schema(&schema);
    let value = serde_json::json!({ "s": text, "t": [text] });
    let inputs = form.decompose(&RawJson::parse(value.to_string()).expect("JSON"));
    for verdict in [Some(true), Some(false), None] {
        let asked = RefCell::new(Vec::new());
        let composed = form.compose(&inputs, &|pattern, text| {
            asked.borrow_mut().push((pattern.to_owned(), text.to_owned()));
            verdict
        });
        let question = (pattern.to_owned(), text.to_owned());
        assert_eq!(asked.into_inner(), [question.clone(), question]);
        match composed {
            Ok(sent) => {
                assert_ne!(verdict, Some(false), "a refused text is not sent");
                assert_eq!(
                    serde_json::from_str::<serde_json::Value>(sent.as_str()).ok(),
                    Some(value.clone())
                );
            }
            Err(errors) => {
                assert_eq!(verdict, Some(false), "{errors:?}");
                let paths: Vec<&str> = errors.iter().map(|error| error.path.as_str()).collect();
                assert_eq!(paths, ["s", "t/0"]);
            }
        }
    }
    // Drafts and other readers of the schema.
    assert_eq!(Inputs::from_text(&inputs.to_text()), inputs);
}
