//! The state of one review: the record it began with, what is typed, and what becomes of it.

use super::record::{
    Stored, changes, data, form_of, is_object, lists_of, original, original_tree, typed, whole, written,
};
use crate::form::{FieldError, Form, FormState, Inputs};
use indexmap::IndexMap;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use workflow_cloud::ReviewStatus;
use workflow_inspector::json::{Difference, JsonTree, differences, value_at, with_value};
use workflow_protocol::RawJson;
use workflow_ui_core::{AgentDataClient, AgentDataError, StorageArea, UpdateAgentData, page_storage};

/// Every key of unsaved work in the tab's storage begins with this.
const PREFIX: &str = "workflow-ui.review ";

/// Unsaved work, as it is stored for a reload.
#[derive(Serialize, Deserialize)]
struct Draft {
    /// The record that it began with.
    base: Stored,
    /// What is typed.
    inputs: String,
}

/// What another editor changed since, and what the user wanted to do.
#[derive(Clone)]
pub(super) struct Conflict {
    /// The record as it is stored now.
    pub(super) current: Stored,
    pub(super) changes: Vec<Difference>,
    /// The status that was to be written.
    pub(super) status: Option<ReviewStatus>,
}

#[derive(Clone, Copy)]
pub(super) struct Review {
    pub(super) state: FormState,
    /// Replaced when the review begins again with a record that has other fields.
    pub(super) form: RwSignal<Arc<Form>>,
    schema: StoredValue<Option<RawJson>>,
    /// The record that the review began with, or was saved as.
    pub(super) base: RwSignal<Stored>,
    /// What the inputs were then.
    clean: StoredValue<Inputs>,
    /// The extracted values.
    originals: StoredValue<Option<JsonTree>>,
    /// The lists whose items are not those that were extracted.
    changed_lists: StoredValue<Vec<String>>,
    /// Wakes what is shown beside a field when something is typed into it, by its name.
    pulses: StoredValue<IndexMap<String, ArcRwSignal<u32>>>,
    pub(super) is_dirty: Memo<bool>,
    pub(super) is_saving: RwSignal<bool>,
    /// Why the newest save failed, where no field is to blame.
    pub(super) failure: RwSignal<Option<String>>,
    /// What the newest save did.
    pub(super) notice: RwSignal<&'static str>,
    pub(super) conflict: RwSignal<Option<Conflict>>,
    client: StoredValue<Option<AgentDataClient>>,
    update: UpdateAgentData<RawJson>,
    on_saved: StoredValue<Option<Callback<String>>>,
}

impl Review {
    pub(super) fn new(
        record: Stored,
        schema: Option<RawJson>,
        client: Option<AgentDataClient>,
        update: UpdateAgentData<RawJson>,
        on_saved: Option<Callback<String>>,
    ) -> Self {
        let state = FormState::new();
        let key = client.as_ref().map(|client| key_of(client, &record.id));
        let draft = key.and_then(|key| page_storage().get(StorageArea::Session, &key));
        let draft: Option<Draft> = draft.and_then(|text| serde_json::from_str(&text).ok());
        let base = draft.as_ref().map_or(record, |draft| draft.base.clone());
        let form = form_of(&base, schema.as_ref());
        let clean = form.decompose(&data(&base));
        let is_restored = draft.is_some();
        state
            .inputs
            .set(draft.map_or_else(|| clean.clone(), |draft| Inputs::from_text(&draft.inputs)));
        let clean = StoredValue::new(clean);
        let originals = original_tree(&base);
        let changed_lists = lists_of(&base, originals.as_ref());
        let is_dirty = Memo::new(move |_| {
            state
                .inputs
                .with(|inputs| clean.try_with_value(|clean| clean != inputs).unwrap_or_default())
        });
        Self {
            state,
            form: RwSignal::new(Arc::new(form)),
            schema: StoredValue::new(schema),
            base: RwSignal::new(base),
            clean,
            originals: StoredValue::new(originals),
            changed_lists: StoredValue::new(changed_lists),
            pulses: StoredValue::new(IndexMap::new()),
            is_dirty,
            is_saving: RwSignal::new(false),
            failure: RwSignal::new(None),
            notice: RwSignal::new(if is_restored {
                "Your unsaved changes are back."
            } else {
                ""
            }),
            conflict: RwSignal::new(None),
            client: StoredValue::new(client),
            update,
            on_saved: StoredValue::new(on_saved),
        }
    }

