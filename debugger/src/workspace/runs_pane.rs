//! The list of runs, connected to the page's state.

use crate::state::WorkspaceState;
use leptos::prelude::*;
use workflow_ui_components::runs::RunList;

/// All runs of the server.
#[component]
pub(super) fn RunsPane() -> impl IntoView {
    let state = expect_context::<WorkspaceState>();
    view! {
        <RunList
            runs=state.runs
            open=state.navigation.part(|state| state.run.clone())
            on_open=move |id| state.open_run(id)
            on_compare=move |(first, second)| state.compare(first, second)
        />
    }
}
