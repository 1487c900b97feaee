//! Fields that hold fields: objects, lists, maps, and the branches of a union; and the free keys of an open form.

use super::{Around, FormState, around, control, field_view, mark, null_toggle};
use crate::dom::unique_id;
use crate::icon::{Icon, icon};
use crate::reactive::untrack;
use crate::ui::{El, Live, button, div, dynamic, el, memo, picked, span, typed};
use std::sync::Arc;
use workflow_inspector::form::{Field, FieldKind, Form};

pub(super) fn group_view(form: Arc<Form>, field: Field, state: FormState) -> El {
    group(&form, &field, state)
}

/// A group of fields with its own legend. What is inside is made when it is shown, so that schemas may be recursive.
fn group(form: &Arc<Form>, field: &Field, state: FormState) -> El {
    let id = unique_id("group");
    let Around {
        described,
        hint,
        error,
        ..
    } = around(field, &id, state);
    let field = Arc::new(field.clone());
    let sent = {
        let field = Arc::clone(&field);
        memo(move || state.shaped(|inputs| field.is_sent(inputs) && !inputs.is_null(&field.id)))
    };
    let legend = el("legend")
        .class("wf-field__head")
        .child(span("wf-field__label").text(field.label.as_str()))
        .child(mark(&field))
        .child(null_toggle(&field, state))
        .child(presence(form, &field, state, sent));
    let default = shown_default(&field, &id, state);
    let default_id = default.is_some().then(|| [&id, "-default"].concat());
    let form = Arc::clone(form);
    el("fieldset")
        .class("wf-group")
        .attr("aria-describedby", move || {
            // An element that is hidden describes all the same: it is empty then.
            match (&default_id, described.get()) {
                (Some(default), Some(described)) => Some([default, " ", &described].concat()),
                (default, described) => described.or_else(|| default.clone()),
            }
        })
        .child(legend)
        .child(hint)
        .child(default)
        .child(error)
        .child(dynamic(move || {
            if sent.get() {
                untrack(|| inside(&form, &field, state))
            } else {
                Vec::new()
            }
        }))
}

/// What the server takes for a group that was not added, before it is added.
fn shown_default(field: &Arc<Field>, id: &str, state: FormState) -> Option<El> {
    field.default.as_ref().filter(|default| !default.is_null())?;
    let field = Arc::clone(field);
    let default = memo(move || state.shaped(|inputs| field.shown_default(inputs)));
    Some(
        el("p")
            .class("wf-field__hint")
            .attr("id", [id, "-default"].concat())
            .flag("hidden", move || default.with(Option::is_none))
            .text(move || {
                default
                    .get()
                    .map_or_else(String::new, |text| ["Default: ", &text].concat())
            }),
    )
}

/// The button that adds an optional group, or takes it out again.
fn presence(form: &Arc<Form>, field: &Arc<Field>, state: FormState, sent: Live<bool>) -> Option<El> {
    if field.required && !field.is_deferred() {
        return None;
    }
    let (form, field) = (Arc::clone(form), Arc::clone(field));
    let label = field.label.clone();
    let toggle = move |_| {
        state.inputs.change(|inputs| {
            if sent.peek() {
                inputs.unset(&field.id);
            } else {
                form.enable(&field, inputs);
            }
        });
    };
    Some(
        button("wf-field__null")
            .attr("aria-label", move || {
                [if sent.get() { "Remove " } else { "Add " }, &label].concat()
            })
            .text(move || if sent.get() { "remove" } else { "add" })
            .on("click", toggle),
    )
}

fn inside(form: &Arc<Form>, field: &Arc<Field>, state: FormState) -> Vec<El> {
    let shape = {
        let field = Arc::clone(field);
        memo(move || {
            state.shaped(|inputs| {
                // Keys of a map are typed into: they don't count, or every letter would make the rows anew.
                let items: Vec<u32> = field.items(inputs).into_iter().map(|item| item.id).collect();
                (items, field.chosen(inputs), field.is_raw(inputs))
            })
        })
    };
    let raw = memo(move || shape.with(|(_, _, raw)| *raw));
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
        dynamic(move || {
            let _ = shape.get();
            untrack(|| {
                if raw.peek() {
                    // Too long for fields, or of another kind: emptied, it gives the fields back.
                    let label = [field.label.as_str(), " as JSON"].concat();
                    return vec![control(&field, &unique_id("raw"), state).attr("aria-label", label)];
                }
                let children = state.inputs.peek_with(|inputs| form.children(&field, inputs));
                let rows = children.iter().enumerate().map(|(at, child)| {
                    let inner = field_view(&form, child, state);
                    if fixed {
                        inner
                    } else {
                        item(&field, at, is_map, inner, state)
                    }
                });
                rows.collect::<Vec<El>>()
            })
        })
    };
    let add = (!fixed).then(|| {
        let field = Arc::clone(field);
        button("wf-button")
            .flag("hidden", move || raw.get())
            .attr("aria-label", ["Add to ", &field.label].concat())
            .child(icon(Icon::Plus))
            .text("Add")
            .on("click", move |_| {
                state.inputs.change(|inputs| field.add_item(inputs))
            })
    });
    let mut parts = vec![div("wf-form").child(picker).child(children)];
    parts.extend(add.map(|add| div("").child(add)));
    parts
}

