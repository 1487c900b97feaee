//! What the form tests share: the fixtures, a generator of values for a schema, a generator of drafts.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::panic)]

use serde_json::{Map, Value, json};
use std::sync::LazyLock;
use workflow_inspector::form::{Field, FieldKind, Form, Input, Inputs};
use workflow_protocol::RawJson;

/// Schemas as Pydantic 2.14 and llama-index-workflows 2.26 write them.
pub const FIXTURES: [(&str, &str); 19] = [
    ("Answer", include_str!("../fixtures/Answer.json")),
    ("AnyJson", include_str!("../fixtures/AnyJson.json")),
    ("Confirm", include_str!("../fixtures/Confirm.json")),
    ("Enums", include_str!("../fixtures/Enums.json")),
    ("Flags", include_str!("../fixtures/Flags.json")),
    ("Greeting", include_str!("../fixtures/Greeting.json")),
    (
        "HumanResponseEvent",
        include_str!("../fixtures/HumanResponseEvent.json"),
    ),
    ("Impossible", include_str!("../fixtures/Impossible.json")),
    ("Lists", include_str!("../fixtures/Lists.json")),
    ("Maps", include_str!("../fixtures/Maps.json")),
    ("Nested", include_str!("../fixtures/Nested.json")),
    ("Numbers", include_str!("../fixtures/Numbers.json")),
    ("Odd", include_str!("../fixtures/Odd.json")),
    ("Recursive", include_str!("../fixtures/Recursive.json")),
    ("StartEvent", include_str!("../fixtures/StartEvent.json")),
    ("Strict", include_str!("../fixtures/Strict.json")),
    ("Strings", include_str!("../fixtures/Strings.json")),
    ("Times", include_str!("../fixtures/Times.json")),
    ("Unions", include_str!("../fixtures/Unions.json")),
];

/// Start events of every kind (`tests/python/form_models.py`), as a real server serves their schemas: by workflow.
pub fn models() -> &'static Map<String, Value> {
    static MODELS: LazyLock<Map<String, Value>> =
        LazyLock::new(|| serde_json::from_str(include_str!("../fixtures/models.json")).unwrap());
    &MODELS
}

/// The names of all schemas there are.
pub fn all() -> Vec<&'static str> {
    let models = models().keys().map(String::as_str);
    FIXTURES.iter().map(|(name, _)| *name).chain(models).collect()
}

pub fn schema(name: &str) -> RawJson {
    let found = FIXTURES.iter().find(|(fixture, _)| *fixture == name);
    match found {
        Some((_, text)) => RawJson::parse(text).unwrap(),
        None => RawJson::from_value(models().get(name).unwrap_or_else(|| panic!("no schema {name}"))),
    }
}

pub fn form(name: &str) -> Form {
    Form::from_schema(&schema(name))
}

/// No regular expressions: patterns are left to the server.
pub fn unknown(_: &str, _: &str) -> Option<bool> {
    None
}

/// The field of a name, wherever it is visible.
pub fn field(form: &Form, inputs: &Inputs, name: &str) -> Field {
    let all = visible(form, inputs);
    let found = all.iter().find(|field| field.name == name);
    found
        .unwrap_or_else(|| panic!("no field {name} in {:?}", names(&all)))
        .clone()
}

pub fn names(fields: &[Field]) -> Vec<String> {
    fields.iter().map(|field| field.name.clone()).collect()
}

/// Every field that a page would show, outermost first; a hundred at most.
pub fn visible(form: &Form, inputs: &Inputs) -> Vec<Field> {
    let mut fields = form.fields.clone();
    let mut at = 0;
    while at < fields.len() && fields.len() < 100 {
        let field = fields[at].clone();
        if field.kind.is_container() && field.is_sent(inputs) {
            fields.extend(form.children(&field, inputs));
        }
        at += 1;
    }
    fields
}

/// Numbers that look random and are the same for the same seed.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound.max(1) as u64) as usize
    }

    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

const WORDS: [&str; 12] = [
    "",
    "a",
    "AB",
    "happy",
    "é\n",
    "0",
    "1e3",
    "-",
    " 7 ",
    "{\"a\":",
    "null",
    "9007199254740993",
];

/// A value of no particular kind.
pub fn garbage(random: &mut Random, depth: usize) -> Value {
    match random.below(if depth == 0 { 6 } else { 8 }) {
        0 => Value::Null,
        1 => Value::from(random.one_in(2)),
        2 => Value::from(random.below(12) as i64 - 3),
        3 => json!(random.below(40) as f64 / 8.0),
        4 | 5 => Value::from(*random.pick(&WORDS)),
        6 => (0..random.below(3)).map(|_| garbage(random, depth - 1)).collect(),
        _ => {
            let keys = ["kind", "value", "x", "street", "a/b"];
            let members =
                (0..random.below(3)).map(|_| ((*random.pick(&keys)).to_owned(), garbage(random, depth - 1)));
            Value::Object(members.collect())
        }
    }
}

