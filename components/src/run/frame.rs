//! What every view of a run has: head, actions, messages, prompts and tabs.

use super::head::RunHead;
use super::news::RunNews;
use super::panels::{AgentsPanel, EventsPanel, ResultPanel, StepPanels, WireTabPanel, shows_steps};
use super::{AGENTS, AGENTS_TAB, STYLE, ViewState};
use crate::agents::has_agents;
use crate::prompt::Prompts;
use crate::replay::{Bar, PromptsThen, ReplayView, fold_until};
use crate::result::RunFailure;
use crate::tabs::{Tab, Tabs};
use crate::theme::mount_style;
use crate::timeline::StepFold;
use leptos::prelude::*;
use workflow_protocol::Connection;
use workflow_ui_core::{Events, UseWorkflowHandlerReturn};

/// The region of a run.
#[component]
pub(super) fn RunFrame(
    run: UseWorkflowHandlerReturn,
    view: ViewState,
    tabs: &'static [Tab],
    /// The actions of the run.
    bar: AnyView,
) -> impl IntoView {
    mount_style(STYLE);
    let replays = view.replay.is_open();
    let is_needed = Memo::new(move |_| replays.get() || shows_steps(view.tab.get()));
    let until = fold_until(run, view.replay);
    let (fold, workflow) = StepFold::of_run(run, is_needed.into(), until);
    let moment = ReplayView::new(run, view.replay, &fold);
    let before_end = moment.is_before_end();
    let fold = StoredValue::new_local(fold);
    view! {
        <section
            class="wf-run"
            data-part="run"
            part="run"
            role="region"
            aria-label="Run"
            data-handler-id=move || run.handler_id.get().unwrap_or_default()
            data-run-id=move || run.run_id.get().unwrap_or_default()
            data-status=move || run.status.get().as_str()
            data-connection=move || run.connection.with(Connection::as_str)
            data-count=move || run.events.with(Events::count_public)
        >
            <div class="wf-run__top">
                <RunHead run />
                {bar}
            </div>
            <Bar view=moment />
            <div class="wf-replay__now" hidden=before_end>
                <RunFailure run />
            </div>
            <RunNews run />
            <Show when=move || replays.get()>
                <PromptsThen view=moment on_select=view.on_select />
            </Show>
            <div class="wf-replay__now" hidden=replays>
                <Prompts run />
            </div>
            <RunTabs run view tabs />
            <EventsPanel run view />
            <StepPanels run view fold workflow />
            <WireTabPanel run view />
            <AgentsPanel run view />
            <ResultPanel run view before_end />
        </section>
    }
}

/// The tabs of a run. That of the agents is shown for a run that has any.
#[component]
fn RunTabs(run: UseWorkflowHandlerReturn, view: ViewState, tabs: &'static [Tab]) -> impl IntoView {
    let has_agents = has_agents(run.events);
    let with_agents = Memo::new(move |_| has_agents.get() || view.tab.get() == AGENTS);
    let without = tabs.strip_suffix(&[AGENTS_TAB]).unwrap_or(tabs);
    move || {
        let tabs = if with_agents.get() { tabs } else { without };
        view! {
            <Tabs label="Views of the run" prefix=view.prefix() tabs selected=view.tab on_select=view.on_tab />
        }
    }
}
