//! The schema of one event class.

use jsonschema::{PatternOptions, Validator};
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};
use time::format_description::well_known::Iso8601;
use time::{Date, OffsetDateTime, PrimitiveDateTime};

use super::json::{Fields, fields};
use super::report::{self, Report};
use super::schema::{Defaults, Schema, Writer};

/// How many values an event may have for all of its errors to be named; beyond, only the first is. Each value can have an error, and
/// each error takes some hundred bytes.
const MAX_VALUES: usize = 120_000;

/// A JSON Schema, ready to check the events of one class.
#[derive(Debug)]
pub struct EventSchema {
    schema: Schema,
    json: Value,
    validator: Validator,
}

/// A text that is no JSON Schema.
#[derive(Debug, thiserror::Error)]
#[error("not a JSON Schema: {0}")]
pub struct SchemaError(String);

impl EventSchema {
    /// Compiles a JSON Schema. References to other documents are not followed.
    ///
    /// # Errors
    /// The text is not a JSON Schema.
    pub fn new(json: &str) -> Result<Self, SchemaError> {
        let error = |error: serde_json::Error| SchemaError(error.to_string());
        let schema = serde_json::from_str(json).map_err(error)?;
        let json = serde_json::from_str(json).map_err(error)?;
        let validator = jsonschema::options()
            .offline()
            .should_validate_formats(true)
            .with_format("date", is_date)
            .with_format("date-time", is_date_time)
            // Linear in the length of a text, unlike the default engine.
            .with_pattern_options(PatternOptions::regex())
            .build(&json)
            .map_err(|error| SchemaError(error.to_string()))?;
        Ok(Self {
            schema,
            json,
            validator,
        })
    }

    /// Checks the `value` of an event and returns it as the class would serialise it: declared fields in their order with defaults
    /// filled in, undeclared ones below `_data`. A stop event keeps its `result` instead. `class` names the event in errors.
    ///
    /// # Errors
    /// All that is wrong, as Pydantic's lines.
    pub fn check(&self, class: &str, is_stop: bool, value: &RawValue) -> Result<Box<RawValue>, String> {
        let given =
            fields(value).ok_or_else(|| report::wrong_type(class, "", "model_type", "an object", value))?;
        let written = |defaults| {
            let mut out = "{".to_owned();
            Writer::new(&self.schema, defaults).members(&self.schema, &given, &mut out);
            out
        };
        let unreadable = |error: serde_json::Error| report::unreadable(class, &error);
        let declared = written(Defaults::LeftOut) + "}";
        let declared: Value = serde_json::from_str(&declared).map_err(unreadable)?;
        if !self.validator.is_valid(&declared) {
            return Err(self.report(class, &declared));
        }
        let mut out = written(Defaults::FilledIn);
        if let Some((name, value)) = self.undeclared(&given, is_stop) {
            let comma = if out.len() > 1 { "," } else { "" };
            out.push_str(&format!("{comma}\"{name}\":{value}"));
        }
        RawValue::from_string(out + "}").map_err(unreadable)
    }

    /// What the class keeps besides its declared fields.
    fn undeclared(&self, given: &Fields<'_>, is_stop: bool) -> Option<(&'static str, Box<RawValue>)> {
        let is_declared = |name: &str| self.schema.properties.contains_key(name);
        if is_stop {
            let result = *given.get("result")?;
            let is_kept = result.get() != "null" && !is_declared("result");
            return is_kept.then(|| ("result", result.to_owned()));
        }
        let mut data = given
            .get("_data")
            .and_then(|data| fields(data))
            .unwrap_or_default();
        let others = given
            .iter()
            .filter(|(name, _)| !is_declared(name) && *name != "_data");
        data.extend(others.map(|(name, value)| (name.clone(), *value)));
        let data = (!data.is_empty()).then(|| to_raw_value(&data))?;
        Some(("_data", data.ok()?))
    }

    fn report(&self, class: &str, value: &Value) -> String {
        let mut report = Report::new(&self.json);
        if count(value) > MAX_VALUES {
            report.extend(self.validator.validate(value).err().iter());
        } else {
            report.extend(self.validator.iter_errors(value).into_errors().iter());
        }
        report.finish(class)
    }
}

/// How many values a value consists of.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(members) => members.values().map(count).sum::<usize>(),
        _ => 0,
    }
}

fn is_date(text: &str) -> bool {
    // The parser of a date also takes a date with a time.
    text.len() == "YYYY-MM-DD".len() && Date::parse(text, &Iso8601::DATE).is_ok()
}

