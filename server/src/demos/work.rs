//! `fan_out`: pieces of work for four workers, and one step that gathers.

use serde::{Deserialize, Serialize};

use super::workflow;
use crate::engine::{
    Context, Event, Exception, Step, StepResult, Typed, Workflow, classes, done, framework, next,
};

#[derive(Deserialize)]
struct FanStart {
    pieces: u64,
    seconds: f64,
}

#[derive(Serialize, Deserialize)]
struct Work {
    piece: u64,
    seconds: f64,
}

#[derive(Serialize, Deserialize)]
struct WorkDone {
    piece: u64,
    square: u64,
}

#[derive(Serialize)]
struct Gathered {
    pieces: u64,
    sum: u64,
}

classes! { FanStart: ["StartEvent"], Work: [], WorkDone: [] }

async fn split(ctx: Context, ev: FanStart) -> StepResult {
    ctx.set("pieces", ev.pieces);
    for piece in 0..ev.pieces {
        ctx.send(&Work {
            piece,
            seconds: ev.seconds,
        });
    }
    Ok(None)
}

async fn work(ctx: Context, ev: Work) -> StepResult {
    ctx.sleep(ev.seconds).await;
    let done = WorkDone {
        piece: ev.piece,
        square: ev.piece.saturating_mul(ev.piece),
    };
    ctx.emit(&done);
    next(&done)
}

async fn gather(ctx: Context, ev: Event) -> StepResult {
    let Some(pieces) = ctx.get::<u64>("pieces") else {
        return Err(Exception::value_error("Path 'pieces' not found in state").into());
    };
    match ctx.collect(ev, usize::try_from(pieces).unwrap_or(usize::MAX)) {
        None => Ok(None),
        Some(all) => {
            let squares = all
                .iter()
                .filter_map(|one| one.read::<WorkDone>().ok())
                .map(|one| one.square);
            done(Gathered {
                pieces,
                sum: squares.fold(0, u64::saturating_add),
            })
        }
    }
}

pub(super) fn fan_out() -> Workflow {
    workflow(
        "fan_out",
        include_str!("recorded/fan_out.json"),
        FanStart::CLASS,
        &[FanStart::CLASS, Work::CLASS, WorkDone::CLASS, &framework::STOP],
        vec![
            Step::new("split", split),
            Step::new("work", work).workers(4),
            Step::any("gather", vec![WorkDone::CLASS], gather).workers(1),
        ],
    )
}
