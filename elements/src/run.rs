//! `<workflow-run>`: one run.

use crate::told::{Telling, tell};
use crate::view::Context;
use std::rc::Rc;
use workflow_ui_components::run::{EVENTS, RESULT, RunChoices, run_card};
use workflow_ui_components::ui::{Call, El, Var, div, effect, el, memo, show};

pub(crate) fn run(context: &Context) -> El {
    let (run, handler_id) = context.follow();
    tell(run, handler_id, Rc::clone(&context.port), Telling::All);
    let attributes = context.attributes;
    let tab = Var::new(EVENTS);
    effect(move || match attributes.get("view").as_deref() {
        Some("result") => tab.set(RESULT),
        Some("events") => tab.set(EVENTS),
        _ => {}
    });
    let is_chosen = memo(move || handler_id.with(|id| !id.is_empty()));
    let card = move || {
        let choices = RunChoices {
            tab: memo(move || tab.get()),
            on_tab: Call::new(move |chosen| tab.set(chosen)),
            ..RunChoices::own()
        };
        run_card(run, handler_id, choices)
    };
    let nothing = el("p")
        .class("wf-empty")
        .flag("hidden", move || is_chosen.get())
        .text("No run is chosen.");
    div("wf-element__frame")
        .child(show(move || is_chosen.get(), card))
        .child(nothing)
}
