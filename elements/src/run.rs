//! `<workflow-run>`: one run.

use crate::told::{Telling, tell};
use crate::view::Context;
use std::rc::Rc;
use workflow_ui_components::event::event_detail;
use workflow_ui_components::run::{EVENTS, RESULT, RunChoices, run_card};
use workflow_ui_components::ui::{Call, El, Var, div, effect, el, memo, show};

pub(crate) fn run(context: Context) -> El {
    let (run, handler_id) = context.follow();
    tell(run, handler_id, Rc::clone(&context.port), Telling::All);
    let tab = Var::new(EVENTS);
    let wanted = context.attributes.view;
    effect(move || match wanted.get().as_deref() {
        Some("result") => tab.set(RESULT),
        Some("events") => tab.set(EVENTS),
        _ => {}
    });
    let selected = Var::new(None::<u64>);
    effect(move || {
        let _ = handler_id.get();
        selected.set(None);
    });
    let choices = RunChoices {
        tab: memo(move || tab.get()),
        on_tab: Call::new(move |chosen| tab.set(chosen)),
        internal: Var::new(false),
        filter: Var::new(String::new()),
        selected: memo(move || selected.get()),
        on_select: Call::new(move |sequence| selected.set(Some(sequence))),
    };
    let is_chosen = memo(move || handler_id.with(|id| !id.is_empty()));
    let card = show(
        move || is_chosen.get(),
        move || run_card(run, handler_id, choices),
    );
    let detail = show(
        move || selected.get().is_some(),
        move || {
            let sequence = memo(move || selected.get().unwrap_or_default());
            let close = Call::new(move |()| selected.set(None));
            div("wf-element__detail").child(event_detail(run.events, sequence, close))
        },
    );
    div("wf-element__frame wf-element__run")
        .child(card)
        .child(detail)
        .child(
            el("p")
                .class("wf-empty")
                .flag("hidden", move || is_chosen.get())
                .text("No run is chosen."),
        )
}
