//! The bar above the runs: how many there are, how old the list is, and buttons that cancel and delete runs.

use super::ListState;
use crate::icon::{Icon, IconView};
use leptos::prelude::*;
use workflow_inspector::text::{ago, count};
use workflow_protocol::Time;
use workflow_ui_core::ListFreshness;

/// The age, in milliseconds, from which on it is shown.
const SHOWN_AGE: u64 = 5_000;

#[component]
pub(super) fn Toolbar(
    state: ListState,
    freshness: Signal<ListFreshness>,
    /// The time of the page, updated every second.
    now: RwSignal<Time>,
    /// Called with two selected runs.
    on_compare: Option<Callback<(String, String)>>,
) -> impl IntoView {
    let ListState {
        runs,
        listed,
        selected,
        editable,
        ..
    } = state;
    let has_selected = Memo::new(move |_| selected.with(|selected| !selected.is_empty()));
    let count_text = move || {
        if has_selected.get() {
            return format!("{} selected", count(selected.with(Vec::len) as u64));
        }
        let (listed, all) = (listed.with(Vec::len) as u64, runs.with(Vec::len) as u64);
        if listed == all {
            count(all)
        } else {
            format!("{} of {}", count(listed), count(all))
        }
    };
    let age = move || {
        let age = freshness.get().listed_at.map(|at| now.get().since(at));
        let age = age.filter(|age| *age > SHOWN_AGE);
        age.map(|age| format!("as of {}", ago(age))).unwrap_or_default()
    };
    let delete_label = move || match has_selected.get() {
        true => "Delete selected runs",
        false => "Delete runs",
    };
    let delete_title = move || match has_selected.get() {
        true => "Delete selected runs",
        false => "Delete the runs that are listed (Space selects some, Delete deletes the one)",
    };
    // The selected runs, or all runs of the list if none is selected.
    let targets = move |only_running: bool| {
        let selected = selected.get_untracked();
        listed.with_untracked(|runs| {
            let is_target = |id: &String| selected.is_empty() || selected.contains(id);
            let runs = runs
                .iter()
                .filter(|run| !only_running || !run.status.is_terminal());
            let ids = runs.map(|run| run.handler.handler_id.clone());
            ids.filter(is_target).collect::<Vec<_>>()
        })
    };
    view! {
        <div class="wf-runs__bar">
            <h2 class="wf-h wf-grow">"Runs"</h2>
            <span class="wf-muted wf-num" data-part="list-age" part="list-age" translate="no">
                {age}
            </span>
            <span class="wf-muted wf-num" translate="no">
                {count_text}
            </span>
            {on_compare
                .map(|on_compare| {
                    let compare = move |_| {
                        if let [first, second] = selected.get_untracked().as_slice() {
                            on_compare.run((first.clone(), second.clone()));
                        }
                    };
                    view! {
                        <button
                            type="button"
                            class="wf-button wf-button--plain wf-button--icon"
                            aria-label="Compare selected runs"
                            title="Compare selected runs"
                            hidden=move || selected.with(Vec::len) != 2
                            on:click=compare
                        >
                            <IconView icon=Icon::Compare />
                        </button>
                    }
                })}
            <button
                type="button"
                class="wf-button wf-button--plain wf-button--icon"
                aria-label="Cancel selected runs"
                title="Cancel selected runs"
                hidden=move || !has_selected.get()
                on:click=move |_| state.cancel(targets(true))
            >
                <IconView icon=Icon::Stop />
            </button>
            <button
                type="button"
                class="wf-button wf-button--plain wf-button--icon"
                aria-label=delete_label
                title=delete_title
                hidden=move || state.is_empty() || !editable.get()
                on:click=move |_| state.delete(targets(false))
            >
                <IconView icon=Icon::Bin />
            </button>
        </div>
    }
}
