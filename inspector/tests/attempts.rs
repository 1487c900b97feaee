//! The attempts of steps whose events are queued, retried and handled. The order of the frames is that of llama-index-workflows 2.26.1.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code, reason = "shared with tests of generated runs")]
mod made_runs;

use std::collections::VecDeque;

use made_runs::{event, fold, state};
use proptest::prelude::*;
use workflow_inspector::replay::{attempt, line};
use workflow_inspector::steps::Steps;

/// The frame of `work 0 Job` and so on: `+` starts, `=` returns, `!` fails, `?` is queued.
fn frame(text: &str) -> String {
    let words: Vec<&str> = text.split(' ').collect();
    let [what, step, worker, class] = words[..] else {
        panic!("not a frame: {text}")
    };
    let stopped = format!("<class 'app.{class}'>");
    match what {
        "+" => state(step, "running", worker, class, None),
        "=" => state(step, "not_running", worker, &stopped, Some("Done")),
        "!" => state(step, "not_running", worker, &stopped, None),
        "?" => state(step, "preparing", "<enqueued>", class, None),
        _ => panic!("not a frame: {text}"),
    }
}

/// The steps after frames, which arrive every 10 ms.
fn after(frames: &[&str]) -> Steps {
    let events: Vec<_> = frames
        .iter()
        .enumerate()
        .map(|(at, text)| (frame(text), Some(at as u64 * 10)))
        .collect();
    fold(&[], &events)
}

/// The attempt numbers of a step's executions, in the order of their start.
fn attempts(steps: &Steps, step: &str) -> Vec<u32> {
    let of_step = |lane: u32| steps.lane(lane).is_some_and(|lane| steps.name(lane.step) == step);
    let spans = steps.spans().iter().filter(|span| of_step(span.lane));
    spans.map(|span| span.attempt).collect()
}

#[test]
fn a_handled_failure_is_not_retried_by_the_next_event() {
    let frames = [
        "+ work 0 Job",
        "? work - Job",
        "? work - Job",
        "! work 0 Job",
        "+ work 0 Job",
        "+ recover 0 StepFailedEvent",
        "= recover 0 StepFailedEvent",
        "= work 0 Job",
        "+ work 0 Job",
        "= work 0 Job",
    ];
    let steps = after(&frames);
    assert_eq!(attempts(&steps, "work"), [1, 1, 1]);
    let texts: Vec<String> = (0..)
        .map_while(|mark| line(&steps, mark))
        .map(|line| line.text)
        .collect();
    assert!(texts.iter().all(|text| !text.contains("attempt")), "{texts:#?}");
}

#[test]
fn a_handled_failure_is_not_retried_by_an_event_that_arrives_later() {
    let frames = [
        "+ work 0 Job",
        "! work 0 Job",
        "+ recover 0 StepFailedEvent",
        "= recover 0 StepFailedEvent",
        "+ work 0 Job",
    ];
    assert_eq!(attempts(&after(&frames), "work"), [1, 1]);
}

#[test]
fn retries_in_a_loop_are_counted() {
    let lap = ["+ work 0 Lap", "! work 0 Lap", "+ work 0 Lap", "= work 0 Lap"];
    let mut frames = [lap, lap].concat();
    frames.extend(["+ work 0 Lap", "! work 0 Lap", "+ work 0 Lap", "! work 0 Lap"]);
    frames.extend(["+ recover 0 StepFailedEvent", "= recover 0 StepFailedEvent"]);
    assert_eq!(attempts(&after(&frames), "work"), [1, 2, 1, 2, 1, 2]);
}

#[test]
fn a_queued_failure_is_final_before_its_handler_starts() {
    let frames = [
        "+ work 0 Job",
        "! work 0 Job",
        "+ recover 0 StepFailedEvent",
        "+ work 0 Job",
        "! work 0 Job",
        "? recover - StepFailedEvent",
        "+ work 0 Job",
        "! work 0 Job",
        "= recover 0 StepFailedEvent",
        // The handler of the second failure; the third one is retried.
        "+ recover 0 StepFailedEvent",
        "+ work 0 Job",
    ];
    assert_eq!(attempts(&after(&frames), "work"), [1, 1, 1, 2]);
}