    /// Begins again with this record, as it is stored.
    fn begin(self, record: Stored) {
        let form = form_of(&record, self.schema.get_value().as_ref());
        let clean = form.decompose(&data(&record));
        let originals = original_tree(&record);
        self.changed_lists
            .set_value(lists_of(&record, originals.as_ref()));
        self.originals.set_value(originals);
        if self.form.with_untracked(|known| **known != form) {
            self.form.set(Arc::new(form));
        }
        self.clean.set_value(clean.clone());
        self.base.set(record);
        self.state.replace_inputs(|inputs| *inputs = clean);
    }

    /// The record was read again. Without unsaved work it is shown; else the difference is shown before the next save.
    pub(super) fn refreshed(self, record: &Stored) {
        let is_known = self.base.with_untracked(|base| base.data == record.data);
        if is_known || self.is_dirty.get_untracked() || self.is_saving.get_untracked() {
            return;
        }
        self.begin(record.clone());
    }

    /// Gives all changes up.
    pub(super) fn discard(self) {
        let clean = self.clean.get_value();
        self.failure.set(None);
        self.notice.set("");
        let changed = self
            .originals
            .with_value(|all| self.base.with_untracked(|base| lists_of(base, all.as_ref())));
        self.changed_lists.set_value(changed);
        self.state.replace_inputs(|inputs| *inputs = clean);
        self.store_draft();
    }

    // Beside the fields

    /// Whether what was noted about the value at this pointer may be about another item of its list.
    pub(super) fn is_doubtful(self, path: &str) -> bool {
        let is_inside = |list: &String| {
            path.strip_prefix(list.as_str())
                .is_some_and(|rest| rest.starts_with('/'))
        };
        self.changed_lists
            .try_with_value(|lists| lists.iter().any(is_inside))
            .unwrap_or_default()
    }

    /// The extracted value of a field, by its pointer without the first slash.
    pub(super) fn original_of(self, path: &str) -> Option<RawJson> {
        let original = |tree: &Option<JsonTree>| {
            let tree = tree.as_ref()?;
            let node = tree.find(&["/", path].concat())?;
            RawJson::parse(tree.value(node)).ok()
        };
        self.originals.try_with_value(original).flatten()
    }

    /// Wakes a reader when something is typed into the field of this name, or the form changes its structure.
    pub(super) fn track(self, name: &str) {
        let pulse = self
            .pulses
            .try_update_value(|pulses| pulses.entry(name.to_owned()).or_default().clone());
        if let Some(pulse) = pulse {
            pulse.track();
        }
        self.state.track_structure();
        self.state.refilled.track();
    }

    /// Something was typed into the field of this name.
    pub(super) fn typed(self, name: &str) {
        let pulse = self
            .pulses
            .try_with_value(|pulses| pulses.get(name).cloned())
            .flatten();
        if let Some(pulse) = pulse {
            pulse.update(|count| *count = count.wrapping_add(1));
        }
        self.notice.try_set("");
    }

    /// Puts the extracted value back into a field, by the keys and positions that lead there.
    pub(super) fn undo(self, path: &[&str], original: &RawJson) {
        let form = self.form.get_untracked();
        let now = RawJson::parse(self.state.inputs.with_untracked(|inputs| form.to_json(inputs)));
        let undone = now.ok().and_then(|now| with_value(&now, path, Some(original)));
        if let Some(undone) = undone {
            self.state.replace_inputs(|inputs| form.update(inputs, &undone));
        }
    }

    /// Puts all extracted values back. Items get their first ids again, by which their notes are found.
    pub(super) fn undo_all(self) {
        let Some(original) = self.base.with_untracked(original) else {
            return;
        };
        let extracted = self.form.get_untracked().decompose(&original);
        self.changed_lists.set_value(Vec::new());
        self.state.replace_inputs(|inputs| *inputs = extracted);
    }

    // Saving

