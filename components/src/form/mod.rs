//! The fields of a form that a JSON Schema describes.

mod control;
mod group;
mod json_side;
pub(crate) mod whole;

use crate::dom::{document, focus_first, is_focus_lost, key_press, unique_id};
use crate::pattern::{Dialect, Question, Verdict, prepare, verdicts};
use crate::reactive::{on_cleanup, spawn_local, use_context};
use crate::theme::mount_style;
use crate::ui::View;
use crate::ui::{Call, El, Live, Var, button, div, el, frame, memo, now, span};
use crate::worker::SearchScript;
use control::control;
pub(crate) use group::extra_fields;
use indexmap::IndexMap;
use leptos::prelude::{IntoView, component};
use std::cell::{Cell, RefCell};
use std::sync::Arc;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlTextAreaElement};
use workflow_inspector::form::{Field, FieldKind, Form, Inputs};
use workflow_protocol::{FieldError, RawJson};

pub(crate) const STYLE: &str = include_str!("form.css");

/// What a person has typed into a form, and what is wrong with it.
#[derive(Clone, Copy, Debug)]
pub struct FormState {
    /// What was typed. Untouched fields are not in it.
    pub inputs: Var<Inputs>,
    /// Errors at their fields, ours and the server's.
    pub errors: Var<Vec<FieldError>>,
    /// Counted up when there are other fields, or one is touched or null that wasn't: not with every letter, which would wake them all.
    pub(crate) structure: Var<u32>,
    /// Counted up when something else than the fields themselves has changed what they hold.
    pub(crate) refilled: Var<u32>,
    /// What is to be put into the fields.
    pub(crate) laid: Var<Option<whole::Laid>>,
    /// Whether all fields are in the document. Before that nothing is sent.
    pub(crate) drawn: Var<bool>,
    /// Whether patterns are being tried for what is about to be sent.
    pub(crate) trying: Var<bool>,
    /// What tries patterns, if the app serves it.
    script: Option<SearchScript>,
}

/// A JSON object of these fields, in order; of equal names the last one counts.
pub(crate) fn json_object(fields: impl IntoIterator<Item = (String, RawJson)>) -> Option<RawJson> {
    let fields: IndexMap<String, RawJson> = fields.into_iter().collect();
    RawJson::parse(serde_json::to_string(&fields).ok()?).ok()
}

impl FormState {
    /// A form that nobody has touched.
    #[must_use]
    pub fn new() -> Self {
        let inputs = Var::new(Inputs::default());
        let structure = Var::new(0_u32);
        let before = Cell::new(None);
        now(move || {
            let now = inputs.with(|inputs| Some(inputs.structure()));
            if before.replace(now) != now {
                structure.set(structure.peek().wrapping_add(1));
            }
        });
        Self {
            inputs,
            errors: Var::new(Vec::new()),
            structure,
            refilled: Var::new(0),
            laid: Var::new(None),
            drawn: Var::new(false),
            trying: Var::new(false),
            script: use_context(),
        }
    }

    /// What the form sends. Patterns are left to the server.
    ///
    /// # Errors
    /// The fields that can't be sent as they are.
    pub fn compose(self, form: &Form) -> Result<RawJson, Vec<FieldError>> {
        form.compose(&self.inputs.peek(), &|_, _| None)
    }

    /// Hands what the form sends, or what is wrong with it, to `then`: at once, or, where the schema has patterns, after the worker's
    /// verdict on them, for which it waits at most 200 milliseconds. What has no verdict by then is left to the server. Does nothing
    /// while an earlier call waits, and when the form is gone meanwhile.
    pub(crate) fn composed(
        self,
        form: &Arc<Form>,
        then: impl FnOnce(Result<RawJson, Vec<FieldError>>) + 'static,
    ) {
        if self.trying.peek() {
            return;
        }
        let inputs = self.inputs.peek();
        let asked = RefCell::new(Vec::new());
        let now = form.compose(&inputs, &|pattern, text| {
            asked.borrow_mut().push(Question {
                pattern: pattern.to_owned(),
                text: text.to_owned(),
            });
            None
        });
        let asked = asked.into_inner();
        if asked.is_empty() || self.script.is_none() {
            return then(now);
        }
        self.trying.set(true);
        let form = Arc::clone(form);
        spawn_local(async move {
            let found = verdicts(self.script, Dialect::Schema, &asked).await;
            if !self.trying.peek() {
                return;
            }
            self.trying.set(false);
            then(form.compose(&inputs, &|pattern, text| {
                let at = asked
                    .iter()
                    .position(|it| it.pattern == pattern && it.text == text)?;
                match found.get(at)? {
                    Verdict::Matches => Some(true),
                    Verdict::Differs => Some(false),
                    Verdict::Refused(_) | Verdict::Unknown => None,
                }
            }));
        });
    }

