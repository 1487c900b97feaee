//! The head of a run: workflow, id, status, duration and connection.

use crate::copy::CopyButton;
use crate::dom::set_interval_while_visible;
use crate::status::{StatusPill, server_now};
use leptos::prelude::*;
use std::time::Duration;
use workflow_inspector::text;
use workflow_protocol::{Connection, HandlerState, RunStatus, Time};
use workflow_ui_core::{UseWorkflowHandlerReturn, use_workflow_client};

/// How often the duration of a running run is written.
const TICK: Duration = Duration::from_millis(100);

/// The first line of a run.
#[component]
pub(super) fn RunHead(run: UseWorkflowHandlerReturn) -> impl IntoView {
    let id = Memo::new(move |_| run.handler_id.get().unwrap_or_default());
    let name = move || {
        let name = run
            .handler
            .with(|state| state.as_ref().map(|state| state.handler.workflow_name.clone()));
        name.unwrap_or_else(|| String::from("Run"))
    };
    view! {
        <header class="wf-run__head">
            <h2 class="wf-run__name" translate="no">
                {name}
            </h2>
            <span class="wf-run__id">
                <span class="wf-mono" translate="no" title=id>
                    {move || id.with(|id| text::short_id(id).into_owned())}
                </span>
                <CopyButton label="Copy id" value=id />
            </span>
            <StatusPill status=run.status />
            <RunDuration run />
            <span
                class="wf-run__link"
                translate="no"
                data-connection=move || run.connection.with(Connection::as_str)
            >
                <span class="wf-run__dot"></span>
                {move || run.connection.with(connection_text)}
            </span>
        </header>
    }
}

const fn connection_text(connection: &Connection) -> &'static str {
    match connection {
        Connection::Idle => "not watching",
        Connection::Connecting => "connecting",
        Connection::Live => "live",
        Connection::Stalled { .. } => "stalled",
        Connection::Retrying { .. } => "reconnecting",
        Connection::Closed => "all received",
    }
}

/// How long the run took, or takes so far.
#[component]
fn RunDuration(run: UseWorkflowHandlerReturn) -> impl IntoView {
    let client = use_workflow_client();
    let now = RwSignal::new(server_now(client.as_ref()));
    let span = Memo::new(move |_| run.handler.with(|state| state.as_deref().and_then(times)));
    let is_running = Memo::new(move |_| matches!(span.get(), Some((_, None))));
    Effect::new(move |_| {
        if is_running.get() {
            let client = client.clone();
            let tick = move || now.set(server_now(client.as_ref()));
            tick();
            set_interval_while_visible(tick, TICK);
        }
    });
    let text = move || {
        let (start, end) = span.get()?;
        Some(text::duration(end.unwrap_or_else(|| now.get()).since(start)))
    };
    view! {
        <span class="wf-run__time wf-num wf-muted" title="Duration" translate="no">
            {text}
        </span>
    }
}

/// Start of a run, and its end once that is known. The event that ends a run arrives before the handler is described again; until then
/// the handler's times are those of its start.
pub(crate) fn times(state: &HandlerState) -> Option<(Time, Option<Time>)> {
    let handler = &state.handler;
    let start = Time::parse(&handler.started_at)?;
    if !handler.status.is_terminal() && state.status != RunStatus::Gone {
        return Some((start, None));
    }
    let end = handler
        .completed_at
        .as_deref()
        .or(handler.updated_at.as_deref())
        .and_then(Time::parse);
    let end = state.status.is_terminal().then(|| end.unwrap_or(start));
    Some((start, end))
}
