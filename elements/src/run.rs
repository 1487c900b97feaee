//! `<workflow-run>`: one run.

use crate::told::{Telling, tell};
use crate::view::{Attributes, Context};
use std::rc::Rc;
use workflow_ui_components::run::{EVENTS, GRAPH, RESULT, RunChoices, TIMELINE, run_card};
use workflow_ui_components::ui::{Call, El, Live, Var, div, effect, el, memo, show};
use workflow_ui_core::UseWorkflowHandlerReturn;

pub(crate) fn run(context: &Context) -> El {
    let (run, handler_id) = context.follow();
    tell(run, handler_id, Rc::clone(&context.port), Telling::All);
    let attributes = context.attributes;
    let is_chosen = memo(move || handler_id.with(|id| !id.is_empty()));
    let nothing = el("p")
        .class("wf-empty")
        .flag("hidden", move || is_chosen.get())
        .text("No run is chosen.");
    div("wf-element__frame")
        .child(show(
            move || is_chosen.get(),
            move || card(run, handler_id, attributes),
        ))
        .child(nothing)
}

fn card(run: UseWorkflowHandlerReturn, handler_id: Live<String>, attributes: Attributes) -> El {
    let tab = Var::new(EVENTS);
    effect(move || {
        let named = attributes.get("view").unwrap_or_default();
        // What is no view changes nothing: a person may have chosen another one since.
        let views = [EVENTS, TIMELINE, GRAPH, RESULT];
        if let Some(view) = views.iter().find(|view| **view == named) {
            tab.set(view);
        }
    });
    let choices = RunChoices {
        tab: memo(move || tab.get()),
        on_tab: Call::new(move |chosen| tab.set(chosen)),
        ..RunChoices::own()
    };
    run_card(run, handler_id, choices)
}
