//! Questions in every state.

use crate::made::{self, FIRST_QUESTION, SECOND_QUESTION};
use crate::scene::{Size, feed, press, running, specimen, watch, watched, when_open};
use std::cell::Cell;
use workflow_protocol::{PromptState, RawJson};
use workflow_ui_components::inbox::inbox;
use workflow_ui_components::prompt::prompts;
use workflow_ui_components::reactive::With as _;
use workflow_ui_components::ui::{Call, El, Var, div, effect, memo};
use workflow_ui_core::UseWorkflowHandlerReturn;
use workflow_ui_core::{Recording, Reply, ScriptedTransport};

const SENT: &str = r#"{"status":"sent"}"#;

const LONG: &str = r#"{"type":"InputRequiredEvent","types":null,"value":{"prefix":"The draft names 14 sources, of which three contradict each other about the height of the spring tide of 1953 at Vlissingen.\n\nShall the report follow the harbour's own log, name all three, or leave the figure out? An unbroken word: aVeryLongIdentifierThatGoesOnAndOnWithoutAnyPlaceToBreakItForTheWholeWidthOfTheCardAndBeyond."}}"#;

/// A class with more to fill in than a line.
const REVIEW: &str = r#"{"events":[{"title":"Review","type":"object","required":["verdict","score"],"properties":{
    "verdict":{"title":"Verdict","enum":["accept","revise","reject"],"type":"string"},
    "score":{"title":"Score","type":"integer","minimum":1,"maximum":5},
    "comment":{"title":"Comment","type":"string","default":"","description":"What the author should know"},
    "urgent":{"title":"Urgent","type":"boolean","default":false}}}]}"#;
const REVIEW_GRAPH: &str = r#"{"graph":{"name":"review","description":null,"edges":[],"nodes":[
    {"id":"Review","label":"Review","node_type":"event","event_type":"Review","event_types":["Review","HumanResponseEvent"]}]}}"#;
const ASKS_REVIEW: &str = r#"{"type":"ReviewAsked","types":["InputRequiredEvent"],"value":{"prompt":"What do you think of the second chapter?"}}"#;

fn card(run: UseWorkflowHandlerReturn, id: &str) -> El {
    let id = id.to_owned();
    div("wf-run__prompts").child(prompts(run, memo(move || id.clone())))
}

/// Answers a question once it is there.
fn answered(run: UseWorkflowHandlerReturn, question: u64, class: &'static str, value: &'static str) {
    let done = Cell::new(false);
    effect(move || {
        let asked = run
            .prompts
            .with(|prompts| prompts.iter().any(|prompt| prompt.sequence == question));
        if asked && !done.replace(true) {
            let value = RawJson::parse(value).expect("an answer");
            let _ = run.respond.call_json(question, class, value);
        }
    });
}

/// The stock question.
fn stock(server: &ScriptedTransport) -> El {
    let recording = made::interview();
    let id = recording.handler().handler_id.clone();
    card(running(server, recording, 0..FIRST_QUESTION), &id)
}

