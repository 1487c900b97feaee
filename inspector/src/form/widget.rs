//! The state of a control for a field, and its changes by user input.

use super::decimal::Decimal;
use super::field::{FIRST_ITEMS, Field};
use super::inputs::{Input, Inputs, Item};
use super::kind::FieldKind;
use crate::json::{JsonError, JsonKind, JsonTree, compact, preview, unquote};
use std::borrow::Cow;
use std::collections::HashMap;
use workflow_protocol::{RawJson, members};

impl Field {
    /// The text of a text box: what was typed, else the default, else empty. Also for values that do not fit the field.
    pub fn text<'a>(&'a self, inputs: &'a Inputs) -> Cow<'a, str> {
        if inputs.is_null(&self.id) {
            return Cow::Borrowed("");
        }
        match inputs.get(&self.id) {
            Some(Input::Text(text) | Input::Json(text) | Input::Choice(text)) => Cow::Borrowed(text),
            Some(_) => Cow::Borrowed(""),
            None => match &self.default {
                Some(default) if default.is_null() => Cow::Borrowed(""),
                Some(default) if matches!(self.kind, FieldKind::Text { .. }) => unquote(default.as_str()),
                Some(default) => Cow::Borrowed(default.as_str()),
                None => Cow::Borrowed(""),
            },
        }
    }

    /// Handles text that was typed into a text box.
    ///
    /// An emptied box that looks like an untouched one is untouched: an optional one without a default, one with a format such as a date,
    /// and one for numbers or JSON. Otherwise an empty text is a value.
    pub fn type_text(&self, inputs: &mut Inputs, text: &str) {
        let shown_default = self.default.as_ref().is_some_and(|default| !default.is_null());
        let forget = match &self.kind {
            _ if !text.is_empty() || shown_default => false,
            FieldKind::Text { format, .. } => !self.required || format.is_some(),
            _ => true,
        };
        if forget {
            inputs.forget(&self.id);
        } else if self.kind == FieldKind::Json || self.kind.is_container() {
            inputs.set(&self.id, Input::Json(text.to_owned()));
        } else {
            inputs.set(&self.id, Input::Text(text.to_owned()));
        }
    }

    /// Whether a box is checked: as set, else the default, else not.
    pub fn is_checked(&self, inputs: &Inputs) -> bool {
        match inputs.get(&self.id) {
            Some(Input::Bool(checked)) => *checked,
            Some(_) => false,
            None => self
                .default
                .as_ref()
                .is_some_and(|default| default.as_str() == "true"),
        }
    }

    /// Checks or unchecks a box.
    pub fn set_checked(&self, inputs: &mut Inputs, checked: bool) {
        inputs.set(&self.id, Input::Bool(checked));
    }

    /// The index of the shown choice (chosen, else the default, else the only value) or of a union's branch (chosen; the first of a
    /// required one).
    pub fn chosen(&self, inputs: &Inputs) -> Option<usize> {
        if inputs.is_null(&self.id) {
            return None;
        }
        let input = inputs.get(&self.id);
        match &self.kind {
            FieldKind::Choice(values) => {
                let default = self.default.as_ref().map(RawJson::as_str);
                let value = match input {
                    Some(Input::Choice(raw)) => Some(raw.as_str()),
                    Some(_) => return None,
                    None => default,
                };
                let only = (values.len() == 1 && self.required && input.is_none()).then_some(0);
                value.map_or(only, |value| {
                    values.iter().position(|choice| same(choice.as_str(), value))
                })
            }
            FieldKind::Union(labels) => match input {
                Some(Input::Branch(index)) => Some(*index as usize).filter(|index| *index < labels.len()),
                Some(_) => None,
                None => self.required.then_some(0),
            },
            _ => None,
        }
    }

    /// Chooses a value or a branch by its index; `None` makes the field untouched. The drafts of other branches stay.
    pub fn choose(&self, inputs: &mut Inputs, index: Option<usize>) {
        let input = match (&self.kind, index) {
            (FieldKind::Choice(values), Some(index)) => values
                .get(index)
                .map(|value| Input::Choice(value.as_str().to_owned())),
            (FieldKind::Union(_), Some(index)) => u32::try_from(index).ok().map(Input::Branch),
            _ => None,
        };
        match input {
            Some(input) => inputs.set(&self.id, input),
            None => inputs.unset(&self.id),
        }
    }

    /// Whether a group of fields is part of what is sent: required, or added ([`Form::enable`](super::Form::enable),
    /// [`choose`](Self::choose)). A null is not.
    pub fn is_sent(&self, inputs: &Inputs) -> bool {
        inputs.get(&self.id).is_some() || (self.required && !self.deferred && !inputs.is_null(&self.id))
    }

    /// The default of a group of fields that is used while none of its fields is shown or touched: on one line, cut after 200 characters.
    /// `None` if there is no default, or if it is null.
    pub fn shown_default(&self, inputs: &Inputs) -> Option<String> {
        let default = self.default.as_ref().filter(|default| !default.is_null())?;
        let counts = self.kind.is_container()
            && !inputs.is_touched(&self.id)
            && !(self.required && inputs.has_inside(&self.id));
        counts.then(|| preview(default.as_str(), 200))
    }

    /// Whether a group of fields is currently raw JSON text, in a text box: a value of another kind, or a list too long for fields.
    /// Emptying the box restores the fields.
    pub fn is_raw(&self, inputs: &Inputs) -> bool {
        self.kind.is_container() && matches!(inputs.get(&self.id), Some(Input::Json(_) | Input::Text(_)))
    }

