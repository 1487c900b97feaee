//! Infers a schema from data.

use crate::json::quote;
use workflow_protocol::{RawJson, members};

/// How many levels of data are described; deeper ones are raw JSON.
const MAX_DEPTH: usize = 32;

/// A JSON Schema that describes these data, so that a form can show them: the kind of each value, and for a list that of its elements if
/// they share one. A null can become a text, and a whole number a decimal.
///
/// ```
/// # use workflow_inspector::form::{Form, schema_of};
/// # use workflow_protocol::RawJson;
/// let data = RawJson::parse(r#"{"name":"Ada","total":2.5,"lines":[{"n":1},{"n":2}]}"#)?;
/// let form = Form::from_schema(&schema_of(&data));
/// let names: Vec<&str> = form.fields.iter().map(|field| field.name.as_str()).collect();
/// assert_eq!(names, ["name", "total", "lines"]);
/// assert_eq!(form.compose(&form.decompose(&data), &|_, _| None).unwrap(), data);
/// # Ok::<(), workflow_protocol::DecodeError>(())
/// ```
#[must_use]
pub fn schema_of(data: &RawJson) -> RawJson {
    // The generated text is JSON.
    RawJson::parse(describe(data, 0)).unwrap_or_else(|_| RawJson::empty_object())
}

fn describe(value: &RawJson, depth: usize) -> String {
    let text = value.as_str();
    match text.as_bytes().first() {
        _ if depth > MAX_DEPTH => "{}".to_owned(),
        Some(b'"') => r#"{"type":"string"}"#.to_owned(),
        Some(b't' | b'f') => r#"{"type":"boolean"}"#.to_owned(),
        Some(b'n') => r#"{"anyOf":[{"type":"string"},{"type":"null"}]}"#.to_owned(),
        Some(b'{') => object(text, depth),
        Some(b'[') => {
            let elements = value.elements().unwrap_or_default();
            let mut kinds: Vec<String> = Vec::new();
            for element in &elements {
                let kind = describe(element, depth + 1);
                if !kinds.contains(&kind) {
                    kinds.push(kind);
                }
            }
            match kinds.as_slice() {
                [kind] => format!(r#"{{"type":"array","items":{kind}}}"#),
                _ => r#"{"type":"array"}"#.to_owned(),
            }
        }
        // A whole number may have been read wrongly, and be corrected to a decimal.
        _ => r#"{"type":"number"}"#.to_owned(),
    }
}

fn object(text: &str, depth: usize) -> String {
    let members = members(text).unwrap_or_default();
    let properties: Vec<String> = members
        .iter()
        .filter_map(|(key, value)| {
            let value = RawJson::parse(value).ok()?;
            Some(format!("{}:{}", quote(key), describe(&value, depth + 1)))
        })
        .collect();
    format!(r#"{{"type":"object","properties":{{{}}}}}"#, properties.join(","))
}

#[cfg(test)]
mod tests {
    use super::schema_of;
    use crate::form::Form;
    use workflow_protocol::RawJson;

    #[test]
    fn inferred_forms_round_trip_any_data() {
        for data in [
            "{}",
            r#"{"a":null,"b":[],"c":{},"d":[1,"x",null],"e":9007199254740993,"f":1e3}"#,
            r#"{"":1,"__proto__":{"x":true},"lines":[{"n":1},{"m":2}]}"#,
            r#"{"nested":{"deep":[[1,2],[3]]}}"#,
            r#"{"prices":[1,2.50,-0,123456789012345678901234567890]}"#,
        ] {
            let data = RawJson::parse(data).unwrap();
            let form = Form::from_schema(&schema_of(&data));
            let composed = form.compose(&form.decompose(&data), &|_, _| None);
            assert_eq!(composed.as_ref().map(RawJson::as_str), Ok(data.as_str()));
        }
        assert!(Form::from_schema(&schema_of(&RawJson::null())).fields.is_empty());
    }

    #[test]
    fn whole_numbers_can_be_corrected_to_decimals() {
        let data = RawJson::parse(r#"{"total":12,"prices":[1,2.5]}"#).unwrap();
        let form = Form::from_schema(&schema_of(&data));
        let mut inputs = form.decompose(&data);
        form.fields[0].type_text(&mut inputs, "12.90");
        let prices = form.children(&form.fields[1], &inputs);
        prices[0].type_text(&mut inputs, "1.25");
        let composed = form.compose(&inputs, &|_, _| None);
        assert_eq!(
            composed.as_ref().map(RawJson::as_str),
            Ok(r#"{"total":12.90,"prices":[1.25,2.5]}"#)
        );
    }
}
