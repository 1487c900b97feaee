//! Forms against generated values and drafts, with the jsonschema crate as the oracle of what fits.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{Random, all, form, schema, scribble, unknown, value, visible};
use proptest::prelude::*;
use serde_json::Value;
use workflow_inspector::form::{Form, Inputs};
use workflow_protocol::RawJson;

/// Whether everything of `part` is in `whole`: more keys are fine, fewer are not.
fn contains(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => part
            .iter()
            .all(|(key, part)| whole.get(key).is_some_and(|whole| contains(whole, part))),
        (Value::Array(whole), Value::Array(part)) => {
            whole.len() == part.len() && whole.iter().zip(part).all(|(whole, part)| contains(whole, part))
        }
        // Of a choice, the schema's way to write the number is taken.
        (Value::Number(whole), Value::Number(part)) => whole.as_f64() == part.as_f64(),
        _ => whole == part,
    }
}

/// The schema without the keywords that are left to the server.
fn claimed(schema: &Value) -> Value {
    match schema {
        // Raw JSON for the user, the server's to judge.
        Value::Object(members) if members.contains_key("not") => Value::Bool(true),
        Value::Object(members) => members
            .iter()
            .filter(|(key, _)| !["uniqueItems", "propertyNames", "format"].contains(&key.as_str()))
            .map(|(key, value)| (key.clone(), claimed(value)))
            .collect(),
        Value::Array(items) => items.iter().map(claimed).collect(),
        other => other.clone(),
    }
}

fn matches(pattern: &str, text: &str) -> Option<bool> {
    let schema = serde_json::json!({ "pattern": pattern });
    Some(jsonschema::is_valid(&schema, &Value::from(text)))
}

/// The places that the oracle finds fault with, as JSON pointers: those of a key that is missing or too many, else of the value.
fn places(error: &jsonschema::ValidationError<'_>) -> Vec<String> {
    use jsonschema::error::ValidationErrorKind as Kind;
    let at = error.instance_path().to_string();
    let inside = |key: &str| format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
    match error.kind() {
        Kind::Required { property } => property.as_str().map(inside).into_iter().collect(),
        Kind::AdditionalProperties { unexpected } => unexpected.iter().map(|key| inside(key)).collect(),
        _ => vec![at],
    }
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"))
}

fn fixture() -> impl Strategy<Value = &'static str> {
    prop::sample::select(all())
}

/// A text with a wrong value, a missing key or an unknown one here and there.
fn json_of(name: &str, seed: u64, wrong: usize) -> (Value, RawJson) {
    let root = schema(name).to_value();
    let mut generated = value(&mut Random(seed), &root, &root, 0, 6);
    if wrong != 0 {
        let damaged = value(&mut Random(seed), &root, &root, wrong, 6);
        if damaged.is_object() {
            generated = damaged;
        }
    }
    (root, RawJson::from_value(&generated))
}

