//! The recordings, and what no recording holds: ten thousand of something, states between two answers.

use std::sync::Arc;
use workflow_protocol::{Handler, HandlerState, RunStatus};
use workflow_ui_core::Recording;

/// A recorded run by the name of its folder.
macro_rules! recorded {
    ($name:literal) => {
        $crate::made::recording(
            include_str!(concat!("../recordings/", $name, "/handler.json")),
            include_str!(concat!("../recordings/", $name, "/events.sse")),
            [
                include_str!(concat!("../recordings/", $name, "/schema.json")),
                include_str!(concat!("../recordings/", $name, "/events.json")),
                include_str!(concat!("../recordings/", $name, "/graph.json")),
            ],
        )
    };
}

pub(crate) fn greeting() -> Recording {
    recorded!("greeting")
}
pub(crate) fn progress() -> Recording {
    recorded!("progress")
}
pub(crate) fn fan_out() -> Recording {
    recorded!("fan_out")
}
pub(crate) fn looping() -> Recording {
    recorded!("loop")
}
pub(crate) fn failing() -> Recording {
    recorded!("failing")
}
pub(crate) fn timeout() -> Recording {
    recorded!("timeout")
}
pub(crate) fn cancelled() -> Recording {
    recorded!("endless")
}
pub(crate) fn tokens() -> Recording {
    recorded!("tokens")
}
pub(crate) fn odd_events() -> Recording {
    recorded!("odd_events")
}
pub(crate) fn interview() -> Recording {
    recorded!("interview")
}

/// Frames of [`interview`] up to its first question and up to its second.
pub(crate) const FIRST_QUESTION: usize = 4;
pub(crate) const SECOND_QUESTION: usize = 10;

fn recording(handler: &str, events: &str, [schema, classes, graph]: [&str; 3]) -> Recording {
    let recording = Recording::new(handler, events).expect("a recorded handler");
    recording.with_workflow(schema, classes, graph)
}

/// A run made of these envelopes, in the workflow of the interview.
pub(crate) fn made(status: &str, envelopes: &[&str]) -> Recording {
    let mut stream = String::new();
    for (sequence, envelope) in envelopes.iter().enumerate() {
        stream.push_str(&["id: ", &sequence.to_string(), "\ndata: ", envelope, "\n\n"].concat());
    }
    if status == "completed" && !stream.contains("\"StopEvent\"") {
        stream.push_str(&end(envelopes.len()));
    }
    let recording = Recording::of_stream("made", "interview", status, stream).expect("a made handler");
    recording.with_workflow(
        include_str!("../recordings/interview/schema.json"),
        include_str!("../recordings/interview/events.json"),
        include_str!("../recordings/interview/graph.json"),
    )
}

/// A run of a workflow with this graph.
pub(crate) fn with_graph(graph: &str) -> Recording {
    let recording = Recording::of_stream("drawn", "drawn", "completed", end(0)).expect("a made handler");
    recording.with_workflow(
        include_str!("../recordings/interview/schema.json"),
        include_str!("../recordings/interview/events.json"),
        graph,
    )
}

/// A run with this many events.
pub(crate) fn many_events(count: usize) -> Recording {
    let mut stream = String::new();
    for sequence in 0..count {
        let number = sequence.to_string();
        let class = ["Progress", "PageRead", "Chunk", "Scored"][sequence % 4];
        stream.push_str(
            &[
                "id: ",
                &number,
                "\ndata: {\"type\":\"",
                class,
                "\",\"types\":null,\"value\":{\"done\":",
                &number,
                ",\"total\":10000,\"note\":\"page ",
                &number,
                "\"}}\n\n",
            ]
            .concat(),
        );
    }
    stream.push_str(&end(count));
    Recording::of_stream("many", "reading", "completed", stream).expect("a made handler")
}

/// The frame that ends a run of which this many events were sent.
fn end(sequence: usize) -> String {
    let sequence = sequence.to_string();
    [
        "id: ",
        &sequence,
        "\ndata: {\"type\":\"StopEvent\",\"types\":null,\"value\":{}}\n\n",
    ]
    .concat()
}

/// This many runs in every status.
pub(crate) fn many_runs(count: usize) -> Vec<Arc<HandlerState>> {
    const STATUSES: [RunStatus; 6] = [
        RunStatus::Running,
        RunStatus::Waiting,
        RunStatus::Completed,
        RunStatus::Failed,
        RunStatus::TimedOut,
        RunStatus::Cancelled,
    ];
    let workflows = [
        "greeting",
        "interview",
        "fan_out",
        "a_workflow_with_a_very_long_name_that_does_not_fit",
    ];
    let base = Handler::parse(
        r#"{"handler_id":"","status":"running","started_at":"2026-01-01T12:00:00+00:00","updated_at":"2026-01-01T12:00:07+00:00"}"#,
    );
    let base = base.expect("a made handler");
    let run = |number: usize| {
        let status = STATUSES[number % STATUSES.len()];
        let word = match status {
            RunStatus::Waiting => "running",
            RunStatus::TimedOut => "failed",
            status => status.as_str(),
        };
        Arc::new(HandlerState {
            handler: Handler {
                handler_id: ["run-", &(count - number).to_string()].concat(),
                workflow_name: workflows[number % workflows.len()].to_owned(),
                status: word.into(),
                completed_at: status
                    .is_terminal()
                    .then(|| "2026-01-01T12:00:07+00:00".to_owned()),
                error: (status == RunStatus::Failed).then(|| "kaput: disk full".to_owned()),
                ..base.clone()
            },
            status,
        })
    };
    (0..count).map(run).collect()
}