    /// Saves the values, and the status if one is given. What can't be sent is shown at its fields. A rejection without changes writes only
    /// the status: the values need not fit the schema.
    pub(super) fn save(self, status: Option<ReviewStatus>) {
        if self.is_saving.get_untracked() {
            return;
        }
        self.failure.set(None);
        self.notice.set("");
        if status == Some(ReviewStatus::Rejected) && !self.is_dirty.get_untracked() {
            return self.start(None, status);
        }
        let form = self.form.get_untracked();
        let shown = Arc::clone(&form);
        let whole = self.state.inputs.with_untracked(whole);
        self.state.composed(&form, move |composed| match composed {
            Ok(data) => self.start(Some(whole.unwrap_or(data)), status),
            Err(errors) => {
                self.state.refuse(&shown, &errors);
                self.failure
                    .try_set(Some("Some values can't be saved. They are marked.".to_owned()));
            }
        });
    }

    /// Sends the values and the status, of which either can stay as it is stored.
    fn start(self, data: Option<RawJson>, status: Option<ReviewStatus>) {
        self.is_saving.try_set(true);
        spawn_local(async move {
            self.send(data, status).await;
            self.is_saving.try_set(false);
        });
    }

    /// Reads the record again, and writes it unless it was changed.
    async fn send(self, data: Option<RawJson>, status: Option<ReviewStatus>) {
        let Some(client) = self.client.try_get_value().flatten() else {
            return self.fail(&AgentDataError::NoClient);
        };
        let Some(base) = self.base.try_get_untracked() else {
            return;
        };
        let current = match client.typed::<RawJson>().get(&base.id).await {
            Ok(Some(current)) => current,
            Ok(None) => {
                let error = AgentDataError::NotFound(
                    "the record was deleted meanwhile. What you typed is still here".to_owned(),
                );
                return self.fail(&error);
            }
            Err(error) => return self.fail(&error),
        };
        if current.updated_at != base.updated_at {
            let changes = changes(&base, &current, self.typed_values().as_ref());
            if !changes.is_empty() {
                self.conflict.try_set(Some(Conflict {
                    current,
                    changes,
                    status,
                }));
                return;
            }
        }
        let word = status.as_ref().map(ReviewStatus::as_str);
        let text = written(&current, data.as_ref(), word);
        // Dispatched writes are carried out also when the review is closed meanwhile.
        match self.update.call(base.id, &text).await {
            Ok(saved) => self.saved(saved, data.is_some(), status.as_ref()),
            Err(error) => self.fail(&error),
        }
    }

    fn saved(self, record: Stored, has_values: bool, status: Option<&ReviewStatus>) {
        if self.base.try_get_untracked().is_none() {
            return;
        }
        if has_values {
            self.values_saved(&data(&record));
        } else {
            self.state.errors.set(Vec::new());
        }
        self.base.set(record);
        self.state.inputs.update(|_| {});
        self.store_draft();
        self.notice.set(match status {
            Some(ReviewStatus::Accepted) => "Accepted.",
            Some(ReviewStatus::Rejected) => "Rejected.",
            _ => "Saved.",
        });
        let status = self
            .base
            .with_untracked(|base| super::record::text(base, "status"));
        if let Some(on_saved) = self.on_saved.get_value() {
            on_saved.try_run(status);
        }
    }

    /// These values are stored now.
    fn values_saved(self, stored: &RawJson) {
        let inputs = self.state.inputs.get_untracked();
        let form = self.form.get_untracked();
        let now = whole(&inputs).or_else(|| form.compose(&inputs, &|_, _| None).ok());
        if now.is_some_and(|now| differences(&now, stored).is_empty()) {
            // The fields stay as they are, with the focus.
            self.clean.set_value(inputs);
            self.state.errors.set(Vec::new());
        } else {
            // Something was typed while it was being saved.
            self.clean.set_value(form.decompose(stored));
        }
    }

    fn fail(self, error: &AgentDataError) {
        let prefix = "data/";
        let fields: Vec<FieldError> = error
            .fields()
            .iter()
            .map(|field| FieldError {
                path: field.path.strip_prefix(prefix).unwrap_or_default().to_owned(),
                message: match field.path.strip_prefix(prefix) {
                    Some(_) => field.message.clone(),
                    None => format!("{}: {}", field.path, field.message),
                },
            })
            .collect();
        if !fields.is_empty()
            && let Some(form) = self.form.try_get_untracked()
        {
            self.state.refuse(&form, &fields);
        }
        self.failure.try_set(Some(error.to_string()));
    }

