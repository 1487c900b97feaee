//! The panels of the tabs. What a panel shows is built when its tab is shown for the first time.

use super::{AGENTS, EVENTS, GRAPH, LOG, RESULT, TIMELINE, ViewState, WIRE};
use crate::SearchScript;
use crate::agents::RunAgents;
use crate::events::EventList;
use crate::graph::GraphPane;
use crate::result::RunResult;
use crate::step_log::StepLog;
use crate::timeline::{StepFold, Timeline};
use crate::wire::WirePanel;
use leptos::prelude::*;
use std::rc::Rc;
use workflow_protocol::{Connection, RunStatus};
use workflow_ui_core::{UseWorkflowHandlerReturn, UseWorkflowReturn};

const NOT_YET: &str = "There was no result at this moment of the replay.";

/// The panel of a tab, empty until the tab is shown for the first time.
#[component]
fn TabPanel(view: ViewState, key: &'static str, children: ChildrenFn) -> impl IntoView {
    let is_shown = view.is_shown(key);
    let was_shown = Memo::new(move |before| before == Some(&true) || is_shown.get());
    view! {
        <div
            class="wf-run__panel"
            role="tabpanel"
            id=view.panel_id(key)
            aria-labelledby=view.tab_id(key)
            hidden=move || !is_shown.get()
        >
            <Show when=move || was_shown.get()>{children()}</Show>
        </div>
    }
}

/// The list of events.
#[component]
pub(super) fn EventsPanel(run: UseWorkflowHandlerReturn, view: ViewState) -> impl IntoView {
    let empty = Memo::new(move |_| run.connection.with(|it| empty_text(run.status.get(), it)));
    let search = use_context::<SearchScript>().map(|SearchScript(address)| address);
    view! {
        <TabPanel view key=EVENTS>
            <EventList
                run
                internal=view.internal
                filter=view.filter
                selected=view.selected
                on_select=view.on_select
                empty
                nostrip:search=search
                at=view.replay.at
            />
        </TabPanel>
    }
}

/// Whether a tab shows what steps did.
pub(super) fn shows_steps(tab: &str) -> bool {
    matches!(tab, TIMELINE | GRAPH | LOG)
}

/// Timeline, graph and log. They share what is known of the steps.
#[component]
pub(super) fn StepPanels(
    run: UseWorkflowHandlerReturn,
    view: ViewState,
    fold: StoredValue<Rc<StepFold>, LocalStorage>,
    workflow: UseWorkflowReturn,
) -> impl IntoView {
    view! {
        <Show when=move || shows_steps(view.tab.get())>
            <Steps run view fold workflow />
        </Show>
    }
}

#[component]
fn Steps(
    run: UseWorkflowHandlerReturn,
    view: ViewState,
    fold: StoredValue<Rc<StepFold>, LocalStorage>,
    workflow: UseWorkflowReturn,
) -> impl IntoView {
    let (is_timeline, is_graph) = (view.is_shown(TIMELINE), view.is_shown(GRAPH));
    let is_log = view.is_shown(LOG);
    let on_filter = Callback::new(move |text: String| {
        // Only internal events say what steps take and return.
        view.internal.set(true);
        view.filter.set(text);
        view.on_tab.run(EVENTS);
    });
    view! {
        <div class="wf-run__panel">
            <TabPanel view key=TIMELINE>
                <Timeline
                    fold=fold.get_value()
                    active=is_timeline
                    status=run.status
                    selected=view.selected
                    on_select=Some(view.on_select)
                />
            </TabPanel>
            <TabPanel view key=GRAPH>
                <GraphPane
                    fold=fold.get_value()
                    workflow
                    on=is_graph.into()
                    on_select=view.on_select
                    on_filter
                />
            </TabPanel>
            <TabPanel view key=LOG>
                <StepLog fold=fold.get_value() active=is_log on_select=Some(view.on_select) />
            </TabPanel>
        </div>
    }
}

/// What the connection carries.
#[component]
pub(super) fn WireTabPanel(run: UseWorkflowHandlerReturn, view: ViewState) -> impl IntoView {
    view! {
        <Show when=move || view.tab.get() == WIRE>
            <TabPanel view key=WIRE>
                <WirePanel run />
            </TabPanel>
        </Show>
    }
}

/// The turns of agents.
#[component]
pub(super) fn AgentsPanel(run: UseWorkflowHandlerReturn, view: ViewState) -> impl IntoView {
    view! {
        <Show when=move || view.tab.get() == AGENTS>
            <TabPanel view key=AGENTS>
                <RunAgents run on_select=view.on_select at=view.replay.at />
            </TabPanel>
        </Show>
    }
}

/// The result: in full in its own tab, and as a line below the other ones.
#[component]
pub(super) fn ResultPanel(
    run: UseWorkflowHandlerReturn,
    view: ViewState,
    /// Whether a replay is shown that has not reached the end of the run.
    before_end: Memo<bool>,
) -> impl IntoView {
    let is_shown = view.is_shown(RESULT);
    let folded = Memo::new(move |_| !is_shown.get());
    let is_missing = move || is_shown.get() && (before_end.get() || run.result.with(Option::is_none));
    let label = view.tab_id(RESULT);
    view! {
        <div
            class="wf-result__place"
            id=view.panel_id(RESULT)
            role=move || is_shown.get().then_some("tabpanel")
            aria-labelledby=move || is_shown.get().then(|| label.clone())
            data-folded=folded
        >
            <p class="wf-result__none" translate="no" hidden=move || !is_missing()>
                {move || if before_end.get() { NOT_YET } else { no_result_text(run) }}
            </p>
            <Show when=move || !before_end.get()>
                <RunResult run folded on_open=move |()| view.on_tab.run(RESULT) />
            </Show>
        </div>
    }
}

/// The text of an empty list of events.
const fn empty_text(status: RunStatus, connection: &Connection) -> &'static str {
    match (status, connection) {
        (RunStatus::Gone, _) => "Nothing is left of this run here.",
        (_, Connection::Idle | Connection::Connecting) => "Reading the events…",
        (_, Connection::Stalled { .. }) => {
            "The stream brings nothing. The events come late: at the latest when the run ends."
        }
        (_, Connection::Retrying { .. }) => "The server can't be reached. The events come as soon as it can.",
        (status, _) if status.is_terminal() => "This run sent no events that are shown here.",
        _ => "No events yet. They show up here as the run sends them.",
    }
}

/// Why there is no result.
fn no_result_text(run: UseWorkflowHandlerReturn) -> &'static str {
    let is_unreadable = || {
        run.handler.with(|state| {
            state
                .as_ref()
                .is_some_and(|state| state.handler.result_unreadable)
        })
    };
    match run.status.get() {
        RunStatus::Failed | RunStatus::TimedOut => "There is no result: see above what happened.",
        RunStatus::Cancelled => "There is no result: the run was cancelled.",
        RunStatus::Gone => "There is no result here: the server no longer knows the run.",
        RunStatus::Completed if is_unreadable() => {
            "The run has completed, and the server can't read its result any more."
        }
        RunStatus::Completed if run.connection.with(|it| *it == Connection::Closed) => {
            "The run has completed. Its result could not be read."
        }
        RunStatus::Completed => "The run has completed. Its result is on its way.",
        _ => "No result yet: the run is still going.",
    }
}
