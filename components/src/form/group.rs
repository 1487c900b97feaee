//! Fields that hold fields: objects, lists, maps, and the branches of a union; and the free keys of an open form.

use super::{Around, FormState, around, field_view, mark, null_toggle};
use crate::dom::unique_id;
use crate::icon::{Icon, icon};
use leptos::prelude::*;
use std::sync::Arc;
use wasm_bindgen::JsCast;
use web_sys::HtmlSelectElement;
use workflow_inspector::form::{Field, FieldKind, Form};

/// A group of fields with its own legend. What is inside is made when it is shown, so that schemas may be recursive.
pub(super) fn group(form: &Arc<Form>, field: &Field, state: FormState) -> AnyView {
    let id = unique_id("group");
    let Around { described, hint, error, .. } = around(field, &id, state);
    let field = Arc::new(field.clone());
    let sent = {
        let field = Arc::clone(&field);
        Memo::new(move |_| state.inputs.with(|inputs| field.is_sent(inputs) && !inputs.is_null(&field.id)))
    };
    let legend = view! {
        <legend class="wf-field__head">
            <span class="wf-field__label">{field.label.clone()}</span>
            {mark(&field)}
            {null_toggle(&field, state)}
            {presence(form, &field, state, sent)}
        </legend>
    }
    .into_any();
    let body = {
        let (form, field) = (Arc::clone(form), Arc::clone(&field));
        move || sent.get().then(|| inside(&form, &field, state))
    };
    view! {
        <fieldset class="wf-group" aria-describedby=move || described.get()>
            {legend}
            {hint}
            {error}
            {body}
        </fieldset>
    }
    .into_any()
}

/// The button that adds an optional group, or takes it out again.
fn presence(form: &Arc<Form>, field: &Arc<Field>, state: FormState, sent: Memo<bool>) -> Option<AnyView> {
    if field.required {
        return None;
    }
    let (form, field) = (Arc::clone(form), Arc::clone(field));
    let label = Arc::clone(&field);
    let toggle = move |_| {
        state.inputs.update(|inputs| {
            if sent.get_untracked() {
                inputs.unset(&field.id);
            } else {
                form.enable(&field, inputs);
            }
        });
    };
    let name = move || [if sent.get() { "Remove " } else { "Add " }, &label.label].concat();
    Some(
        view! {
            <button type="button" class="wf-field__null" aria-label=name on:click=toggle>
                {move || if sent.get() { "remove" } else { "add" }}
            </button>
        }
        .into_any(),
    )
}

fn inside(form: &Arc<Form>, field: &Arc<Field>, state: FormState) -> AnyView {
    let shape = {
        let field = Arc::clone(field);
        Memo::new(move |_| {
            state.inputs.with(|inputs| {
                // Keys of a map are typed into: they don't count, or every letter would make the rows anew.
                let items: Vec<u32> = field.items(inputs).into_iter().map(|item| item.id).collect();
                (items, field.chosen(inputs))
            })
        })
    };
    let is_map = matches!(field.kind, FieldKind::Map { .. });
    let fixed = match field.kind {
        FieldKind::List { fixed, .. } => fixed,
        FieldKind::Map { .. } => false,
        _ => true,
    };
    let picker = match &field.kind {
        FieldKind::Union(branches) => Some(branch_picker(field, branches, state)),
        _ => None,
    };
    let children = {
        let (form, field) = (Arc::clone(form), Arc::clone(field));
        move || {
            shape.track();
            let children = state.inputs.with_untracked(|inputs| form.children(&field, inputs));
            let rows = children.iter().enumerate().map(|(at, child)| {
                let inner = field_view(&form, child, state);
                if fixed { inner } else { item(&field, at, is_map, inner, state) }
            });
            rows.collect_view()
        }
    };
    let add = (!fixed).then(|| {
        let field = Arc::clone(field);
        let label = ["Add to ", &field.label].concat();
        view! {
            <button type="button" class="wf-button" aria-label=label on:click=move |_| state.inputs.update(|inputs| field.add_item(inputs))>
                {icon(Icon::Plus)} "Add"
            </button>
        }
        .into_any()
    });
    view! {
        <div class="wf-form">
            {picker}
            {children}
        </div>
        {add}
    }
    .into_any()
}

