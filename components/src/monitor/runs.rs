//! The runs of all deployments: counts, filters, and the list.

use super::rows::MonitorRows;
use super::state::{MonitorState, server_names};
use crate::grid::{Grid, GridRef};
use crate::icon::IconView;
use crate::name_select::NameSelect;
use crate::status::{status_icon, status_word};
use leptos::prelude::*;
use std::rc::Rc;
use workflow_inspector::monitor::{STATUSES, status_counts, workflow_names};
use workflow_inspector::text::count;

#[component]
pub(super) fn MonitorRuns(state: MonitorState) -> impl IntoView {
    let grid = GridRef::new();
    let rows = MonitorRows::new(state, grid);
    let updated = Rc::clone(&rows);
    Effect::new(move |_| updated.set_runs(state.listed.get()));
    // The rows show how long ago things were.
    Effect::new(move |_| {
        state.open.track();
        state.now.track();
        grid.changed();
    });
    let is_empty = move || state.listed.with(Vec::is_empty);
    let empty_text = move || match state.merged.with(|merged| merged.runs.is_empty()) {
        true => "No runs yet. Whatever starts at one of the deployments shows up by itself.",
        false => "No run fits the filters.",
    };
    let left_out = move || state.merged.with(|merged| merged.left_out);
    view! {
        <section class="wf-monitor__runs" aria-label="Runs of all deployments">
            <Counts state />
            <Filters state />
            <Grid
                source=rows
                grid_ref=grid
                class="wf-grid wf-monitor__grid"
                label="Runs"
                part="monitor-runs"
                row_part="monitor-run"
                attr:translate="no"
                attr:hidden=is_empty
            />
            <p class="wf-empty" hidden=move || !is_empty()>
                {empty_text}
            </p>
            <p class="wf-note wf-monitor__pad" translate="no" role="status" hidden=move || left_out() == 0>
                {move || format!("{} older runs are left out.", count(left_out() as u64))}
            </p>
        </section>
    }
    .into_any()
}

/// The number of runs of each status; a press shows those only.
#[component]
fn Counts(state: MonitorState) -> impl IntoView {
    let counts = Memo::new(move |_| state.merged.with(|merged| status_counts(&merged.runs)));
    let buttons = STATUSES.iter().enumerate().map(|(at, word)| {
        let number = move || counts.with(|counts| counts.get(at).copied().unwrap_or_default());
        let is_chosen = move || state.filter.with(|filter| filter.status == *word);
        let choose = move |_| {
            let status = if is_chosen() { "" } else { word };
            state.filter.update(|filter| filter.status = String::from(status));
        };
        view! {
            <button
                type="button"
                class="wf-button wf-button--plain wf-monitor__count"
                data-part="monitor-count"
                part="monitor-count"
                data-status=*word
                aria-pressed=move || is_chosen().to_string()
                on:click=choose
            >
                <IconView icon=status_icon(word) />
                <span class="wf-num" translate="no">
                    {move || count(number() as u64)}
                </span>
                {status_word(word)}
            </button>
        }
    });
    view! {
        <div class="wf-monitor__counts" role="group" aria-label="Runs by status">
            {buttons.collect_view()}
        </div>
    }
}

#[component]
fn Filters(state: MonitorState) -> impl IntoView {
    let filter = state.filter;
    let deployments = server_names(state.watched);
    let workflows = Memo::new(move |_| state.merged.with(|merged| workflow_names(&merged.runs)));
    view! {
        <div class="wf-monitor__filters">
            <input
                class="wf-input"
                type="search"
                aria-label="Filter runs by text"
                placeholder="Filter"
                autocomplete="off"
                spellcheck="false"
                on:input=move |event| filter.update(|filter| filter.text = event_target_value(&event))
            />
            <NameSelect
                label="Filter runs by deployment"
                any="Any deployment"
                names=deployments
                chosen=move || filter.with(|filter| filter.deployment.clone())
                on_choose=move |name| filter.update(|filter| filter.deployment = name)
            />
            <NameSelect
                label="Filter runs by workflow"
                any="Any workflow"
                names=workflows
                chosen=move || filter.with(|filter| filter.workflow.clone())
                on_choose=move |name| filter.update(|filter| filter.workflow = name)
            />
        </div>
    }
}
