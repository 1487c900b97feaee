//! Unsent form input, and the inputs of started runs. Kept in memory, and stored for a reload.

use indexmap::IndexMap;
use leptos::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::rc::Rc;
use workflow_inspector::form::Inputs;
use workflow_protocol::RawJson;
use workflow_ui_core::{Storage, StorageArea, page_storage, use_workflow_client};

/// The unsent input of the forms on a page. Keys identify a form by its workflow, or by its handler, run, prompt and class.
///
/// Provide one at the top of a page, so that no input is lost when forms leave the screen. Drafts, and the inputs of the latest starts,
/// are stored in the tab's session storage for a reload. If storage is denied or full, they end with the page.
#[derive(Clone, Copy, Debug)]
pub struct Drafts {
    inputs: StoredValue<IndexMap<String, Inputs>>,
    /// The inputs of the handlers that were started during this visit, by server and handler.
    starts: StoredValue<IndexMap<(String, String), RawJson>>,
    storage: StoredValue<Rc<dyn Storage>, LocalStorage>,
}

/// The input of a handler, as it is stored.
#[derive(Serialize, Deserialize)]
struct Start {
    handler_id: String,
    input: RawJson,
}

/// Number of inputs that are stored for each workflow.
const MAX_RECENT: usize = 8;
/// Number of handlers whose inputs are stored for each server.
const MAX_STARTS: usize = 32;
/// The longest input that is stored, in bytes.
const MAX_INPUT_BYTES: usize = 1 << 16;

/// Every key in the tab's storage begins with this.
const PREFIX: &str = "workflow-ui.";

impl Drafts {
    /// The drafts in the tab's session storage.
    #[must_use]
    pub fn new() -> Self {
        Self::with_storage(page_storage())
    }

    /// The drafts in this storage.
    #[must_use]
    pub fn with_storage(storage: Rc<dyn Storage>) -> Self {
        Self {
            inputs: StoredValue::new(IndexMap::new()),
            starts: StoredValue::new(IndexMap::new()),
            storage: StoredValue::new_local(storage),
        }
    }

    /// The draft of this visit, or else the one that was stored before a reload.
    pub(crate) fn get(self, key: &str) -> Inputs {
        self.of_this_visit(key)
            .or_else(|| self.stored(key).map(|text| Inputs::from_text(&text)))
            .unwrap_or_default()
    }

    fn of_this_visit(self, key: &str) -> Option<Inputs> {
        self.inputs
            .try_with_value(|drafts| drafts.get(key).cloned())
            .flatten()
    }

    /// Stores a draft for a reload; removes it from the storage if it is empty or forgotten.
    pub(crate) fn save(self, key: &str) {
        let inputs = self
            .of_this_visit(key)
            .filter(|inputs| *inputs != Inputs::default());
        self.store(key, inputs.map(|inputs| inputs.to_text()).as_deref());
    }

    /// Keeps a draft for this visit.
    pub(crate) fn set(self, key: &str, inputs: Inputs) {
        self.inputs
            .try_update_value(|drafts| drafts.insert(key.to_owned(), inputs));
    }

    /// Drops all drafts whose keys begin with this prefix.
    pub(crate) fn forget(self, prefix: &str) {
        self.inputs
            .try_update_value(|drafts| drafts.retain(|key, _| !key.starts_with(prefix)));
        self.storage.try_with_value(|storage| {
            for key in storage.keys(StorageArea::Session, &[PREFIX, prefix].concat()) {
                let _ = storage.set(StorageArea::Session, &key, None);
            }
        });
    }

    fn stored(self, key: &str) -> Option<String> {
        let key = [PREFIX, key].concat();
        self.storage
            .try_with_value(|storage| storage.get(StorageArea::Session, &key))
            .flatten()
    }

    fn store(self, key: &str, text: Option<&str>) {
        let key = [PREFIX, key].concat();
        self.storage
            .try_with_value(|storage| storage.set(StorageArea::Session, &key, text));
    }

    /// The stored list of this key; empty if there is none or it can't be read.
    fn stored_list<T: DeserializeOwned>(self, key: &str) -> Vec<T> {
        self.stored(key)
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default()
    }

    fn store_list<T: Serialize>(self, key: &str, list: &[T]) {
        if let Ok(text) = serde_json::to_string(list) {
            self.store(key, Some(&text));
        }
    }

    /// The inputs that a workflow was started with in this tab, newest first.
    pub(crate) fn recent(self, key: &str) -> Vec<RawJson> {
        self.stored_list(key)
    }

    /// Adds an input to those that a workflow was started with.
    pub(crate) fn started(self, key: &str, input: &RawJson) {
        let mut recent = self.recent(key);
        recent.retain(|known| known != input);
        if is_stored(input) {
            recent.insert(0, input.clone());
        }
        recent.truncate(MAX_RECENT);
        self.store_list(key, &recent);
    }

    /// Remembers the input of a handler on the server with this address, because the server does not keep it. The last 32 inputs are
    /// stored for a reload, unless they are longer than 64 KiB.
    pub fn remember_start(self, server: &str, handler_id: &str, input: &RawJson) {
        self.starts.try_update_value(|starts| {
            starts.insert((server.to_owned(), handler_id.to_owned()), input.clone());
        });
        let key = starts_key(server);
        let mut starts: Vec<Start> = self.stored_list(&key);
        starts.retain(|start| start.handler_id != handler_id);
        if is_stored(input) {
            let start = Start {
                handler_id: handler_id.to_owned(),
                input: input.clone(),
            };
            starts.insert(0, start);
        }
        starts.truncate(MAX_STARTS);
        self.store_list(&key, &starts);
    }

