//! A draft as text, for storage.

use std::collections::BTreeMap;

use serde::{Deserialize as _, Deserializer};
use serde_json::value::RawValue;

use super::inputs::{Inputs, Slot};

impl Inputs {
    /// The draft as one JSON text.
    pub fn to_text(&self) -> String {
        // Fails only for map keys that are no strings.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The draft that [`to_text`](Self::to_text) wrote. Fields that another version of the page wrote in another form are left out;
    /// any other text is an empty draft.
    pub fn from_text(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }
}

/// Reads each slot for itself, so that one that can't be read costs no other.
pub(super) fn readable_slots<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, Slot>, D::Error> {
    let slots = BTreeMap::<String, Box<RawValue>>::deserialize(deserializer)?;
    let readable = slots
        .into_iter()
        .filter_map(|(id, slot)| Some((id, serde_json::from_str(slot.get()).ok()?)));
    Ok(readable.collect())
}

#[cfg(test)]
mod tests {
    use crate::form::{Input, Inputs, Item};

    fn draft() -> Inputs {
        let mut inputs = Inputs::default();
        let item = Item {
            id: 3,
            key: String::from("k"),
        };
        for (id, input) in [
            ("", Input::Object(vec![("x".into(), "1".into())])),
            ("text", Input::Text("ty\"ped\n".into())),
            ("bool", Input::Bool(true)),
            ("choice", Input::Choice("\"a\"".into())),
            ("json", Input::Json("{\"broken\":".into())),
            ("branch", Input::Branch(2)),
            ("items", Input::Items(vec![item])),
        ] {
            inputs.set(id, input);
        }
        inputs.set_null("text", true);
        inputs.unset("bool");
        inputs.set_null("untyped", true);
        inputs.json = Some("{ not yet".into());
        inputs
    }

    #[test]
    fn a_draft_survives_storage() {
        let draft = draft();
        assert_eq!(Inputs::from_text(&draft.to_text()), draft);
        assert_eq!(Inputs::from_text(&Inputs::default().to_text()), Inputs::default());
    }

    #[test]
    fn what_another_version_wrote_costs_no_other_field() {
        let text = r#"{
            "slots": {
                "a": {"mode": "value", "input": {"text": "typed"}},
                "b": {"mode": "later", "input": {"text": "x"}},
                "c": {"mode": "value", "input": {"colour": 3}},
                "d": 7
            },
            "more": [1]
        }"#;
        let mut expected = Inputs::default();
        expected.set("a", Input::Text("typed".into()));
        assert_eq!(Inputs::from_text(text), expected);
    }

    #[test]
    fn a_bad_text_is_an_empty_draft() {
        let half = draft().to_text();
        let deep = "[".repeat(10_000);
        for text in [
            "",
            "null",
            "7",
            "[]",
            "{\"slots\":7}",
            "{\"json\":7}",
            &half[..half.len() / 2],
            &deep,
        ] {
            assert_eq!(Inputs::from_text(text), Inputs::default(), "{text}");
        }
    }
}
