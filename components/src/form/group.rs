//! Fields of every kind, and those that hold fields: objects, lists, maps and unions.

use super::FormState;
use super::aside::aside_of;
use super::control::{Control, selected_index};
use super::field::{FieldNotes, SingleField, null_toggle, required_mark};
use super::item::GroupItem;
#[cfg(feature = "cloud")]
use super::pages::FieldPages;
use crate::dom::unique_id;
use crate::icon::{Icon, IconView};
use leptos::prelude::*;
use std::sync::Arc;
use workflow_inspector::form::{Field, FieldKind, Form};

/// A field with everything that belongs to it. The view has one type, since fields can hold fields of the same kind.
pub(super) fn field_view(form: &Arc<Form>, field: Field, state: FormState) -> AnyView {
    if field.kind.is_container() {
        let form = Arc::clone(form);
        view! { <GroupField form field=Arc::new(field) state /> }.into_any()
    } else {
        view! { <SingleField field state /> }.into_any()
    }
}

/// A group of fields with a legend. Its content is built when it is shown: schemas may be recursive.
#[component]
pub(super) fn GroupField(form: Arc<Form>, field: Arc<Field>, state: FormState) -> impl IntoView {
    let id = unique_id("group");
    let notes = FieldNotes::new(&field, &id, state);
    let default = default_text(&field, state);
    let default_id = format!("{id}-default");
    let described_by = {
        let (notes, default_id) = (notes.described_by(), default.map(|_| default_id.clone()));
        // A hidden element describes, too: it is empty then.
        move || match (&default_id, notes.get()) {
            (Some(default), Some(notes)) => Some(format!("{default} {notes}")),
            (default, notes) => notes.or_else(|| default.clone()),
        }
    };
    let default = default.map(|text| {
        view! {
            <p class="wf-field__hint" id=default_id hidden=move || text.with(String::is_empty)>
                {text}
            </p>
        }
    });
    let is_sent = {
        let field = Arc::clone(&field);
        Memo::new(move |_| state.with_structure(|inputs| field.is_sent(inputs) && !inputs.is_null(&field.id)))
    };
    view! {
        <fieldset class="wf-group" aria-describedby=described_by>
            <legend class="wf-field__head">
                <span class="wf-field__label">{field.label.clone()}</span>
                {required_mark(&field)}
                {null_toggle(&field, state)}
                {presence_toggle(&form, &field, state, is_sent)}
            </legend>
            {notes.description()}
            {default}
            {notes.error()}
            {aside_of(&field)}
            <Show when=move || is_sent.get()>
                <GroupContent form=Arc::clone(&form) field=Arc::clone(&field) state />
            </Show>
        </fieldset>
    }
}

/// What the server takes for a group that was not added; empty while it is added. None for a group without a default.
fn default_text(field: &Arc<Field>, state: FormState) -> Option<Memo<String>> {
    field.default.as_ref().filter(|default| !default.is_null())?;
    let field = Arc::clone(field);
    Some(Memo::new(move |_| {
        let text = state.with_structure(|inputs| field.shown_default(inputs));
        text.map_or_else(String::new, |text| format!("Default: {text}"))
    }))
}

/// The button that adds an optional group, or removes it.
fn presence_toggle(
    form: &Arc<Form>,
    field: &Arc<Field>,
    state: FormState,
    is_sent: Memo<bool>,
) -> impl IntoView + use<> {
    (!field.required || field.is_deferred()).then(|| {
        let (form, field) = (Arc::clone(form), Arc::clone(field));
        let label = field.label.clone();
        let toggle = move |_| {
            // Read first: the inputs can't be read while they are updated.
            let is_sent = is_sent.get_untracked();
            state.inputs.update(|inputs| {
                if is_sent {
                    inputs.unset(&field.id);
                } else {
                    form.enable(&field, inputs);
                }
            });
        };
        let word = move || if is_sent.get() { "remove" } else { "add" };
        let label = move || {
            let word = if is_sent.get() { "Remove" } else { "Add" };
            format!("{word} {label}")
        };
        view! {
            <button
                type="button"
                class="wf-field__null"
                translate="no"
                aria-label=label
                on:click=toggle
            >
                {word}
            </button>
        }
    })
}

/// A field inside a group.
#[derive(Clone, PartialEq)]
struct Row {
    key: usize,
    position: usize,
    field: Field,
}

/// The rows of these fields. A row keeps its key, and so its elements and focus, while nothing about its field changes.
fn rows(before: &[Row], fields: Vec<Field>) -> Vec<Row> {
    let mut next = before.iter().map(|row| row.key + 1).max().unwrap_or_default();
    let fields = fields.into_iter().enumerate();
    let rows = fields.map(|(position, field)| {
        let same = before.get(position).filter(|row| row.field == field);
        let key = same.map_or(next, |row| row.key);
        next = next.max(key + 1);
        Row { key, position, field }
    });
    rows.collect()
}

