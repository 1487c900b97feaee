//! The start form, with the state of the page.

use crate::state::WorkspaceState;
use leptos::prelude::*;
use workflow_ui_components::start::{self, StartChoices, Started};

/// The workflow picker and the start form of the chosen workflow.
#[component]
pub(super) fn StartPane() -> impl IntoView {
    let state = expect_context::<WorkspaceState>();
    let choices = StartChoices {
        workflow: state.workflow.into(),
        on_workflow: Callback::new(move |name| state.choose_workflow(name)).into(),
        continues: state.continues.into(),
        folded: state.form_folded.into(),
        on_started: Callback::new(move |started: Started| state.open_started(&started)).into(),
    };
    view! { <start::StartPane workflows=state.workflows choices /> }
}
