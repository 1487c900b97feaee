//! Thousands of open prompts are processed in linear time. The test counts operations instead of seconds.

use super::{PromptState, Prompts};
use crate::operations;
use crate::{EventLog, Failure, RawJson, SentEvent, SentState, Time};

fn frame(class: &str, types: &str, value: &str) -> String {
    format!(r#"{{"value":{value},"qualified_name":"app.{class}","type":"{class}","types":[{types}]}}"#)
}

fn step(state: &str, output: &str) -> String {
    let value = format!(
        r#"{{"name":"tool","step_state":"{state}","worker_id":"0","input_event_name":"ToolCall","output_event_name":{output}}}"#
    );
    frame("StepStateChanged", r#""InternalDispatchEvent""#, &value)
}

/// A run of `count` parallel prompts, each answered by this client. Returns the number of operations.
fn run(count: u64) -> u64 {
    let mut log = EventLog::default();
    let mut prompts = Prompts::default();
    prompts.set_response_classes(vec!["ToolApproval".to_owned()]);
    let mut sequence = 0;
    let mut take = |prompts: &mut Prompts, data: &str| {
        log.push_frame(sequence, data, None).expect("a frame");
        let event = log.get(log.len() - 1).expect("an event");
        prompts.event(&event);
        sequence += 1;
        sequence - 1
    };
    operations::reset();
    let idle = frame("WorkflowIdleEvent", r#""InternalDispatchEvent""#, "{}");
    let plan = r#"{"name":"plan","step_state":"running","worker_id":"0","input_event_name":"StartEvent"}"#;
    let plan = frame("StepStateChanged", r#""InternalDispatchEvent""#, plan);
    take(&mut prompts, &plan);
    let mut asked = Vec::new();
    for call in 0..count {
        take(&mut prompts, &step("running", "null"));
        take(&mut prompts, &step("not_running", "null"));
        let ask = frame(
            "ApproveTool",
            r#""InputRequiredEvent""#,
            &format!(r#"{{"call":{call}}}"#),
        );
        asked.push(take(&mut prompts, &ask));
        prompts.deadline();
    }
    let mut last = take(&mut prompts, &idle);
    assert_eq!(prompts.list.len() as u64, count);
    assert!(
        prompts
            .list
            .iter()
            .all(|prompt| prompt.state == PromptState::Open)
    );
    for (at, prompt) in asked.iter().enumerate() {
        let time = Time(at as u64 * 10);
        let event = SentEvent {
            run_id: "r1".to_owned(),
            class: "ToolApproval".to_owned(),
            value: RawJson::empty_object(),
            step: None,
            at: time,
            after: Some(last),
            prompt: Some(*prompt),
            state: SentState::Sending,
            error: None,
            stalled: false,
            nonce: *prompt,
            replied: None,
            server_at: None,
            id: 0,
        };
        let (ticket, ..) = prompts.respond(*prompt, event, *prompt).expect("it is open");
        // Every third response is lost.
        let result = if at % 3 == 2 {
            Err(Failure::network("cut"))
        } else {
            Ok(())
        };
        prompts.settled(ticket, time.plus(5), Some(last), result);
        take(&mut prompts, &step("running", "null"));
        take(&mut prompts, &step("not_running", r#""ToolDone""#));
        last = take(&mut prompts, &idle);
        prompts.deadline();
        while prompts.poll_outbox().is_some() {}
        while prompts.poll_unlooked().is_some() {}
    }
    assert!(prompts.list.iter().all(|prompt| prompt.closed.is_some()));
    operations::count()
}

#[test]
fn five_thousand_open_prompts_take_linear_time() {
    let (small, large) = (run(500), run(5_000));
    assert!(small > 500, "nothing was counted");
    assert!(
        large < small * 12,
        "ten times as many prompts took {large} operations instead of about {}",
        small * 10
    );
}
