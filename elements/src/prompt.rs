//! `<workflow-prompt>`: the open prompts of a run, and nothing else of it.

use crate::element::Element;
use crate::run_events::{Scope, dispatch_run_events};
use leptos::prelude::*;
use workflow_ui_components::prompt::Prompts;

#[component]
pub(crate) fn WorkflowPrompt(element: Element) -> impl IntoView {
    let run = element.watch_run();
    dispatch_run_events(element, run, Scope::Prompts);
    view! { <Prompts run /> }
}
