//! The state of a form: what was typed, and the errors of its fields.

use super::focus::focus_field;
use crate::drafts::Drafts;
use crate::pattern::{Dialect, Question, Verdict, prepare, verdicts};
use crate::worker::SearchScript;
use leptos::html::ElementType;
use leptos::task::spawn_local;
use leptos::{ev, html, prelude::*};
use std::cell::RefCell;
use std::sync::Arc;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use workflow_inspector::form::{Form, Inputs, parse_object};
use workflow_protocol::{FieldError, RawJson};
use workflow_ui_core::Error;

/// The input of a form, and the errors of its fields.
#[derive(Clone, Copy, Debug)]
pub struct FormState {
    /// The input. Untouched fields are not in it.
    pub inputs: RwSignal<Inputs>,
    /// The errors by field, from the form and from the server. An empty path means the form as a whole.
    pub errors: RwSignal<Vec<FieldError>>,
    /// The structure version: changes when fields appear, disappear, become touched or null, and not with every letter.
    structure: Memo<u64>,
    /// Whether JSON is edited in the place of the fields.
    pub(crate) as_json: Memo<bool>,
    /// Counts the changes of the inputs that the controls did not make themselves. The fields are rebuilt after each.
    pub(crate) refilled: RwSignal<u32>,
    /// Whether the fields, or the JSON in their place, are in the document. Nothing is sent before.
    pub(crate) drawn: RwSignal<bool>,
    /// Counts how often the fields were drawn.
    drawings: StoredValue<u32>,
    /// The key that the inputs are stored under.
    draft_key: StoredValue<Option<String>>,
    /// The inputs as they were filled in or stored last. Only later changes are stored: another form may have the same draft.
    stored: StoredValue<Inputs>,
    /// Whether the patterns of a value that is about to be sent are being tried.
    trying: RwSignal<bool>,
    /// The script that tries patterns, if the app serves it.
    script: Option<SearchScript>,
}

impl FormState {
    /// The state of an untouched form.
    #[must_use]
    pub fn new() -> Self {
        let inputs = RwSignal::new(Inputs::default());
        Self {
            inputs,
            errors: RwSignal::new(Vec::new()),
            structure: Memo::new(move |_| inputs.with(Inputs::structure)),
            as_json: Memo::new(move |_| inputs.with(|inputs| inputs.json.is_some())),
            refilled: RwSignal::new(0),
            drawn: RwSignal::new(false),
            drawings: StoredValue::new(0),
            draft_key: StoredValue::new(None),
            stored: StoredValue::new(Inputs::default()),
            trying: RwSignal::new(false),
            script: use_context(),
        }
    }

    /// The JSON of the fields. Patterns are left to the server.
    ///
    /// # Errors
    /// The errors of the fields. Pass them to [`refuse`](Self::refuse).
    pub fn compose(self, form: &Form) -> Result<RawJson, Vec<FieldError>> {
        self.inputs
            .with_untracked(|inputs| form.compose(inputs, &|_, _| None))
    }

    /// Shows errors, our own or a server's, at the fields that their paths name. Errors of no field are those of
    /// [`general_error`](Self::general_error).
    pub fn refuse(self, form: &Form, errors: &[FieldError]) {
        let placed = self.inputs.try_with_untracked(|inputs| {
            let placed = errors.iter().map(|error| form.place(inputs, error));
            placed.collect::<Vec<_>>()
        });
        let Some(placed) = placed else { return };
        // The fields of a map's entries are named after the keys, and take new names only when they are rebuilt.
        if placed.iter().any(|error| error.path.contains('/')) {
            self.refill();
        }
        self.errors.set(placed);
    }

    /// The errors that belong to no field, one a line; empty if there are none.
    #[must_use]
    pub fn general_error(self) -> String {
        self.error_of("")
    }

    /// The errors of the field of this name, one a line.
    pub(super) fn error_of(self, name: &str) -> String {
        self.errors.with(|errors| {
            let errors = errors.iter().filter(|error| error.path == name);
            let messages: Vec<&str> = errors.map(|error| error.message.as_str()).collect();
            messages.join("\n")
        })
    }

