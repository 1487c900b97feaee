//! The fields of a form that a JSON Schema describes.

mod control;
mod group;

use crate::dom::unique_id;
use crate::theme::mount_style;
use control::control;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
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
    pub inputs: RwSignal<Inputs>,
    /// Errors at their fields, ours and the server's.
    pub errors: RwSignal<Vec<FieldError>>,
}

impl FormState {
    /// A form that nobody has touched.
    #[must_use]
    pub fn new() -> Self {
        Self { inputs: RwSignal::new(Inputs::default()), errors: RwSignal::new(Vec::new()) }
    }

    /// What the form sends.
    ///
    /// # Errors
    /// The fields that can't be sent as they are.
    pub fn compose(self, form: &Form) -> Result<RawJson, Vec<FieldError>> {
        self.inputs.with_untracked(|inputs| form.compose(inputs, &fits_pattern))
    }

    /// Puts a server's errors at the fields they belong to.
    pub fn refuse(self, form: &Form, errors: &[FieldError]) {
        let at = |error: &FieldError| FieldError {
            path: self.inputs.with_untracked(|inputs| form.locate(inputs, &error.path)),
            message: error.message.clone(),
        };
        self.errors.set(errors.iter().map(at).collect());
    }

    /// The errors that stand at no field.
    pub(crate) fn general(self) -> String {
        self.message("")
    }

    fn message(self, name: &str) -> String {
        self.errors.with(|errors| {
            let texts: Vec<&str> =
                errors.iter().filter(|error| error.path == name).map(|error| error.message.as_str()).collect();
            texts.join("\n")
        })
    }

    /// Something was typed into a field: what was wrong with it may be mended.
    fn mend(self, name: &str) {
        if self.errors.with_untracked(|errors| errors.iter().any(|error| error.path == name)) {
            self.errors.update(|errors| errors.retain(|error| error.path != name));
        }
    }
}

impl Default for FormState {
    fn default() -> Self {
        Self::new()
    }
}

/// The browser's own regular expressions; a pattern that it refuses is left to the server.
fn fits_pattern(pattern: &str, text: &str) -> Option<bool> {
    let flags = wasm_bindgen::JsValue::from_str("u");
    let arguments = js_sys::Array::of2(&wasm_bindgen::JsValue::from_str(pattern), &flags);
    let global = js_sys::Reflect::get(&js_sys::global(), &wasm_bindgen::JsValue::from_str("RegExp")).ok()?;
    let pattern = js_sys::Reflect::construct(global.dyn_ref::<js_sys::Function>()?, &arguments).ok()?;
    Some(pattern.dyn_into::<js_sys::RegExp>().ok()?.test(text))
}

/// The fields of a form, in order, without a `form` element around them.
///
/// They show what `state` holds when they are made; a caller that changes the inputs from outside makes them anew.
#[component]
pub fn FormFields(
    /// The form.
    form: Arc<Form>,
    /// What was typed into it.
    state: FormState,
    /// Ctrl+Enter was pressed in a field of several lines. Enter in the others is the browser's own submission.
    on_submit: Callback<()>,
) -> impl IntoView {
    mount_style(STYLE);
    mount_style(crate::icon::STYLE);
    let on_key = move |event: KeyboardEvent| {
        let long = event.target().is_some_and(|target| target.dyn_ref::<HtmlTextAreaElement>().is_some());
        if long && event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
            event.prevent_default();
            on_submit.run(());
        }
    };
    let fields = form.fields.iter().map(|field| field_view(&form, field, state)).collect_view();
    let extra = form.open.then(|| group::extra_fields(state));
    view! { <div class="wf-form" on:keydown=on_key>{fields}{extra}</div> }.into_any()
}

/// One field with everything that belongs to it.
fn field_view(form: &Arc<Form>, field: &Field, state: FormState) -> AnyView {
    match field.kind {
        FieldKind::Object | FieldKind::List { .. } | FieldKind::Map { .. } | FieldKind::Union(_) => {
            group::group(form, field, state)
        }
        _ => single(field, state),
    }
}

fn single(field: &Field, state: FormState) -> AnyView {
    let id = unique_id("field");
    let Around { errors, described, hint, error } = around(field, &id, state);
    let invalid = Signal::derive(move || errors.with(|errors| !errors.is_empty()));
    let input = control(field, &id, state, invalid, described);
    let label = view! { <label class="wf-field__label" for=id>{field.label.clone()}</label> }.into_any();
    let mark = mark(field);
    let head = if control::is_check(field) {
        view! { <div class="wf-field__check">{input}{label}{mark}</div> }.into_any()
    } else {
        view! {
            <div class="wf-field__head">{label}{mark}{null_toggle(field, state)}</div>
            {input}
        }
        .into_any()
    };
    view! { <div class="wf-field">{head}{hint}{error}</div> }.into_any()
}

/// What stands around any field: its description, and what is wrong with it.
struct Around {
    errors: Memo<String>,
    /// The ids for `aria-describedby`.
    described: Signal<String>,
    hint: Option<AnyView>,
    error: AnyView,
}

fn around(field: &Field, id: &str, state: FormState) -> Around {
    let (hint_id, error_id) = ([id, "-hint"].concat(), [id, "-error"].concat());
    let name = field.name.clone();
    let errors = Memo::new(move |_| state.message(&name));
    let described = {
        let (hint_id, error_id) = (field.description.as_ref().map(|_| hint_id.clone()), error_id.clone());
        Signal::derive(move || {
            let error = errors.with(|errors| (!errors.is_empty()).then(|| error_id.clone()));
            [hint_id.clone(), error].into_iter().flatten().collect::<Vec<_>>().join(" ")
        })
    };
    let hint =
        field.description.clone().map(|text| view! { <p class="wf-field__hint" id=hint_id>{text}</p> }.into_any());
    let error = view! {
        <p class="wf-error" id=error_id hidden=move || errors.with(String::is_empty)>{move || errors.get()}</p>
    }
    .into_any();
    Around { errors, described, hint, error }
}

/// The mark of a required field. It stands beside the label, not in it: names stay what the schema says.
fn mark(field: &Field) -> AnyView {
    view! { <span class="wf-field__mark" aria-hidden="true">{field.required.then_some("required")}</span> }.into_any()
}

/// The button that sends null instead of what is typed, where the schema allows it and nothing else says so.
fn null_toggle(field: &Field, state: FormState) -> Option<AnyView> {
    if !field.nullable || matches!(field.kind, FieldKind::Choice(_) | FieldKind::Boolean) {
        return None;
    }
    let (id, pressed, name) = (field.id.clone(), field.id.clone(), field.name.clone());
    let is_null = move || state.inputs.with(|inputs| inputs.is_null(&pressed));
    let toggle = move |_| {
        state.inputs.update(|inputs| {
            let null = inputs.is_null(&id);
            inputs.set_null(&id, !null);
        });
        state.mend(&name);
    };
    let label = ["Send null for ", &field.label].concat();
    Some(
        view! {
            <button type="button" class="wf-field__null" aria-label=label.clone() title=label aria-pressed=move || is_null().to_string() on:click=toggle>
                "null"
            </button>
        }
        .into_any(),
    )
}

/// Puts the focus onto the first field with an error below `root`, or onto the first field.
pub(crate) fn focus_field(root: &HtmlElement) {
    for selector in ["[aria-invalid='true']", "input, textarea, select"] {
        let found = root.query_selector(selector).ok().flatten();
        if let Some(field) = found.and_then(|field| field.dyn_into::<HtmlElement>().ok()) {
            let _ = field.focus();
            return;
        }
    }
}
