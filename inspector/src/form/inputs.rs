use std::collections::BTreeMap;
use std::ops::Bound;

use serde::{Deserialize, Serialize};

/// The user's input of one field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// Typed text, valid or not.
    Text(String),
    /// A checked or unchecked box.
    Bool(bool),
    /// The chosen value, as JSON.
    Choice(String),
    /// Raw JSON: for a field that accepts it, or a value that does not fit the field.
    Json(String),
    /// A union's chosen branch.
    Branch(u32),
    /// The items of a list or the entries of a map, in order.
    Items(Vec<Item>),
    /// An object exists; with the keys that have no field, as key and JSON text.
    Object(Vec<(String, String)>),
}

/// One item of a list or one entry of a map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// The item's number, which does not change when others move: part of its field's id.
    pub id: u32,
    /// A map's key; empty in lists.
    pub key: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Mode {
    /// The input is used.
    Value,
    /// Null is used; the input is kept.
    Null,
    /// Untouched; the input is kept.
    Off,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Slot {
    pub(super) mode: Mode,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) input: Option<Input>,
}

/// A draft: the user's input of a form, by field ids. All input is kept, valid or not, until it is removed.
///
/// The form itself is not part of it: a draft can be applied to a newer schema, and values that no longer fit are reported at their fields.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inputs {
    /// By the fields' ids.
    pub(super) slots: BTreeMap<String, Slot>,
    /// The text of the JSON editor while it is open, even if it is invalid.
    pub json: Option<String>,
}

impl Inputs {
    pub(super) fn slot(&self, id: &str) -> Option<&Slot> {
        self.slots.get(id)
    }

    fn put_slot(&mut self, id: &str, slot: Slot) {
        self.slots.insert(id.to_owned(), slot);
    }

    /// The input of a field; `None` if it is untouched or null.
    pub fn get(&self, id: &str) -> Option<&Input> {
        self.slot(id)
            .filter(|slot| slot.mode == Mode::Value)
            .and_then(|slot| slot.input.as_ref())
    }

    /// Sets the input of a field.
    pub fn set(&mut self, id: &str, input: Input) {
        self.put_slot(
            id,
            Slot {
                mode: Mode::Value,
                input: Some(input),
            },
        );
    }

    /// Whether the field has an input, including null.
    pub fn is_touched(&self, id: &str) -> bool {
        self.is_null(id) || self.get(id).is_some()
    }

    /// Whether the field was set to null.
    pub fn is_null(&self, id: &str) -> bool {
        self.slot(id).is_some_and(|slot| slot.mode == Mode::Null)
    }

    /// Sets a field to null, or back to its previous input.
    pub fn set_null(&mut self, id: &str, null: bool) {
        match self.slots.get_mut(id) {
            Some(slot) if null => slot.mode = Mode::Null,
            None if null => self.put_slot(
                id,
                Slot {
                    mode: Mode::Null,
                    input: None,
                },
            ),
            Some(Slot { mode: Mode::Null, .. }) => {
                self.restore(id);
            }
            _ => {}
        }
    }

    /// Makes a field untouched; its input can be brought back by [`restore`](Self::restore).
    pub fn unset(&mut self, id: &str) {
        if let Some(slot) = self.slots.get_mut(id) {
            slot.mode = Mode::Off;
        }
    }

    /// Brings back the input from before the field was unset or set to null; returns whether there was one.
    pub fn restore(&mut self, id: &str) -> bool {
        match self.slots.get_mut(id) {
            Some(Slot { mode, input: Some(_) }) => {
                *mode = Mode::Value;
                true
            }
            Some(slot) => {
                slot.mode = Mode::Off;
                false
            }
            None => false,
        }
    }

    /// Removes the input of the field and of all fields inside.
    pub fn forget(&mut self, id: &str) {
        self.slots.retain(|other, _| other != id && !is_inside(other, id));
    }

    /// Leaves a mark in the place of a removed item, so that its id is not given again.
    pub(super) fn mark(&mut self, id: &str) {
        self.put_slot(
            id,
            Slot {
                mode: Mode::Off,
                input: None,
            },
        );
    }

    pub(super) fn is_marked(&self, id: &str) -> bool {
        self.slot(id)
            .is_some_and(|slot| slot.mode == Mode::Off && slot.input.is_none())
    }

    /// How many fields inside this one hold something, the draft of what is not sent included.
    #[must_use]
    pub fn count_inside(&self, id: &str) -> usize {
        let after = (Bound::Excluded(id), Bound::Unbounded);
        self.slots
            .range::<str, _>(after)
            .take_while(|(other, _)| other.starts_with(id))
            .filter(|(other, slot)| slot.input.is_some() && is_inside(other, id))
            .count()
    }

    pub(super) fn forget_inside(&mut self, id: &str) {
        self.slots.retain(|other, _| !is_inside(other, id));
    }

    /// Whether a field inside this one has an input.
    pub(super) fn has_inside(&self, id: &str) -> bool {
        let after = (Bound::Excluded(id), Bound::Unbounded);
        self.slots
            .range::<str, _>(after)
            .map(|(other, _)| other)
            .take_while(|other| other.starts_with(id))
            .any(|other| is_inside(other, id))
    }

