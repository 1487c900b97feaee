//! Prompts over streams that were recorded from llama-agents-server 0.8.0.

use workflow_protocol::{Closing, Failure, PromptState, RawJson, RunCommand, RunInput, RunStatus};

use crate::world::{World, ended, frame, handler, stop};

const TYPED: &str = include_str!("../fixtures/streams/hitl_typed.sse");
const WAITING: &str = include_str!("../fixtures/streams/hitl_stock.sse");
const RETURNED: &str = include_str!("../fixtures/streams/hitl_stocksig.sse");
const UNHANDLED: &str = include_str!("../fixtures/streams/unhandled.sse");

/// The first frames of a stream, up to and including the one with sequence `last`.
fn until(stream: &str, last: u64) -> String {
    let next = format!("id: {}\n", last + 1);
    stream
        .find(&next)
        .map_or_else(|| stream.to_owned(), |at| stream[..at].to_owned())
}

fn after(stream: &str, last: u64) -> String {
    stream[until(stream, last).len()..].to_owned()
}

fn states(world: &World) -> Vec<(u64, PromptState)> {
    world
        .machine
        .prompts()
        .iter()
        .map(|prompt| (prompt.sequence, prompt.state))
        .collect()
}

fn closings(world: &World) -> Vec<(u64, Option<Closing>)> {
    world
        .machine
        .prompts()
        .iter()
        .map(|prompt| (prompt.sequence, prompt.closed))
        .collect()
}

fn asked(stream: &str, last: u64, classes: &[&str]) -> (World, u32) {
    let mut world = World::new();
    let epoch = world.live("r1");
    world.give(RunInput::ResponseClasses(
        classes.iter().map(|class| (*class).to_owned()).collect(),
    ));
    world.bytes(epoch, &until(stream, last));
    (world, epoch)
}

fn respond(world: &mut World, prompt: u64, class: &str, value: &str) {
    let value = RawJson::parse(value).expect("JSON");
    world.give(RunInput::Respond {
        prompt,
        class: class.to_owned(),
        value,
    });
}

#[track_caller]
fn posted(world: &mut World) -> (u64, String) {
    match world.command() {
        Some(RunCommand::Answer { ticket, body, .. }) => (ticket, body),
        other => panic!("expected an answer to be sent, got {other:?}"),
    }
}