    /// The input that a handler was started with in this tab, if it is known.
    #[must_use]
    pub fn start_of(self, server: &str, handler_id: &str) -> Option<RawJson> {
        let known = (server.to_owned(), handler_id.to_owned());
        let of_this_visit = self
            .starts
            .try_with_value(|starts| starts.get(&known).cloned())
            .flatten();
        of_this_visit.or_else(|| {
            let mut stored = self.stored_list::<Start>(&starts_key(server)).into_iter();
            stored
                .find(|start| start.handler_id == handler_id)
                .map(|start| start.input)
        })
    }
}

fn starts_key(server: &str) -> String {
    ["starts ", server].concat()
}

fn is_stored(input: &RawJson) -> bool {
    input.as_str().len() <= MAX_INPUT_BYTES
}

/// The key of something that is stored for the current server.
pub(crate) fn of_this_server(key: &str) -> String {
    // The canonical address: a draft must be found however the address was written.
    let server = use_workflow_client().map(|client| client.address().base().to_owned());
    format!("{key} {}", server.unwrap_or_default())
}

impl Default for Drafts {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use workflow_inspector::form::Input;
    use workflow_ui_core::ScriptedStorage;

    fn json(text: &str) -> RawJson {
        RawJson::parse(text).unwrap()
    }

    fn typed(text: &str) -> Inputs {
        let mut inputs = Inputs::default();
        inputs.set("a", Input::Text(text.to_owned()));
        inputs
    }

    /// Runs a test on the page and, with the same storage, on the page after a reload.
    fn pages(storage: &ScriptedStorage, before: impl FnOnce(Drafts), after: impl FnOnce(Drafts)) {
        for (storage, page) in [
            (storage.clone(), Box::new(before) as Box<dyn FnOnce(Drafts)>),
            (storage.reloaded(), Box::new(after)),
        ] {
            let owner = Owner::new();
            owner.with(|| page(Drafts::with_storage(Rc::new(storage))));
            owner.cleanup();
        }
    }

    #[test]
    fn drafts_and_inputs_survive_a_reload() {
        let (first, second) = (json(r#"{"n":9007199254740993}"#), json("{\n\"s\":\"\\ud800\"}"));
        let before = |drafts: Drafts| {
            drafts.set("form", typed("half a sentence"));
            drafts.save("form");
            drafts.set("other", typed("x"));
            drafts.save("other");
            drafts.forget("oth");
            for input in [&first, &second, &first] {
                drafts.started("recent", input);
            }
            drafts.remember_start("http://a", "h", &first);
            drafts.remember_start("http://a", "h", &second);
        };
        let after = |drafts: Drafts| {
            assert_eq!(drafts.get("form"), typed("half a sentence"));
            assert_eq!(drafts.get("other"), Inputs::default());
            assert_eq!(drafts.recent("recent"), [first.clone(), second.clone()]);
            assert_eq!(drafts.start_of("http://a", "h"), Some(second.clone()));
            assert_eq!(drafts.start_of("http://b", "h"), None);
        };
        pages(&ScriptedStorage::new(), before, after);
    }

    #[test]
    fn few_and_short_inputs_are_stored() {
        let long = RawJson::string(&"x".repeat(MAX_INPUT_BYTES));
        let before = |drafts: Drafts| {
            for number in 0..50 {
                let input = json(&format!("{{\"n\":{number}}}"));
                drafts.started("recent", &input);
                drafts.remember_start("http://a", &format!("h{number}"), &input);
            }
            drafts.started("recent", &long);
            drafts.remember_start("http://a", "long", &long);
            assert_eq!(
                drafts.start_of("http://a", "long"),
                Some(long.clone()),
                "in this visit"
            );
            assert!(drafts.start_of("http://a", "h0").is_some(), "in this visit");
        };
        let after = |drafts: Drafts| {
            assert_eq!(drafts.recent("recent").len(), MAX_RECENT);
            assert_eq!(drafts.recent("recent")[0], json("{\"n\":49}"));
            assert_eq!(drafts.start_of("http://a", "h49"), Some(json("{\"n\":49}")));
            assert_eq!(drafts.start_of("http://a", "h0"), None);
            assert_eq!(drafts.start_of("http://a", "long"), None);
        };
        pages(&ScriptedStorage::new(), before, after);
    }

    #[test]
    fn bad_texts_and_denied_storage_cost_nothing_else() {
        let storage = ScriptedStorage::new();
        for text in ["", "{\"n\":1}\n{\"n\":2}", "null", "[7", "{\"slots\":7}"] {
            for key in ["form", "recent", "starts http://a"] {
                let key = [PREFIX, key].concat();
                let _ = storage.set(StorageArea::Session, &key, Some(text));
            }
            let read = |drafts: Drafts| {
                assert_eq!(drafts.get("form"), Inputs::default(), "{text}");
                assert!(drafts.recent("recent").is_empty(), "{text}");
                assert_eq!(drafts.start_of("http://a", "h"), None, "{text}");
            };
            pages(&storage, read, |drafts| {
                drafts.started("recent", &json("{}"));
                assert_eq!(drafts.recent("recent"), [json("{}")], "{text}");
            });
        }
        storage.deny(true);
        let in_memory = |drafts: Drafts| {
            drafts.set("form", typed("x"));
            drafts.save("form");
            drafts.remember_start("http://a", "h", &json("{}"));
            assert_eq!(drafts.get("form"), typed("x"));
            assert_eq!(drafts.start_of("http://a", "h"), Some(json("{}")));
        };
        pages(&storage, in_memory, |drafts| {
            assert_eq!(drafts.get("form"), Inputs::default())
        });
    }
}
