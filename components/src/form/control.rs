//! The controls: a line, a text area, a checkbox, a select.

use super::FormState;
use leptos::{ev, prelude::*};
use web_sys::HtmlSelectElement;
use workflow_inspector::form::{Field, FieldKind, Inputs, choice_label};

/// Whether a checkbox is enough for the field: not if leaving it out means something else than "no".
pub(super) fn is_checkbox(field: &Field) -> bool {
    matches!(field.kind, FieldKind::Boolean) && !field.nullable && (field.required || field.default.is_some())
}

/// The position of the selected option in the select that an event came from.
pub(crate) fn selected_index(event: &ev::Event) -> Option<usize> {
    usize::try_from(event_target::<HtmlSelectElement>(event).selected_index()).ok()
}

/// The control of a field, without its id and name. It shows the input or else the default, as they are when it is made, and writes
/// the input.
#[component]
pub(super) fn Control(field: Field, state: FormState) -> impl IntoView {
    match field.kind {
        FieldKind::Boolean if is_checkbox(&field) => view! { <Checkbox field state /> }.into_any(),
        FieldKind::Boolean | FieldKind::Choice(_) => view! { <Choice field state /> }.into_any(),
        FieldKind::Text { long: false, .. } => view! { <Line field state mode="text" /> }.into_any(),
        FieldKind::Integer(_) => view! { <Line field state mode="numeric" /> }.into_any(),
        FieldKind::Number(_) => view! { <Line field state mode="decimal" /> }.into_any(),
        _ => view! { <TextArea field state /> }.into_any(),
    }
}

/// What the two text controls have in common: the text at first, whether null is sent in its place, and what writes it. Typing ends null.
fn text_control(
    field: Field,
    state: FormState,
) -> (
    String,
    impl Fn() -> bool + Clone + Send + Sync + 'static,
    impl Fn(ev::Event) + 'static,
) {
    let text = state
        .inputs
        .with_untracked(|inputs| field.text(inputs).into_owned());
    let id = field.id.clone();
    let is_null = move || state.with_structure(|inputs| inputs.is_null(&id));
    let on_input = move |event: ev::Event| {
        let text = event_target_value(&event);
        state.inputs.update(|inputs| field.type_text(inputs, &text));
        state.clear_errors_of(&field.name);
    };
    (text, is_null, on_input)
}

#[component]
fn Line(field: Field, state: FormState, mode: &'static str) -> impl IntoView {
    let hint = field.hint();
    let (text, is_null, on_input) = text_control(field, state);
    let is_null_shown = is_null.clone();
    let placeholder = move || if is_null_shown() { "null" } else { hint };
    view! {
        <input
            class="wf-input"
            type="text"
            inputmode=mode
            placeholder=placeholder
            autocomplete="off"
            spellcheck="false"
            data-null=is_null
            prop:value=text
            on:input=on_input
        />
    }
}

#[component]
fn TextArea(field: Field, state: FormState) -> impl IntoView {
    let class = match field.kind {
        FieldKind::Text { .. } => "wf-input",
        _ => "wf-input wf-input--code",
    };
    let (text, is_null, on_input) = text_control(field, state);
    let is_null_shown = is_null.clone();
    view! {
        <textarea
            class=class
            rows="3"
            autocomplete="off"
            spellcheck="false"
            placeholder=move || is_null_shown().then_some("null")
            data-null=is_null
            prop:value=text
            on:input=on_input
        ></textarea>
    }
}

#[component]
fn Checkbox(field: Field, state: FormState) -> impl IntoView {
    let is_checked = state.inputs.with_untracked(|inputs| field.is_checked(inputs));
    let on_change = move |event| {
        let is_checked = event_target_checked(&event);
        state
            .inputs
            .update(|inputs| field.set_checked(inputs, is_checked));
        state.clear_errors_of(&field.name);
    };
    view! { <input class="wf-input" type="checkbox" prop:checked=is_checked on:change=on_change /> }
}

/// The value of an option of a select.
#[derive(Clone, Copy, PartialEq)]
enum Pick {
    Untouched,
    Value(usize),
    Null,
}

impl Pick {
    /// Sets the field to it.
    fn choose(self, field: &Field, inputs: &mut Inputs) {
        inputs.set_null(&field.id, self == Self::Null);
        match (self, &field.kind) {
            (Self::Null, _) => {}
            (Self::Value(position), FieldKind::Boolean) => field.set_checked(inputs, position == 0),
            (Self::Untouched, FieldKind::Boolean) => inputs.unset(&field.id),
            (Self::Value(position), _) => field.choose(inputs, Some(position)),
            (Self::Untouched, _) => field.choose(inputs, None),
        }
    }
}

/// The options of a field, and the one that is selected.
fn options(field: &Field, inputs: &Inputs) -> (Vec<(Pick, String)>, Pick) {
    let (labels, value) = match &field.kind {
        FieldKind::Choice(values) => {
            let labels = values.iter().map(|value| choice_label(value).into_owned());
            (labels.collect(), field.chosen(inputs))
        }
        _ => {
            let position = usize::from(!field.is_checked(inputs));
            let is_touched = inputs.is_touched(&field.id);
            let labels = vec![String::from("true"), String::from("false")];
            (labels, is_touched.then_some(position))
        }
    };
    let mut options: Vec<(Pick, String)> = Vec::new();
    if !field.required || value.is_none() {
        let label = if field.required { "Choose…" } else { "—" };
        options.push((Pick::Untouched, label.to_owned()));
    }
    for (position, label) in labels.into_iter().enumerate() {
        options.push((Pick::Value(position), label));
    }
    if field.nullable {
        options.push((Pick::Null, String::from("null")));
    }
    let selected = match value {
        _ if inputs.is_null(&field.id) => Pick::Null,
        Some(position) => Pick::Value(position),
        None => Pick::Untouched,
    };
    (options, selected)
}

#[component]
fn Choice(field: Field, state: FormState) -> impl IntoView {
    let (options, selected) = state.inputs.with_untracked(|inputs| options(&field, inputs));
    let option_views: Vec<_> = options
        .iter()
        .map(|(pick, label)| {
            let value = if *pick == Pick::Untouched {
                String::new()
            } else {
                label.clone()
            };
            view! {
                <option value=value prop:selected=*pick == selected>
                    {label.clone()}
                </option>
            }
        })
        .collect();
    let on_change = move |event| {
        let picked = selected_index(&event).and_then(|index| options.get(index));
        let pick = picked.map_or(Pick::Untouched, |(pick, _)| *pick);
        state.inputs.update(|inputs| pick.choose(&field, inputs));
        state.clear_errors_of(&field.name);
    };
    view! {
        <select class="wf-select" on:change=on_change>
            {option_views}
        </select>
    }
}
