//! A timeline in the Trace Event Format (JSON), which Perfetto and `chrome://tracing` open.
//!
//! It uses only phases that Perfetto documents as supported: `X` (a slice with a duration), `B` (one that has not ended), `C` (a counter)
//! and `M` (names of processes and threads). Times are microseconds.

use super::escape::iso_time;
use crate::steps::{Mark, NONE, Span, Steps};
use serde::Serialize;

/// The facts about the run in the file.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TraceInfo {
    /// The workflow's name.
    pub workflow: String,
    /// The handler's id.
    pub handler_id: String,
    /// The run's id.
    pub run_id: String,
    /// The run's status.
    pub status: String,
}

#[derive(Serialize)]
struct Trace<'a> {
    #[serde(rename = "traceEvents")]
    events: Vec<Entry<'a>>,
    #[serde(rename = "displayTimeUnit")]
    unit: &'static str,
    #[serde(rename = "otherData")]
    other: Other<'a>,
}

#[derive(Serialize)]
struct Other<'a> {
    #[serde(flatten)]
    info: &'a TraceInfo,
    /// `time`, `order` or `mixed`.
    scale: &'static str,
    /// The time of the first event that has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<String>,
}

#[derive(Default, Serialize)]
struct Entry<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    cat: &'static str,
    ph: &'static str,
    ts: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    dur: Option<u64>,
    pid: u32,
    tid: u32,
    args: Arguments<'a>,
}

#[derive(Default, Serialize)]
struct Arguments<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sort_index: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    busy: Option<u32>,
    #[serde(skip_serializing_if = "str::is_empty")]
    input: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    output: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence: Option<u64>,
}

/// The step executions of a run as a trace: a thread for each worker, a slice for each execution, and the number of running steps.
///
/// Events without times are a millisecond apart, and `otherData.scale` is `order` or `mixed`.
pub fn trace_json(steps: &Steps, info: &TraceInfo) -> String {
    let places = places(steps.marks());
    let process = if info.workflow.is_empty() {
        "workflow"
    } else {
        &info.workflow
    };
    let mut events = vec![named("process_name", 0, process.to_owned())];
    for (row, lane) in steps.rows().iter().enumerate() {
        let Some(known) = steps.lane(*lane) else { continue };
        let name = if known.step == NONE {
            String::from("Waiting for a person")
        } else {
            format!("{} #{}", steps.name(known.step), known.worker)
        };
        let thread = lane + 1;
        events.push(named("thread_name", thread, name));
        events.push(Entry {
            args: Arguments {
                sort_index: Some(row),
                ..Arguments::default()
            },
            ..metadata("thread_sort_index", thread)
        });
    }
    events.extend(steps.spans().iter().map(|span| slice(steps, span, &places)));
    events.extend(steps.marks().iter().zip(&places).map(|(mark, ts)| Entry {
        name: "Steps at work",
        ph: "C",
        ts: *ts,
        pid: 1,
        args: Arguments {
            busy: Some(mark.busy),
            ..Arguments::default()
        },
        ..Entry::default()
    }));
    let timed = steps.marks().iter().filter(|mark| mark.at.is_some()).count();
    let scale = match timed {
        0 => "order",
        timed if timed == steps.marks().len() => "time",
        _ => "mixed",
    };
    let trace = Trace {
        events,
        unit: "ms",
        other: Other {
            info,
            scale,
            origin: steps.marks().iter().find_map(|mark| mark.at).map(iso_time),
        },
    };
    // Strings and numbers can always be serialised.
    serde_json::to_string(&trace).unwrap_or_default()
}

fn metadata(name: &'static str, tid: u32) -> Entry<'static> {
    Entry {
        name,
        ph: "M",
        pid: 1,
        tid,
        ..Entry::default()
    }
}

fn named(what: &'static str, tid: u32, name: String) -> Entry<'static> {
    Entry {
        args: Arguments {
            name: Some(name),
            ..Arguments::default()
        },
        ..metadata(what, tid)
    }
}

fn slice<'a>(steps: &'a Steps, span: &Span, places: &[u64]) -> Entry<'a> {
    let place = |mark: u32| places.get(mark as usize).copied();
    let step = steps.lane(span.lane).map_or(NONE, |lane| lane.step);
    let from = place(span.from).unwrap_or(0);
    let dur = place(span.to).map(|to| to.saturating_sub(from));
    Entry {
        name: steps.name(if step == NONE { span.input } else { step }),
        cat: if step == NONE { "prompt" } else { "step" },
        ph: if dur.is_some() { "X" } else { "B" },
        ts: from,
        dur,
        pid: 1,
        tid: span.lane + 1,
        args: Arguments {
            input: steps.name(span.input),
            output: steps.name(span.output),
            outcome: span.outcome.as_str(),
            attempt: Some(span.attempt),
            sequence: Some(steps.sequence(span)),
            ..Arguments::default()
        },
    }
}

/// The microseconds of each mark after the first, which never decrease.
fn places(marks: &[Mark]) -> Vec<u64> {
    let mut places: Vec<u64> = Vec::with_capacity(marks.len());
    let mut last: Option<(u64, Option<u64>)> = None;
    for mark in marks {
        let place = match (last, mark.at) {
            (None, _) => 0,
            (Some((place, Some(before))), Some(at)) => {
                place.saturating_add(at.saturating_sub(before).saturating_mul(1000))
            }
            // Without a time, only the order is known.
            (Some((place, _)), _) => place.saturating_add(1000),
        };
        last = Some((place, mark.at));
        places.push(place);
    }
    places
}
