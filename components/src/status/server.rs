//! Clocks, and the time of the next retry.

use crate::dom::{set_interval_while_visible, this_moment};
use leptos::prelude::*;
use std::time::Duration;
use workflow_inspector::text::seconds_from_now;
use workflow_protocol::Time;
use workflow_ui_core::{WorkflowClient, use_workflow_client};

/// A countdown to the next retry: "Trying again in 4 s." Empty while no retry is scheduled.
///
/// The countdown is hidden from screen readers; they announce the text before it.
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::status::NextTry;
/// use workflow_ui_core::{UseWorkflowsReturn, use_workflows};
///
/// #[component]
/// fn Failure() -> impl IntoView {
///     let UseWorkflowsReturn { error, next_try, .. } = use_workflows();
///     view! { <p translate="no">{error} " " <NextTry at=next_try /></p> }
/// }
/// ```
#[component]
pub fn NextTry(
    /// The time of the next retry, by [`WorkflowClient::now`].
    #[prop(into)]
    at: Signal<Option<Time>>,
) -> impl IntoView {
    let client = use_workflow_client();
    let tick = ArcTrigger::new();
    let notifier = tick.clone();
    set_interval_while_visible(move || notifier.notify(), Duration::from_millis(500));
    let text = move || {
        tick.track();
        at.get()
            .map(|at| seconds_from_now(at.since(page_now(client.as_ref()))))
    };
    view! {
        <span class="wf-num" data-part="next-try" part="next-try" aria-hidden="true" translate="no">
            {text}
        </span>
    }
}

/// The current time of the clock that hooks use.
pub(crate) fn page_now(client: Option<&WorkflowClient>) -> Time {
    client.map_or_else(this_moment, WorkflowClient::now)
}

/// The current time of the server's clock.
pub(crate) fn server_now(client: Option<&WorkflowClient>) -> Time {
    client.map_or_else(this_moment, WorkflowClient::server_now)
}
