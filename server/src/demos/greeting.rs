//! `greeting`: the shortest one. Continue its handler to see that state is handed over.

use serde::{Deserialize, Serialize};

use super::workflow;
use crate::engine::{Context, Step, StepResult, Typed, Workflow, classes, next};

#[derive(Deserialize)]
struct GreetStart {
    name: String,
    count: u32,
    mood: String,
    nick: Option<String>,
}

#[derive(Serialize)]
struct Greeted {
    text: String,
}

#[derive(Serialize)]
struct GreetStop {
    greeting: String,
    n: u64,
}

classes! { GreetStart: ["StartEvent"], Greeted: [], GreetStop: ["StopEvent"] }

async fn greet(ctx: Context, ev: GreetStart) -> StepResult {
    let n = ctx.get::<u64>("n").unwrap_or(0) + 1;
    ctx.set("n", n);
    let mark = if ev.mood == "happy" { "!" } else { "..." };
    let nick = ev.nick.filter(|nick| !nick.is_empty());
    let text = format!("Hello, {}{mark}", nick.unwrap_or(ev.name));
    for _ in 0..ev.count {
        ctx.emit(&Greeted { text: text.clone() });
    }
    next(&GreetStop { greeting: text, n })
}

pub(super) fn greeting() -> Workflow {
    workflow(
        "greeting",
        include_str!("recorded/greeting.json"),
        GreetStart::CLASS,
        &[GreetStart::CLASS, GreetStop::CLASS],
        vec![Step::new("greet", greet)],
    )
}