    /// Decides a conflict: of each change either the other editor's value is taken (`true`) or the user's stays. Then saves.
    pub(super) fn merge(self, conflict: Conflict, theirs: &[bool]) {
        let form = self.form.get_untracked();
        let stored = data(&conflict.current);
        let mut merged = self.typed_values().unwrap_or_else(|| stored.clone());
        let mut lists = Vec::new();
        for (change, theirs) in conflict.changes.iter().zip(theirs) {
            let path: Vec<&str> = change.path.iter().map(String::as_str).collect();
            // Only the values are edited here: everything else is the other editor's.
            if let (true, Some(("data", path))) =
                (*theirs, path.split_first().map(|(first, rest)| (*first, rest)))
            {
                merged = match (path, &change.after) {
                    ([], Some(after)) => after.clone(),
                    (path, after) => with_value(&merged, path, after.as_ref()).unwrap_or(merged),
                };
                lists.extend(list_at(path, change));
            }
        }
        let clean = form.decompose(&stored);
        let is_stored = differences(&stored, &merged).is_empty();
        let originals = original_tree(&conflict.current);
        let mut changed = lists_of(&conflict.current, originals.as_ref());
        if !is_stored {
            changed.extend(lists);
        }
        self.changed_lists.set_value(changed);
        self.originals.set_value(originals);
        self.clean.set_value(clean.clone());
        self.base.set(conflict.current);
        self.state.replace_inputs(|inputs| {
            if is_stored {
                *inputs = clean;
            } else if is_object(&merged) {
                form.update(inputs, &merged);
            } else {
                *inputs = form.decompose(&merged);
            }
        });
        self.conflict.set(None);
        self.save(conflict.status);
    }

    /// What the user's value of a changed place is.
    pub(super) fn mine(self, change: &Difference) -> Option<RawJson> {
        let mine = self.typed_values()?;
        let path: Vec<&str> = change.path.iter().map(String::as_str).collect();
        let (first, rest) = path.split_first()?;
        (*first == "data").then(|| value_at(&mine, rest)).flatten()
    }

    /// The user's values, also invalid ones; as they are stored if nothing was typed.
    fn typed_values(self) -> Option<RawJson> {
        if !self.is_dirty.try_get_untracked()? {
            return self.base.try_with_untracked(data);
        }
        let form = self.form.try_get_untracked()?;
        let inputs = &self.state.inputs;
        inputs.try_with_untracked(|inputs| typed(&form, inputs)).flatten()
    }

    // Unsaved work

    /// Stores unsaved work in the tab, or removes it when there is none.
    pub(super) fn store_draft(self) {
        let (Some(base), Some(Some(client))) = (self.base.try_get_untracked(), self.client.try_get_value())
        else {
            return;
        };
        let inputs = self.state.inputs.try_get_untracked().unwrap_or_default();
        let is_dirty = self
            .clean
            .try_with_value(|clean| *clean != inputs)
            .unwrap_or_default();
        let key = key_of(&client, &base.id);
        let draft = is_dirty.then(|| Draft {
            base,
            inputs: inputs.to_text(),
        });
        let text = draft.and_then(|draft| serde_json::to_string(&draft).ok());
        // Where storage is denied or full, unsaved work ends with the page.
        let _ = page_storage().set(StorageArea::Session, &key, text.as_deref());
    }
}

/// The pointer of a list that was replaced, without the first slash: its fields keep the ids of the items before.
fn list_at(path: &[&str], change: &Difference) -> Option<String> {
    let is_list = |json: &RawJson| json.as_str().starts_with('[');
    let names = path.iter().map(|name| name.replace('~', "~0").replace('/', "~1"));
    let is_replaced = change.after.as_ref().is_some_and(is_list);
    is_replaced.then(|| names.collect::<Vec<_>>().join("/"))
}

/// The key of a record's unsaved work.
fn key_of(client: &AgentDataClient, id: &str) -> String {
    let (server, deployment, collection) = (
        client.address().base(),
        client.deployment_name(),
        client.collection_name(),
    );
    format!("{PREFIX}{server} {deployment} {collection} {id}")
}