#[test]
fn a_typed_prompt_is_asked_answered_and_closed() {
    let (mut world, epoch) = asked(TYPED, 5, &["Answer"]);
    assert_eq!(states(&world), [(4, PromptState::Open)]);
    assert_eq!(world.machine.prompts()[0].text(), "Pick");
    assert_eq!(world.machine.status(), RunStatus::Waiting);
    respond(&mut world, 4, "Answer", "{\"choice\":\"a\"}");
    let (ticket, body) = posted(&mut world);
    assert_eq!(body, r#"{"event":{"type":"Answer","value":{"choice":"a"}}}"#);
    assert_eq!(states(&world), [(4, PromptState::Sending)]);
    world.give(RunInput::SendSettled {
        ticket,
        result: Ok(()),
    });
    assert_eq!(states(&world), [(4, PromptState::Sent)]);
    assert_eq!(
        world.machine.status(),
        RunStatus::Running,
        "the person has done their part"
    );
    world.bytes(epoch, &after(TYPED, 5));
    assert_eq!(states(&world), [(4, PromptState::Closed)]);
    assert_eq!(world.machine.status(), RunStatus::Completed);
}

#[test]
fn a_double_click_sends_once() {
    let (mut world, _) = asked(TYPED, 5, &["Answer"]);
    respond(&mut world, 4, "Answer", "{\"choice\":\"a\"}");
    respond(&mut world, 4, "Answer", "{\"choice\":\"a\"}");
    let (ticket, _) = posted(&mut world);
    world.nothing_more();
    world.give(RunInput::SendSettled {
        ticket,
        result: Ok(()),
    });
    respond(&mut world, 4, "Answer", "{\"choice\":\"a\"}");
    world.nothing_more();
}

#[test]
fn a_prompt_that_somebody_else_answered_is_closed() {
    for (stream, last) in [(TYPED, 5), (RETURNED, 3)] {
        let (mut world, epoch) = asked(stream, last, &["Answer", "HumanResponseEvent"]);
        assert!(world.machine.prompts()[0].state.is_open());
        world.bytes(epoch, &until(&after(stream, last), last + 1));
        assert_eq!(
            world.machine.prompts()[0].state,
            PromptState::Closed,
            "a step took an answer"
        );
    }
}

#[test]
fn classes_that_become_known_late_still_close_what_was_answered() {
    let mut world = World::new();
    let epoch = world.live("r1");
    world.bytes(epoch, &until(TYPED, 6));
    assert!(
        world.machine.prompts()[0].state.is_open(),
        "that `Answer` answers is not known yet"
    );
    world.give(RunInput::ResponseClasses(vec!["Answer".to_owned()]));
    assert_eq!(states(&world), [(4, PromptState::Closed)]);
}

#[test]
fn a_step_that_waits_inside_asks_twice_and_each_prompt_closes_when_it_resumes() {
    let (mut world, epoch) = asked(WAITING, 4, &["HumanResponseEvent"]);
    assert_eq!(states(&world), [(3, PromptState::Open)]);
    assert_eq!(world.machine.prompts()[0].text(), "Name?", "read through `_data`");
    world.bytes(epoch, &until(&after(WAITING, 4), 10));
    assert_eq!(states(&world), [(3, PromptState::Closed), (9, PromptState::Open)]);
    assert_eq!(world.machine.prompts()[1].text(), "Age?");
    world.bytes(epoch, &after(WAITING, 10));
    assert_eq!(
        states(&world),
        [(3, PromptState::Closed), (9, PromptState::Closed)]
    );
}

#[test]
fn a_finished_run_has_no_open_prompt() {
    for stream in [TYPED, WAITING, RETURNED] {
        let (world, _) = asked(stream, u64::MAX - 1, &[]);
        assert_eq!(world.machine.status(), RunStatus::Completed);
        assert!(
            world
                .machine
                .prompts()
                .iter()
                .all(|prompt| prompt.state == PromptState::Closed)
        );
    }
}

#[test]
fn a_refused_answer_opens_the_prompt_again_with_the_servers_words() {
    let (mut world, _) = asked(TYPED, 5, &["Answer"]);
    respond(&mut world, 4, "Answer", "{}");
    let (ticket, _) = posted(&mut world);
    world.give(RunInput::SendSettled {
        ticket,
        result: Err(Failure::status(400, "choice: Field required")),
    });
    let prompt = &world.machine.prompts()[0];
    assert_eq!(prompt.state, PromptState::Open);
    assert_eq!(prompt.error.as_deref(), Some("choice: Field required"));
    world.read(Ok(handler("r1", "running")));
    respond(&mut world, 4, "Answer", "{\"choice\":\"b\"}");
    posted(&mut world);
}

#[test]
fn a_lost_answer_is_unknown_until_the_log_settles_it_and_is_never_sent_again_by_itself() {
    let (mut world, epoch) = asked(TYPED, 5, &["Answer"]);
    respond(&mut world, 4, "Answer", "{\"choice\":\"a\"}");
    let (ticket, _) = posted(&mut world);
    world.give(RunInput::SendSettled {
        ticket,
        result: Err(Failure::network("cut")),
    });
    assert_eq!(states(&world), [(4, PromptState::Unknown)]);
    world.read(Ok(handler("r1", "running")));
    world.nothing_more();
    world.bytes(epoch, &until(&after(TYPED, 5), 6));
    assert_eq!(
        states(&world),
        [(4, PromptState::Closed)],
        "it had arrived after all"
    );
}

#[test]
fn an_unhandled_answer_is_reported() {
    let (mut world, epoch) = asked(UNHANDLED, 5, &["Answer"]);
    let at = world.machine.prompts()[0].sequence;
    respond(&mut world, at, "StopEvent", "{}");
    let (ticket, _) = posted(&mut world);
    world.give(RunInput::SendSettled {
        ticket,
        result: Ok(()),
    });
    world.bytes(epoch, &after(UNHANDLED, 5));
    let prompt = world
        .machine
        .prompts()
        .iter()
        .find(|prompt| prompt.sequence == at);
    assert_eq!(prompt.map(|prompt| prompt.state), Some(PromptState::Unhandled));
}

/// Symptom: a second, dead copy of a question after the server was restarted. Cause: steps that were at work run again
/// from their start, and ask again under a new sequence.
#[test]
fn a_question_that_a_restarted_server_asks_again_replaces_the_older_one() {
    let mut world = World::new();
    let epoch = world.live("r1");
    let running = |id| {
        frame(
            id,
            "StepStateChanged",
            Some("InternalDispatchEvent"),
            r#"{"name":"work","step_state":"running","worker_id":"0","input_event_name":"StartEvent","output_event_name":null}"#,
        )
    };
    let ask = |id| frame(id, "Ask", Some("InputRequiredEvent"), r#"{"prompt":"Go on?"}"#);
    world.bytes(epoch, &(running(0) + &ask(1)));
    assert_eq!(states(&world), [(1, PromptState::Open)]);
    world.bytes(epoch, &(running(2) + &ask(3)));
    assert_eq!(states(&world), [(3, PromptState::Open)]);
}

/// Symptom: of two parallel branches that ask the same, only one could be answered. Cause: taking equal for replayed.
#[test]
fn two_equal_questions_of_one_run_are_two() {
    let mut world = World::new();
    let epoch = world.live("r1");
    let ask = |id| frame(id, "Ask", Some("InputRequiredEvent"), r#"{"prompt":"Go on?"}"#);
    world.bytes(epoch, &(ask(0) + &ask(1)));
    assert_eq!(states(&world), [(0, PromptState::Open), (1, PromptState::Open)]);
}

/// Symptom: answering the first of two prompts closed both. Cause: two steps accept the same class, and each start was
/// counted as an answer of its own.
#[test]
fn one_answer_that_two_steps_take_closes_one_prompt() {
    let mut world = World::new();
    let epoch = world.live("r1");
    world.give(RunInput::ResponseClasses(vec!["Answer".to_owned()]));
    let ask = |id, text: &str| {
        frame(
            id,
            "Ask",
            Some("InputRequiredEvent"),
            &format!(r#"{{"prompt":"{text}"}}"#),
        )
    };
    let takes = |id, step: &str| {
        frame(
            id,
            "StepStateChanged",
            Some("InternalDispatchEvent"),
            &format!(
                r#"{{"name":"{step}","step_state":"running","worker_id":"0","input_event_name":"Answer","output_event_name":null}}"#
            ),
        )
    };
    world.bytes(epoch, &(ask(0, "one") + &ask(1, "two")));
    respond(&mut world, 0, "Answer", "{}");
    let (ticket, _) = posted(&mut world);
    world.give(RunInput::SendSettled {
        ticket,
        result: Ok(()),
    });
    world.bytes(epoch, &(takes(2, "keep") + &takes(3, "log")));
    assert_eq!(states(&world), [(0, PromptState::Closed), (1, PromptState::Open)]);
}

/// Symptom: a step that failed on the first answer and was retried closed the second prompt too.
#[test]
fn a_retried_step_does_not_take_a_second_answer() {
    let mut world = World::new();
    let epoch = world.live("r1");
    world.give(RunInput::ResponseClasses(vec!["Answer".to_owned()]));
    let ask = |id, text: &str| {
        frame(
            id,
            "Ask",
            Some("InputRequiredEvent"),
            &format!(r#"{{"prompt":"{text}"}}"#),
        )
    };
    let state = |id, state: &str, input: &str| {
        frame(
            id,
            "StepStateChanged",
            Some("InternalDispatchEvent"),
            &format!(
                r#"{{"name":"got","step_state":"{state}","worker_id":"0","input_event_name":"{input}","output_event_name":null}}"#
            ),
        )
    };
    world.bytes(epoch, &(ask(0, "one") + &ask(1, "two")));
    respond(&mut world, 0, "Answer", "{}");
    let (ticket, _) = posted(&mut world);
    world.give(RunInput::SendSettled {
        ticket,
        result: Ok(()),
    });
    world.bytes(
        epoch,
        &(state(2, "running", "Answer") + &state(3, "not_running", "<class 'app.Answer'>")),
    );
    world.bytes(epoch, &state(4, "running", "Answer"));
    assert_eq!(states(&world), [(0, PromptState::Closed), (1, PromptState::Open)]);
}

#[test]
fn the_prompts_of_the_run_before_are_forgotten() {
    let (mut world, _) = asked(TYPED, 5, &["Answer"]);
    world.give(RunInput::HandlerSeen(handler("r2", "running")));
    assert_eq!(states(&world), []);
    let (epoch, _) = world.open();
    world.give(RunInput::StreamOpened { epoch });
    world.read(Ok(handler("r2", "running")));
    world.bytes(epoch, &stop(0));
    assert_eq!(world.machine.status(), RunStatus::Completed);
}

#[test]
fn the_reason_of_a_closed_prompt_is_reported() {
    let (mut world, epoch) = asked(WAITING, 4, &["HumanResponseEvent"]);
    assert_eq!(closings(&world), [(3, None)]);
    respond(&mut world, 3, "HumanResponseEvent", r#"{"response":"Ada"}"#);
    assert_eq!(
        closings(&world),
        [(3, None)],
        "what is on its way is no answer yet"
    );
    world.bytes(epoch, &until(&after(WAITING, 4), 10));
    assert!(
        matches!(
            closings(&world)[..],
            [(3, Some(Closing::Answered(4..9))), (9, None)]
        ),
        "by the event with which the step went on: {:?}",
        closings(&world)
    );

    let (mut world, epoch) = asked(TYPED, 5, &["Answer"]);
    world.bytes(epoch, &after(TYPED, 5));
    assert_eq!(
        closings(&world),
        [(4, Some(Closing::Answered(6)))],
        "somebody else's answer is an answer"
    );

    let (mut world, epoch) = asked(TYPED, 5, &["Answer"]);
    world.bytes(epoch, &ended(6));
    assert_eq!(
        closings(&world),
        [(4, Some(Closing::Ended))],
        "the run ended without an answer"
    );
}

/// Symptom: questions of a run that is opened after its end are called unanswered. Cause: its events come before the classes that
/// answer, and its end closes what is open.
#[test]
fn late_classes_still_show_which_prompts_were_answered() {
    let mut world = World::new();
    let epoch = world.live("r1");
    let ask = |id| frame(id, "Ask", Some("InputRequiredEvent"), r#"{"prompt":"Go on?"}"#);
    let taken = frame(
        1,
        "StepStateChanged",
        Some("InternalDispatchEvent"),
        r#"{"name":"got","step_state":"running","worker_id":"0","input_event_name":"Answer","output_event_name":null}"#,
    );
    world.bytes(epoch, &(ask(0) + &taken + &ask(2) + &ended(3)));
    assert_eq!(
        closings(&world),
        [(0, Some(Closing::Ended)), (2, Some(Closing::Ended))],
        "that `Answer` answers is not known yet"
    );
    world.give(RunInput::ResponseClasses(vec!["Answer".to_owned()]));
    assert_eq!(
        closings(&world),
        [(0, Some(Closing::Answered(1))), (2, Some(Closing::Ended))]
    );
    assert!(
        world
            .machine
            .prompts()
            .iter()
            .all(|prompt| prompt.state == PromptState::Closed),
        "an ended run asks nothing"
    );
}