/// What is inside a group: the fields, or raw JSON in their place.
#[component]
fn GroupContent(form: Arc<Form>, field: Arc<Field>, state: FormState) -> impl IntoView {
    let shape = {
        let field = Arc::clone(&field);
        Memo::new(move |_| {
            state.with_structure(|inputs| {
                // The keys of a map are no part of it: typing one rebuilds nothing.
                let items: Vec<u32> = field.items(inputs).into_iter().map(|item| item.id).collect();
                (items, field.chosen(inputs), field.is_raw(inputs))
            })
        })
    };
    let is_raw = Memo::new(move |_| shape.with(|(_, _, is_raw)| *is_raw));
    let content = {
        let (form, field) = (Arc::clone(&form), Arc::clone(&field));
        Memo::new(move |before: Option<&Vec<Row>>| {
            shape.with(|_| ());
            let fields = state
                .inputs
                .with_untracked(|inputs| form.children(&field, inputs));
            rows(before.map(Vec::as_slice).unwrap_or_default(), fields)
        })
    };
    #[cfg(feature = "cloud")]
    let (pager, shown) = {
        let pages = FieldPages::new(state, &field.id, move |weigh| {
            content.with(|rows| rows.iter().map(|row| weigh(&row.field)).collect())
        });
        let shown = move || match pages {
            Some(pages) => content.with(|rows| rows.get(pages.range()).unwrap_or_default().to_vec()),
            None => content.get(),
        };
        (pages.map(|pages| pages.view(&field.label)), shown)
    };
    #[cfg(not(feature = "cloud"))]
    let (pager, shown) = ((), move || content.get());
    let is_fixed = match field.kind {
        FieldKind::List { fixed, .. } => fixed,
        FieldKind::Map { .. } => false,
        _ => true,
    };
    let row_view = {
        let field = Arc::clone(&field);
        move |row: Row| {
            let inner = field_view(&form, row.field, state);
            if is_fixed {
                return inner;
            }
            let group = Arc::clone(&field);
            view! { <GroupItem group position=row.position inner state /> }.into_any()
        }
    };
    let picker = match &field.kind {
        FieldKind::Union(branches) => {
            let branches = branches.clone();
            Some(view! { <BranchPicker field=Arc::clone(&field) branches state /> })
        }
        _ => None,
    };
    let add = (!is_fixed).then(|| {
        let label = format!("Add to {}", field.label);
        let field = Arc::clone(&field);
        let add = move |_| state.inputs.update(|inputs| field.add_item(inputs));
        view! {
            <div>
                <button
                    type="button"
                    class="wf-button"
                    hidden=is_raw
                    aria-label=label
                    on:click=add
                >
                    <IconView icon=Icon::Plus />
                    "Add"
                </button>
            </div>
        }
    });
    view! {
        <div class="wf-form">
            {picker}
            <Show when=move || is_raw.get()>{raw_json(&field, state)}</Show>
            {pager}
            <For each=shown key=|row| row.key children=row_view />
        </div>
        {add}
    }
}

/// The JSON of a group that is too long for fields, or of another kind. Emptied, it gives the fields back.
fn raw_json(field: &Arc<Field>, state: FormState) -> impl IntoView + use<> {
    view! {
        <Control
            attr:id=unique_id("raw")
            attr:name=field.name.clone()
            attr:aria-required=field.required.then_some("true")
            attr:aria-label=format!("{} as JSON", field.label)
            field=Field::clone(field)
            state
        />
    }
}

/// The choice of a union's branch. Nothing is guessed from what was typed.
#[component]
fn BranchPicker(field: Arc<Field>, branches: Vec<String>, state: FormState) -> impl IntoView {
    let chosen = state.inputs.with_untracked(|inputs| field.chosen(inputs));
    let label = format!("Kind of {}", field.label);
    let options: Vec<_> = branches
        .into_iter()
        .enumerate()
        .map(|(position, branch)| {
            view! { <option prop:selected=chosen == Some(position)>{branch}</option> }
        })
        .collect();
    let choose = move |event| {
        // The first option is the invitation.
        let branch = selected_index(&event).and_then(|index| index.checked_sub(1));
        state.inputs.update(|inputs| field.choose(inputs, branch));
    };
    view! {
        <select class="wf-select" aria-label=label on:change=choose>
            <option value="" prop:selected=chosen.is_none()>
                "Choose…"
            </option>
            {options}
        </select>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use workflow_inspector::form::Inputs;
    use workflow_protocol::RawJson;

    #[test]
    fn a_row_keeps_its_key_while_its_field_is_the_same() {
        let schema =
            r#"{"properties":{"tags":{"type":"array","items":{"type":"string"}}},"required":["tags"]}"#;
        let form = Form::from_schema(&RawJson::parse(schema).unwrap());
        let tags = &form.fields[0];
        let mut inputs = Inputs::default();
        let mut before = Vec::new();
        let mut keys = |inputs: &Inputs| {
            before = rows(&before, form.children(tags, inputs));
            before.iter().map(|row| row.key).collect::<Vec<_>>()
        };
        tags.add_item(&mut inputs);
        tags.add_item(&mut inputs);
        assert_eq!(keys(&inputs), [0, 1]);
        tags.add_item(&mut inputs);
        assert_eq!(keys(&inputs), [0, 1, 2]);
        tags.remove_item(&mut inputs, 1);
        assert_eq!(keys(&inputs), [0, 3], "the last one has another name now");
    }
}
