//! `<workflow-trigger>`: starts runs of one workflow, by a form or, where the input is given, by a button.

use crate::told::tell_started;
use crate::view::Context;
use std::rc::Rc;
use workflow_protocol::RawJson;
use workflow_ui_components::reactive::untrack;
use workflow_ui_components::start::Started;
use workflow_ui_components::trigger::{TriggerParts, trigger_button, trigger_form};
use workflow_ui_components::ui::{Call, El, Live, div, dynamic, el, memo};

pub(crate) fn trigger(context: &Context) -> El {
    let attributes = context.attributes;
    let port = Rc::clone(&context.port);
    let workflow = attributes.text("workflow");
    let on_started = Call::new(move |started: Started| {
        tell_started(&port, &workflow.peek(), &started.handler, Some(&started.input));
    });
    let label = memo(move || attributes.get("label").unwrap_or_else(|| String::from("Run")));
    // The error of a parser is no value that could be compared: its words are.
    let input = memo(move || {
        let input = attributes.get("input")?;
        Some(RawJson::parse(input).map_err(|error| error.to_string()))
    });
    let fields = memo(move || match input.get() {
        Some(Ok(input)) => input,
        _ => RawJson::null(),
    });
    let kind = memo(move || input.with(|input| input.as_ref().map(|input| input.as_ref().err().cloned())));
    div("").child(dynamic(move || {
        let kind = kind.get();
        untrack(|| match kind {
            None => form(workflow, on_started),
            Some(None) => trigger_button(TriggerParts {
                workflow,
                input: fields,
                label,
                on_started,
            }),
            Some(Some(words)) => el("p")
                .class("wf-error")
                .attr("role", "alert")
                .text(["The input is no JSON: ", &words].concat()),
        })
    }))
}

fn form(workflow: Live<String>, on_started: Call<Started>) -> El {
    trigger_form(workflow, on_started)
}