/// One item of a list or a map, with its key and the button that takes it out.
fn item(field: &Arc<Field>, at: usize, is_map: bool, inner: AnyView, state: FormState) -> AnyView {
    let key = is_map.then(|| {
        let field = Arc::clone(field);
        let key = state.inputs.with_untracked(|inputs| field.items(inputs).get(at).map(|item| item.key.clone()));
        let rename = move |event| {
            let key = event_target_value(&event);
            state.inputs.update(|inputs| field.rename_item(inputs, at, &key));
        };
        view! {
            <input type="text" class="wf-input wf-group__key" aria-label="Key" placeholder="key" autocomplete="off" prop:value=key on:input=rename />
        }
        .into_any()
    });
    let field = Arc::clone(field);
    let label = ["Remove ", &(at + 1).to_string(), " of ", &field.label].concat();
    view! {
        <div class="wf-group__item">
            {key}
            <div class="wf-grow">{inner}</div>
            <button type="button" class="wf-button wf-button--plain wf-button--icon" aria-label=label on:click=move |_| state.inputs.update(|inputs| field.remove_item(inputs, at))>
                {icon(Icon::Cross)}
            </button>
        </div>
    }
    .into_any()
}

/// Which branch of a union is meant. The choice is the person's: nothing is guessed from what was typed.
fn branch_picker(field: &Arc<Field>, branches: &[String], state: FormState) -> AnyView {
    let field = Arc::clone(field);
    let chosen = state.inputs.with_untracked(|inputs| field.chosen(inputs));
    let label = ["Kind of ", &field.label].concat();
    let options = branches
        .iter()
        .enumerate()
        .map(|(at, branch)| view! { <option selected=chosen == Some(at)>{branch.clone()}</option> }.into_any())
        .collect_view();
    let on_change = move |event: leptos::ev::Event| {
        let select = event.target().and_then(|target| target.dyn_into::<HtmlSelectElement>().ok());
        let index = select.and_then(|select| usize::try_from(select.selected_index()).ok());
        // The first line is the invitation.
        state.inputs.update(|inputs| field.choose(inputs, index.and_then(|index| index.checked_sub(1))));
    };
    view! {
        <select class="wf-select" aria-label=label on:change=on_change>
            <option value="" selected=chosen.is_none()>"Choose…"</option>
            {options}
        </select>
    }
    .into_any()
}

/// Rows of keys and values, for events that take any key.
pub(super) fn extra_fields(state: FormState) -> AnyView {
    let count = Memo::new(move |_| state.inputs.with(|inputs| inputs.extra().len()));
    let change = move |f: &dyn Fn(&mut Vec<(String, String)>)| {
        state.inputs.update(|inputs| {
            let mut rows = inputs.extra().to_vec();
            f(&mut rows);
            inputs.set_extra(rows);
        });
    };
    let row = move |at: usize| {
        let (key, value) =
            state.inputs.with_untracked(|inputs| inputs.extra().get(at).cloned().unwrap_or_default());
        let on_key = move |event| {
            let text = event_target_value(&event);
            change(&|rows| {
                if let Some(row) = rows.get_mut(at) {
                    row.0.clone_from(&text);
                }
            });
        };
        let on_value = move |event| {
            let text = event_target_value(&event);
            change(&|rows| {
                if let Some(row) = rows.get_mut(at) {
                    row.1.clone_from(&text);
                }
            });
        };
        let remove = move |_| {
            change(&|rows| {
                if at < rows.len() {
                    rows.remove(at);
                }
            });
        };
        view! {
            <div class="wf-group__item">
                <input type="text" class="wf-input wf-group__key" aria-label="Key" placeholder="key" autocomplete="off" spellcheck="false" prop:value=key on:input=on_key />
                <input type="text" class="wf-input wf-grow" aria-label="Value" placeholder="value: text or JSON" autocomplete="off" spellcheck="false" prop:value=value on:input=on_value />
                <button type="button" class="wf-button wf-button--plain wf-button--icon" aria-label="Remove field" on:click=remove>
                    {icon(Icon::Cross)}
                </button>
            </div>
        }
        .into_any()
    };
    view! {
        {move || (0..count.get()).map(row).collect_view()}
        <div>
            <button type="button" class="wf-button" on:click=move |_| change(&|rows| rows.push(Default::default()))>
                {icon(Icon::Plus)} "Add field"
            </button>
        </div>
    }
    .into_any()
}