    /// The items of a list or entries of a map: the added ones, else the required minimum.
    pub fn items(&self, inputs: &Inputs) -> Vec<Item> {
        if let Some(Input::Items(items)) = inputs.get(&self.id) {
            return items.clone();
        }
        let (FieldKind::List { min, .. } | FieldKind::Map { min, .. }) = self.kind else {
            return Vec::new();
        };
        (0..u32::try_from(min).unwrap_or(u32::MAX).min(FIRST_ITEMS))
            .map(|id| Item {
                id,
                key: String::new(),
            })
            .collect()
    }

    /// Adds an empty item or entry at the end. Its id was never that of another item of this draft.
    pub fn add_item(&self, inputs: &mut Inputs) {
        let mut items = self.items(inputs);
        items.push(Item {
            id: unused_id(&self.id, free_id(&items), inputs),
            key: String::new(),
        });
        inputs.set(&self.id, Input::Items(items));
    }

    /// Removes an item or entry with its input.
    pub fn remove_item(&self, inputs: &mut Inputs, index: usize) {
        let mut items = self.items(inputs);
        if index < items.len() {
            let item = items.remove(index);
            let id = item_id(&self.id, item.id);
            inputs.forget(&id);
            // What a page knows by the id of this item must not appear at the next one.
            inputs.mark(&id);
            inputs.set(&self.id, Input::Items(items));
        }
    }

    /// Changes the key of a map's entry.
    pub fn rename_item(&self, inputs: &mut Inputs, index: usize, key: &str) {
        let mut items = self.items(inputs);
        if let Some(item) = items.get_mut(index) {
            key.clone_into(&mut item.key);
            inputs.set(&self.id, Input::Items(items));
        }
    }

    /// An example for an empty box whose format is not obvious.
    pub fn hint(&self) -> &'static str {
        match &self.kind {
            FieldKind::Text {
                format: Some(format), ..
            } => match format.as_str() {
                "date-time" => "2026-11-20T12:30:00Z",
                "date" => "2026-11-20",
                "time" => "12:30:00",
                "duration" => "PT1H30M",
                "email" => "name@example.com",
                "uri" | "url" => "https://example.com/",
                "uuid" | "uuid4" => "00000000-0000-4000-8000-000000000000",
                "ipv4" => "192.0.2.1",
                _ => "",
            },
            FieldKind::Json => "JSON",
            _ => "",
        }
    }
}

pub(super) fn item_id(list: &str, item: u32) -> String {
    let mut id = String::from(list);
    id.push('/');
    id.push_str(&item.to_string());
    id
}

/// The first id from this one on that no removed item of the list had.
pub(super) fn unused_id(list: &str, from: u32, inputs: &Inputs) -> u32 {
    let mut id = from;
    while inputs.is_marked(&item_id(list, id)) {
        id = id.saturating_add(1);
    }
    id
}

pub(super) fn free_id(items: &[Item]) -> u32 {
    items
        .iter()
        .map(|item| item.id.saturating_add(1))
        .max()
        .unwrap_or(0)
}

/// How many levels are compared by value; deeper ones are compared as text.
const COMPARED_DEPTH: u8 = 32;

/// Whether two JSON texts without surrounding white space are the same value: numbers by value, strings by characters, objects in any order
/// of keys.
pub(super) fn same(a: &str, b: &str) -> bool {
    same_within(a, b, COMPARED_DEPTH)
}

fn same_within(a: &str, b: &str, depth: u8) -> bool {
    if a == b {
        return true;
    }
    let Some(below) = depth.checked_sub(1) else {
        return compact(a) == compact(b);
    };
    match (a.as_bytes().first(), b.as_bytes().first()) {
        (Some(b'"'), Some(b'"')) => unquote(a) == unquote(b),
        (Some(b'{'), Some(b'{')) => match (members(a), members(b)) {
            (Ok(a), Ok(b)) => {
                let others: HashMap<&str, &str> = b.iter().map(|(key, value)| (&**key, *value)).collect();
                let there = |(key, value): &(Cow<'_, str>, &str)| {
                    let found = others.get(&**key);
                    found.is_some_and(|other| same_within(value, other, below))
                };
                a.len() == b.len() && a.iter().all(there)
            }
            _ => false,
        },
        (Some(b'['), Some(b'[')) => {
            let (a, b) = (elements(a), elements(b));
            let pair = |(a, b): (&RawJson, &RawJson)| same_within(a.as_str(), b.as_str(), below);
            a.len() == b.len() && a.iter().zip(&b).all(pair)
        }
        _ => match (Decimal::parse(a), Decimal::parse(b)) {
            (Some(a), Some(b)) => a.compare(&b).is_eq(),
            _ => false,
        },
    }
}

fn elements(list: &str) -> Vec<RawJson> {
    let list = RawJson::parse(list).ok().and_then(|list| list.elements());
    list.unwrap_or_default()
}

/// The label of one of the values of [`FieldKind::Choice`]: a string's text, else its JSON.
pub fn choice_label(value: &RawJson) -> Cow<'_, str> {
    unquote(value.as_str())
}

/// Reads the text of the JSON editor.
///
/// # Errors
/// Where it stops being JSON, or that it is not an object.
pub fn parse_object(text: &str) -> Result<RawJson, JsonError> {
    let tree = JsonTree::parse(text)?;
    let no_object = || {
        JsonError::at(
            text,
            text.len() - text.trim_ascii_start().len(),
            "expected an object in braces",
        )
    };
    if tree.kind(0) == JsonKind::Object {
        RawJson::parse(text).map_err(|_| no_object())
    } else {
        Err(no_object())
    }
}
