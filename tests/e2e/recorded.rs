//! Runs of the patterns that workflows are made of, on real servers: each is replayed, compared and saved.

use serde_json::{Value, json};
use thirtyfour::Key;
use workflow_tests::{Stage, until};

use crate::RUN;
use crate::comparing::{compare_with, until_compared};
use crate::replay::{lines, open_replay};
use crate::saving::{CATCH, save};

on_both!(a_fan_out, a_loop, retries_that_fail, a_stream_of_tokens);

on!(real, Python: a_loop_with_retries, a_nested_workflow);

/// A workflow, and what its runs must show.
struct Recorded {
    workflow: &'static str,
    values: &'static [(&'static str, &'static str)],
    status: &'static str,
    /// Lines of the log, in this order among others.
    log: &'static [&'static str],
    /// Steps of the taken path.
    steps: &'static [&'static str],
}

async fn a_fan_out(stage: &Stage) {
    let recorded = Recorded {
        workflow: "fan_out",
        values: &[("pieces", "3"), ("seconds", "0.05")],
        status: "completed",
        log: &[
            "Running step split",
            "Running step work",
            "Running step gather",
            "Step gather produced event StopEvent",
        ],
        steps: &["split", "work", "gather"],
    };
    check(stage, &recorded).await;
}

async fn a_loop(stage: &Stage) {
    let recorded = Recorded {
        workflow: "loop",
        values: &[("number", "6"), ("seconds", "0")],
        status: "completed",
        log: &[
            "Running step decide",
            "Step decide produced event Even",
            "Running step halve",
            "Running step triple",
        ],
        steps: &["decide", "halve", "triple"],
    };
    check(stage, &recorded).await;
}

async fn retries_that_fail(stage: &Stage) {
    let recorded = Recorded {
        workflow: "failing",
        values: &[],
        status: "failed",
        log: &[
            "Running step write, attempt 1 of 3",
            "Running step write, attempt 2 of 3",
            "Running step write, attempt 3 of 3",
            "Step write failed with event Draft: ValueError: kaput: disk full",
        ],
        steps: &["prepare", "write"],
    };
    check(stage, &recorded).await;
}

async fn a_stream_of_tokens(stage: &Stage) {
    let recorded = Recorded {
        workflow: "tokens",
        values: &[],
        status: "completed",
        log: &["The run ended"],
        steps: &[],
    };
    check(stage, &recorded).await;
}

async fn a_loop_with_retries(stage: &Stage) {
    let recorded = Recorded {
        workflow: "retrying",
        values: &[("laps", "2")],
        status: "completed",
        log: &[
            "Step run_lap failed with event Lap",
            "Running step run_lap, attempt 2",
            "Step run_lap produced event Lap",
            "Running step run_lap, attempt 2",
            "Step run_lap failed with event Lap",
            "Running step recover, which handles a failed step",
            "Step recover produced event StopEvent",
        ],
        steps: &["begin", "run_lap", "recover"],
    };
    check(stage, &recorded).await;
}

async fn a_nested_workflow(stage: &Stage) {
    let recorded = Recorded {
        workflow: "wrapping",
        values: &[("events", "3"), ("seconds", "0.05")],
        status: "completed",
        log: &[
            "Running step wrap",
            "Step wrap produced event StopEvent",
            "The run ended",
        ],
        steps: &["wrap"],
    };
    check(stage, &recorded).await;
}

async fn check(stage: &Stage, recorded: &Recorded) {
    let page = stage.page();
    page.open("").await;
    let mut runs = Vec::new();
    for _ in 0..2 {
        let handler = page.start(recorded.workflow, recorded.values).await;
        page.until_run("its end", RUN, |run| {
            run.handler == handler && run.status == recorded.status && run.connection == "closed"
        })
        .await;
        runs.push(handler);
    }
    let (first, second) = (&runs[0], &runs[1]);
    let events = stage.api().events(second, true).await;

    page.view("Log").await;
    until("the lines of the log", RUN, async || {
        let found = lines(&page).await;
        let mut rest = found.iter();
        let mut wanted = recorded.log.iter();
        match wanted.find(|wanted| !rest.any(|line| line.contains(**wanted))) {
            None => Ok(()),
            Some(missing) => Err(format!("{missing:?} in {found:#?}")),
        }
    })
    .await;

    // Replayed: to the first event, two steps forward and back, and to the end.
    let end = open_replay(&page).await;
    let count = end.at as usize + 1;
    let all = format!(" of {count}: ");
    assert!(end.valuetext.contains(&all), "{}", end.valuetext);
    // The server ends a stream with the stop event of a nested workflow, too; the page goes on reading.
    let is_cut = recorded.workflow == "wrapping" && events.len() < count;
    assert!(is_cut || events.len() == count, "{} of {count}", events.len());
    assert!(end.text.starts_with(recorded.status), "{}", end.text);
    page.replay_keys(Key::Home.value().to_string()).await;
    let first_event = page
        .until_replay("the first event", |replay| {
            replay.valuetext.starts_with("Event 1 of ")
        })
        .await;
    let mut passed = vec![first_event.at];
    for key in [".", ".", ",", ","] {
        let before = passed.last().copied();
        page.replay_keys(key).await;
        let now = page
            .until_replay("another step", |replay| Some(replay.at) != before)
            .await;
        passed.push(now.at);
    }
    let there_and_back = [passed[0], passed[1], passed[2], passed[1], passed[0]];
    assert_eq!(passed, there_and_back, "the way back is the way there");
    page.replay_keys(Key::End.value().to_string()).await;
    page.until_replay("the end", |replay| replay.text.starts_with(recorded.status))
        .await;
    page.press("Back to live").await;

    // Compared with another run of the same input.
    compare_with(&page, first).await;
    let counts = until_compared(&page, "nothing but what repeats", |it| it.same > Some(0)).await;
    assert_eq!((&counts.left, &counts.right), (second, first));
    assert_eq!((counts.missing, counts.extra), (Some(0), Some(0)), "{counts:?}");
    page.press("Close comparison").await;

    // Saved.
    assert!(page.ask::<bool>(CATCH, json!([])).await);
    let (_, saved) = save(&page, "events-ndjson").await;
    assert_eq!(saved.lines().count(), count);
    let (_, trace) = save(&page, "timeline-trace").await;
    let trace: Value = serde_json::from_str(&trace).expect("JSON");
    assert_eq!(trace["otherData"]["status"], recorded.status);
    let (_, path) = save(&page, "path-mermaid").await;
    for step in recorded.steps {
        assert!(path.contains(step), "{step} in {path}");
    }
}
