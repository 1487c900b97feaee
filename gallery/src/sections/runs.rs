//! Lists of runs, and runs as a whole.

use crate::made::{self, FIRST_QUESTION};
use crate::scene::{Size, running, specimen, watch, watched};
use std::sync::Arc;
use workflow_protocol::HandlerState;
use workflow_ui_components::reactive::Reading;
use workflow_ui_components::run::{
    EVENTS, GRAPH, RESULT, RunChoices, TIMELINE, WIRE, run_card, run_view, whole_run,
};
use workflow_ui_components::runs::{RunListParts, run_list};
use workflow_ui_components::ui::{Call, El, Var, memo};
use workflow_ui_core::UseWorkflowHandlerReturn;
use workflow_ui_core::{Error, Recording, Reply};

fn list(runs: Vec<Arc<HandlerState>>, loading: bool, error: Option<Error>, editable: bool) -> El {
    let open = Var::new(runs.get(1).map(|run| run.handler.handler_id.clone()));
    run_list(RunListParts {
        runs: Reading::derive(move || runs.clone()),
        loading: Reading::derive(move || loading),
        error: Reading::derive(move || error.clone()),
        open: memo(move || open.get()),
        on_open: Call::new(move |id| open.set(Some(id))),
        editable: memo(move || editable),
        freshness: Reading::derive(Default::default),
    })
}

pub(crate) fn runs() -> Vec<El> {
    vec![
        specimen("Loading", Size::Tall, |_| list(Vec::new(), true, None, true)),
        specimen("None", Size::Tall, |_| list(Vec::new(), false, None, true)),
        specimen("The listing failed", Size::Tall, |_| {
            list(Vec::new(), false, Some(Error::NoClient), true)
        }),
        specimen("In every status", Size::Tall, |_| {
            list(made::many_runs(12), false, None, true)
        }),
        specimen("To read only", Size::Tall, |_| {
            list(made::many_runs(12), false, None, false)
        }),
        specimen("Ten thousand", Size::Tall, |_| {
            list(made::many_runs(10_000), false, None, true)
        }),
    ]
}

fn whole(run: UseWorkflowHandlerReturn, id: &str) -> El {
    let id = id.to_owned();
    whole_run(run, memo(move || id.clone()), None)
}

fn ended(caption: &str, recording: fn() -> Recording, tab: &'static str) -> El {
    specimen(caption, Size::Wide, move |server| {
        let recording = recording();
        let id = recording.handler().handler_id.clone();
        let run = watched(server, &recording);
        let choices = RunChoices::own();
        choices.on_tab.run(tab);
        run_view(run, memo(move || id.clone()), choices, None)
    })
}

pub(crate) fn run() -> Vec<El> {
    vec![
        specimen("Running", Size::Wide, |server| {
            let recording = made::fan_out();
            let id = recording.handler().handler_id.clone();
            whole(running(server, recording, 0..20), &id)
        }),
        specimen("Waiting for an answer", Size::Wide, |server| {
            let recording = made::interview();
            let id = recording.handler().handler_id.clone();
            whole(running(server, recording, 0..FIRST_QUESTION), &id)
        }),
        ended("Completed", made::fan_out, EVENTS),
        ended("Its timeline", made::fan_out, TIMELINE),
        ended("Its graph", made::fan_out, GRAPH),
        ended("Its result", made::fan_out, RESULT),
        ended("What the stream carried", made::fan_out, WIRE),
        ended("Failed", made::failing, EVENTS),
        ended("Timed out", made::timeout, EVENTS),
        ended("Cancelled", made::cancelled, EVENTS),
        specimen("Connecting", Size::Wide, |server| {
            server.get("/handlers/slow", Reply::Wait);
            whole(watch("slow"), "slow")
        }),
        specimen("The connection is lost", Size::Wide, |server| {
            let recording = made::looping().running();
            server.serve(&recording);
            let id = recording.handler().handler_id.clone();
            server.get(&["/events/", &id].concat(), Reply::offline());
            whole(watch(&id), &id)
        }),
        specimen("Gone", Size::Wide, |server| {
            server.get("/handlers/lost", Reply::detail(404, "Handler not found"));
            whole(watch("lost"), "lost")
        }),
        specimen("Refused", Size::Wide, |server| {
            server.get("/handlers/closed", Reply::detail(401, "Unauthorized"));
            whole(watch("closed"), "closed")
        }),
    ]
}

fn carded(run: UseWorkflowHandlerReturn, recording: &Recording, tab: &'static str) -> El {
    let id = recording.handler().handler_id.clone();
    let choices = RunChoices::own();
    choices.on_tab.run(tab);
    run_card(run, memo(move || id.clone()), choices)
}

pub(crate) fn card() -> Vec<El> {
    vec![
        specimen("Running", Size::Tall, |server| {
            let recording = made::fan_out();
            carded(running(server, recording.clone(), 0..20), &recording, EVENTS)
        }),
        specimen("Waiting for an answer", Size::Tall, |server| {
            let recording = made::interview();
            carded(
                running(server, recording.clone(), 0..FIRST_QUESTION),
                &recording,
                EVENTS,
            )
        }),
        specimen("Completed", Size::Tall, |server| {
            let recording = made::interview();
            carded(watched(server, &recording), &recording, RESULT)
        }),
        specimen("Its timeline", Size::Wide, |server| {
            let recording = made::fan_out();
            carded(watched(server, &recording), &recording, TIMELINE)
        }),
        specimen("Failed", Size::Tall, |server| {
            let recording = made::failing();
            carded(watched(server, &recording), &recording, EVENTS)
        }),
    ]
}
