//! Prompts that several invocations of one step ask at once, over streams that were recorded from llama-agents-server 0.8.0. Five tools
//! wait for a person (`ctx.wait_for_event`), each for an answer that repeats its number (`requirements={"call": …}`).

use workflow_protocol::{
    Closing, Connection, PromptState, RawJson, RunCommand, RunInput, RunStatus, StreamEnd,
};

use crate::world::{World, handler};

/// Five questions (sequences 4, 7, 10, 13, 16), then the answers 3, 0, 4, two that no step takes, 1 and 2.
const FIVE: &str = include_str!("../fixtures/streams/parallel_tools.sse");
/// Two tools, each of which fails once after its answer and is retried.
const RETRIED: &str = include_str!("../fixtures/streams/parallel_retry.sse");
/// Four tools, two workers; one stock answer is for all of them.
const ALL: &str = include_str!("../fixtures/streams/parallel_all.sse");
/// Three tools beside a step that never rests: the run is never idle.
const BUSY: &str = include_str!("../fixtures/streams/parallel_busy.sse");
/// The server had unloaded the idle run. After that it does not compare the numbers: the first answer is for all five (observed).
const RELEASED: &str = include_str!("../fixtures/streams/parallel_released.sse");
/// Four questions (sequences 4, 7, 10, 13) with the SQLite store. The answer to 7 was taken (event 15), and the server was killed while
/// the step worked. It was started again, and with the next answer, to 4, it runs again what was at work, wakes every waiter (it does
/// not compare the numbers any longer) and asks two of the questions again (observed).
const RESTARTED: &str = include_str!("../fixtures/streams/parallel_restart.sse");
/// The same, killed after the answer to 10 was done. The restarted server accepts the next answer, to 7, and fails to load the run:
/// nothing ever happens again (observed).
const LOST: &str = include_str!("../fixtures/streams/parallel_lost.sse");
const REQUIREMENTS: &str = include_str!("../fixtures/streams/requirements.sse");
const TWO_CLASSES: &str = include_str!("../fixtures/streams/two_classes.sse");

const NONE: [u64; 0] = [];

/// The frames of a stream with sequences from `first` to `last`.
fn frames(stream: &str, first: u64, last: u64) -> String {
    let is_between = |frame: &&str| {
        let id = frame.split_once("id: ").and_then(|(_, rest)| rest.lines().next());
        id.and_then(|id| id.parse::<u64>().ok())
            .is_some_and(|id| first <= id && id <= last)
    };
    stream
        .split_inclusive("\n\n")
        .filter(is_between)
        .collect::<Vec<_>>()
        .concat()
}

fn open(world: &World) -> Vec<u64> {
    let prompts = world.machine.prompts().iter();
    prompts
        .filter(|prompt| prompt.state.can_respond())
        .map(|prompt| prompt.sequence)
        .collect()
}

#[track_caller]
fn state(world: &World, sequence: u64) -> PromptState {
    let mut prompts = world.machine.prompts().iter();
    prompts
        .find(|prompt| prompt.sequence == sequence)
        .expect("a prompt")
        .state
}

fn page(classes: &[&str]) -> (World, u32) {
    let mut world = World::new();
    let epoch = world.live("r1");
    world.give(RunInput::ResponseClasses(
        classes.iter().map(|class| (*class).to_owned()).collect(),
    ));
    (world, epoch)
}

/// Answers a prompt; the server accepts it.
#[track_caller]
fn answer(world: &mut World, prompt: u64, class: &str) {
    let ticket = post(world, prompt, class);
    accept(world, ticket);
}

#[track_caller]
fn post(world: &mut World, prompt: u64, class: &str) -> u64 {
    world.now = world.now.plus(1_000);
    world.give(RunInput::Respond {
        prompt,
        class: class.to_owned(),
        value: RawJson::empty_object(),
    });
    match world.command() {
        Some(RunCommand::Answer { ticket, .. }) => ticket,
        other => panic!("expected an answer to be sent, got {other:?}"),
    }
}

fn accept(world: &mut World, ticket: u64) {
    world.now = world.now.plus(20);
    world.give(RunInput::SendSettled {
        ticket,
        result: Ok(()),
    });
}

/// Symptom: of five parallel prompts only the last stayed open, the others were called answered elsewhere, and the run hung. Cause: each
/// start of the same step with the same input class was taken for an answer.
#[test]
fn other_invocations_of_the_asking_step_close_nothing() {
    let (mut world, epoch) = page(&["ToolApproval"]);
    for sequence in 0..=17 {
        world.bytes(epoch, &frames(FIVE, sequence, sequence));
        let asked = [4, 7, 10, 13, 16].into_iter().filter(|asked| *asked <= sequence);
        assert_eq!(open(&world), asked.collect::<Vec<_>>(), "after event {sequence}");
    }
    assert_eq!(world.machine.status(), RunStatus::Waiting);
}

