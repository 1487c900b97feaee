//! The fields of a form that a JSON Schema describes.

mod control;
mod group;
mod json_side;
pub(crate) mod whole;

use crate::dom::{document, focus_first, is_focus_lost, key_press, regular_expression, unique_id};
use crate::theme::mount_style;
#[cfg(feature = "leptos")]
use crate::ui::View;
use crate::ui::{Call, El, Live, Var, button, div, el, frame, memo, now, span};
use control::control;
pub(crate) use group::extra_fields;
#[cfg(feature = "leptos")]
use leptos::prelude::{IntoView, component};
use std::cell::Cell;
use std::sync::Arc;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlTextAreaElement};
use workflow_inspector::form::{Field, FieldKind, Form, Inputs, may_hang};
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
        }
    }

    /// What the form sends.
    ///
    /// # Errors
    /// The fields that can't be sent as they are.
    pub fn compose(self, form: &Form) -> Result<RawJson, Vec<FieldError>> {
        form.compose(&self.inputs.peek(), &fits_pattern)
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

/// The browser's own regular expressions; a pattern that it refuses, or might not come back from, is left to the server.
fn fits_pattern(pattern: &str, text: &str) -> Option<bool> {
    if may_hang(pattern, text.len()) {
        return None;
    }
    Some(regular_expression(pattern, "u").ok()?.test(text))
}

/// The fields of a form, in order, without a `form` element around them.
///
/// They show what `state` holds when they are made; a caller that changes the inputs from outside makes them anew.
#[cfg(feature = "leptos")]
#[component]
#[expect(clippy::needless_pass_by_value, reason = "a component owns its properties")]
pub fn FormFields(
    /// The form.
    form: Arc<Form>,
    /// What was typed into it.
    state: FormState,
    /// Ctrl+Enter was pressed in a field of several lines. Enter in the others is the browser's own submission.
    on_submit: Call<()>,
) -> impl IntoView {
    View::from(form_fields(&form, state, on_submit))
}

/// [`FormFields`] as an element.
pub fn form_fields(form: &Arc<Form>, state: FormState, on_submit: Call<()>) -> El {
    mount_style(STYLE);
    mount_style(crate::icon::STYLE);
    let fields: Vec<El> = form
        .fields
        .iter()
        .map(|field| field_view(form, field, state))
        .collect();
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
            group::group_view(Arc::clone(form), field.clone(), state)
        }
        _ => single(field, state),
    }
}

fn single(field: &Field, state: FormState) -> El {
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
    let hint = field.description.as_ref().map(|text| {
        el("p")
            .class("wf-field__hint")
            .attr("id", hint_id.as_str())
            .text(text.as_str())
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
