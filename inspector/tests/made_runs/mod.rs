//! Runs that are made up: frames, and the fold over them.

use proptest::prelude::*;
use workflow_inspector::steps::Steps;
use workflow_protocol::{Envelope, EventLog, Time};

pub(crate) fn state(name: &str, state: &str, worker: &str, input: &str, output: Option<&str>) -> String {
    let output = output.map_or("null".to_owned(), |output| format!("\"<class 'app.{output}'>\""));
    format!(
        r#"{{"type":"StepStateChanged","types":["InternalDispatchEvent"],"value":{{"name":"{name}","step_state":"{state}","worker_id":"{worker}","input_event_name":"{input}","output_event_name":{output}}}}}"#
    )
}

pub(crate) fn event(class: &str, parent: &str) -> String {
    format!(r#"{{"type":"{class}","types":["{parent}"],"value":{{}}}}"#)
}

pub(crate) fn fold(answers: &[&str], events: &[(String, Option<u64>)]) -> Steps {
    let mut log = EventLog::default();
    for (at, (frame, seen)) in events.iter().enumerate() {
        log.push(at as u64, &Envelope::parse(frame).unwrap(), seen.map(Time));
    }
    let mut steps = Steps::new(answers.iter().map(|name| (*name).to_owned()).collect());
    for at in 0..log.len() {
        steps.push(&log.get(at).unwrap());
    }
    steps
}

/// A run of whatever a server, or something that takes itself for one, may send.
pub(crate) fn run() -> impl Strategy<Value = Vec<(String, Option<u64>)>> {
    let one = (
        0..9_u8,
        0..3_u8,
        0..3_u8,
        0..3_u8,
        prop::option::weighted(0.8, 0..5_000_u64),
    );
    prop::collection::vec(one, 0..80).prop_map(|list| {
        let mut clock = 1_000;
        list.into_iter()
            .map(|(what, step, worker, class, passed)| {
                clock += passed.unwrap_or(0);
                let name = ["a", "b", "c"][step as usize];
                let worker = ["0", "1", "<enqueued>"][worker as usize];
                let class = ["X", "Y", "Z"][class as usize];
                let frame = match what {
                    0..3 => state(name, "running", worker, class, None),
                    3 => state(name, "not_running", worker, class, None),
                    4 | 5 => state(name, "not_running", worker, class, Some("Out")),
                    6 => event("Ask", "InputRequiredEvent"),
                    7 => event("WorkflowIdleEvent", "InternalDispatchEvent"),
                    _ if clock % 7 == 0 => event("StopEvent", "Event"),
                    _ => state(name, "preparing", "<enqueued>", class, None),
                };
                (frame, passed.map(|_| clock))
            })
            .collect()
    })
}