#[test]
fn a_retry_after_its_queue_is_empty_is_counted() {
    let frames = [
        "+ work 0 Job",
        "+ work 1 Job",
        "? work - Job",
        "? work - Job",
        "! work 1 Job",
        // A queued event takes the worker.
        "+ work 1 Job",
        "= work 0 Job",
        "+ work 0 Job",
        "+ gather 0 Done",
        "= work 1 Job",
        "+ gather 1 Done",
        "= gather 0 Done",
        "= gather 1 Done",
        "= work 0 Job",
        "+ work 0 Job",
        "= work 0 Job",
    ];
    let steps = after(&frames);
    assert_eq!(attempts(&steps, "work"), [1, 1, 1, 1, 2]);
    let retry = steps.spans().len() as u32 - 1;
    assert_eq!(
        attempt(&steps, retry).as_deref(),
        Some("attempt 2, 100 ms after the last")
    );
}

#[test]
fn a_retry_among_queued_events_is_not_guessed() {
    let frames = [
        "+ work 0 Job",
        "+ work 1 Job",
        "? work - Job",
        "? work - Job",
        "! work 1 Job",
        "+ work 1 Job",
        "= work 0 Job",
        // The retry takes a worker before the last queued event does.
        "+ work 0 Job",
        "= work 1 Job",
        "+ work 1 Job",
        "= work 1 Job",
        "= work 0 Job",
    ];
    assert_eq!(attempts(&after(&frames), "work"), [1; 5]);
}

#[test]
fn a_retry_without_a_delay_does_not_make_a_queued_event_one() {
    let frames = [
        "+ work 0 Job",
        "? work - Job",
        "? work - Job",
        "! work 0 Job",
        // The retry.
        "+ work 0 Job",
        "= work 0 Job",
        "+ work 0 Job",
        "= work 0 Job",
        "+ work 0 Job",
        "= work 0 Job",
    ];
    assert_eq!(attempts(&after(&frames), "work"), [1; 4]);
}

#[test]
fn attempts_of_a_handled_failure_are_those_that_the_handler_publishes() {
    let failed = r#"{"type":"StepFailedEvent","types":[],"value":{"step_name":"work","attempts":2,
        "exception":{"exception_type":"builtins.ValueError","exception_message":"no luck"}}}"#;
    let mut events: Vec<_> = [
        "+ work 0 Job",
        "! work 0 Job",
        "+ work 0 Job",
        "! work 0 Job",
        "+ recover 0 StepFailedEvent",
    ]
    .map(|text| (frame(text), None))
    .to_vec();
    events.push((failed.to_owned(), None));
    events.push((frame("= recover 0 StepFailedEvent"), None));
    let steps = fold(&[], &events);
    assert_eq!(attempts(&steps, "work"), [1, 2]);
    assert_eq!((steps.attempts(0), steps.attempts(1)), (Some(2), Some(2)));
    assert_eq!(steps.error(1), Some("ValueError: no luck"));
}

#[test]
fn a_queued_event_is_no_step_run() {
    let mut events: Vec<_> = (0..1_000).map(|_| (frame("? work - Job"), None)).collect();
    events.push((event("StopEvent", "Event"), None));
    let steps = fold(&[], &events);
    assert_eq!((steps.spans().len(), steps.marks().len()), (0, 1));
}

