//! What was typed, and what runs were started with: for the visit, and in the tab's storage over a reload.

use crate::reactive::*;
use web_sys::Storage;
use workflow_inspector::form::Inputs;
use workflow_protocol::RawJson;
use workflow_ui_core::use_workflow_client;

/// What was typed into the forms of a page, by what they are for: a workflow; a handler, run, question and class.
///
/// Provide one at the top of a page and nothing typed is lost while forms come and go from the screen. Over a reload drafts are kept in
/// the tab's session storage, and so are the inputs of the last starts.
#[derive(Clone, Copy, Debug)]
pub struct Drafts {
    inputs: StoredValue<Vec<(String, Inputs)>>,
    /// What handlers were started with during this visit, newest first: key, handler, a tab and the input, as in the storage.
    starts: StoredValue<Vec<String>>,
}

/// How many inputs are kept of each workflow, of how many handlers, and how long one may be.
const RECENT: usize = 8;
const STARTS: usize = 32;
const RECENT_LENGTH: usize = 1 << 16;

/// What the keys in the tab's storage begin with.
const STORED: &str = "workflow-ui.";

impl Drafts {
    /// No drafts yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            inputs: StoredValue::new(Vec::new()),
            starts: StoredValue::new(Vec::new()),
        }
    }

    /// The draft of this visit, else the one that was kept over a reload.
    pub(crate) fn get(self, key: &str) -> Inputs {
        self.of_this_visit(key)
            .or_else(|| self.stored(key).map(|text| Inputs::from_text(&text)))
            .unwrap_or_default()
    }

    fn of_this_visit(self, key: &str) -> Option<Inputs> {
        let found = self.inputs.try_with_value(|drafts| {
            let mut drafts = drafts.iter();
            drafts
                .find(|(known, _)| known == key)
                .map(|(_, inputs)| inputs.clone())
        });
        found.flatten()
    }

    /// Keeps a draft over a reload, unless it was forgotten meanwhile.
    pub(crate) fn save(self, key: &str) {
        let inputs = self
            .of_this_visit(key)
            .filter(|inputs| *inputs != Inputs::default());
        self.store(key, &inputs.map(|inputs| inputs.to_text()).unwrap_or_default());
    }

    pub(crate) fn set(self, key: &str, inputs: Inputs) {
        self.inputs.try_update_value(|drafts| {
            drafts.retain(|(known, _)| known != key);
            drafts.push((key.to_owned(), inputs));
        });
    }

    /// Drops all drafts whose key begins like this.
    pub(crate) fn forget(self, prefix: &str) {
        self.inputs
            .try_update_value(|drafts| drafts.retain(|(key, _)| !key.starts_with(prefix)));
        let Some(storage) = storage() else { return };
        let prefix = [STORED, prefix].concat();
        // From the end, since those behind one that goes take its place.
        for at in (0..storage.length().unwrap_or_default()).rev() {
            let key = storage.key(at).ok().flatten().unwrap_or_default();
            if key.starts_with(&prefix) {
                let _ = storage.remove_item(&key);
            }
        }
    }

    /// What was kept over a reload.
    fn stored(self, key: &str) -> Option<String> {
        storage()?.get_item(&[STORED, key].concat()).ok().flatten()
    }

    /// Keeps a text over a reload; an empty one is none.
    fn store(self, key: &str, text: &str) {
        let Some(storage) = storage() else { return };
        let key = [STORED, key].concat();
        // Full or denied: the draft ends with the page.
        let _ = if text.is_empty() {
            storage.remove_item(&key)
        } else {
            storage.set_item(&key, text)
        };
    }

    /// The inputs that a workflow was started with in this tab, newest first, each on a line.
    pub(crate) fn recent(self, key: &str) -> Vec<String> {
        let kept = self.stored(key).unwrap_or_default();
        kept.lines().map(str::to_owned).collect()
    }

    /// A workflow was started.
    pub(crate) fn started(self, key: &str, input: &RawJson) {
        self.add_recent(key, "", input, RECENT);
    }

    /// A handler was started with these fields at the server of this address, which doesn't keep them. The last 32 are kept over a
    /// reload, with the drafts, unless they are long.
    pub fn remember_start(self, server: &str, handler_id: &str, input: &RawJson) {
        let (key, name) = (["starts ", server].concat(), [handler_id, "\t"].concat());
        let line = [&key, " ", &name, input.as_str()].concat();
        self.starts.try_update_value(|starts| starts.insert(0, line));
        self.add_recent(&key, &name, input, STARTS);
    }

    /// What a handler was started with in this tab, if that is known.
    #[must_use]
    pub fn start_of(self, server: &str, handler_id: &str) -> Option<RawJson> {
        let key = ["starts ", server].concat();
        let wanted = [&key, " ", handler_id, "\t"].concat();
        let mut lines = self.starts.try_with_value(Vec::clone).unwrap_or_default();
        let kept = self.recent(&key).into_iter();
        lines.extend(kept.map(|line| [&key, " ", &line].concat()));
        let line = lines.iter().find_map(|line| line.strip_prefix(&wanted));
        RawJson::parse(line?).ok()
    }

    /// Puts an input in front of those that are kept under `key`, as a line that begins with `name`.
    fn add_recent(self, key: &str, name: &str, input: &RawJson, most: usize) {
        // Between the values of JSON a line's end is as good as a space, and inside of strings there is none.
        let line = [name, &input.as_str().replace(['\n', '\r'], " ")].concat();
        let mut lines = self.recent(key);
        lines.retain(|known| *known != line && (name.is_empty() || !known.starts_with(name)));
        if input.as_str().len() <= RECENT_LENGTH {
            lines.insert(0, line);
        }
        lines.truncate(most);
        self.store(key, &lines.join("\n"));
    }
}

/// The tab's storage, where there is one.
fn storage() -> Option<Storage> {
    crate::dom::window().session_storage().ok().flatten()
}

/// The key of something that is kept, with the server that it is about.
pub(crate) fn of_this_server(key: &str) -> String {
    // Canonical: a draft must not be found under one way to write the address and lost under another.
    let server = use_workflow_client().map(|client| client.address().base().to_owned());
    [key, " ", &server.unwrap_or_default()].concat()
}

impl Default for Drafts {
    fn default() -> Self {
        Self::new()
    }
}