proptest! {
    #[test]
    fn json_to_form_to_json_keeps_everything(name in fixture(), seed in any::<u64>(), wrong in prop::sample::select(vec![0_usize, 6, 20])) {
        let (_, json) = json_of(name, seed, wrong);
        let form = form(name);
        let inputs = form.decompose(&json);
        let back = parsed(&form.to_json(&inputs));
        prop_assert!(contains(&back, &json.to_value()), "{name}: {json}\nbecame {back}\nthrough {inputs:?}");
    }

    #[test]
    fn the_verdict_is_the_oracles(name in fixture(), seed in any::<u64>(), wrong in prop::sample::select(vec![0_usize, 10, 30])) {
        let (root, json) = json_of(name, seed, wrong);
        let oracle = jsonschema::validator_for(&claimed(&root)).unwrap();
        let form = form(name);
        let composed = form.compose(&form.decompose(&json), &matches);
        match &composed {
            Ok(sent) => {
                let sent = sent.to_value();
                let errors: Vec<String> = oracle.iter_errors(&sent).map(|error| format!("{} at {}", error, error.instance_path())).collect();
                prop_assert!(errors.is_empty(), "{name}: {sent} from {json} is refused: {errors:?}");
                prop_assert!(contains(&sent, &json.to_value()), "{name}: {json} became {sent}");
            }
            Err(errors) => {
                prop_assert!(!oracle.is_valid(&json.to_value()), "{name}: {json} is valid, but {errors:?}");
                for error in errors {
                    prop_assert!(!error.message.is_empty());
                }
            }
        }
    }

    #[test]
    fn what_fits_is_accepted(name in fixture(), seed in any::<u64>(), depth in 0_usize..6) {
        let root = schema(name).to_value();
        let json = value(&mut Random(seed), &root, &root, 0, depth);
        let form = form(name);
        let oracle = jsonschema::validator_for(&claimed(&root)).unwrap();
        // What recurs without end is cut short.
        prop_assume!(oracle.is_valid(&json));
        let composed = form.compose(&form.decompose(&RawJson::from_value(&json)), &matches);
        prop_assert!(composed.is_ok(), "{name}: {json} is refused: {composed:?}");
    }

    #[test]
    fn what_the_oracle_refuses_is_refused_at_its_field(name in fixture(), seed in any::<u64>(), wrong in prop::sample::select(vec![10_usize, 30])) {
        let (root, json) = json_of(name, seed, wrong);
        let oracle = jsonschema::validator_for(&claimed(&root)).unwrap();
        let form = form(name);
        let inputs = form.decompose(&json);
        // Where nothing is refused the other properties look.
        let Err(errors) = form.compose(&inputs, &matches) else {
            return Ok(());
        };
        // What was missing and can have one value only is there by now.
        let json = parsed(&form.to_json(&inputs));
        let theirs: Vec<String> = oracle.iter_errors(&json).flat_map(|error| places(&error)).collect();
        let related = |a: &str, b: &str| {
            let (a, b) = (format!("{a}/"), format!("{b}/"));
            a.starts_with(&b) || b.starts_with(&a)
        };
        for error in &errors {
            let path = format!("/{}", error.path);
            prop_assert!(
                theirs.iter().any(|place| related(place, &path)),
                "{name}: {} has {error:?}, the oracle finds fault with {theirs:?}", json
            );
        }
        for place in &theirs {
            prop_assert!(
                errors.iter().any(|error| related(&format!("/{}", error.path), place)),
                "{name}: {} is wrong at {place}, and the form says {errors:?}", json
            );
        }
    }

    #[test]
    fn what_was_typed_survives_the_json_side(name in fixture(), seed in any::<u64>(), times in 0_usize..25) {
        let form = form(name);
        let mut random = Random(seed);
        let mut inputs = Inputs::default();
        scribble(&mut random, &form, &mut inputs, times);
        let text = form.to_json(&inputs);
        let json = RawJson::parse(&text).unwrap();
        let mut again = inputs.clone();
        form.update(&mut again, &json);
        prop_assert_eq!(form.to_json(&again), text, "{} after {:?}", name, inputs);
        // An item that nobody has filled in is null on the JSON side: where that fits, it then is one.
        if visible(&form, &inputs).iter().any(|field| again.is_null(&field.id) && !inputs.is_null(&field.id)) {
            return Ok(());
        }
        for field in visible(&form, &inputs) {
            prop_assert_eq!(field.text(&again), field.text(&inputs), "text of {}", field.id);
            prop_assert_eq!(field.chosen(&again), field.chosen(&inputs), "choice of {}", field.id);
            prop_assert_eq!(field.is_checked(&again), field.is_checked(&inputs), "box of {}", field.id);
        }
        prop_assert_eq!(form.compose(&again, &unknown), form.compose(&inputs, &unknown), "what is sent");
    }

    #[test]
    fn what_is_composed_fits(name in fixture(), seed in any::<u64>(), times in 0_usize..40) {
        let form = form(name);
        let mut inputs = Inputs::default();
        scribble(&mut Random(seed), &form, &mut inputs, times);
        if let Ok(sent) = form.compose(&inputs, &matches) {
            let sent = sent.to_value();
            let root = claimed(&schema(name).to_value());
            let oracle = jsonschema::validator_for(&root).unwrap();
            let errors: Vec<String> = oracle.iter_errors(&sent).map(|error| format!("{} at {}", error, error.instance_path())).collect();
            prop_assert!(errors.is_empty(), "{name}: {sent}: {errors:?}");
        }
        // What compose says of the whole, check says of each field.
        let mut each = Vec::new();
        for field in &form.fields {
            each.extend(form.check(field, &inputs, &matches));
        }
        let whole = form.compose(&inputs, &matches).err().unwrap_or_default();
        prop_assert!(each.iter().all(|error| whole.contains(error)), "{each:?} of {whole:?}");
    }

    #[test]
    fn json_applied_to_any_draft_composes_to_itself(name in fixture(), seed in any::<u64>(), wrong in 0_usize..9) {
        let (_, json) = json_of(name, seed, wrong);
        let form = form(name);
        let mut inputs = Inputs::default();
        scribble(&mut Random(!seed), &form, &mut inputs, 15);
        form.update(&mut inputs, &json);
        let fresh = form.decompose(&json);
        let (over, alone) = (parsed(&form.to_json(&inputs)), parsed(&form.to_json(&fresh)));
        prop_assert!(contains(&over, &json.to_value()), "{name}: {json}\nbecame {over}");
        // What fits no branch goes to the user's, which may send its tag.
        prop_assert!(["Unions", "taggedunions"].contains(&name) || contains(&alone, &over), "{name}: {json}\nbecame {over}\nand alone {alone}");
    }

    #[test]
    fn a_stored_draft_is_the_same(name in fixture(), seed in any::<u64>(), times in 0_usize..25, json in any::<Option<String>>()) {
        let form = form(name);
        let mut inputs = Inputs::default();
        scribble(&mut Random(seed), &form, &mut inputs, times);
        inputs.json = json;
        prop_assert_eq!(Inputs::from_text(&inputs.to_text()), inputs);
    }

    // The draft of one form over another's schema: a changed server.
    #[test]
    fn another_schemas_draft_is_survived(name in fixture(), other in fixture(), seed in any::<u64>()) {
        let mut inputs = Inputs::default();
        scribble(&mut Random(seed), &form(other), &mut inputs, 12);
        let form = form(name);
        prop_assert!(parsed(&form.to_json(&inputs)).is_object());
        let _ = form.compose(&inputs, &unknown);
        scribble(&mut Random(seed), &form, &mut inputs, 12);
    }

    #[test]
    fn any_schema_makes_a_form(seed in any::<u64>()) {
        let mut random = Random(seed);
        let schema = RawJson::from_value(&odd_schema(&mut random, 4));
        for form in [Form::from_schema(&schema), Form::for_response(&schema)] {
            let mut inputs = Inputs::default();
            scribble(&mut random, &form, &mut inputs, 12);
            let text = form.to_json(&inputs);
            prop_assert!(parsed(&text).is_object(), "{text}");
            if let Ok(sent) = form.compose(&inputs, &unknown) {
                // A schema's own defaults may be wrong: they are sent where required, and then kept all the same.
                let again = parsed(&form.to_json(&form.decompose(&sent)));
                prop_assert!(contains(&again, &sent.to_value()), "{again} of {sent} by {schema}");
            }
        }
    }

    #[test]
    fn a_stored_draft_is_read_tolerantly(text in "[\\[\\]{}:,\"a#/0-9valuejsontext]{0,40}") {
        let _ = Inputs::from_text(&text);
    }
}

