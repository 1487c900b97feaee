//! The first line of a run: workflow, id, status, how long, and how we are connected.

use crate::copy::CopyButton;
use crate::status::StatusPill;
use leptos::html;
use leptos::prelude::*;
use std::time::Duration;
use workflow_inspector::text;
use workflow_protocol::{Connection, HandlerState, Time};
use workflow_ui_core::UseWorkflowHandlerReturn;

pub(super) fn head(run: UseWorkflowHandlerReturn, handler_id: Signal<String>) -> AnyView {
    let name = Memo::new(move |_| {
        run.handler.with(|state| state.as_ref().map(|state| state.handler.workflow_name.clone()).unwrap_or_default())
    });
    let status = Signal::derive(move || run.status.get().as_str().to_owned());
    let known = move || run.handler.with(Option::is_some);
    view! {
        <header class="wf-run__head">
            <h2 class="wf-run__name">{move || if known() { name.get() } else { String::from("Run") }}</h2>
            <span class="wf-run__id">
                <span class="wf-mono" title=move || handler_id.get() tabindex="-1">
                    {move || handler_id.with(|id| text::short_id(id).into_owned())}
                </span>
                <CopyButton label="Copy id" compact=true text=Callback::new(move |()| handler_id.get_untracked()) />
            </span>
            <StatusPill status=status />
            {live_duration(run.handler)}
            <span class="wf-run__link" data-connection=move || run.connection.with(Connection::as_str)>
                <span class="wf-run__dot"></span>
                {move || run.connection.with(connection_word)}
            </span>
        </header>
    }
    .into_any()
}

const fn connection_word(connection: &Connection) -> &'static str {
    match connection {
        Connection::Idle => "not watching",
        Connection::Connecting => "connecting",
        Connection::Live => "live",
        Connection::Retrying { .. } => "reconnecting",
        Connection::Closed => "all received",
    }
}

/// How long the run took, or takes so far: written ten times a second without waking the graph.
fn live_duration(state: Signal<Option<std::sync::Arc<HandlerState>>>) -> AnyView {
    let node = NodeRef::<html::Span>::new();
    let span = Memo::new(move |_| state.with(|state| state.as_deref().and_then(times)));
    let write = move || {
        let (Some(Some((start, end))), Some(node)) = (span.try_get_untracked(), node.try_get_untracked().flatten()) else {
            return;
        };
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "milliseconds since 1970")]
        let now = Time(crate::dom::now() as u64);
        node.set_text_content(Some(&text::duration(end.unwrap_or(now).since(start))));
    };
    Effect::new(move |before: Option<Option<IntervalHandle>>| {
        if let Some(tick) = before.flatten() {
            tick.clear();
        }
        node.track();
        let Some((_, end)) = span.get() else {
            if let Some(node) = node.get_untracked() {
                node.set_text_content(None);
            }
            return None;
        };
        write();
        if end.is_some() {
            return None;
        }
        let tick = set_interval_with_handle(
            move || {
                if !document().hidden() {
                    write();
                }
            },
            Duration::from_millis(100),
        )
        .ok()?;
        on_cleanup(move || tick.clear());
        Some(tick)
    });
    view! { <span class="wf-run__time wf-num wf-muted" node_ref=node title="Duration"></span> }.into_any()
}

/// Start and, once it has ended, end of a run.
fn times(state: &HandlerState) -> Option<(Time, Option<Time>)> {
    let handler = &state.handler;
    let start = Time::parse(&handler.started_at)?;
    let end = handler.completed_at.as_deref().or(handler.updated_at.as_deref()).and_then(Time::parse);
    Some((start, if state.status.is_terminal() { Some(end.unwrap_or(start)) } else { None }))
}