    /// Clears the errors of a field.
    pub(crate) fn clear_errors_of(self, name: &str) {
        self.clear_errors(&|path| path == name);
    }

    /// Clears the errors of a field and of the fields inside it.
    pub(super) fn clear_errors_inside(self, name: &str) {
        self.clear_errors(&|path| {
            path.strip_prefix(name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        });
    }

    fn clear_errors(self, is_cleared: &dyn Fn(&str) -> bool) {
        let any = |errors: &Vec<FieldError>| errors.iter().any(|error| is_cleared(&error.path));
        if self.errors.with_untracked(any) {
            self.errors
                .update(|errors| errors.retain(|error| !is_cleared(&error.path)));
        }
    }

    /// Reads the inputs. A reader runs again when the structure of the form changes, not with every letter.
    pub(super) fn with_structure<R>(self, read: impl FnOnce(&Inputs) -> R) -> R {
        // `track` alone does not run an unread memo.
        self.structure.get();
        self.inputs.with_untracked(read)
    }

    /// A reader runs again when the structure of the form changes, not with every letter.
    #[cfg(feature = "cloud")]
    pub(crate) fn track_structure(self) {
        self.structure.get();
    }

    /// Rebuilds the fields, after the inputs were changed by something else than the controls.
    pub(crate) fn refill(self) {
        self.refilled.update(|count| *count = count.wrapping_add(1));
    }

    /// Changes the inputs as a whole: clears the errors and rebuilds the fields.
    pub fn replace_inputs(self, change: impl FnOnce(&mut Inputs)) {
        self.errors.set(Vec::new());
        self.inputs.update(change);
        self.refill();
    }

    /// Marks the fields as drawn until the current owner is cleaned up, which can be after other fields have replaced them.
    pub(super) fn mark_drawn(self) {
        self.drawings
            .update_value(|drawings| *drawings = drawings.wrapping_add(1));
        let drawing = self.drawings.get_value();
        self.drawn.set(true);
        on_cleanup(move || {
            if self.drawings.try_get_value() == Some(drawing) {
                self.drawn.try_set(false);
            }
        });
    }

    /// Loads the worker that tries patterns, ahead of its use.
    pub(super) fn prepare_patterns(self) {
        prepare(self.script);
    }

    /// Fills in the draft that is stored under this key, and stores it again when another one takes its place, the current owner is
    /// cleaned up, or the page is left. The key is one [of this server](crate::drafts::of_this_server).
    pub(crate) fn keep_draft(self, drafts: Drafts, key: String) {
        self.store_draft(drafts);
        self.prefill(drafts.get(&key));
        self.draft_key.set_value(Some(key.clone()));
        on_cleanup(move || {
            // The owner may be cleaned up after another draft has taken its place.
            if self.draft_key.try_get_value().flatten() == Some(key) {
                self.store_draft(drafts);
            }
        });
        let listener = window_event_listener(ev::pagehide, move |_| self.store_draft(drafts));
        on_cleanup(move || listener.remove());
    }

    /// Fills the fields in. That alone is no draft.
    pub(crate) fn prefill(self, inputs: Inputs) {
        self.stored.set_value(inputs.clone());
        self.inputs.set(inputs);
    }

    fn store_draft(self, drafts: Drafts) {
        let key = self.draft_key.try_get_value().flatten();
        let (Some(key), Some(inputs)) = (key, self.inputs.try_get_untracked()) else {
            return;
        };
        if self.stored.try_with_value(|stored| *stored == inputs) == Some(false) {
            self.stored.set_value(inputs.clone());
            drafts.set(&key, inputs);
            drafts.save(&key);
        }
    }

    /// Passes the JSON of the fields, or their errors, to `then`: at once, or, where the schema has patterns, after the worker has
    /// tried them, which takes at most 200 milliseconds. Patterns without a verdict by then are left to the server. Does nothing
    /// while an earlier call waits; `then` is not called if the form is gone meanwhile.
    pub(crate) fn composed(
        self,
        form: &Arc<Form>,
        then: impl FnOnce(Result<RawJson, Vec<FieldError>>) + 'static,
    ) {
        if self.trying.get_untracked() {
            return;
        }
        let inputs = self.inputs.get_untracked();
        let questions = RefCell::new(Vec::new());
        let composed = form.compose(&inputs, &|pattern, text| {
            questions.borrow_mut().push(Question {
                pattern: pattern.to_owned(),
                text: text.to_owned(),
            });
            None
        });
        let questions = questions.into_inner();
        if questions.is_empty() || self.script.is_none() {
            return then(composed);
        }
        self.trying.set(true);
        let form = Arc::clone(form);
        spawn_local(async move {
            let verdicts = verdicts(self.script, Dialect::Schema, &questions).await;
            if self.trying.try_set(false).is_some() {
                return;
            }
            then(form.compose(&inputs, &|pattern, text| {
                let is_asked = |asked: &Question| asked.pattern == pattern && asked.text == text;
                match verdicts.get(questions.iter().position(is_asked)?)? {
                    Verdict::Matches => Some(true),
                    Verdict::Differs => Some(false),
                    Verdict::Refused(_) | Verdict::Unknown => None,
                }
            }));
        });
    }

    /// Passes the value of the fields, or of the JSON in their place, to `then`, as [`composed`](Self::composed) does. If it can't be
    /// sent, the errors are shown and the first field with one is focused.
    pub(crate) fn compose_event<E: ElementType<Output: JsCast + Clone + AsRef<HtmlElement>>>(
        self,
        form: &Arc<Form>,
        element: NodeRef<E>,
        then: impl FnOnce(RawJson) + 'static,
    ) {
        let shown = Arc::clone(form);
        let finish = move |value: Result<RawJson, Vec<FieldError>>| match value {
            Ok(value) => {
                self.errors.set(Vec::new());
                then(value);
            }
            Err(errors) => {
                self.refuse(&shown, &errors);
                focus_error(element);
            }
        };
        match self.inputs.with_untracked(|inputs| inputs.json.clone()) {
            None => self.composed(form, finish),
            Some(text) => finish(parse_object(&text).map_err(|error| vec![general(error.to_string())])),
        }
    }

    /// Shows the server's refusal at the fields that it names, or in the form as a whole, and focuses the first field with an error.
    pub(crate) fn show_refusal(self, form: &Form, error: &Error, element: NodeRef<html::Form>) {
        let errors = error.fields();
        if errors.is_empty() {
            self.errors.set(vec![general(error.to_string())]);
        } else if self.as_json.try_get_untracked() == Some(true) {
            let errors = errors.iter().map(|error| {
                let FieldError { path, message } = error;
                general(format!("{path}: {message}"))
            });
            self.errors.set(errors.collect());
        } else {
            self.refuse(form, errors);
        }
        focus_error(element);
    }

    /// Switches between fields and JSON. JSON that can't be read stays until it is corrected or discarded: nothing typed is lost.
    pub(super) fn toggle_json(self, form: &Form, element: NodeRef<html::Form>) {
        let json = self.inputs.with_untracked(|inputs| inputs.json.clone());
        match json.as_deref().map(parse_object) {
            None => {
                self.errors.set(Vec::new());
                self.inputs
                    .update(|inputs| inputs.json = Some(form.to_json(inputs)));
            }
            Some(Ok(value)) => self.replace_inputs(|inputs| {
                inputs.json = None;
                form.update(inputs, &value);
            }),
            Some(Err(error)) => {
                self.errors.set(vec![general(error.to_string())]);
                focus_error(element);
            }
        }
    }
}

impl Default for FormState {
    fn default() -> Self {
        Self::new()
    }
}

/// An error of the form as a whole.
const fn general(message: String) -> FieldError {
    FieldError {
        path: String::new(),
        message,
    }
}

/// Focuses the first field with an error, after the next frame has drawn it.
pub(crate) fn focus_error<E: ElementType<Output: JsCast + Clone + AsRef<HtmlElement>>>(element: NodeRef<E>) {
    request_animation_frame(move || {
        if let Some(element) = element.try_get_untracked().flatten() {
            focus_field(element.as_ref());
        }
    });
}