/// One item of a list or a map, with its key and the button that takes it out.
fn item(field: &Arc<Field>, at: usize, is_map: bool, inner: El, state: FormState) -> El {
    let key = is_map.then(|| {
        let field = Arc::clone(field);
        let key = state
            .inputs
            .peek_with(|inputs| field.items(inputs).get(at).map(|item| item.key.clone()));
        line("Key", "key", &key.unwrap_or_default())
            .class("wf-input wf-group__key")
            .on("input", move |event| {
                let key = typed(&event);
                state.inputs.change(|inputs| field.rename_item(inputs, at, &key));
                state.mend_inside(&field.name);
            })
    });
    let field = Arc::clone(field);
    let label = ["Remove ", &(at + 1).to_string(), " of ", &field.label].concat();
    let remove = remover(&label).on("click", move |_| {
        state.inputs.change(|inputs| field.remove_item(inputs, at));
        // The places of those behind it are other ones now.
        state.mend_inside(&field.name);
    });
    div("wf-group__item")
        .child(key)
        .child(div("wf-grow").child(inner))
        .child(remove)
}

fn remover(label: &str) -> El {
    button("wf-button wf-button--plain wf-button--icon")
        .attr("aria-label", label)
        .child(icon(Icon::Cross))
}

fn line(label: &'static str, placeholder: &'static str, value: &str) -> El {
    el("input")
        .attr("type", "text")
        .attr("aria-label", label)
        .attr("placeholder", placeholder)
        .attr("autocomplete", "off")
        .attr("spellcheck", false)
        .prop("value", value)
}

/// Which branch of a union is meant. The choice is the person's: nothing is guessed from what was typed.
fn branch_picker(field: &Arc<Field>, branches: &[String], state: FormState) -> El {
    let field = Arc::clone(field);
    let chosen = state.inputs.peek_with(|inputs| field.chosen(inputs));
    let first = el("option")
        .attr("value", "")
        .text("Choose…")
        .on_off("selected", chosen.is_none());
    let options = branches.iter().enumerate();
    let options: Vec<El> = options
        .map(|(at, branch)| {
            el("option")
                .text(branch.as_str())
                .on_off("selected", chosen == Some(at))
        })
        .collect();
    el("select")
        .class("wf-select")
        .attr("aria-label", ["Kind of ", &field.label].concat())
        .child(first)
        .child(options)
        .on("change", move |event| {
            // The first line is the invitation.
            let branch = picked(&event).and_then(|index| index.checked_sub(1));
            state.inputs.change(|inputs| field.choose(inputs, branch));
        })
}

/// Rows of keys and values, for events that take any key.
pub(crate) fn extra_fields(state: FormState) -> El {
    let count = memo(move || state.shaped(|inputs| inputs.extra().len()));
    let rows = dynamic(move || {
        (0..count.get())
            .map(|at| extra_row(state, at))
            .collect::<Vec<El>>()
    });
    let add = button("wf-button")
        .child(icon(Icon::Plus))
        .text("Add field")
        .on("click", move |_| {
            change_extra(state, |rows| rows.push(Default::default()))
        });
    div("wf-form").child(rows).child(div("").child(add))
}

fn extra_row(state: FormState, at: usize) -> El {
    let (key, value) = state
        .inputs
        .peek_with(|inputs| inputs.extra().get(at).cloned().unwrap_or_default());
    let key = line("Key", "key", &key)
        .class("wf-input wf-group__key")
        .on("input", move |event| {
            change_extra(state, |rows| {
                if let Some(row) = rows.get_mut(at) {
                    row.0 = typed(&event);
                }
            });
        });
    let value = line("Value", "value: text or JSON", &value)
        .class("wf-input wf-grow")
        .attr("name", move || {
            state
                .inputs
                .with(|inputs| inputs.extra().get(at).map(|(key, _)| key.clone()))
        })
        .on("input", move |event| {
            change_extra(state, |rows| {
                if let Some(row) = rows.get_mut(at) {
                    row.1 = typed(&event);
                }
            });
        });
    let remove = remover("Remove field").on("click", move |_| {
        change_extra(state, |rows| {
            if at < rows.len() {
                rows.remove(at);
            }
        });
    });
    div("wf-group__item").child(key).child(value).child(remove)
}

fn change_extra(state: FormState, change: impl FnOnce(&mut Vec<(String, String)>)) {
    // What is wrong with a row is told by the form as a whole.
    state.mend("");
    state.inputs.change(|inputs| {
        let mut rows = inputs.extra().to_vec();
        change(&mut rows);
        inputs.set_extra(rows);
    });
}
