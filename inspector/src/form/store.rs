//! Drafts as text, for storage. Unknown parts from an older or newer page are ignored.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::inputs::{Inputs, Slot};

#[derive(Serialize)]
struct Written<'a> {
    slots: &'a BTreeMap<String, Slot>,
    #[serde(skip_serializing_if = "Option::is_none")]
    json: Option<&'a str>,
}

#[derive(Default, Deserialize)]
struct Read<'a> {
    #[serde(borrow)]
    slots: BTreeMap<String, &'a RawValue>,
    json: Option<String>,
}

impl Inputs {
    /// The draft as one JSON text.
    pub fn to_text(&self) -> String {
        let written = Written {
            slots: &self.slots,
            json: self.json.as_deref(),
        };
        // Strings and numbers can always be serialised.
        serde_json::to_string(&written).unwrap_or_default()
    }

    /// The draft that [`to_text`](Self::to_text) wrote; an empty one for any other text.
    pub fn from_text(text: &str) -> Self {
        let Read { slots, json } = serde_json::from_str(text).unwrap_or_default();
        let known = |(id, slot): (String, &RawValue)| Some((id, serde_json::from_str(slot.get()).ok()?));
        Self {
            slots: slots.into_iter().filter_map(known).collect(),
            json,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::inputs::{Input, Mode};

    #[test]
    fn unknown_parts_are_ignored() {
        let text = r#"{"slots":{"a":{"mode":"value","input":{"text":"x"}},"b":{"mode":"later"},"c":7,
            "d":{"mode":"value","input":{"colour":"red"}},"e":{"mode":"null","more":1}},"json":"{","version":9}"#;
        let inputs = Inputs::from_text(text);
        let ids: Vec<&String> = inputs.slots.keys().collect();
        assert_eq!(ids, ["a", "e"]);
        assert_eq!(inputs.get("a"), Some(&Input::Text("x".to_owned())));
        assert_eq!(inputs.slot("e").map(|slot| slot.mode), Some(Mode::Null));
        assert_eq!(inputs.json.as_deref(), Some("{"));
        for other in ["", "[]", "7", r#"{"a":["value"]}"#] {
            assert_eq!(Inputs::from_text(other), Inputs::default(), "{other}");
        }
    }
}
