//! One input element for one field.

use super::FormState;
use crate::ui::{El, el, picked, ticked, typed};
use workflow_inspector::form::{Field, FieldKind, Inputs, choice_label};

/// Is a tick enough for the field? Not when leaving it out means something else than "no".
pub(super) fn is_check(field: &Field) -> bool {
    matches!(field.kind, FieldKind::Boolean) && !field.nullable && (field.required || field.default.is_some())
}

/// The input of a field: it shows what was typed, else the default, and writes what is typed.
pub(super) fn control(field: &Field, id: &str, state: FormState) -> El {
    let parts = Parts {
        field: field.clone(),
        state,
    };
    let input = match &field.kind {
        FieldKind::Boolean if is_check(field) => check(parts),
        FieldKind::Boolean => {
            let touched = state.inputs.peek_with(|inputs| inputs.is_touched(&field.id));
            let checked = state.inputs.peek_with(|inputs| field.is_checked(inputs));
            let at = touched.then_some(usize::from(!checked));
            choice(
                parts,
                vec![String::from("true"), String::from("false")],
                at,
                |field, inputs, at| match at {
                    Some(at) => field.set_checked(inputs, at == 0),
                    None => inputs.unset(&field.id),
                },
            )
        }
        FieldKind::Choice(values) => {
            let at = state.inputs.peek_with(|inputs| field.chosen(inputs));
            let words = values
                .iter()
                .map(|value| choice_label(value).into_owned())
                .collect();
            choice(parts, words, at, |field, inputs, at| field.choose(inputs, at))
        }
        _ => text(parts),
    };
    input
        .attr("id", id)
        .attr("name", field.name.as_str())
        .attr("aria-required", field.required.then_some("true"))
}

/// What every kind of input needs to know.
struct Parts {
    field: Field,
    state: FormState,
}

fn text(parts: Parts) -> El {
    let Parts { field, state } = parts;
    let shown = state.inputs.peek_with(|inputs| field.text(inputs).into_owned());
    let (long, code, mode) = match field.kind {
        FieldKind::Text { long, .. } => (long, false, "text"),
        FieldKind::Integer(_) => (false, false, "numeric"),
        FieldKind::Number(_) => (false, false, "decimal"),
        _ => (true, true, "text"),
    };
    let input = if long {
        el("textarea")
            .class(if code {
                "wf-input wf-input--code"
            } else {
                "wf-input"
            })
            .attr("rows", "3")
    } else {
        el("input")
            .class("wf-input")
            .attr("type", "text")
            .attr("inputmode", mode)
            .attr("placeholder", field.hint())
    };
    let id = field.id.clone();
    input
        .attr("autocomplete", "off")
        .attr("spellcheck", false)
        .flag("disabled", move || state.shaped(|inputs| inputs.is_null(&id)))
        .prop("value", shown)
        .on("input", move |event| {
            let typed = typed(&event);
            state.inputs.change(|inputs| field.type_text(inputs, &typed));
            state.mend(&field.name);
        })
}

fn check(parts: Parts) -> El {
    let Parts { field, state } = parts;
    let checked = state.inputs.peek_with(|inputs| field.is_checked(inputs));
    el("input")
        .class("wf-input")
        .attr("type", "checkbox")
        .on_off("checked", checked)
        .on("change", move |event| {
            state
                .inputs
                .change(|inputs| field.set_checked(inputs, ticked(&event)));
            state.mend(&field.name);
        })
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
) -> El {
    let Parts { field, state } = parts;
    let is_null = state.inputs.peek_with(|inputs| inputs.is_null(&field.id));
    let now = match at {
        _ if is_null => Pick::Null,
        Some(at) => Pick::At(at),
        None => Pick::Untouched,
    };
    let mut options: Vec<(Pick, String)> = words
        .into_iter()
        .enumerate()
        .map(|(at, word)| (Pick::At(at), word))
        .collect();
    if field.nullable {
        options.push((Pick::Null, String::from("null")));
    }
    if !field.required || at.is_none() {
        options.insert(
            0,
            (
                Pick::Untouched,
                String::from(if field.required { "Choose…" } else { "—" }),
            ),
        );
    }
    let views: Vec<El> = options
        .iter()
        .map(|(pick, word)| {
            let value = if *pick == Pick::Untouched {
                ""
            } else {
                word.as_str()
            };
            el("option")
                .attr("value", value)
                .text(word.as_str())
                .on_off("selected", *pick == now)
        })
        .collect();
    el("select")
        .class("wf-select")
        .child(views)
        .on("change", move |event| {
            let pick = picked(&event)
                .and_then(|index| options.get(index))
                .map_or(Pick::Untouched, |(pick, _)| *pick);
            state.inputs.change(|inputs| {
                inputs.set_null(&field.id, pick == Pick::Null);
                match pick {
                    Pick::At(at) => choose(&field, inputs, Some(at)),
                    Pick::Untouched => choose(&field, inputs, None),
                    Pick::Null => {}
                }
            });
            state.mend(&field.name);
        })
}
