//! A draft as text, for storage. Read tolerantly: what an older or newer page wrote and this one does not know is left out.

use super::inputs::{Input, Inputs, Item, Mode, Slot};
use crate::json::{JsonKind, JsonTree, push_quoted, unquote};

/// No field has this id: an id starts with a property, and `#` in one is escaped.
const JSON_SIDE: &str = "#json";

impl Inputs {
    /// The draft as one JSON text.
    pub fn to_text(&self) -> String {
        let mut out = String::from("{");
        for (id, slot) in &self.slots {
            push_key(&mut out, id);
            out.push_str(match slot.mode {
                Mode::Value => "[\"value\"",
                Mode::Null => "[\"null\"",
                Mode::Off => "[\"off\"",
            });
            if let Some(input) = &slot.input {
                push_input(&mut out, input);
            }
            out.push(']');
        }
        if let Some(json) = &self.json {
            push_key(&mut out, JSON_SIDE);
            push_quoted(&mut out, json);
        }
        out.push('}');
        out
    }

    /// The draft that [`to_text`](Self::to_text) wrote; an empty one for any other text.
    pub fn from_text(text: &str) -> Self {
        let mut inputs = Self::default();
        let Ok(tree) = JsonTree::parse(text) else {
            return inputs;
        };
        for node in tree.children(0) {
            let id = unquote(tree.raw_key(node)).into_owned();
            if id == JSON_SIDE {
                inputs.json = Some(string(&tree, Some(node)));
                continue;
            }
            let mut parts = tree.children(node);
            let mode = match parts.next().map(|mode| tree.value(mode)) {
                Some("\"value\"") => Mode::Value,
                Some("\"null\"") => Mode::Null,
                Some("\"off\"") => Mode::Off,
                _ => continue,
            };
            let input = read_input(&tree, parts.next(), parts.next());
            inputs.put_slot(&id, Slot { mode, input });
        }
        inputs
    }
}

fn push_key(out: &mut String, key: &str) {
    if out.len() > 1 {
        out.push(',');
    }
    push_quoted(out, key);
    out.push(':');
}

fn push_input(out: &mut String, input: &Input) {
    let (tag, text) = match input {
        Input::Text(text) => ("text", text),
        Input::Choice(raw) => ("choice", raw),
        Input::Json(raw) => ("json", raw),
        Input::Bool(checked) => {
            out.push_str(if *checked {
                ",\"bool\",true"
            } else {
                ",\"bool\",false"
            });
            return;
        }
        Input::Branch(index) => {
            out.push_str(",\"branch\",");
            out.push_str(&index.to_string());
            return;
        }
        Input::Items(items) => {
            let pairs = items.iter().map(|item| (item.key.as_str(), item.id.to_string()));
            return push_pairs(out, ",\"items\",[", &mut pairs.into_iter());
        }
        Input::Object(rest) => {
            let pairs = rest.iter().map(|(key, value)| (key.as_str(), value.clone()));
            return push_pairs(out, ",\"object\",[", &mut pairs.into_iter());
        }
    };
    out.push_str(",\"");
    out.push_str(tag);
    out.push_str("\",");
    push_quoted(out, text);
}

fn push_pairs(out: &mut String, start: &str, pairs: &mut dyn Iterator<Item = (&str, String)>) {
    out.push_str(start);
    for (index, (key, value)) in pairs.enumerate() {
        if index != 0 {
            out.push(',');
        }
        push_quoted(out, key);
        out.push(',');
        push_quoted(out, &value);
    }
    out.push(']');
}

fn string(tree: &JsonTree, node: Option<u32>) -> String {
    match node {
        Some(node) if tree.kind(node) == JsonKind::String => unquote(tree.value(node)).into_owned(),
        _ => String::new(),
    }
}

fn read_input(tree: &JsonTree, tag: Option<u32>, value: Option<u32>) -> Option<Input> {
    let (tag, value) = (tree.value(tag?), value?);
    let text = || string(tree, Some(value));
    Some(match tag {
        "\"text\"" => Input::Text(text()),
        "\"choice\"" => Input::Choice(text()),
        "\"json\"" => Input::Json(text()),
        "\"bool\"" => Input::Bool(tree.value(value) == "true"),
        "\"branch\"" => Input::Branch(tree.value(value).parse().ok()?),
        "\"items\"" => {
            let items = pairs(tree, value);
            Input::Items(
                items
                    .into_iter()
                    .filter_map(|(key, id)| {
                        Some(Item {
                            id: id.parse().ok()?,
                            key,
                        })
                    })
                    .collect(),
            )
        }
        "\"object\"" => Input::Object(pairs(tree, value)),
        _ => return None,
    })
}

fn pairs(tree: &JsonTree, list: u32) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut members = tree.children(list);
    while let (Some(key), value) = (members.next(), members.next()) {
        out.push((string(tree, Some(key)), string(tree, value)));
    }
    out
}