/// Keywords with right and wrong values, mixed.
fn odd_schema(random: &mut Random, depth: usize) -> Value {
    if depth == 0 || random.one_in(8) {
        return common::garbage(random, 1);
    }
    let types = [
        "string", "integer", "number", "boolean", "null", "array", "object", "what",
    ];
    let mut schema = serde_json::Map::new();
    for _ in 0..random.below(5) {
        let (key, value) = match random.below(14) {
            0..=2 => ("type", Value::from(*random.pick(&types))),
            3 => ("properties", names(random, depth)),
            4 => ("$defs", names(random, depth)),
            5 => (
                "$ref",
                Value::from(*random.pick(&[
                    "#",
                    "#/$defs/a",
                    "#/$defs/b",
                    "#/nowhere",
                    "http://x",
                    "#/properties/a",
                ])),
            ),
            6 => (
                "anyOf",
                (0..random.below(4))
                    .map(|_| odd_schema(random, depth - 1))
                    .collect(),
            ),
            7 => (
                "allOf",
                (0..random.below(3))
                    .map(|_| odd_schema(random, depth - 1))
                    .collect(),
            ),
            8 => ("items", odd_schema(random, depth - 1)),
            9 => ("additionalProperties", odd_schema(random, depth - 1)),
            10 => ("required", Value::from(vec!["a", "b"])),
            11 => ("default", common::garbage(random, 2)),
            12 => ("type", Value::from(vec![*random.pick(&types), "null"])),
            _ => (
                *random.pick(&[
                    "minItems",
                    "minimum",
                    "multipleOf",
                    "maxLength",
                    "enum",
                    "const",
                    "title",
                ]),
                common::garbage(random, 1),
            ),
        };
        schema.insert(key.to_owned(), value);
    }
    Value::Object(schema)
}

fn names(random: &mut Random, depth: usize) -> Value {
    ["a", "b", ""]
        .iter()
        .map(|name| ((*name).to_owned(), odd_schema(random, depth - 1)))
        .collect()
}
