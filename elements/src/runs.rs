//! `<workflow-runs>`: the runs of a server.

use crate::detail::{Selected, to_json};
use crate::element::Element;
use leptos::prelude::*;
use workflow_ui_components::renewal::on_renewal;
use workflow_ui_components::runs::RunList;
use workflow_ui_core::use_workflow_handler_list;

#[component]
pub(crate) fn WorkflowRuns(element: Element) -> impl IntoView {
    let runs = use_workflow_handler_list(Signal::derive(move || element.attribute("workflow")));
    on_renewal(move || runs.refresh.call());
    let on_open = move |id: String| {
        let workflow = runs.handlers.with_untracked(|runs| {
            let run = runs.iter().find(|run| run.handler.handler_id == id);
            run.map(|run| run.handler.workflow_name.clone())
        });
        let detail = Selected {
            handler_id: &id,
            workflow: &workflow.unwrap_or_default(),
        };
        element.dispatch("workflow-select", &to_json(&detail));
    };
    view! {
        <div class="wf-element__frame wf-element__runs">
            <RunList
                runs
                open=move || element.attribute("selected")
                editable=move || element.attribute("editable").is_some()
                on_open
            />
        </div>
    }
}
