//! Lists of events, and one of them.

use crate::made;
use crate::scene::{Size, running, specimen, watched};
use workflow_ui_components::event::event_detail;
use workflow_ui_components::events::{EventListParts, event_list};
use workflow_ui_components::ui::{Call, El, Var, memo};
use workflow_ui_core::UseWorkflowHandlerReturn;

fn list(run: UseWorkflowHandlerReturn, internal: bool, filter: &str) -> El {
    let selected = Var::new(None);
    event_list(EventListParts {
        events: run.events,
        internal: Var::new(internal),
        filter: Var::new(filter.to_owned()),
        search: None,
        selected: memo(move || selected.get()),
        on_select: Call::new(move |sequence| selected.set(Some(sequence))),
        empty: memo(|| "No events yet. They show up here as the run sends them."),
    })
}

pub(crate) fn events() -> Vec<El> {
    vec![
        specimen("None yet", Size::Tall, |server| {
            list(running(server, made::looping(), 0..0), false, "")
        }),
        specimen("Some", Size::Tall, |server| {
            list(watched(server, &made::looping()), false, "")
        }),
        specimen("With internal ones", Size::Tall, |server| {
            list(watched(server, &made::fan_out()), true, "")
        }),
        specimen("Odd ones", Size::Tall, |server| {
            list(watched(server, &made::odd_events()), false, "")
        }),
        specimen("Filtered", Size::Tall, |server| {
            list(watched(server, &made::looping()), false, "Even")
        }),
        specimen("None fits", Size::Tall, |server| {
            list(watched(server, &made::looping()), false, "nothing like it")
        }),
        specimen("Ten thousand", Size::Wide, |server| {
            list(watched(server, &made::many_events(10_000)), false, "")
        }),
    ]
}

fn detail(run: UseWorkflowHandlerReturn, sequence: u64) -> El {
    event_detail(run.events, memo(move || sequence), Call::new(|()| {}))
}

pub(crate) fn event() -> Vec<El> {
    vec![
        specimen("An event", Size::Tall, |server| {
            detail(watched(server, &made::interview()), 8)
        }),
        specimen("Unicode", Size::Tall, |server| {
            detail(watched(server, &made::odd_events()), 2)
        }),
        specimen("Markup", Size::Tall, |server| {
            detail(watched(server, &made::odd_events()), 3)
        }),
        specimen("Deeply nested", Size::Tall, |server| {
            detail(watched(server, &made::odd_events()), 5)
        }),
        specimen("A long text", Size::Tall, |server| {
            detail(watched(server, &made::odd_events()), 6)
        }),
        specimen("Not there yet", Size::Tall, |server| {
            detail(running(server, made::looping(), 0..1), 99)
        }),
    ]
}
