//! What every view of a run has: head, actions, messages, prompts and tabs.

use super::head::RunHead;
use super::news::RunNews;
use super::panels::{EventsPanel, ResultPanel, StepPanels, WireTabPanel};
use super::{STYLE, ViewState};
use crate::prompt::Prompts;
use crate::result::RunFailure;
use crate::tabs::{Tab, Tabs};
use crate::theme::mount_style;
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
            <RunHead run />
            {bar}
            <RunFailure run />
            <RunNews run />
            <Prompts run />
            <Tabs label="Views of the run" prefix=view.prefix() tabs selected=view.tab on_select=view.on_tab />
            <EventsPanel run view />
            <StepPanels run view />
            <WireTabPanel run view />
            <ResultPanel run view />
        </section>
    }
}
