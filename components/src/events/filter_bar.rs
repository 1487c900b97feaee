//! The bar above the events: filters, the switch for internal events, pause and tail.

use super::ListState;
use super::classes::ClassSelect;
use super::filter::Filter;
use crate::icon::{Icon, IconView};
use leptos::prelude::*;
use workflow_inspector::text::count;

#[component]
pub(super) fn FilterBar(
    state: ListState,
    /// Whether regular expressions can be tried.
    with_patterns: bool,
    /// The id of the element that says why the filter cannot be applied.
    error_id: String,
    /// Called with a sequence that was typed.
    on_jump: Callback<u64>,
    /// Called when the list should scroll to its end.
    #[prop(into)]
    on_tail: Callback<()>,
) -> impl IntoView {
    let ListState {
        events,
        internal,
        filter,
        paused,
        at_end,
        ..
    } = state;
    let jump = move |event| {
        let sequence = event_target_value(&event);
        if let Ok(sequence) = sequence.trim().trim_start_matches('#').parse() {
            on_jump.run(sequence);
        }
    };
    let count_text = move || {
        let total = count(state.total.get() as u64);
        if filter.with(|filter| Filter::parse(filter).is_on()) {
            format!("{} of {total}", count(state.shown.get() as u64))
        } else {
            total
        }
    };
    view! {
        <div class="wf-events__bar">
            <FilterField state error_id />
            {with_patterns.then(|| view! { <PatternButton filter /> })}
            <ClassSelect events filter />
            <input
                class="wf-input wf-events__jump"
                type="text"
                inputmode="numeric"
                aria-label="Go to event"
                placeholder="#"
                autocomplete="off"
                on:change=jump
            />
            <button
                type="button"
                class="wf-switch"
                role="switch"
                aria-label="Show internal events"
                title="Show internal events: what steps do, idle, unhandled"
                aria-checked=move || internal.get().to_string()
                on:click=move |_| internal.update(|internal| *internal = !*internal)
            >
                <span class="wf-switch__track"></span>
                "Internal"
            </button>
            <span class="wf-events__count" translate="no">
                {count_text}
            </span>
            <button
                type="button"
                class="wf-button wf-button--plain"
                aria-label="Pause"
                title="Leave the list as it is; nothing is lost meanwhile"
                aria-pressed=move || paused.get().to_string()
                on:click=move |_| paused.update(|paused| *paused = !*paused)
            >
                "Pause"
            </button>
            <button
                type="button"
                class="wf-button wf-button--plain wf-events__tail"
                aria-label="Tail"
                title="Follow the newest event"
                aria-pressed=move || at_end.get().to_string()
                on:click=move |_| on_tail.run(())
            >
                <IconView icon=Icon::Tail />
                <span>"Tail"</span>
            </button>
        </div>
    }
}

/// The field for the text of the filter.
#[component]
fn FilterField(state: ListState, error_id: String) -> impl IntoView {
    let ListState {
        filter, filter_error, ..
    } = state;
    let has_error = move || filter_error.with(|error| !error.is_empty());
    let set_text = move |event| {
        let text = event_target_value(&event);
        filter.update(|filter| {
            *filter = Filter {
                text: &text,
                ..Filter::parse(filter)
            }
            .join();
        });
    };
    view! {
        <div class="wf-events__filter">
            <IconView icon=Icon::Search />
            <input
                class="wf-input"
                type="search"
                aria-label="Filter events"
                placeholder="Filter"
                autocomplete="off"
                spellcheck="false"
                aria-invalid=move || has_error().then_some("true")
                aria-describedby=move || has_error().then(|| error_id.clone())
                prop:value=move || filter.with(|filter| Filter::parse(filter).text.to_owned())
                on:input=set_text
            />
        </div>
    }
}

/// Switches between a text and a regular expression.
#[component]
fn PatternButton(filter: RwSignal<String>) -> impl IntoView {
    let toggle = move |_| {
        filter.update(|filter| {
            let parts = Filter::parse(filter);
            *filter = Filter {
                pattern: !parts.pattern,
                ..parts
            }
            .join();
        });
    };
    view! {
        <button
            type="button"
            class="wf-button wf-button--plain wf-button--icon wf-events__by-pattern"
            aria-label="Regular expression"
            title="Regular expression, as this browser understands it"
            aria-pressed=move || filter.with(|filter| Filter::parse(filter).pattern).to_string()
            on:click=toggle
        >
            ".*"
        </button>
    }
}