#[test]
fn parallel_prompts_are_answered_in_any_order() {
    let (mut world, epoch) = page(&["ToolApproval"]);
    world.bytes(epoch, &frames(FIVE, 0, 17));
    let mut left = vec![4, 7, 10, 13, 16];
    for (prompt, first, last) in [(13, 18, 23), (4, 24, 29), (16, 30, 35), (7, 40, 45)] {
        answer(&mut world, prompt, "ToolApproval");
        left.retain(|other| *other != prompt);
        assert_eq!(open(&world), left, "an accepted answer is not asked for again");
        world.bytes(epoch, &frames(FIVE, first, last));
        assert_eq!(state(&world, prompt), PromptState::Closed);
        assert_eq!(open(&world), left);
    }
    answer(&mut world, 10, "ToolApproval");
    world.bytes(epoch, &frames(FIVE, 46, 60));
    assert_eq!(open(&world), NONE);
    assert_eq!(world.machine.status(), RunStatus::Completed);
}

#[test]
fn the_answer_to_the_request_may_come_after_its_effect() {
    let (mut world, epoch) = page(&["ToolApproval"]);
    world.bytes(epoch, &frames(FIVE, 0, 17));
    let ticket = post(&mut world, 13, "ToolApproval");
    world.bytes(epoch, &frames(FIVE, 18, 23));
    assert_eq!(state(&world, 13), PromptState::Sending);
    accept(&mut world, ticket);
    assert_eq!(state(&world, 13), PromptState::Closed);
    assert_eq!(open(&world), [4, 7, 10, 16]);
}

#[test]
fn what_somebody_else_answered_is_closed_when_nothing_else_explains_it() {
    let (mut world, epoch) = page(&["ToolApproval"]);
    world.bytes(epoch, &frames(FIVE, 0, 23));
    assert_eq!(open(&world).len(), 5, "which of five is not known");
    answer(&mut world, 4, "ToolApproval");
    world.bytes(epoch, &frames(FIVE, 24, 29));
    answer(&mut world, 16, "ToolApproval");
    world.bytes(epoch, &frames(FIVE, 30, 35));
    answer(&mut world, 7, "ToolApproval");
    world.bytes(epoch, &frames(FIVE, 40, 45));
    assert_eq!(
        open(&world),
        [10, 13],
        "one of them was answered by somebody else"
    );
    world.bytes(epoch, &frames(FIVE, 46, 50));
    assert_eq!(open(&world), NONE, "two effects, two prompts");
}

/// Symptom: an answer that no step took kept its prompt waiting for ever. Cause: the `UnhandledEvent` was not attributed, or given to
/// another answer.
#[test]
fn an_answer_with_a_wrong_value_can_be_given_again() {
    let (mut world, epoch) = page(&["ToolApproval"]);
    world.bytes(epoch, &frames(FIVE, 0, 35));
    answer(&mut world, 7, "ToolApproval");
    world.bytes(epoch, &frames(FIVE, 36, 37));
    assert_eq!(state(&world, 7), PromptState::Unhandled);
    assert_eq!(world.machine.status(), RunStatus::Waiting);
    let kept = world.machine.sent_text();

    // The same after a reload.
    let (mut world, epoch) = page(&["ToolApproval"]);
    world.give(RunInput::SentBefore(kept));
    world.bytes(epoch, &frames(FIVE, 0, 39));
    assert_eq!(state(&world, 7), PromptState::Unhandled);
    answer(&mut world, 7, "ToolApproval");
    assert_eq!(state(&world, 7), PromptState::Sent);
    world.bytes(epoch, &frames(FIVE, 40, 45));
    assert_eq!(state(&world, 7), PromptState::Closed);
}

#[test]
fn an_unhandled_answer_may_be_known_before_the_answer_to_its_request() {
    let (mut world, epoch) = page(&["HumanResponseEvent"]);
    world.bytes(epoch, &frames(REQUIREMENTS, 0, 3));
    let ticket = post(&mut world, 2, "HumanResponseEvent");
    world.bytes(epoch, &frames(REQUIREMENTS, 4, 5));
    accept(&mut world, ticket);
    assert_eq!(state(&world, 2), PromptState::Unhandled);
}

