//! `loop`: a loop with a branch.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::workflow;
use crate::engine::{
    Context, Event, Exception, Step, StepResult, Typed, Workflow, classes, done, framework, next,
};

#[derive(Deserialize)]
struct LoopStart {
    number: u64,
    seconds: f64,
}

#[derive(Serialize, Deserialize)]
struct Even {
    number: u64,
}

#[derive(Serialize, Deserialize)]
struct Odd {
    number: u64,
}

#[derive(Serialize, Deserialize)]
struct Next {
    number: u64,
}

#[derive(Serialize)]
struct Visited {
    number: u64,
    turn: u64,
}

classes! { LoopStart: ["StartEvent"], Even: [], Odd: [], Next: [], Visited: [] }

async fn decide(ctx: Context, ev: Event) -> StepResult {
    let unreadable = |error: serde_json::Error| Exception::value_error(error.to_string());
    let number = if ev.class == LoopStart::CLASS {
        let start: LoopStart = ev.read().map_err(unreadable)?;
        ctx.set("seconds", start.seconds);
        ctx.set("turn", 0);
        start.number
    } else {
        ev.read::<Next>().map_err(unreadable)?.number
    };
    let turn = ctx.get::<u64>("turn").unwrap_or(0);
    ctx.emit(&Visited { number, turn });
    ctx.set("turn", turn + 1);
    ctx.sleep(ctx.get("seconds").unwrap_or(0.0)).await;
    match number {
        1 => done(json!({ "turns": turn })),
        odd if odd % 2 == 1 => next(&Odd { number }),
        _ => next(&Even { number }),
    }
}

async fn halve(_ctx: Context, ev: Even) -> StepResult {
    next(&Next {
        number: ev.number / 2,
    })
}

async fn triple(_ctx: Context, ev: Odd) -> StepResult {
    next(&Next {
        number: ev.number.saturating_mul(3).saturating_add(1),
    })
}

pub(super) fn walk() -> Workflow {
    workflow(
        "loop",
        include_str!("recorded/loop.json"),
        LoopStart::CLASS,
        &[
            LoopStart::CLASS,
            Even::CLASS,
            Odd::CLASS,
            Next::CLASS,
            &framework::STOP,
        ],
        vec![
            Step::any("decide", vec![LoopStart::CLASS, Next::CLASS], decide),
            Step::new("halve", halve),
            Step::new("triple", triple),
        ],
    )
}
