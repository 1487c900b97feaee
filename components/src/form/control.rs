//! One input element for one field.

use super::FormState;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use workflow_inspector::form::{Field, FieldKind, Inputs, choice_label};

/// Is a tick enough for the field? Not when leaving it out means something else than "no".
pub(super) fn is_check(field: &Field) -> bool {
    matches!(field.kind, FieldKind::Boolean) && !field.nullable && (field.required || field.default.is_some())
}

/// The input of a field: it shows what was typed, else the default, and writes what is typed.
pub(super) fn control(
    field: &Field,
    id: &str,
    state: FormState,
    invalid: Signal<bool>,
    described: Signal<String>,
) -> AnyView {
    let parts = Parts { field: field.clone(), id: id.to_owned(), state, invalid, described };
    match &field.kind {
        FieldKind::Boolean if is_check(field) => check(parts),
        FieldKind::Boolean => {
            let touched = state.inputs.with_untracked(|inputs| inputs.is_touched(&field.id));
            let checked = state.inputs.with_untracked(|inputs| field.is_checked(inputs));
            let at = touched.then_some(usize::from(!checked));
            choice(parts, vec![String::from("true"), String::from("false")], at, |field, inputs, at| match at {
                Some(at) => field.set_checked(inputs, at == 0),
                None => inputs.unset(&field.id),
            })
        }
        FieldKind::Choice(values) => {
            let at = state.inputs.with_untracked(|inputs| field.chosen(inputs));
            let words = values.iter().map(|value| choice_label(value).into_owned()).collect();
            choice(parts, words, at, |field, inputs, at| field.choose(inputs, at))
        }
        _ => text(parts),
    }
}

/// What every kind of input needs to know.
struct Parts {
    field: Field,
    id: String,
    state: FormState,
    invalid: Signal<bool>,
    described: Signal<String>,
}

fn text(parts: Parts) -> AnyView {
    let Parts { field, id, state, invalid, described } = parts;
    let shown = state.inputs.with_untracked(|inputs| field.text(inputs).into_owned());
    let null = {
        let id = field.id.clone();
        Signal::derive(move || state.inputs.with(|inputs| inputs.is_null(&id)))
    };
    let (long, code, mode) = match field.kind {
        FieldKind::Text { long, .. } => (long, false, "text"),
        FieldKind::Integer(_) => (false, false, "numeric"),
        FieldKind::Number(_) => (false, false, "decimal"),
        _ => (true, true, "text"),
    };
    let (name, required, hint) = (field.name.clone(), field.required.to_string(), field.hint());
    let on_input = move |event| {
        let typed = event_target_value(&event);
        state.inputs.update(|inputs| field.type_text(inputs, &typed));
        state.mend(&field.name);
    };
    let invalid = move || invalid.get().then_some("true");
    if long {
        let class = if code { "wf-input wf-input--code" } else { "wf-input" };
        return view! {
            <textarea
                class=class
                id=id
                name=name
                rows="3"
                spellcheck="false"
                aria-required=required
                aria-invalid=invalid
                aria-describedby=move || described.get()
                disabled=move || null.get()
                prop:value=shown
                on:input=on_input
            ></textarea>
        }
        .into_any();
    }
    view! {
        <input
            type="text"
            class="wf-input"
            id=id
            name=name
            inputmode=mode
            placeholder=hint
            autocomplete="off"
            spellcheck="false"
            aria-required=required
            aria-invalid=invalid
            aria-describedby=move || described.get()
            disabled=move || null.get()
            prop:value=shown
            on:input=on_input
        />
    }
    .into_any()
}

fn check(parts: Parts) -> AnyView {
    let Parts { field, id, state, invalid, described } = parts;
    let checked = state.inputs.with_untracked(|inputs| field.is_checked(inputs));
    let name = field.name.clone();
    let on_change = move |event: leptos::ev::Event| {
        let checked = event
            .target()
            .and_then(|target| target.dyn_into::<HtmlInputElement>().ok())
            .is_some_and(|input| input.checked());
        state.inputs.update(|inputs| field.set_checked(inputs, checked));
        state.mend(&field.name);
    };
    view! {
        <input
            type="checkbox"
            class="wf-input"
            id=id
            name=name
            prop:checked=checked
            aria-invalid=move || invalid.get().then_some("true")
            aria-describedby=move || described.get()
            on:change=on_change
        />
    }
    .into_any()
}

/// What an option of a select stands for.
#[derive(Clone, Copy, PartialEq)]
enum Pick {
    Untouched,
    At(usize),
    Null,
}

fn choice(
    parts: Parts,
    words: Vec<String>,
    at: Option<usize>,
    choose: fn(&Field, &mut Inputs, Option<usize>),
) -> AnyView {
    let Parts { field, id, state, invalid, described } = parts;
    let is_null = state.inputs.with_untracked(|inputs| inputs.is_null(&field.id));
    let now = match at {
        _ if is_null => Pick::Null,
        Some(at) => Pick::At(at),
        None => Pick::Untouched,
    };
    let mut options: Vec<(Pick, String)> =
        words.into_iter().enumerate().map(|(at, word)| (Pick::At(at), word)).collect();
    if field.nullable {
        options.push((Pick::Null, String::from("null")));
    }
    if !field.required || at.is_none() {
        options.insert(0, (Pick::Untouched, String::from(if field.required { "Choose…" } else { "—" })));
    }
    let views = options
        .iter()
        .map(|(pick, word)| {
            let value = if *pick == Pick::Untouched { String::new() } else { word.clone() };
            view! { <option value=value selected=*pick == now>{word.clone()}</option> }.into_any()
        })
        .collect_view();
    let (name, required) = (field.name.clone(), field.required.to_string());
    let on_change = move |event: leptos::ev::Event| {
        let select = event.target().and_then(|target| target.dyn_into::<HtmlSelectElement>().ok());
        let index = select.and_then(|select| usize::try_from(select.selected_index()).ok());
        let pick = index.and_then(|index| options.get(index)).map_or(Pick::Untouched, |(pick, _)| *pick);
        state.inputs.update(|inputs| {
            inputs.set_null(&field.id, pick == Pick::Null);
            match pick {
                Pick::At(at) => choose(&field, inputs, Some(at)),
                Pick::Untouched => choose(&field, inputs, None),
                Pick::Null => {}
            }
        });
        state.mend(&field.name);
    };
    view! {
        <select
            class="wf-select"
            id=id
            name=name
            aria-required=required
            aria-invalid=move || invalid.get().then_some("true")
            aria-describedby=move || described.get()
            on:change=on_change
        >
            {views}
        </select>
    }
    .into_any()
}