/// A value for a schema: one that fits, as far as a schema and its examples tell; but of every `wrong` places about one is garbage,
/// and as many texts and numbers are any.
pub fn value(random: &mut Random, root: &Value, schema: &Value, wrong: usize, depth: usize) -> Value {
    if wrong != 0 && random.one_in(wrong) {
        return garbage(random, 2);
    }
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let target = root.pointer(reference.trim_start_matches('#')).unwrap();
        return value(random, root, target, wrong, depth);
    }
    if let Some(examples) = schema.get("examples").and_then(Value::as_array) {
        return random.pick(examples).clone();
    }
    if let Some(constant) = schema.get("const") {
        return constant.clone();
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return random.pick(values).clone();
    }
    for keyword in ["anyOf", "oneOf"] {
        if let Some(branches) = schema.get(keyword).and_then(Value::as_array) {
            // The last branch is the plainest one in every fixture.
            let branch = if depth == 0 {
                &branches[branches.len() - 1]
            } else {
                random.pick(branches)
            };
            return value(random, root, branch, wrong, depth.saturating_sub(1));
        }
    }
    let any = wrong != 0 && random.one_in(wrong);
    match schema.get("type").and_then(Value::as_str) {
        Some("object") => object(random, root, schema, wrong, depth),
        Some("array") => array(random, root, schema, wrong, depth),
        Some("string") if any => Value::from(*random.pick(&WORDS)),
        Some("string") => Value::from(text(random, schema)),
        Some("integer") if any => Value::from(random.below(14) as i64 - 2),
        Some("integer") => match schema.get("minimum").and_then(Value::as_i64) {
            // Beyond what a float can tell apart.
            Some(huge) if huge > 1 << 53 => Value::from(huge + random.below(5) as i64),
            _ => Value::from(number(random, schema, 1.0) as i64),
        },
        Some("number") if any => json!(random.below(40) as f64 / 8.0 - 1.0),
        Some("number") => json!(number(random, schema, 0.125)),
        Some("boolean") => Value::from(random.one_in(2)),
        Some("null") => Value::Null,
        _ => garbage(random, 2),
    }
}

/// A number within its bounds, a multiple of what it has to be one of, else of `step`.
fn number(random: &mut Random, schema: &Value, step: f64) -> f64 {
    let bound = |keyword: &str| schema.get(keyword).and_then(Value::as_f64);
    let step = bound("multipleOf").unwrap_or(step);
    let least = bound("minimum").or(bound("exclusiveMinimum").map(|above| above + step));
    let most = bound("maximum").or(bound("exclusiveMaximum").map(|below| below - step));
    let (first, choices) = match (least, most) {
        (Some(least), Some(most)) => ((least / step).ceil(), ((most - least) / step) as usize + 1),
        (Some(least), None) => ((least / step).ceil(), 8),
        (None, most) => (most.map_or(-2.0, |most| (most / step).floor() - 5.0), 6),
    };
    (first + random.below(choices) as f64) * step
}

/// A text of its format or, if it has none, of its length.
fn text(random: &mut Random, schema: &Value) -> String {
    let of: &[&str] = match schema.get("format").and_then(Value::as_str) {
        Some("date") => &["2026-11-20", "1999-02-28"],
        Some("time") => &["12:30:00", "23:59:59.125"],
        Some("date-time") => &["2026-11-20T12:30:00Z", "2026-11-20T12:30:00.5+01:00"],
        Some("duration") => &["PT1H30M", "P2DT3S"],
        Some("uuid" | "uuid4") => &["3f2504e0-4f89-41d3-9a0c-0305e82c3301"],
        Some("uri") => &["https://example.com/a?b=c#d", "http://localhost:8000"],
        Some("ipv4") => &["192.0.2.1"],
        Some("base64") => &["aGVsbG8="],
        _ => &WORDS,
    };
    let count = |keyword: &str| schema.get(keyword).and_then(Value::as_u64);
    let (min, max) = (
        count("minLength").unwrap_or(0),
        count("maxLength").unwrap_or(u64::MAX),
    );
    let mut text: String = random.pick(of).chars().take(max.min(1000) as usize).collect();
    while (text.chars().count() as u64) < min {
        text.push('é');
    }
    text
}

