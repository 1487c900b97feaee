//! The list of deployments.

use super::add::AddDeployment;
use super::deployment::DeploymentRow;
use super::state::{Actions, MonitorState};
use leptos::prelude::*;

/// The deployments, and a form that adds one.
#[component]
pub(super) fn Deployments(state: MonitorState, actions: Actions) -> impl IntoView {
    let names = Memo::new(move |_| {
        state
            .deployments
            .with(|all| all.iter().map(|it| it.name.clone()).collect::<Vec<_>>())
    });
    let refused = Memo::new(move |_| {
        let all = state
            .deployments
            .with(|all| all.iter().filter(|it| it.client.is_some()).count());
        all.saturating_sub(state.watched.with(Vec::len))
    });
    view! {
        <section class="wf-monitor__section" aria-label="Deployments">
            <h2 class="wf-h wf-monitor__title">"Deployments"</h2>
            <ul class="wf-monitor__list" data-part="deployments" part="deployments" aria-label="Deployments">
                <For each=move || names.get() key=Clone::clone let:name>
                    <DeploymentRow state actions name />
                </For>
            </ul>
            <p class="wf-note wf-monitor__pad" hidden=move || !names.with(Vec::is_empty)>
                "No deployments yet."
            </p>
            <p class="wf-note wf-monitor__pad" role="status" hidden=move || refused.get() == 0>
                "A deployment is not watched: another one has its name or address, or there are more than 50."
            </p>
            {actions.on_add.map(|on_add| view! { <AddDeployment on_add /> })}
        </section>
    }
    .into_any()
}
