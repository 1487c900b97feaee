//! `<workflow-run>`: one run.

use crate::element::Element;
use crate::run_events::{Scope, dispatch_run_events};
use leptos::prelude::*;
use workflow_ui_components::run::{EVENTS, GRAPH, RESULT, RunCard, TIMELINE};
use workflow_ui_core::UseWorkflowHandlerReturn;

#[component]
pub(crate) fn WorkflowRun(element: Element) -> impl IntoView {
    let run = element.watch_run();
    dispatch_run_events(element, run, Scope::All);
    let has_run = Memo::new(move |_| run.handler_id.with(Option::is_some));
    view! {
        <div class="wf-element__frame">
            <Show when=move || has_run.get()>
                <Card element run />
            </Show>
            <p class="wf-empty" hidden=has_run>
                "No run is chosen."
            </p>
        </div>
    }
}

/// The run, with the tab that the attribute `view` names until the user chooses another one.
#[component]
fn Card(element: Element, run: UseWorkflowHandlerReturn) -> impl IntoView {
    let named = move || {
        let name = element.attribute("view").unwrap_or_default();
        [EVENTS, TIMELINE, GRAPH, RESULT]
            .into_iter()
            .find(|tab| *tab == name)
    };
    let tab = RwSignal::new(untrack(named).unwrap_or(EVENTS));
    Effect::new(move |_| {
        if let Some(named) = named() {
            tab.set(named);
        }
    });
    view! { <RunCard run tab on_tab=move |chosen| tab.set(chosen) /> }
}
