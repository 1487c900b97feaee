//! Keys and values beside the declared fields.

use super::FormState;
use super::item::{KeyInput, RemoveButton};
use crate::icon::{Icon, IconView};
use leptos::prelude::*;

/// The rows on screen, by numbers that they keep while others are removed.
#[derive(Clone, Copy)]
struct Rows {
    numbers: RwSignal<Vec<usize>>,
    state: FormState,
}

impl Rows {
    /// The position of a row, now.
    fn position(self, number: usize) -> Option<usize> {
        self.numbers
            .with(|numbers| numbers.iter().position(|other| *other == number))
    }

    /// Changes the keys and values.
    fn change(self, change: impl FnOnce(&mut Vec<(String, String)>)) {
        // The errors of rows are those of the form as a whole.
        self.state.clear_errors_of("");
        self.state.inputs.update(|inputs| {
            let mut rows = inputs.extra().to_vec();
            change(&mut rows);
            inputs.set_extra(rows);
        });
    }

    /// Changes one row.
    fn change_row(self, number: usize, change: impl FnOnce(&mut (String, String))) {
        let position = untrack(|| self.position(number));
        self.change(|rows| {
            if let Some(row) = position.and_then(|position| rows.get_mut(position)) {
                change(row);
            }
        });
    }

    fn remove(self, number: usize) {
        let Some(position) = untrack(|| self.position(number)) else {
            return;
        };
        self.numbers.update(|numbers| {
            numbers.remove(position);
        });
        self.change(|rows| {
            if position < rows.len() {
                rows.remove(position);
            }
        });
    }
}

/// Rows of keys and values, for events that take any key.
#[component]
pub(crate) fn ExtraFields(state: FormState) -> impl IntoView {
    let next = StoredValue::new(0);
    let rows = Rows {
        numbers: RwSignal::new(Vec::new()),
        state,
    };
    let count = Memo::new(move |_| state.with_structure(|inputs| inputs.extra().len()));
    let fit = move || {
        let count = count.get();
        rows.numbers.update(|numbers| {
            numbers.truncate(count);
            while numbers.len() < count {
                numbers.push(next.get_value());
                next.update_value(|next| *next += 1);
            }
        });
    };
    // The first rows are there at once.
    untrack(fit);
    Effect::new(move |_| fit());
    let shown = move || {
        let version = state.refilled.get();
        let numbers = rows.numbers.get();
        numbers
            .into_iter()
            .map(move |number| (version, number))
            .collect::<Vec<_>>()
    };
    let add = move |_| rows.change(|rows| rows.push(Default::default()));
    view! {
        <div class="wf-form">
            <For each=shown key=|row| *row children=move |(_, number)| view! { <ExtraRow rows number /> } />
            <div>
                <button type="button" class="wf-button" on:click=add>
                    <IconView icon=Icon::Plus />
                    "Add field"
                </button>
            </div>
        </div>
    }
}

#[component]
fn ExtraRow(rows: Rows, number: usize) -> impl IntoView {
    let row = move || {
        let position = rows.position(number)?;
        rows.state
            .inputs
            .with(|inputs| inputs.extra().get(position).cloned())
    };
    let (key, value) = untrack(row).unwrap_or_default();
    let name = Memo::new(move |_| row().map(|(key, _)| key));
    view! {
        <div class="wf-group__item">
            <KeyInput text=key on_input=move |key| rows.change_row(number, |row| row.0 = key) />
            <input
                class="wf-input wf-grow"
                type="text"
                aria-label="Value"
                placeholder="value: text or JSON"
                autocomplete="off"
                spellcheck="false"
                name=name
                prop:value=value
                on:input=move |event| {
                    let value = event_target_value(&event);
                    rows.change_row(number, |row| row.1 = value);
                }
            />
            <RemoveButton label="Remove field" on_click=move |()| rows.remove(number) />
        </div>
    }
}