#[test]
fn attempts_of_recorded_runs_are_counted() {
    let retried = |path: &str| {
        let path = format!("{}/../{path}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        let frames = text.lines().filter_map(|line| line.strip_prefix("data: "));
        let events: Vec<_> = frames.map(|frame| (frame.to_owned(), None)).collect();
        let steps = fold(&[], &events);
        let numbers: Vec<u32> = steps.spans().iter().map(|span| span.attempt).collect();
        numbers
            .into_iter()
            .filter(|number| *number > 1)
            .collect::<Vec<_>>()
    };
    assert_eq!(retried("gallery/recordings/failing/events.sse"), [2, 3]);
    assert_eq!(
        retried("protocol/tests/fixtures/streams/fan.sse"),
        [0; 0],
        "queued events are no retries"
    );
    assert_eq!(
        retried("protocol/tests/fixtures/streams/parallel_restart.sse"),
        [0; 0],
        "nor are queued answers"
    );
}

/// A server's queue of one step, as `workflows/runtime/control_loop/reduce.py` keeps it, and of the handler of its failures.
struct Server {
    frames: Vec<String>,
    workers: usize,
    /// The failures that are still to come, by job.
    failures: Vec<u32>,
    tries: Vec<u32>,
    most: u32,
    has_delay: bool,
    queue: VecDeque<usize>,
    delayed: Vec<usize>,
    running: Vec<Option<usize>>,
    /// Final failures whose event was not delivered yet.
    mail: u32,
    handlers_queued: u32,
    is_handling: bool,
    /// The true attempt number of each execution.
    truth: Vec<u32>,
}

impl Server {
    fn add(&mut self, job: usize) {
        if let Some(free) = self.running.iter().position(Option::is_none) {
            self.running[free] = Some(job);
            self.tries[job] += 1;
            self.truth.push(self.tries[job]);
            self.frames.push(frame(&format!("+ work {free} Job")));
        } else {
            self.queue.push_back(job);
            self.frames.push(frame("? work - Job"));
        }
    }

    fn drain(&mut self) {
        while self.running.iter().any(Option::is_none) {
            let Some(job) = self.queue.pop_front() else { return };
            self.add(job);
        }
    }

    fn end(&mut self, worker: usize) {
        let Some(job) = self.running[worker].take() else {
            return;
        };
        if self.failures[job] == 0 {
            self.frames.push(frame(&format!("= work {worker} Job")));
        } else {
            self.failures[job] -= 1;
            self.frames.push(frame(&format!("! work {worker} Job")));
            if self.tries[job] >= self.most {
                self.mail += 1;
            } else if self.has_delay {
                self.delayed.push(job);
            } else {
                self.queue.push_front(job);
            }
        }
        self.drain();
    }

    /// One thing happens: a worker ends, a delay is over, the event of a failure is delivered, or a handler ends.
    fn go_on(&mut self, choice: usize) {
        match choice % 8 {
            0 if !self.delayed.is_empty() => {
                let job = self.delayed.remove(choice / 8 % self.delayed.len());
                self.queue.push_front(job);
                self.drain();
            }
            1 if self.mail > 0 => {
                self.mail -= 1;
                if self.is_handling {
                    self.handlers_queued += 1;
                    self.frames.push(frame("? recover - StepFailedEvent"));
                } else {
                    self.is_handling = true;
                    self.frames.push(frame("+ recover 0 StepFailedEvent"));
                }
            }
            2 if self.is_handling => {
                self.frames.push(frame("= recover 0 StepFailedEvent"));
                self.is_handling = self.handlers_queued > 0;
                if self.is_handling {
                    self.handlers_queued -= 1;
                    self.frames.push(frame("+ recover 0 StepFailedEvent"));
                }
            }
            _ => self.end(choice / 8 % self.workers),
        }
    }
}

proptest! {
    #[test]
    fn no_first_attempt_is_called_a_retry(
        failures in prop::collection::vec(0..4_u32, 1..12),
        workers in 1..5_usize,
        most in 1..4_u32,
        has_delay: bool,
        choices in prop::collection::vec(0..800_usize, 0..120),
    ) {
        let jobs = failures.len();
        let mut server = Server {
            frames: Vec::new(),
            workers,
            tries: vec![0; jobs],
            failures,
            most,
            has_delay,
            queue: VecDeque::new(),
            delayed: Vec::new(),
            running: vec![None; workers],
            mail: 0,
            handlers_queued: 0,
            is_handling: false,
            truth: Vec::new(),
        };
        for job in 0..jobs {
            server.add(job);
        }
        for choice in choices {
            server.go_on(choice);
        }
        let events: Vec<_> = server.frames.into_iter().map(|frame| (frame, None)).collect();
        let shown = attempts(&fold(&[], &events), "work");
        prop_assert_eq!(shown.len(), server.truth.len());
        for (shown, tried) in shown.iter().zip(&server.truth) {
            prop_assert!(*shown == 1 || *tried > 1, "{shown:?} is {tried:?}");
        }
        if jobs <= workers {
            let retries = |list: &[u32]| list.iter().map(|number| *number > 1).collect::<Vec<_>>();
            prop_assert_eq!(retries(&shown), retries(&server.truth), "without a queue all are counted");
        }
    }
}