fn array(random: &mut Random, root: &Value, schema: &Value, wrong: usize, depth: usize) -> Value {
    let count = |keyword: &str| schema.get(keyword).and_then(Value::as_u64);
    let min = count("minItems").unwrap_or(0) as usize;
    let most = count("maxItems").map_or(min + 2, |max| max as usize);
    let len = if depth == 0 {
        min
    } else {
        min + random.below(most - min + 1)
    };
    let empty = json!({});
    let mut items: Vec<Value> = Vec::new();
    for index in 0..len {
        let prefix = schema.get("prefixItems").and_then(|list| list.get(index));
        let of = prefix.or(schema.get("items")).unwrap_or(&empty);
        let item = value(random, root, of, wrong, depth.saturating_sub(1));
        if schema.get("uniqueItems") != Some(&Value::Bool(true)) || !items.contains(&item) {
            items.push(item);
        }
    }
    Value::Array(items)
}

fn object(random: &mut Random, root: &Value, schema: &Value, wrong: usize, depth: usize) -> Value {
    let next = depth.saturating_sub(1);
    let mut members = Map::new();
    let empty = Map::new();
    let properties = schema
        .get("properties")
        .and_then(Value::as_object)
        .unwrap_or(&empty);
    let required = schema
        .get("required")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    for (key, property) in properties {
        let needed = required.iter().any(|name| name == key);
        // Without its tag the server doesn't know which branch of a union an object is.
        let tag = property.get("const").is_some();
        let there = if needed || tag {
            wrong == 0 || !random.one_in(wrong)
        } else {
            depth != 0 && random.one_in(2)
        };
        // A required recursion ends somewhere, wrong as that is.
        if there && (depth != 0 || !needed || property.get("$ref").is_none()) {
            members.insert(key.clone(), value(random, root, property, wrong, next));
        }
    }
    if properties.is_empty() && depth != 0 {
        let any = json!({});
        let property = schema
            .get("additionalProperties")
            .filter(|found| found.is_object())
            .unwrap_or(&any);
        let bound = |keyword: &str| schema.get(keyword).and_then(Value::as_u64);
        let (min, max) = (
            bound("minProperties").unwrap_or(0) as usize,
            bound("maxProperties").unwrap_or(9) as usize,
        );
        let named =
            schema
                .get("propertyNames")
                .map(|names| match names.get("$ref").and_then(Value::as_str) {
                    Some(reference) => root.pointer(reference.trim_start_matches('#')).unwrap(),
                    None => names,
                });
        let named = named.and_then(|names| names.get("enum")?.as_array());
        let keys: Vec<&str> = match named {
            Some(keys) => keys.iter().filter_map(Value::as_str).collect(),
            None => vec!["b", "a/b", "key"],
        };
        for key in keys {
            let there = members.len() < min || (members.len() < max && random.one_in(3));
            if there && schema.get("additionalProperties") != Some(&Value::Bool(false)) {
                members.insert(key.to_owned(), value(random, root, property, wrong, next));
            }
        }
    }
    if wrong != 0 && random.one_in(wrong) {
        members.insert("unknown".to_owned(), garbage(random, 1));
    }
    Value::Object(members)
}

/// Does a few random things to a draft, as a person would.
pub fn scribble(random: &mut Random, form: &Form, inputs: &mut Inputs, times: usize) {
    for _ in 0..times {
        let fields = visible(form, inputs);
        if fields.is_empty() {
            inputs.set_extra(vec![("k".to_owned(), (*random.pick(&WORDS)).to_owned())]);
            continue;
        }
        let field = random.pick(&fields).clone();
        match random.below(8) {
            0 => inputs.unset(&field.id),
            1 if field.nullable => inputs.set_null(&field.id, random.one_in(2)),
            2 if field.kind.is_container() => form.enable(&field, inputs),
            _ => act(random, &field, inputs),
        }
    }
}

fn act(random: &mut Random, field: &Field, inputs: &mut Inputs) {
    match &field.kind {
        FieldKind::Boolean => field.set_checked(inputs, random.one_in(2)),
        FieldKind::Choice(values) => {
            let index = random.below(values.len() + 1);
            field.choose(inputs, (index < values.len()).then_some(index));
        }
        FieldKind::Union(branches) => {
            let index = random.below(branches.len() + 1);
            field.choose(inputs, (index < branches.len()).then_some(index));
        }
        FieldKind::List { .. } | FieldKind::Map { .. } => match random.below(4) {
            0 => field.remove_item(inputs, random.below(3)),
            1 => field.rename_item(inputs, random.below(3), random.pick::<&str>(&["a", "b", "a/b"])),
            _ => {
                field.add_item(inputs);
                let last = field.items(inputs).len() - 1;
                if matches!(field.kind, FieldKind::Map { .. }) {
                    field.rename_item(inputs, last, &format!("k{last}"));
                }
            }
        },
        FieldKind::Object => inputs.set(&field.id, Input::Object(vec![("more".into(), "[1]".into())])),
        _ => {
            let word: &&str = random.pick(&WORDS);
            field.type_text(inputs, word)
        }
    }
}
