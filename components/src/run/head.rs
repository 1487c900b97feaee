//! The first line of a run: workflow, id, status, how long, and how we are connected.

use crate::copy::copy_button;
use crate::icon::Icon;
use crate::reactive::*;
use crate::status::{server_now, status_pill};
use crate::ui::{El, Live, el, every, memo, now, span};
use std::sync::Arc;
use workflow_inspector::text;
use workflow_protocol::{Connection, HandlerState, RunStatus, Time};
use workflow_ui_core::UseWorkflowHandlerReturn;
use workflow_ui_core::use_workflow_client;

pub(super) fn head(run: UseWorkflowHandlerReturn, handler_id: Live<String>) -> El {
    let name = move || {
        let name = run
            .handler
            .with(|state| state.as_ref().map(|state| state.handler.workflow_name.clone()));
        name.unwrap_or_else(|| String::from("Run"))
    };
    let id = span("wf-mono")
        .attr("title", move || handler_id.get())
        .text(move || handler_id.with(|id| text::short_id(id).into_owned()));
    let link = span("wf-run__link")
        .attr("data-connection", move || run.connection.with(Connection::as_str))
        .child(span("wf-run__dot"))
        .text(move || run.connection.with(connection_word));
    el("header")
        .class("wf-run__head")
        .child(el("h2").class("wf-run__name").text(name))
        .child(
            span("wf-run__id")
                .child(id)
                .child(copy_button("Copy id", "", Icon::Copy, move || handler_id.peek())),
        )
        .child(status_pill(move || run.status.get().as_str().to_owned()))
        .child(live_duration(run.handler))
        .child(link)
}

const fn connection_word(connection: &Connection) -> &'static str {
    match connection {
        Connection::Idle => "not watching",
        Connection::Connecting => "connecting",
        Connection::Live => "live",
        Connection::Stalled { .. } => "stalled",
        Connection::Retrying { .. } => "reconnecting",
        Connection::Closed => "all received",
    }
}

/// How long the run took, or takes so far: written ten times a second without waking the graph.
fn live_duration(state: Reading<Option<Arc<HandlerState>>>) -> El {
    let element = span("wf-run__time wf-num wf-muted").attr("title", "Duration");
    let node = element.node().clone();
    let client = use_workflow_client();
    let span = memo(move || state.with(|state| state.as_deref().and_then(times)));
    now(move || {
        let Some((start, end)) = span.get() else {
            node.set_text_content(None);
            return;
        };
        let (node, client) = (node.clone(), client.clone());
        let write = move || {
            let now = server_now(client.as_ref());
            node.set_text_content(Some(&text::duration(end.unwrap_or(now).since(start))));
        };
        write();
        if end.is_some() {
            return;
        }
        every(100, write);
    });
    element
}

/// Start and, once it is known, end of a run. The event that ends a run arrives before the handler is described again; until then
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
    Some((
        start,
        if state.status.is_terminal() {
            Some(end.unwrap_or(start))
        } else {
            None
        },
    ))
}
