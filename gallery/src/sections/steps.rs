//! Timelines and graphs.

use crate::made::{self, FIRST_QUESTION};
use crate::scene::{Size, running, specimen, watched};
use workflow_ui_components::graph::run_graph;
use workflow_ui_components::timeline::run_timeline;
use workflow_ui_components::ui::{Call, El, Var, memo};
use workflow_ui_core::UseWorkflowHandlerReturn;

fn lanes(run: UseWorkflowHandlerReturn) -> El {
    let selected = Var::new(None);
    run_timeline(
        run,
        memo(move || selected.get()),
        Call::new(move |sequence| selected.set(Some(sequence))),
    )
}

pub(crate) fn timeline() -> Vec<El> {
    vec![
        specimen("Nothing yet", Size::Wide, |server| {
            lanes(running(server, made::looping(), 0..0))
        }),
        specimen("Steps side by side", Size::Wide, |server| {
            lanes(watched(server, &made::fan_out()))
        }),
        specimen("A loop", Size::Wide, |server| {
            lanes(watched(server, &made::looping()))
        }),
        specimen("Questions that waited", Size::Wide, |server| {
            lanes(watched(server, &made::interview()))
        }),
        specimen("A question that waits", Size::Wide, |server| {
            lanes(running(server, made::interview(), 0..FIRST_QUESTION))
        }),
        specimen("Tried again, and failed", Size::Wide, |server| {
            lanes(watched(server, &made::failing()))
        }),
        specimen("Timed out", Size::Wide, |server| {
            lanes(watched(server, &made::timeout()))
        }),
        specimen("Cancelled", Size::Wide, |server| {
            lanes(watched(server, &made::cancelled()))
        }),
    ]
}

fn picture(run: UseWorkflowHandlerReturn) -> El {
    run_graph(run, Call::new(|_| {}), Call::new(|_| {}))
}

pub(crate) fn graph() -> Vec<El> {
    vec![
        specimen("A cycle", Size::Wide, |server| {
            picture(watched(server, &made::looping()))
        }),
        specimen("A person in the loop", Size::Wide, |server| {
            picture(watched(server, &made::interview()))
        }),
        specimen("Fan out", Size::Wide, |server| {
            picture(watched(server, &made::fan_out()))
        }),
        specimen("While running", Size::Wide, |server| {
            picture(running(server, made::interview(), 0..FIRST_QUESTION))
        }),
        specimen("The server tells none", Size::Wide, |server| {
            picture(watched(server, &made::many_events(3)))
        }),
    ]
}