/// A date, or a date and a time with or without a zone.
fn is_date_time(text: &str) -> bool {
    let text = text.replacen(' ', "T", 1);
    is_date(&text)
        || PrimitiveDateTime::parse(&text, &Iso8601::DATE_TIME).is_ok()
        || OffsetDateTime::parse(&text, &Iso8601::DATE_TIME_OFFSET).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(schema: &EventSchema, value: &str) -> Result<String, String> {
        let value = RawValue::from_string(value.to_owned()).expect("JSON");
        let checked = schema.check("Thing", false, &value)?;
        Ok(checked.get().to_owned())
    }

    #[test]
    fn values_are_converted_and_defaults_filled_in() {
        let schema = EventSchema::new(
            r##"{"$defs":{"Part":{"type":"object","properties":{"n":{"type":"integer"},"more":{"$ref":"#/$defs/Part"},
            "size":{"type":"string","default":"M"}},"required":["n"]}},"type":"object","properties":{
            "z":{"type":"number"},"part":{"anyOf":[{"$ref":"#/$defs/Part"},{"type":"null"}],"default":null},
            "set":{"type":"array","items":{"type":"string"},"uniqueItems":true},"free":{"default":{"b":1,"a":[2]}}},
            "required":["z"]}"##,
        )
        .expect("a schema");
        assert_eq!(
            check(&schema, r#"{"z":"1.5"}"#).as_deref(),
            Ok(r#"{"z":1.5,"part":null,"set":[],"free":{"b":1,"a":[2]}}"#)
        );
        let given = r#"{"other":[1e400,"\ud800"],"set":["a","b","a"],"free":{"n":123456789012345678901234567890},
            "part":{"n":" 7 ","undeclared":1,"more":{"n":2.0}},"z":2,"z":3}"#;
        assert_eq!(
            check(&schema, given).as_deref(),
            Ok(
                r#"{"z":3,"part":{"n":7,"more":{"n":2,"more":null,"size":"M"},"size":"M"},"set":["a","b"],"free":{"n":123456789012345678901234567890},"_data":{"other":[1e400,"\ud800"]}}"#
            )
        );
    }

    #[test]
    fn deep_values_and_circular_schemas_are_harmless() {
        let schema = EventSchema::new(
            r##"{"$defs":{"Node":{"type":"object","properties":{"next":{"$ref":"#/$defs/Node"}}},
            "Loop":{"$ref":"#/$defs/Loop"}},"type":"object","properties":{"node":{"$ref":"#/$defs/Node"},"free":{}}}"##,
        )
        .expect("a schema");
        let deep = |depth: usize| r#"{"next":"#.repeat(depth) + "{}" + &"}".repeat(depth);
        assert!(check(&schema, &format!("{{\"undeclared\":{}}}", deep(300))).is_ok());
        let error = check(&schema, &format!("{{\"node\":{}}}", deep(300))).expect_err("too deep");
        assert!(error.contains("[type=json_invalid"), "{error}");
        assert!(EventSchema::new(r#"{"type":7}"#).is_err());
        assert!(EventSchema::new(r#"{"properties":{"a":{"$ref":"https://example.com/x"}}}"#).is_err());
    }

    #[test]
    fn only_the_first_of_very_many_errors_is_named() {
        let schema = r#"{"type":"object","properties":{"list":{"type":"array","items":{"type":"integer"}}}}"#;
        let schema = EventSchema::new(schema).expect("a schema");
        let list = |length: usize| format!("{{\"list\":[{}\"x\"]}}", "\"x\",".repeat(length - 1));
        let error = check(&schema, &list(100_000)).expect_err("no numbers");
        assert!(error.starts_with("100000 validation errors for Thing\nlist.0\n"));
        let error = check(&schema, &list(MAX_VALUES + 1)).expect_err("no numbers");
        assert!(
            error.starts_with("1 validation error for Thing\nlist.0\n"),
            "{error}"
        );
    }

    #[test]
    fn dates_are_read_as_python_reads_them() {
        for text in [
            "2026-01-02",
            "2026-01-02T03:04",
            "2026-01-02 03:04:05+02:00",
            "2026-01-02T03:04:05.5Z",
            "2026-01-02T03:04:05.123456789Z",
        ] {
            assert!(is_date_time(text), "{text}");
        }
        for text in [
            "",
            "x",
            "2026-1-2",
            "2026-02-30",
            "2026-01-022",
            "2026-01-02T25:00:00Z",
        ] {
            assert!(!is_date_time(text) && !is_date(text), "{text}");
        }
        assert!(is_date("2026-01-02") && !is_date("2026-01-02T03:04"));
    }
}