/// The stock question, answered with what the server then replies.
fn stock_answered(server: &ScriptedTransport, reply: Reply) -> El {
    let recording = made::interview();
    let id = recording.handler().handler_id.clone();
    server.post(&["/events/", &id].concat(), reply);
    let run = running(server, recording, 0..FIRST_QUESTION);
    answered(run, 2, "HumanResponseEvent", r#"{"response":"Ada"}"#);
    card(run, &id)
}

/// The whole interview: the first question is answered here, the second one elsewhere.
fn both_answered(server: &ScriptedTransport) -> El {
    let recording = made::interview();
    let id = recording.handler().handler_id.clone();
    server.post(&["/events/", &id].concat(), Reply::json(200, SENT));
    let run = running(server, recording.clone(), 0..FIRST_QUESTION);
    answered(run, 2, "HumanResponseEvent", r#"{"response":"Ada"}"#);
    let (server, told) = (server.clone(), Cell::new(false));
    effect(move || {
        let sent = run
            .prompts
            .with(|prompts| prompts.iter().any(|prompt| prompt.state == PromptState::Sent));
        if sent && !told.replace(true) {
            let rest = FIRST_QUESTION..recording.frames().len();
            feed(server.clone(), recording.clone(), rest);
        }
    });
    unfolded(run, &id, 2)
}

/// The card of a run, with what was asked before unfolded once it is so many questions.
fn unfolded(run: UseWorkflowHandlerReturn, id: &str, closed: usize) -> El {
    let element = card(run, id);
    let (shown, pressed) = (element.clone(), Cell::new(false));
    effect(move || {
        let now = run.prompts.with(|prompts| {
            let closed = prompts
                .iter()
                .filter(|prompt| prompt.state == PromptState::Closed);
            closed.count()
        });
        if now == closed && !pressed.replace(true) {
            press(&shown, "summary");
        }
    });
    element
}

/// A run of a workflow whose questions are answered by reviews.
fn review(server: &ScriptedTransport, envelopes: &[&str]) -> El {
    let schema = include_str!("../../recordings/interview/schema.json");
    let recording = made::made("running", envelopes).with_workflow(schema, REVIEW, REVIEW_GRAPH);
    card(running(server, recording, 0..envelopes.len()), "made")
}

pub(crate) fn prompt() -> Vec<El> {
    vec![
        specimen("Open: the stock question", Size::Natural, stock),
        specimen(
            "Open: with choices, and two classes that can answer",
            Size::Natural,
            |server| {
                let recording = made::interview();
                let id = recording.handler().handler_id.clone();
                card(running(server, recording, 0..SECOND_QUESTION), &id)
            },
        ),
        specimen("Open: several fields", Size::Natural, |server| {
            review(server, &[ASKS_REVIEW])
        }),
        specimen("Two at once, one long", Size::Natural, |server| {
            review(server, &[LONG, ASKS_REVIEW])
        }),
        specimen("Sending", Size::Natural, |server| {
            stock_answered(server, Reply::Wait)
        }),
        specimen("Sent", Size::Natural, |server| {
            stock_answered(server, Reply::json(200, SENT))
        }),
        specimen("Refused", Size::Natural, |server| {
            stock_answered(
                server,
                Reply::detail(400, "Failed to deserialize event: no step takes it now"),
            )
        }),
        specimen("Unhandled", Size::Natural, unhandled),
        specimen("Unknown: the reply was lost", Size::Natural, |server| {
            stock_answered(server, Reply::offline())
        }),
        specimen("Answered, here and elsewhere", Size::Natural, both_answered),
        specimen("Never answered: the run ended", Size::Natural, |server| {
            let recording = made::made("completed", &[LONG]);
            unfolded(watched(server, &recording), "made", 1)
        }),
    ]
}

fn unhandled(server: &ScriptedTransport) -> El {
    const UNHANDLED: &str = r#"{"type":"UnhandledEvent","types":["InternalDispatchEvent"],"value":{"event_type":"Answer","qualified_name":"demos.Answer","step_name":null,"idle":true}}"#;
    let recording = made::interview();
    let id = recording.handler().handler_id.clone();
    server.post(&["/events/", &id].concat(), Reply::json(200, SENT));
    let run = running(server, recording, 0..SECOND_QUESTION);
    answered(run, 8, "Answer", r#"{"choice":"milk"}"#);
    let (server, told) = (server.clone(), Cell::new(false));
    let stream_of = id.clone();
    effect(move || {
        let sent = run
            .prompts
            .with(|prompts| prompts.iter().any(|prompt| prompt.state.as_str() == "sent"));
        if sent && !told.replace(true) {
            when_open(server.clone(), stream_of.clone(), |stream| {
                stream.event(SECOND_QUESTION as u64, UNHANDLED);
            });
        }
    });
    card(run, &id)
}

pub(crate) fn inboxes() -> Vec<El> {
    let list = |unfolded: bool| inbox(Var::new(0), Var::new(unfolded), Call::new(|_| {}));
    vec![
        specimen("Nothing waits", Size::Natural, move |_| list(false)),
        specimen("Two questions", Size::Tall, move |server| {
            let asks = made::interview().running();
            let made = made::made("running", &[LONG]);
            server.serve_all(&[asks.clone(), made.clone()]);
            for recording in [asks, made] {
                let _ = watch(&recording.handler().handler_id);
                let frames = FIRST_QUESTION.min(recording.frames().len());
                feed(server.clone(), recording, 0..frames);
            }
            div("gallery__row gallery__row--end").child(list(true))
        }),
    ]
}

/// A recorded question for others.
pub(crate) fn asking(server: &ScriptedTransport) -> Recording {
    let recording = made::interview().running();
    server.serve_all(std::slice::from_ref(&recording));
    recording
}