    /// Builds the fields, or what stands in their place, and notes that they are there for as long as the owner lives.
    pub(crate) fn drawing<T>(self, build: impl FnOnce() -> T) -> T {
        let built = build();
        self.drawn.set(true);
        on_cleanup(move || self.drawn.set(false));
        built
    }

    /// Puts errors, ours or the server's, at the fields they belong to. Those that belong to none are told by the form as a whole.
    pub fn refuse(self, form: &Form, errors: &[FieldError]) {
        let placed = self.inputs.peek_with(|inputs| {
            let placed = errors.iter().map(|error| form.place(inputs, error));
            placed.collect::<Vec<_>>()
        });
        // The entries of a map are named after their keys, and take new names only when they are made anew.
        if placed.iter().any(|error| error.path.contains('/')) {
            self.refill();
        }
        self.errors.set(placed);
    }

    /// Looks at what was typed, and follows what of it decides which fields there are.
    pub(crate) fn shaped<R: Default>(self, look: impl FnOnce(&Inputs) -> R) -> R {
        self.structure.track();
        self.inputs.peek_with(look)
    }

    /// The inputs were changed by something else than the fields: these are made anew.
    pub(crate) fn refill(self) {
        self.refilled.set(self.refilled.peek().wrapping_add(1));
    }

    /// The errors that stand at no field.
    pub(crate) fn general(self) -> String {
        self.message("")
    }

    fn message(self, name: &str) -> String {
        self.errors.with(|errors| {
            let texts: Vec<&str> = errors
                .iter()
                .filter(|error| error.path == name)
                .map(|error| error.message.as_str())
                .collect();
            texts.join("\n")
        })
    }

    /// Something was typed into a field: what was wrong with it may be mended.
    pub(crate) fn mend(self, name: &str) {
        self.drop_errors(&|path| path == name);
    }

