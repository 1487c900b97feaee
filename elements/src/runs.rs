//! `<workflow-runs>`: the runs of a server.

use crate::detail::{Selected, to_json};
use crate::view::Context;
use std::rc::Rc;
use workflow_ui_components::reactive::Reading;
use workflow_ui_components::reactive::WithUntracked as _;
use workflow_ui_components::renewal::on_renewal;
use workflow_ui_components::runs::{RunListParts, run_list};
use workflow_ui_components::ui::{Call, El, div, memo};
use workflow_ui_core::{UseWorkflowHandlerListReturn, use_workflow_handler_list};

pub(crate) fn runs(context: &Context) -> El {
    let attributes = context.attributes;
    let UseWorkflowHandlerListReturn {
        handlers,
        loading,
        error,
        freshness,
        refresh,
        ..
    } = use_workflow_handler_list(Reading::derive(move || attributes.get("workflow")));
    on_renewal(move || refresh.call());
    let port = Rc::clone(&context.port);
    let on_open = move |id: String| {
        let name = handlers.with_untracked(|runs| {
            let run = runs.iter().find(|run| run.handler.handler_id == id);
            run.map(|run| run.handler.workflow_name.clone())
        });
        let detail = Selected {
            handler_id: &id,
            workflow: &name.unwrap_or_default(),
        };
        port.tell("workflow-select", &to_json(&detail));
    };
    let parts = RunListParts {
        runs: handlers,
        loading,
        error,
        open: memo(move || attributes.get("selected")),
        on_open: Call::new(on_open),
        editable: memo(move || attributes.get("editable").is_some()),
        freshness,
    };
    div("wf-element__frame wf-element__runs").child(list(parts))
}

fn list(parts: RunListParts) -> El {
    run_list(parts)
}
