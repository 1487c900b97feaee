//! What the form tests share: the fixtures, a generator of values for a schema, a generator of drafts.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::panic)]

use serde_json::{Map, Value, json};
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

pub fn schema(name: &str) -> RawJson {
    let found = FIXTURES.iter().find(|(fixture, _)| *fixture == name);
    RawJson::parse(found.unwrap_or_else(|| panic!("no fixture {name}")).1).unwrap()
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

/// A value for a schema, valid as far as this generator knows; of every `wrong` places about one is garbage.
pub fn value(random: &mut Random, root: &Value, schema: &Value, wrong: usize, depth: usize) -> Value {
    if wrong != 0 && random.one_in(wrong) {
        return garbage(random, 2);
    }
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let target = root.pointer(reference.trim_start_matches('#')).unwrap();
        return value(random, root, target, wrong, depth);
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
    let next = depth.saturating_sub(1);
    match schema.get("type").and_then(Value::as_str) {
        Some("object") => object(random, root, schema, wrong, depth),
        Some("array") => {
            let min = schema.get("minItems").and_then(Value::as_u64).unwrap_or(0) as usize;
            let count = if depth == 0 { min } else { min + random.below(2) };
            let empty = json!({});
            let items = |index: usize| {
                let prefix = schema.get("prefixItems").and_then(|list| list.get(index));
                prefix.or(schema.get("items")).unwrap_or(&empty)
            };
            (0..count)
                .map(|index| value(random, root, items(index), wrong, next))
                .collect()
        }
        Some("string") => Value::from(*random.pick(&WORDS)),
        Some("integer") => Value::from(random.below(14) as i64 - 2),
        Some("number") => json!(random.below(40) as f64 / 8.0 - 1.0),
        Some("boolean") => Value::from(random.one_in(2)),
        Some("null") => Value::Null,
        _ => garbage(random, 2),
    }
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
        let there = if needed {
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
        for key in ["b", "a/b", "key"] {
            if random.one_in(3) && schema.get("additionalProperties") != Some(&Value::Bool(false)) {
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
