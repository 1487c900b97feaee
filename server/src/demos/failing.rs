//! `failing`, `timeout` and `endless`: the three other ways in which runs end.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::progress::Progress;
use super::workflow;
use crate::engine::{Context, Exception, Step, StepResult, Typed, Workflow, classes, done, framework, next};

#[derive(Deserialize)]
struct FailStart {
    message: String,
}

#[derive(Serialize, Deserialize)]
struct Draft {
    message: String,
}

#[derive(Deserialize)]
struct SlowStart {
    seconds: f64,
}

#[derive(Deserialize)]
struct EndlessStart {
    per_second: f64,
}

#[derive(Serialize)]
struct Tick {
    n: u64,
}

classes! { FailStart: ["StartEvent"], Draft: [], SlowStart: ["StartEvent"], EndlessStart: ["StartEvent"], Tick: [] }

async fn prepare(ctx: Context, ev: FailStart) -> StepResult {
    ctx.emit(&Progress {
        done: 1,
        total: 2,
        note: String::new(),
    });
    next(&Draft { message: ev.message })
}

async fn write(_ctx: Context, ev: Draft) -> StepResult {
    Err(Exception::value_error(ev.message).into())
}

pub(super) fn failing() -> Workflow {
    workflow(
        "failing",
        include_str!("recorded/failing.json"),
        FailStart::CLASS,
        &[FailStart::CLASS, Draft::CLASS, &framework::STOP],
        vec![
            Step::new("prepare", prepare),
            Step::new("write", write).attempts(3, Duration::from_millis(300)),
        ],
    )
}

async fn dawdle(ctx: Context, ev: SlowStart) -> StepResult {
    ctx.emit(&Progress {
        done: 0,
        total: 1,
        note: String::new(),
    });
    ctx.sleep(ev.seconds).await;
    done("in time")
}

pub(super) fn timeout() -> Workflow {
    workflow(
        "timeout",
        include_str!("recorded/timeout.json"),
        SlowStart::CLASS,
        &[SlowStart::CLASS, &framework::STOP],
        vec![Step::new("dawdle", dawdle)],
    )
    .timeout(Duration::from_secs(2))
}

async fn tick(ctx: Context, ev: EndlessStart) -> StepResult {
    for n in 0.. {
        ctx.emit(&Tick { n });
        ctx.sleep(1.0 / ev.per_second).await;
    }
    Ok(None)
}

pub(super) fn endless() -> Workflow {
    workflow(
        "endless",
        include_str!("recorded/endless.json"),
        EndlessStart::CLASS,
        &[EndlessStart::CLASS, &framework::STOP],
        vec![Step::new("tick", tick)],
    )
}
