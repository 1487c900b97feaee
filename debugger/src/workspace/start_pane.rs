//! The start form, connected to the page's state.

use crate::state::WorkspaceState;
use leptos::prelude::*;
use workflow_ui_components::start::{self, Started};

/// The workflow picker and the start form of the chosen workflow.
#[component]
pub(super) fn StartPane() -> impl IntoView {
    let state = expect_context::<WorkspaceState>();
    view! {
        <start::StartPane
            workflows=state.workflows
            workflow=state.workflow
            on_workflow=move |name| state.choose_workflow(name)
            continues=state.continues
            folded=state.form_folded
            on_started=move |started: Started| state.open_started(&started)
        />
    }
}
