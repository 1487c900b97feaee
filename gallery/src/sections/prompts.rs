//! Prompts in every state.

use crate::made::{self, FIRST_QUESTION, SECOND_QUESTION};
use crate::scene::{Size, Specimen, feed, press_soon, running, server, watch, watched, when_open};
use leptos::{html, prelude::*};
use workflow_protocol::{PromptState, RawJson};
use workflow_ui_components::inbox::Inbox;
use workflow_ui_components::prompt::Prompts;
use workflow_ui_core::{Recording, Reply, UseWorkflowHandlerReturn};

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

/// The prompts of a run.
#[component]
fn Card(
    run: UseWorkflowHandlerReturn,
    /// Unfolds the prompts that are no longer open, once there are this many.
    #[prop(optional)]
    unfold: Option<usize>,
) -> impl IntoView {
    let card = NodeRef::<html::Div>::new();
    once(
        run,
        move |states| {
            let closed = states.iter().filter(|state| **state == PromptState::Closed);
            Some(closed.count()) == unfold
        },
        move || press_soon(card, "summary"),
    );
    view! {
        <div class="wf-run__prompts" node_ref=card>
            <Prompts run />
        </div>
    }
}

/// Does something once the states of a run's prompts fulfil a condition.
fn once(
    run: UseWorkflowHandlerReturn,
    condition: impl Fn(&[PromptState]) -> bool + 'static,
    act: impl FnOnce() + 'static,
) {
    let mut act = Some(act);
    Effect::new(move |_| {
        let states: Vec<_> = run
            .prompts
            .with(|prompts| prompts.iter().map(|prompt| prompt.state).collect());
        if condition(&states)
            && let Some(act) = act.take()
        {
            act();
        }
    });
}

/// Does something once an answer was sent.
fn once_sent(run: UseWorkflowHandlerReturn, act: impl FnOnce() + 'static) {
    once(run, |states| states.contains(&PromptState::Sent), act);
}

/// Answers a prompt once it is there.
fn answer(run: UseWorkflowHandlerReturn, sequence: u64, class: &'static str, value: &'static str) {
    let mut answered = false;
    Effect::new(move |_| {
        let prompt = run
            .prompts
            .with(|prompts| prompts.iter().find(|prompt| prompt.sequence == sequence).cloned());
        let value = RawJson::parse(value).ok();
        if let Some((prompt, value)) = prompt
            .zip(value)
            .filter(|_| !std::mem::replace(&mut answered, true))
        {
            let _ = run.respond.call(&prompt, class, value);
        }
    });
}

/// The interview up to its first prompt, which is answered; the server replies with `reply`.
fn answered_interview(reply: Reply) -> UseWorkflowHandlerReturn {
    let recording = made::interview();
    server().post(&format!("/events/{}", recording.handler().handler_id), reply);
    let run = running(recording, 0..FIRST_QUESTION);
    answer(run, 2, "HumanResponseEvent", r#"{"response":"Ada"}"#);
    run
}

/// The whole interview: the first prompt is answered here, the second one elsewhere.
#[component]
fn BothAnswered() -> impl IntoView {
    let run = answered_interview(Reply::json(200, SENT));
    let server = server();
    once_sent(run, move || {
        let recording = made::interview().running();
        let rest = FIRST_QUESTION..recording.frames().len();
        feed(server, recording, rest);
    });
    view! { <Card run unfold=2 /> }
}

/// A prompt whose answer no step takes.
#[component]
fn Unhandled() -> impl IntoView {
    const UNHANDLED: &str = r#"{"type":"UnhandledEvent","types":["InternalDispatchEvent"],"value":{"event_type":"Answer","qualified_name":"demos.Answer","step_name":null,"idle":true}}"#;
    let (server, recording) = (server(), made::interview());
    let id = recording.handler().handler_id.clone();
    server.post(&format!("/events/{id}"), Reply::json(200, SENT));
    let run = running(recording, 0..SECOND_QUESTION);
    answer(run, 8, "Answer", r#"{"choice":"milk"}"#);
    once_sent(run, move || {
        when_open(server, id, |stream| {
            stream.event(SECOND_QUESTION as u64, UNHANDLED);
        });
    });
    view! { <Card run /> }
}

/// A run of a workflow whose prompts are answered by reviews.
fn review(envelopes: &[&str]) -> UseWorkflowHandlerReturn {
    let schema = include_str!("../../recordings/interview/schema.json");
    let recording = made::made("running", envelopes).with_workflow(schema, REVIEW, REVIEW_GRAPH);
    running(recording, 0..envelopes.len())
}

#[component]
pub(crate) fn PromptStates() -> impl IntoView {
    const REFUSED: &str = "Failed to deserialize event: no step takes it now";
    view! {
        <Specimen caption="Open: the stock question">
            <Card run=running(made::interview(), 0..FIRST_QUESTION) />
        </Specimen>
        <Specimen caption="Open: with choices, and two classes that can answer">
            <Card run=running(made::interview(), 0..SECOND_QUESTION) />
        </Specimen>
        <Specimen caption="Open: several fields">
            <Card run=review(&[ASKS_REVIEW]) />
        </Specimen>
        <Specimen caption="Two at once, one long">
            <Card run=review(&[LONG, ASKS_REVIEW]) />
        </Specimen>
        <Specimen caption="Sending">
            <Card run=answered_interview(Reply::Wait) />
        </Specimen>
        <Specimen caption="Sent">
            <Card run=answered_interview(Reply::json(200, SENT)) />
        </Specimen>
        <Specimen caption="Refused">
            <Card run=answered_interview(Reply::detail(400, REFUSED)) />
        </Specimen>
        <Specimen caption="Unhandled">
            <Unhandled />
        </Specimen>
        <Specimen caption="Unknown: the reply was lost">
            <Card run=answered_interview(Reply::offline()) />
        </Specimen>
        <Specimen caption="Answered, here and elsewhere">
            <BothAnswered />
        </Specimen>
        <Specimen caption="Never answered: the run ended">
            <Card run=watched(&made::made("completed", &[LONG])) unfold=1 />
        </Specimen>
    }
}

/// An inbox with two prompts.
#[component]
fn TwoPrompts() -> impl IntoView {
    let server = server();
    let recordings = [made::interview().running(), made::made("running", &[LONG])];
    server.serve_all(&recordings);
    for recording in recordings {
        let _ = watch(&recording.handler().handler_id);
        let frames = FIRST_QUESTION.min(recording.frames().len());
        feed(server.clone(), recording, 0..frames);
    }
    view! {
        <div class="gallery__row gallery__row--end">
            <Inbox expanded=RwSignal::new(true) on_open=|_| {} />
        </div>
    }
}

#[component]
pub(crate) fn Inboxes() -> impl IntoView {
    view! {
        <Specimen caption="Nothing waits">
            <Inbox on_open=|_| {} />
        </Specimen>
        <Specimen caption="Two questions" size=Size::Tall>
            <TwoPrompts />
        </Specimen>
    }
}

/// A recorded run that asks, for others.
pub(crate) fn asking() -> Recording {
    let recording = made::interview().running();
    server().serve_all(std::slice::from_ref(&recording));
    recording
}