    /// The same of a field that holds others.
    fn mend_inside(self, name: &str) {
        self.drop_errors(&|path| {
            path.strip_prefix(name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        });
    }

    fn drop_errors(self, mended: &dyn Fn(&str) -> bool) {
        if self
            .errors
            .peek_with(|errors| errors.iter().any(|error| mended(&error.path)))
        {
            self.errors
                .change(|errors| errors.retain(|error| !mended(&error.path)));
        }
    }
}

impl Default for FormState {
    fn default() -> Self {
        Self::new()
    }
}

/// The fields of a form, in order, without a `form` element around them.
///
/// They show what `state` holds when they are made; a caller that changes the inputs from outside makes them anew.
#[component]
#[expect(clippy::needless_pass_by_value, reason = "a component owns its properties")]
pub fn FormFields(
    /// The form.
    form: Arc<Form>,
    /// What was typed into it.
    state: FormState,
    /// Ctrl+Enter was pressed in a field of several lines. Enter in the others is the browser's own submission.
    #[prop(into)]
    on_submit: Call<()>,
) -> impl IntoView {
    View::from(form_fields(&form, state, on_submit))
}

/// [`FormFields`] as an element.
pub fn form_fields(form: &Arc<Form>, state: FormState, on_submit: Call<()>) -> El {
    mount_style(STYLE);
    mount_style(crate::icon::STYLE);
    let fields: Vec<El> = state.drawing(|| {
        let fields = form.fields.iter();
        fields.map(|field| field_view(form, field, state)).collect()
    });
    let extra = form.open.then(|| extra_fields(state));
    div("wf-form")
        .on("keydown", move |event| submit_on_ctrl_enter(&event, on_submit))
        .child(fields)
        .child(extra)
}

/// Ctrl+Enter in a field of several lines sends the form.
pub(crate) fn submit_on_ctrl_enter(event: &web_sys::Event, on_submit: Call<()>) {
    let Some(key) = key_press(event) else {
        return;
    };
    let long = event
        .target()
        .is_some_and(|target| target.dyn_ref::<HtmlTextAreaElement>().is_some());
    if long && key.key() == "Enter" && (key.ctrl_key() || key.meta_key()) {
        event.prevent_default();
        on_submit.run(());
    }
}

/// One field with everything that belongs to it.
fn field_view(form: &Arc<Form>, field: &Field, state: FormState) -> El {
    match field.kind {
        FieldKind::Object | FieldKind::List { .. } | FieldKind::Map { .. } | FieldKind::Union(_) => {
            group::group_view(form, field, state)
        }
        _ => single(field, state),
    }
}

fn single(field: &Field, state: FormState) -> El {
    if let FieldKind::Text { pattern: Some(_), .. } = field.kind {
        prepare(state.script);
    }
    let id = unique_id("field");
    let Around {
        errors,
        described,
        hint,
        error,
    } = around(field, &id, state);
    let invalid = move || errors.with(|errors| !errors.is_empty());
    let input = control(field, &id, state)
        .attr("aria-invalid", move || invalid().then_some("true"))
        .attr("aria-describedby", move || described.get());
    let label = el("label")
        .class("wf-field__label")
        .attr("for", id)
        .text(field.label.as_str());
    let mark = mark(field);
    let whole = div("wf-field");
    let whole = if control::is_check(field) {
        whole.child(div("wf-field__check").child(input).child(label).child(mark))
    } else {
        let head = div("wf-field__head")
            .child(label)
            .child(mark)
            .child(null_toggle(field, state));
        whole.child(head).child(input)
    };
    whole.child(hint).child(error)
}

/// What stands around any field: its description, and what is wrong with it.
struct Around {
    errors: Live<String>,
    /// The ids for `aria-describedby`.
    described: Live<Option<String>>,
    hint: Option<El>,
    error: El,
}

fn around(field: &Field, id: &str, state: FormState) -> Around {
    let (hint_id, error_id) = ([id, "-hint"].concat(), [id, "-error"].concat());
    let name = field.name.clone();
    let errors = memo(move || state.message(&name));
    let about: Vec<&str> = field
        .description
        .as_deref()
        .into_iter()
        .chain(field.problem)
        .collect();
    let hint = (!about.is_empty()).then(|| {
        el("p")
            .class("wf-field__hint")
            .attr("id", hint_id.as_str())
            .text(about.join(" "))
    });
    let error = el("p")
        .class("wf-error")
        .attr("id", error_id.as_str())
        .flag("hidden", move || errors.with(String::is_empty))
        .text(move || errors.get());
    let hint_id = hint.is_some().then_some(hint_id);
    let described = memo(move || {
        let error = errors.with(|errors| (!errors.is_empty()).then_some(&error_id));
        match (&hint_id, error) {
            (Some(hint), Some(error)) => Some([hint, " ", error].concat()),
            (hint, error) => hint.as_ref().or(error).cloned(),
        }
    });
    Around {
        errors,
        described,
        hint,
        error,
    }
}

/// The mark of a required field. It stands beside the label, not in it: names stay what the schema says.
fn mark(field: &Field) -> Option<El> {
    field
        .required
        .then(|| span("wf-field__mark").attr("aria-hidden", true).text("required"))
}

/// The button that sends null instead of what is typed, where the schema allows it and nothing else says so.
fn null_toggle(field: &Field, state: FormState) -> Option<El> {
    if !field.nullable || matches!(field.kind, FieldKind::Choice(_) | FieldKind::Boolean) {
        return None;
    }
    let (id, pressed, name) = (field.id.clone(), field.id.clone(), field.name.clone());
    let toggle = move |_| {
        state.inputs.change(|inputs| {
            let null = inputs.is_null(&id);
            inputs.set_null(&id, !null);
        });
        state.mend(&name);
    };
    let label = ["Send null for ", &field.label].concat();
    Some(
        button("wf-field__null")
            .attr("aria-label", label.as_str())
            .attr("title", label.as_str())
            .attr("aria-pressed", move || {
                state.shaped(|inputs| inputs.is_null(&pressed))
            })
            .text("null")
            .on("click", toggle),
    )
}

/// The fields below `root` are about to be made anew: if one of them has the focus, the new one of its name gets it.
pub(crate) fn hand_focus_on(root: &HtmlElement) {
    let active = document().active_element();
    if !root.contains(active.as_deref()) {
        return;
    }
    let name = active.and_then(|active| active.get_attribute("name"));
    let name = name.unwrap_or_default();
    let root = root.clone();
    frame(move || {
        if is_focus_lost() {
            // A name that a selector can't hold is looked for in vain.
            let same = ["[name=\"", &name, "\"]"].concat();
            focus_first(&root, &[&same, "input, textarea, select"]);
        }
    });
}

/// Puts the focus onto the first field with an error below `root`, or onto the first field.
pub(crate) fn focus_field(root: &HtmlElement) {
    focus_first(root, &["[aria-invalid='true']", "input, textarea, select"]);
}