#[test]
fn a_stock_answer_without_the_required_field_can_be_given_again_and_again() {
    let (mut world, epoch) = page(&["HumanResponseEvent"]);
    world.bytes(epoch, &frames(REQUIREMENTS, 0, 3));
    for (first, last) in [(4, 5), (6, 7)] {
        answer(&mut world, 2, "HumanResponseEvent");
        assert_eq!(state(&world, 2), PromptState::Sent);
        world.bytes(epoch, &frames(REQUIREMENTS, first, last));
        assert_eq!(state(&world, 2), PromptState::Unhandled);
    }
    answer(&mut world, 2, "HumanResponseEvent");
    world.bytes(epoch, &frames(REQUIREMENTS, 8, 8));
    assert_eq!(state(&world, 2), PromptState::Closed);
}

/// Symptom: after the answering tab was closed, no other tab could answer again. Cause: only the tab that had sent an answer said that
/// no step took it.
#[test]
fn an_unhandled_answer_of_a_closed_tab_can_be_given_again_in_another() {
    let (mut first, epoch) = page(&["HumanResponseEvent"]);
    first.bytes(epoch, &frames(REQUIREMENTS, 0, 3));
    answer(&mut first, 2, "HumanResponseEvent");
    first.nothing_more();
    let (_, claim) = first.claims.pop().expect("a claim");

    let (mut second, epoch) = page(&["HumanResponseEvent"]);
    second.bytes(epoch, &frames(REQUIREMENTS, 0, 5));
    second.give(RunInput::Claimed { prompt: 2, claim });
    assert_eq!(
        state(&second, 2),
        PromptState::Unhandled,
        "its claim was read after the events"
    );
    second.give(RunInput::Claimed { prompt: 2, claim });
    assert_eq!(state(&second, 2), PromptState::Unhandled, "and read again");
    second.give(RunInput::Respond {
        prompt: 2,
        class: "HumanResponseEvent".to_owned(),
        value: RawJson::empty_object(),
    });
    match second.command() {
        Some(RunCommand::Answer { before, .. }) => {
            assert!(workflow_protocol::Claim::may_replace(
                claim.as_ref(),
                before.as_ref()
            ));
        }
        other => panic!("expected an answer, got {other:?}"),
    }
}

#[test]
fn retries_of_an_answered_invocation_close_no_other_prompt() {
    let (mut world, epoch) = page(&["ToolApproval"]);
    world.bytes(epoch, &frames(RETRIED, 0, 8));
    answer(&mut world, 7, "ToolApproval");
    world.bytes(epoch, &frames(RETRIED, 9, 15));
    assert_eq!(open(&world), [4], "the second start was a retry");
    answer(&mut world, 4, "ToolApproval");
    world.bytes(epoch, &frames(RETRIED, 16, 17));
    assert_eq!(open(&world), NONE);
}

#[test]
fn one_answer_for_several_prompts_closes_the_one_that_was_answered() {
    for (stream, asked, class) in [(ALL, 14, "HumanResponseEvent"), (RELEASED, 17, "ToolApproval")] {
        let (mut world, epoch) = page(&[class]);
        world.bytes(epoch, &frames(stream, 0, asked));
        answer(&mut world, 10, class);
        world.bytes(epoch, &frames(stream, asked + 1, asked + 5));
        assert_eq!(state(&world, 10), PromptState::Closed);
        assert!(
            !open(&world).is_empty(),
            "a prompt too many can be answered in vain"
        );
        world.bytes(epoch, &frames(stream, asked + 6, 100));
        assert_eq!(open(&world), NONE, "until the run ends");
    }
}

#[test]
fn in_a_run_that_is_never_idle_answers_close_their_own_prompts_only() {
    let (mut world, epoch) = page(&["ToolApproval"]);
    world.bytes(epoch, &frames(BUSY, 0, 15));
    assert_eq!(open(&world), [5, 8, 13]);
    answer(&mut world, 8, "ToolApproval");
    world.bytes(epoch, &frames(BUSY, 16, 21));
    assert_eq!(state(&world, 8), PromptState::Closed);
    assert_eq!(open(&world), [5, 13]);
    answer(&mut world, 5, "ToolApproval");
    world.bytes(epoch, &frames(BUSY, 22, 24));
    assert_eq!(state(&world, 5), PromptState::Unhandled);
    assert_eq!(
        open(&world),
        [5, 8, 13],
        "event 16 may have been another invocation"
    );
    answer(&mut world, 5, "ToolApproval");
    world.bytes(epoch, &frames(BUSY, 25, 30));
    assert_eq!(open(&world), [8, 13]);
}

/// An answer is accepted while the run still starts invocations: the start of another one is mistaken for its effect.
#[test]
fn a_wrongly_attributed_answer_reopens_its_prompt() {
    let (mut world, epoch) = page(&["ToolApproval"]);
    world.bytes(epoch, &frames(BUSY, 0, 5));
    answer(&mut world, 5, "ToolApproval");
    world.bytes(epoch, &frames(BUSY, 6, 15));
    assert_eq!(state(&world, 5), PromptState::Closed, "event 6 may be its effect");
    world.bytes(epoch, &frames(BUSY, 22, 22));
    assert_eq!(state(&world, 5), PromptState::Unhandled);
    assert_eq!(open(&world), [5, 8, 13]);
}