    /// Structure version: changes when a field is touched for the first time, set to null, chosen, added or removed, but not while text is
    /// typed. It determines which fields exist, not their contents.
    #[must_use]
    pub fn structure(&self) -> u64 {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        let mut add = |number: u64| hash = (hash ^ number).wrapping_mul(0x0100_0000_01b3);
        for (id, slot) in &self.slots {
            id.bytes().for_each(|byte| add(u64::from(byte)));
            add(256 + slot.mode as u64);
            match &slot.input {
                None => add(260),
                Some(Input::Text(_)) => add(261),
                Some(Input::Json(_)) => add(262),
                Some(Input::Bool(on)) => add(263 + u64::from(*on)),
                Some(Input::Choice(value)) => {
                    add(265);
                    value.bytes().for_each(|byte| add(u64::from(byte)));
                }
                Some(Input::Branch(branch)) => add(300 + u64::from(*branch)),
                Some(Input::Items(items)) => {
                    add(266);
                    items.iter().for_each(|item| add(u64::from(item.id)));
                }
                Some(Input::Object(rest)) => add(1 << 32 | rest.len() as u64),
            }
        }
        add(u64::from(self.json.is_some()));
        hash
    }

    /// Keys and values without a field: JSON, or plain text, which is sent as a string. In an open form these are the rows that the user
    /// fills in; otherwise the unknown keys of the JSON editor, sent unchanged.
    pub fn extra(&self) -> &[(String, String)] {
        match self.get("") {
            Some(Input::Object(rest)) => rest,
            _ => &[],
        }
    }

    /// The text of [`json`](Self::json), if no field has an input beside it.
    #[must_use]
    pub fn only_json(&self) -> Option<&str> {
        let is_unused = |(id, slot): (&String, &Slot)| {
            slot.mode == Mode::Off || (id.is_empty() && self.extra().is_empty())
        };
        self.json.as_deref().filter(|_| self.slots.iter().all(is_unused))
    }

    /// Sets the keys and values without a field.
    pub fn set_extra(&mut self, extra: Vec<(String, String)>) {
        self.set("", Input::Object(extra));
    }
}

fn is_inside(other: &str, id: &str) -> bool {
    other
        .strip_prefix(id)
        .is_some_and(|rest| rest.starts_with(['/', '#']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_keeps_the_structure_version() {
        let text = |text: &str| Input::Text(text.to_owned());
        let item = |id, key: &str| Item {
            id,
            key: key.to_owned(),
        };
        let rest = |value: &str| vec![("k".to_owned(), value.to_owned())];
        let mut inputs = Inputs::default();
        let mut seen = vec![inputs.structure()];
        let mut is_new = |inputs: &Inputs, what: &str| {
            assert!(!seen.contains(&inputs.structure()), "{what}");
            seen.push(inputs.structure());
        };
        inputs.set("a", text("x"));
        is_new(&inputs, "the first letter");
        let before = inputs.structure();
        inputs.set("a", text("xy"));
        assert_eq!(inputs.structure(), before, "the second letter");
        inputs.set_null("a", true);
        is_new(&inputs, "null");
        inputs.set("b", Input::Items(vec![item(0, "key")]));
        is_new(&inputs, "an item");
        let before = inputs.structure();
        inputs.set("b", Input::Items(vec![item(0, "longer")]));
        assert_eq!(inputs.structure(), before, "a letter of a key");
        inputs.set("b", Input::Items(vec![item(0, ""), item(1, "")]));
        is_new(&inputs, "another item");
        for (branch, what) in [(0, "a branch"), (1, "another branch")] {
            inputs.set("c", Input::Branch(branch));
            is_new(&inputs, what);
        }
        for value in ["1", "2"] {
            inputs.set("d", Input::Choice(value.to_owned()));
            is_new(&inputs, "a choice");
        }
        for on in [true, false] {
            inputs.set("d", Input::Bool(on));
            is_new(&inputs, "a tick");
        }
        inputs.set_extra(rest("1"));
        is_new(&inputs, "a key beside the fields");
        let before = inputs.structure();
        inputs.set_extra(rest("12"));
        assert_eq!(inputs.structure(), before, "a letter of its value");
        inputs.json = Some("{}".to_owned());
        is_new(&inputs, "the JSON side");
    }

    #[test]
    fn null_and_unset_keep_the_input() {
        let mut inputs = Inputs::default();
        inputs.set("a", Input::Text("typed".into()));
        inputs.set_null("a", true);
        assert_eq!((inputs.get("a"), inputs.is_null("a")), (None, true));
        inputs.set_null("a", false);
        assert_eq!(inputs.get("a"), Some(&Input::Text("typed".into())));
        inputs.unset("a");
        assert!(!inputs.is_touched("a"));
        assert!(inputs.restore("a"), "it was there");
        assert!(!inputs.restore("b"), "nothing was there");
    }

    #[test]
    fn json_is_alone_until_a_field_has_an_input() {
        let mut inputs = Inputs::default();
        inputs.set_extra(Vec::new());
        assert_eq!(inputs.only_json(), None);
        inputs.json = Some("null".to_owned());
        assert_eq!(inputs.only_json(), Some("null"));
        inputs.set("a", Input::Bool(true));
        assert_eq!(inputs.only_json(), None);
        inputs.unset("a");
        assert_eq!(inputs.only_json(), Some("null"));
        inputs.set_null("a", true);
        assert_eq!(inputs.only_json(), None);
        inputs.forget("a");
        inputs.set_extra(vec![("k".to_owned(), "1".to_owned())]);
        assert_eq!(inputs.only_json(), None);
    }

    #[test]
    fn removing_input_removes_only_inner_fields() {
        let mut inputs = Inputs::default();
        for id in ["a", "a!", "a#0", "a#0/b", "a/b", "a0", "ab"] {
            inputs.set(id, Input::Bool(true));
        }
        assert!(inputs.has_inside("a"));
        assert_eq!((inputs.count_inside("a"), inputs.count_inside("a#0")), (3, 1));
        inputs.forget("a");
        let left: Vec<&String> = inputs.slots.keys().collect();
        assert_eq!(left, ["a!", "a0", "ab"]);
        assert!(!inputs.has_inside("a"));
    }
}
