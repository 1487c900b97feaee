//! Answers given once: over tabs, reloads, lost replies and runs that lose what they were sent.

use workflow_protocol::{
    Claim, ClaimState, Closing, Failure, PromptState, RawJson, RunCommand, RunInput, RunStatus, SentState,
    ServerClock, StreamEnd, Time,
};

use crate::world::{World, ended, frame, handler, progress};

/// One tab of a browser profile.
fn tab() -> (World, u32) {
    let mut world = World::new();
    let epoch = world.live("r1");
    world.give(RunInput::ResponseClasses(vec!["Answer".to_owned()]));
    (world, epoch)
}

fn ask(id: u64, text: &str) -> String {
    frame(
        id,
        "Ask",
        Some("InputRequiredEvent"),
        &format!(r#"{{"prompt":"{text}"}}"#),
    )
}

fn takes(id: u64, class: &str) -> String {
    let value = format!(
        r#"{{"name":"got","step_state":"running","worker_id":"0","input_event_name":"{class}","output_event_name":null}}"#
    );
    frame(id, "StepStateChanged", Some("InternalDispatchEvent"), &value)
}

fn unhandled(id: u64, class: &str) -> String {
    frame(
        id,
        "UnhandledEvent",
        Some("InternalDispatchEvent"),
        &format!(r#"{{"event_type":"{class}","qualified_name":"app.{class}","step_name":null,"idle":true}}"#),
    )
}

struct Posted {
    ticket: u64,
    before: Option<Claim>,
    claim: Claim,
}

#[track_caller]
fn respond(world: &mut World, prompt: u64) -> Option<Posted> {
    world.give(RunInput::Respond {
        prompt,
        class: "Answer".to_owned(),
        value: RawJson::parse(r#"{"choice":"a"}"#).expect("JSON"),
    });
    // A run that was silent for a while may be asked for.
    let command = std::iter::from_fn(|| world.command())
        .find(|command| !matches!(command, RunCommand::ReadHandler { .. }));
    match command {
        Some(RunCommand::Answer {
            ticket,
            before,
            claim,
            ..
        }) => Some(Posted {
            ticket,
            before,
            claim,
        }),
        None => None,
        other => panic!("expected an answer to be sent, got {other:?}"),
    }
}

fn settle(world: &mut World, ticket: u64, result: Result<(), Failure>) {
    let refused = result.is_err();
    world.give(RunInput::SendSettled { ticket, result });
    if refused {
        world.read(Ok(handler("r1", "running")));
    }
}

fn state(world: &World, prompt: u64) -> PromptState {
    let prompts = world.machine.prompts();
    prompts
        .iter()
        .find(|known| known.sequence == prompt)
        .map_or(PromptState::Closed, |prompt| prompt.state)
}

fn sent(world: &World) -> Vec<(u64, SentState)> {
    let prompt = |event: &workflow_protocol::SentEvent| (event.prompt.unwrap_or(99), event.state);
    world.machine.sent().iter().map(prompt).collect()
}

fn claimed(state: ClaimState, at: u64) -> Option<Claim> {
    Some(Claim {
        state,
        at: Time(at),
        nonce: 77,
        after: None,
    })
}

#[test]
fn an_answer_is_claimed_before_it_is_sent_and_stays_claimed_when_it_is_taken() {
    let (mut world, epoch) = tab();
    world.bytes(epoch, &ask(0, "one"));
    let posted = respond(&mut world, 0).expect("sent");
    assert_eq!(posted.before, None);
    assert_eq!(posted.claim.state, ClaimState::Sending);
    settle(&mut world, posted.ticket, Ok(()));
    world.nothing_more();
    let last = world.claims.pop();
    let kept = Claim {
        state: ClaimState::Sent,
        ..posted.claim
    };
    assert_eq!(last, Some((0, Some(kept))));
    world.bytes(epoch, &takes(1, "Answer"));
    world.nothing_more();
    assert_eq!(
        world.claims.pop(),
        None,
        "a tab that is behind with the events must not answer again"
    );
    assert_eq!(sent(&world), [(0, SentState::Taken)]);
}

#[test]
fn what_another_tab_answers_is_not_open_here() {
    let (mut world, epoch) = tab();
    world.bytes(epoch, &ask(0, "one"));
    let now = world.now.0;
    for (claim, expected) in [
        (claimed(ClaimState::Sending, now), PromptState::Sending),
        (claimed(ClaimState::Sent, now), PromptState::Sent),
        (claimed(ClaimState::Unknown, now), PromptState::Unknown),
        // Refused there, or wanted by no step.
        (None, PromptState::Open),
    ] {
        world.give(RunInput::Claimed { prompt: 0, claim });
        assert_eq!(state(&world, 0), expected, "after {claim:?}");
        if expected == PromptState::Sending || expected == PromptState::Sent {
            assert!(respond(&mut world, 0).is_none(), "not answered twice");
        }
    }
    assert_eq!(world.machine.status(), RunStatus::Waiting);
}

#[test]
fn a_claim_that_is_known_before_its_prompt_counts() {
    let (mut world, epoch) = tab();
    world.give(RunInput::Claimed {
        prompt: 0,
        claim: claimed(ClaimState::Sent, 5),
    });
    world.bytes(epoch, &ask(0, "one"));
    assert_eq!(state(&world, 0), PromptState::Sent);
}

#[test]
fn of_two_tabs_that_answer_at_once_the_second_sends_nothing() {
    let (mut world, epoch) = tab();
    world.bytes(epoch, &ask(0, "one"));
    let posted = respond(&mut world, 0).expect("tried");
    world.give(RunInput::AnswerDenied {
        ticket: posted.ticket,
        claim: claimed(ClaimState::Sending, 5),
    });
    assert_eq!(state(&world, 0), PromptState::Sending, "the other tab's");
    assert_eq!(sent(&world), [], "nothing was sent here");
    world.give(RunInput::SendSettled {
        ticket: posted.ticket,
        result: Ok(()),
    });
    assert_eq!(sent(&world), [], "an old ticket says nothing");
}

#[test]
fn a_tab_that_died_while_it_sent_leaves_an_unknown_answer() {
    let (mut world, epoch) = tab();
    world.bytes(epoch, &ask(0, "one"));
    world.give(RunInput::Claimed {
        prompt: 0,
        claim: claimed(ClaimState::Sending, world.now.0),
    });
    assert_eq!(state(&world, 0), PromptState::Sending);
    let expiry = world.now.plus(45_000);
    assert!(world.machine.next_deadline().is_some_and(|at| at <= expiry));
    world.now = expiry;
    world.give(RunInput::Tick);
    assert_eq!(state(&world, 0), PromptState::Unknown);
    // A person may answer in its place, unless that tab has said more.
    let posted = respond(&mut world, 0).expect("sent");
    let stored = |state| claimed(state, expiry.0 - 45_000);
    let before = posted.before.as_ref();
    assert!(Claim::may_replace(stored(ClaimState::Sending).as_ref(), before));
    assert!(!Claim::may_replace(stored(ClaimState::Sent).as_ref(), before));
    assert!(!Claim::may_replace(
        claimed(ClaimState::Sending, 7).as_ref(),
        before
    ));
}

/// Symptom: a prompt could not be answered for an hour. Cause: the clock of the page that claimed it was an hour ahead.
#[test]
fn a_claim_from_the_future_expires_as_soon_as_one_of_now() {
    let (mut world, epoch) = tab();
    let claim = claimed(ClaimState::Sending, world.now.0 + 3_600_000);
    world.give(RunInput::Claimed { prompt: 0, claim });
    world.bytes(epoch, &ask(0, "one"));
    let expiry = world.now.plus(45_000);
    world.now = world.now.plus(44_000);
    // The same claim read once more does not prolong it.
    world.give(RunInput::Claimed { prompt: 0, claim });
    world.give(RunInput::Tick);
    assert_eq!(state(&world, 0), PromptState::Sending);
    assert!(world.machine.next_deadline().is_some_and(|at| at <= expiry));
    world.now = expiry;
    world.give(RunInput::Tick);
    assert_eq!(state(&world, 0), PromptState::Unknown);
    let posted = respond(&mut world, 0).expect("sent");
    assert!(Claim::may_replace(claim.as_ref(), posted.before.as_ref()));
}

/// Symptom: a resolved prompt is shown again after a reload (LangGraph #2722). Cause: the page forgot what it had sent.
#[test]
fn a_reload_finds_what_was_sent() {
    let (mut world, epoch) = tab();
    world.bytes(epoch, &(ask(0, "one") + &ask(1, "two") + &ask(2, "three")));
    let one = respond(&mut world, 0).expect("sent");
    settle(&mut world, one.ticket, Ok(()));
    let two = respond(&mut world, 1).expect("sent");
    settle(&mut world, two.ticket, Err(Failure::network("cut")));
    respond(&mut world, 2).expect("sent");
    let text = world.machine.sent_text();

    let mut page = World::new();
    page.give(RunInput::SentBefore(text.clone()));
    let epoch = page.live("r1");
    page.bytes(epoch, &(ask(0, "one") + &ask(1, "two") + &ask(2, "three")));
    assert_eq!(state(&page, 0), PromptState::Sent);
    assert_eq!(state(&page, 1), PromptState::Unknown);
    assert_eq!(
        state(&page, 2),
        PromptState::Unknown,
        "left while it was on its way"
    );
    assert!(
        page.machine.prompts()[2]
            .error
            .as_deref()
            .is_some_and(|words| words.contains("left"))
    );
    assert_eq!(
        page.machine.prompts()[0]
            .sent
            .as_ref()
            .map(|sent| sent.value.as_str()),
        Some(r#"{"choice":"a"}"#)
    );
    assert!(respond(&mut page, 0).is_none(), "not answered twice");
    page.give(RunInput::ResponseClasses(vec!["Answer".to_owned()]));
    page.bytes(epoch, &(takes(3, "Answer") + &progress(4)));
    assert_eq!(
        state(&page, 0),
        PromptState::Closed,
        "the first answer is taken first"
    );
    assert_eq!(
        page.machine.sent_text().matches("\"run\":").count(),
        3,
        "and nothing is forgotten"
    );

    let mut other = World::new();
    other.give(RunInput::SentBefore(text));
    let epoch = other.live("r2");
    other.bytes(epoch, &ask(0, "one"));
    assert_eq!(
        state(&other, 0),
        PromptState::Open,
        "another run's first prompt is another prompt"
    );
    assert_eq!(
        other.machine.sent_text().matches("\"run\":").count(),
        3,
        "the earlier run's are kept"
    );
}

/// Symptom: after a reload an answer was "sent 1 d ago", or just now for a day. Cause: the stored time was by the earlier page's clock,
/// and the system's clock had been set since.
#[test]
fn the_age_of_an_answer_survives_a_clock_that_is_set_between_two_pages() {
    const DAY: i64 = 86_400_000;
    const MINUTE: u64 = 60_000;
    let server = Time(20_000 * DAY.unsigned_abs());
    for (first_off, second_off) in [(0, DAY), (0, -DAY), (DAY, 0), (-DAY, DAY)] {
        for is_known_late in [false, true] {
            let shows = |server: Time, off: i64| {
                let page = Time(server.0.saturating_add_signed(off));
                let mut clock = ServerClock::default();
                clock.started(page, page, server);
                (page, clock)
            };
            let (mut world, epoch) = tab();
            let (now, clock) = shows(server, first_off);
            world.now = now;
            world.give(RunInput::ServerClock(clock));
            world.bytes(epoch, &ask(0, "one"));
            let posted = respond(&mut world, 0).expect("sent");
            world.now = now.plus(500);
            settle(&mut world, posted.ticket, Ok(()));

            let mut page = World::new();
            let (now, clock) = shows(server.plus(MINUTE), second_off);
            page.now = now;
            page.give(RunInput::SentBefore(world.machine.sent_text()));
            if !is_known_late {
                page.give(RunInput::ServerClock(clock));
            }
            let epoch = page.live("r1");
            page.give(RunInput::ResponseClasses(vec!["Answer".to_owned()]));
            page.bytes(epoch, &ask(0, "one"));
            page.give(RunInput::ServerClock(clock));
            let at = page.machine.sent()[0].at;
            assert!(
                now.since(at).abs_diff(MINUTE) <= 2,
                "{first_off} {second_off}: {at:?} at {now:?}"
            );
            let prompt = &page.machine.prompts()[0];
            assert_eq!(prompt.sent.as_ref().map(|sent| sent.at), Some(at));
            page.bytes(epoch, &(takes(1, "Answer") + &progress(2)));
            assert_eq!(
                state(&page, 0),
                PromptState::Closed,
                "it is still known as accepted"
            );
        }
    }
}

/// Symptom: an answer was sent in the future. Cause: the system's clock was set back, and the server's clock was not known.
#[test]
fn without_the_servers_clock_nothing_was_sent_in_the_future() {
    let (mut world, epoch) = tab();
    world.bytes(epoch, &ask(0, "one"));
    world.now = Time(9_000_000);
    let posted = respond(&mut world, 0).expect("sent");
    settle(&mut world, posted.ticket, Ok(()));
    let mut page = World::new();
    page.give(RunInput::SentBefore(world.machine.sent_text()));
    page.live("r1");
    assert_eq!(page.machine.sent()[0].at, page.now);
}

#[test]
fn a_page_reloaded_while_sending_trusts_the_tab_that_saw_the_response() {
    let (mut world, epoch) = tab();
    world.bytes(epoch, &ask(0, "one"));
    let posted = respond(&mut world, 0).expect("sent");
    let mut page = World::new();
    page.give(RunInput::SentBefore(world.machine.sent_text()));
    let epoch = page.live("r1");
    page.bytes(epoch, &ask(0, "one"));
    page.give(RunInput::Claimed {
        prompt: 0,
        claim: Some(posted.claim),
    });
    assert_eq!(state(&page, 0), PromptState::Unknown);
    let claim = Some(Claim {
        state: ClaimState::Sent,
        ..posted.claim
    });
    page.give(RunInput::Claimed { prompt: 0, claim });
    assert_eq!(
        state(&page, 0),
        PromptState::Sent,
        "a duplicate of this tab was still waiting for it"
    );
}

#[test]
fn reread_history_keeps_the_state_of_later_events() {
    // The first answer found no step; the second one is on its way to one when the page is reloaded.
    let (mut world, epoch) = tab();
    world.bytes(epoch, &ask(0, "one"));
    let first = respond(&mut world, 0).expect("sent");
    settle(&mut world, first.ticket, Ok(()));
    world.bytes(epoch, &unhandled(1, "Answer"));
    assert_eq!(state(&world, 0), PromptState::Unhandled);
    world.nothing_more();
    let claim = world
        .claims
        .last()
        .and_then(|(_, claim)| *claim)
        .expect("a word for other tabs");
    assert_eq!(
        (claim.state, claim.after),
        (ClaimState::Unhandled, Some(1)),
        "any tab may answer again"
    );
    let second = respond(&mut world, 0).expect("can be answered again");
    assert_eq!(second.before, Some(claim));
    settle(&mut world, second.ticket, Ok(()));

    let mut page = World::new();
    page.give(RunInput::SentBefore(world.machine.sent_text()));
    let epoch = page.live("r1");
    page.give(RunInput::ResponseClasses(vec!["Answer".to_owned()]));
    page.bytes(epoch, &(ask(0, "one") + &unhandled(1, "Answer")));
    assert_eq!(
        state(&page, 0),
        PromptState::Sent,
        "event 1 is older than the second answer"
    );
    page.bytes(epoch, &takes(2, "Answer"));
    assert_eq!(state(&page, 0), PromptState::Closed);
}

/// Symptom: the person waits for ever after an accepted answer. Cause: the server lost the run (llama-agents-server 0.8.0,
/// workflows without a timeout) and nobody says so.
#[test]
fn an_accepted_answer_after_which_nothing_happens_is_called_stalled() {
    let (mut world, epoch) = tab();
    world.bytes(epoch, &ask(0, "one"));
    let posted = respond(&mut world, 0).expect("sent");
    settle(&mut world, posted.ticket, Ok(()));
    assert!(!world.machine.prompts()[0].is_stalled());
    world.wait();
    assert!(world.machine.prompts()[0].is_stalled(), "no progress since");
    assert_eq!(
        state(&world, 0),
        PromptState::Sent,
        "it is still not to be sent again"
    );
    world.changes = workflow_protocol::Changes::default();
    world.bytes(epoch, &progress(1));
    assert!(
        !world.machine.prompts()[0].is_stalled(),
        "the run goes on after all"
    );
    assert!(world.changes.prompts);
}

#[test]
fn unobserved_silence_is_ignored() {
    let (mut world, epoch) = tab();
    world.bytes(epoch, &ask(0, "one"));
    let posted = respond(&mut world, 0).expect("sent");
    settle(&mut world, posted.ticket, Ok(()));
    world.end(epoch, StreamEnd::Closed);
    world.now = world.now.plus(9_000);
    world.give(RunInput::Tick);
    assert!(
        !world.machine.prompts()[0].is_stalled(),
        "the connection was down"
    );
    let (epoch, after) = world.open();
    assert_eq!(after, 0);
    world.give(RunInput::StreamOpened { epoch });
    world.read(Ok(handler("r1", "running")));
    world.now = world.now.plus(9_000);
    world.give(RunInput::Tick);
    assert!(world.machine.prompts()[0].is_stalled(), "and now it was not");
}

#[test]
fn an_answer_consumed_before_its_response_is_not_stalled() {
    let (mut world, epoch) = tab();
    world.bytes(epoch, &ask(0, "one"));
    let posted = respond(&mut world, 0).expect("sent");
    world.bytes(epoch, &takes(1, "Answer"));
    settle(&mut world, posted.ticket, Ok(()));
    assert_eq!(sent(&world), [(0, SentState::Taken)]);
    world.now = world.now.plus(9_000);
    world.give(RunInput::Tick);
    assert!(!world.machine.sent()[0].stalled);
}

#[test]
fn answers_are_taken_in_the_order_in_which_they_were_sent() {
    // Parallel prompts of one class: the second was answered first.
    let (mut world, epoch) = tab();
    world.bytes(epoch, &(ask(0, "one") + &ask(1, "two")));
    for prompt in [1, 0] {
        let posted = respond(&mut world, prompt).expect("sent");
        settle(&mut world, posted.ticket, Ok(()));
    }
    world.bytes(epoch, &takes(2, "Answer"));
    assert_eq!(
        (state(&world, 0), state(&world, 1)),
        (PromptState::Sent, PromptState::Closed)
    );
    world.bytes(epoch, &takes(3, "Answer"));
    assert_eq!(
        state(&world, 0),
        PromptState::Sent,
        "the same step and worker again: a replay"
    );
}

#[test]
fn what_is_sent_beside_prompts_is_logged_too() {
    let (mut world, epoch) = tab();
    world.bytes(epoch, &progress(0));
    let ticket = (1 << 63) + 1;
    world.give(RunInput::Sending {
        ticket,
        class: "Nudge".to_owned(),
        value: RawJson::parse("{}").expect("JSON"),
        step: Some("work".to_owned()),
    });
    assert!(world.changes.sent);
    assert_eq!(sent(&world), [(99, SentState::Sending)]);
    settle(&mut world, ticket, Ok(()));
    world.bytes(epoch, &unhandled(1, "Nudge"));
    assert_eq!(sent(&world), [(99, SentState::Unhandled)]);
    assert_eq!(world.machine.sent()[0].step.as_deref(), Some("work"));
}

#[test]
fn a_restarted_server_asks_again_and_the_answered_copy_is_gone() {
    let (mut world, epoch) = tab();
    let running = |id| takes(id, "StartEvent");
    world.bytes(epoch, &(running(0) + &ask(1, "one")));
    let posted = respond(&mut world, 1).expect("sent");
    settle(&mut world, posted.ticket, Ok(()));
    world.bytes(epoch, &(running(2) + &ask(3, "one")));
    assert_eq!(
        (state(&world, 1), state(&world, 3)),
        (PromptState::Closed, PromptState::Open)
    );
    assert_eq!(
        world.machine.prompts()[0].closed,
        Some(Closing::AskedAgain(3)),
        "not called answered"
    );
    world.bytes(epoch, &ended(4));
    assert_eq!(state(&world, 3), PromptState::Closed, "an ended run asks nothing");
}

/// Symptom: an answer was given twice. Cause: a tab that was behind with the run's events saw that the claim was given back, and
/// offered the prompt again.
#[test]
fn a_tab_that_is_behind_does_not_offer_what_was_answered() {
    let (mut world, epoch) = tab();
    let (mut behind, late) = tab();
    for (world, epoch) in [(&mut world, epoch), (&mut behind, late)] {
        world.bytes(epoch, &ask(0, "one"));
    }
    let posted = respond(&mut world, 0).expect("sent");
    world.bytes(epoch, &takes(1, "Answer"));
    settle(&mut world, posted.ticket, Ok(()));
    world.nothing_more();
    for (prompt, claim) in std::mem::take(&mut world.claims) {
        behind.give(RunInput::Claimed { prompt, claim });
    }
    assert_eq!(state(&behind, 0), PromptState::Sent);
    assert!(respond(&mut behind, 0).is_none());
}

/// Symptom: a second answer that was taken is called unhandled. Cause: the tab that gave it had not yet seen what became of the
/// first one, which another tab had given.
#[test]
fn what_the_log_says_of_another_tabs_answer_is_not_about_ours() {
    let (mut world, epoch) = tab();
    world.bytes(epoch, &ask(0, "one"));
    let claim = Claim {
        after: Some(1),
        ..claimed(ClaimState::Unhandled, 5).expect("a claim")
    };
    world.give(RunInput::Claimed {
        prompt: 0,
        claim: Some(claim),
    });
    assert_eq!(
        state(&world, 0),
        PromptState::Unhandled,
        "reported before its event is here"
    );
    let posted = respond(&mut world, 0).expect("can be answered again");
    settle(&mut world, posted.ticket, Ok(()));
    world.bytes(epoch, &unhandled(1, "Answer"));
    assert_eq!(state(&world, 0), PromptState::Sent);
    world.bytes(epoch, &takes(2, "Answer"));
    assert_eq!(state(&world, 0), PromptState::Closed);
}
