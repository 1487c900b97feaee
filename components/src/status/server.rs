//! Clocks, and when something that failed is tried again.

use crate::reactive::*;
use crate::ui::{El, effect, every, span};
use workflow_inspector::text::seconds_from_now;
use workflow_protocol::Time;
use workflow_ui_core::{WorkflowClient, use_workflow_client};

/// "Trying again in 4 s.", counted down; empty while nothing is tried again by itself. The counting is for the eyes: whatever stands
/// before it is announced.
pub fn next_try(at: Reading<Option<Time>>) -> El {
    let element = span("wf-num")
        .attr("data-part", "next-try")
        .attr("aria-hidden", true);
    let node = element.node().clone();
    let client = use_workflow_client();
    let write = move |at: Option<Time>| {
        let words = at.map(|at| seconds_from_now(at.since(page_now(client.as_ref()))));
        node.set_text_content(words.as_deref());
    };
    let again = write.clone();
    effect(move || write(at.get()));
    every(500, move || again(at.get_untracked()));
    element
}

/// Now, by the clock that the hooks' times are of.
pub(crate) fn page_now(client: Option<&WorkflowClient>) -> Time {
    client.map_or_else(crate::dom::this_moment, WorkflowClient::now)
}

/// Now, by the clock that the server's times are of.
pub(crate) fn server_now(client: Option<&WorkflowClient>) -> Time {
    client.map_or_else(crate::dom::this_moment, WorkflowClient::server_now)
}
