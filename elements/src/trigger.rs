//! `<workflow-trigger>`: starts runs of one workflow, by a form or, where the input is given, by a button.

use crate::Port;
use crate::json::Object;
use crate::view::{Attributes, Context};
use std::rc::Rc;
use workflow_protocol::{Handler, RawJson};
use workflow_ui_components::icon::{Icon, icon};
use workflow_ui_components::reactive::{spawn_local, untrack};
use workflow_ui_components::start::{StartChoices, Started, start_form};
use workflow_ui_components::ui::{Call, El, Var, button, div, dynamic, el, memo};
use workflow_ui_core::RunWorkflowOptions;
use workflow_ui_core::readings::{UseWorkflowRunReturn, use_workflow_run};

pub(crate) fn trigger(context: Context) -> El {
    let Context { attributes, port, .. } = context;
    let has_input = memo(move || attributes.input.with(Option::is_some));
    let inside = dynamic(move || {
        let workflow = attributes.workflow.get().unwrap_or_default();
        let port = Rc::clone(&port);
        let has_input = has_input.get();
        untrack(|| {
            if has_input {
                by_button(workflow, attributes, port)
            } else {
                by_form(&workflow, attributes, port)
            }
        })
    });
    div("").child(inside)
}

fn by_form(workflow: &str, attributes: Attributes, port: Rc<Port>) -> El {
    let name = workflow.to_owned();
    let choices = StartChoices {
        workflow: memo(|| None),
        on_workflow: Call::new(|_| {}),
        continues: Var::new(attributes.handler_id.peek()),
        folded: Var::new(false),
        on_started: Call::new(move |started: Started| {
            started_run(&port, &name, &started.handler, &started.input);
        }),
    };
    start_form(workflow, choices)
}

fn by_button(workflow: String, attributes: Attributes, port: Rc<Port>) -> El {
    let UseWorkflowRunReturn {
        run_workflow,
        is_creating,
        error,
    } = use_workflow_run();
    let label = move || attributes.label.get().unwrap_or_else(|| String::from("Run"));
    let start = move |_| {
        if is_creating.get_untracked() {
            return;
        }
        let input = attributes.input.peek().unwrap_or_default();
        let port = Rc::clone(&port);
        let input = match RawJson::parse(&input) {
            Ok(input) => input,
            Err(error) => return failed(&port, &workflow, &error.to_string()),
        };
        let options = RunWorkflowOptions {
            handler_id: attributes.handler_id.peek(),
            ..RunWorkflowOptions::default()
        };
        let starting = run_workflow.call_json(workflow.clone(), input.clone(), options);
        let workflow = workflow.clone();
        spawn_local(async move {
            match starting.await {
                Ok(handler) => started_run(&port, &workflow, &handler, &input),
                Err(error) => failed(&port, &workflow, &error.to_string()),
            }
        });
    };
    let trouble = dynamic(move || {
        error.get().map(|error| {
            el("p")
                .class("wf-error")
                .attr("role", "alert")
                .text(error.to_string())
        })
    });
    div("wf-form")
        .child(
            button("wf-button wf-button--primary")
                .attr("data-part", "run-button")
                .flag("disabled", move || is_creating.get())
                .child(icon(Icon::Play))
                .text(label)
                .on("click", start),
        )
        .child(trouble)
}

fn started_run(port: &Port, workflow: &str, handler: &Handler, input: &RawJson) {
    let detail = Object::default()
        .text("handlerId", &handler.handler_id)
        .text("runId", handler.run_id.as_deref().unwrap_or_default())
        .text("workflow", workflow)
        .json("input", input.as_str());
    port.tell("workflow-started", &detail.end());
}

fn failed(port: &Port, workflow: &str, words: &str) {
    let detail = Object::default().text("workflow", workflow).text("error", words);
    port.tell("workflow-start-failed", &detail.end());
}