#[test]
fn answers_on_their_way_at_the_same_time_may_arrive_in_any_order() {
    let (mut world, epoch) = page(&["ToolApproval"]);
    world.bytes(epoch, &frames(FIVE, 0, 35));
    let one = post(&mut world, 7, "ToolApproval");
    let two = post(&mut world, 10, "ToolApproval");
    accept(&mut world, two);
    accept(&mut world, one);
    world.bytes(epoch, &frames(FIVE, 36, 37));
    assert_eq!(
        (state(&world, 7), state(&world, 10)),
        (PromptState::Unhandled, PromptState::Unhandled),
        "none of them is hidden"
    );
}

#[test]
fn a_prompt_records_its_steps_input() {
    let (mut world, epoch) = page(&["OrderAnswer", "AddressAnswer"]);
    world.bytes(epoch, &frames(TWO_CLASSES, 0, 3));
    assert_eq!(world.machine.prompts()[0].asked_with(), Some("StartEvent"));
    answer(&mut world, 2, "OrderAnswer");
    world.bytes(epoch, &frames(TWO_CLASSES, 4, 7));
    assert_eq!(open(&world), [6]);
    assert_eq!(world.machine.prompts()[1].asked_with(), Some("OrderAnswer"));
}

/// The server is killed and started again: the stream breaks, and another one goes on behind it.
fn restart(world: &mut World, epoch: u32) -> u32 {
    world.end(epoch, StreamEnd::Closed);
    world.wait();
    let (epoch, _) = world.open();
    world.give(RunInput::StreamOpened { epoch });
    world.read(Ok(handler("r1", "running")));
    assert_eq!(*world.machine.connection(), Connection::Live);
    epoch
}

#[test]
fn a_restarted_server_closes_no_prompt_that_was_not_answered() {
    let (mut world, epoch) = page(&["ToolApproval"]);
    world.bytes(epoch, &frames(RESTARTED, 0, 14));
    assert_eq!(open(&world), [4, 7, 10, 13]);
    answer(&mut world, 7, "ToolApproval");
    world.bytes(epoch, &frames(RESTARTED, 15, 15));
    assert_eq!(open(&world), [4, 10, 13]);
    let epoch = restart(&mut world, epoch);
    assert_eq!(open(&world), [4, 10, 13], "the restart says nothing about them");
    answer(&mut world, 4, "ToolApproval");
    for sequence in 16..=45 {
        world.bytes(epoch, &frames(RESTARTED, sequence, sequence));
        // From event 42 on the question 13 is asked again.
        let unanswered = if sequence < 42 { [10, 13] } else { [10, 42] };
        for prompt in unanswered {
            assert!(open(&world).contains(&prompt), "{prompt} after event {sequence}");
        }
    }
    world.bytes(epoch, &frames(RESTARTED, 46, 46));
    assert_eq!(open(&world), NONE, "until the run ends");
    let closing: Vec<_> = world
        .machine
        .prompts()
        .iter()
        .map(|it| (it.sequence, it.closed))
        .collect();
    assert!(closing.contains(&(10, Some(Closing::Ended))), "{closing:?}");
}

#[test]
fn a_restarted_server_that_loses_an_answer_leaves_the_other_prompts_open() {
    let (mut world, epoch) = page(&["ToolApproval"]);
    world.bytes(epoch, &frames(LOST, 0, 14));
    answer(&mut world, 10, "ToolApproval");
    world.bytes(epoch, &frames(LOST, 15, 19));
    assert_eq!(state(&world, 10), PromptState::Closed);
    restart(&mut world, epoch);
    answer(&mut world, 7, "ToolApproval");
    world.now = world.now.plus(8_000);
    world.give(RunInput::Tick);
    let prompt = world.machine.prompts().iter().find(|prompt| prompt.sequence == 7);
    assert!(
        prompt.is_some_and(|prompt| prompt.is_stalled()),
        "it says that nothing happens"
    );
    assert_eq!(open(&world), [4, 13]);

    // The page is loaded again.
    let mut page = World::new();
    page.give(RunInput::SentBefore(world.machine.sent_text()));
    let epoch = page.live("r1");
    page.give(RunInput::ResponseClasses(vec!["ToolApproval".to_owned()]));
    page.bytes(epoch, LOST);
    assert_eq!(state(&page, 7), PromptState::Sent);
    assert_eq!(open(&page), [4, 13]);
}
