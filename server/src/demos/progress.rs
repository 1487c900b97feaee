//! `progress` and `tokens`: many events, at a chosen rate.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::workflow;
use crate::engine::{
    Context, Exception, Pace, Step, StepResult, Typed, Workflow, classes, done, framework, next,
};

#[derive(Deserialize)]
struct ProgressStart {
    steps: u64,
    per_second: f64,
    payload_bytes: usize,
}

#[derive(Serialize)]
pub(super) struct Progress {
    pub(super) done: u64,
    pub(super) total: u64,
    pub(super) note: String,
}

#[derive(Deserialize)]
struct TokensStart {
    topic: String,
    words: u64,
    per_second: f64,
}

#[derive(Serialize)]
struct Token {
    text: String,
}

#[derive(Serialize)]
struct TokensStop {
    text: String,
    tokens: u64,
}

classes! { ProgressStart: ["StartEvent"], Progress: [], TokensStart: ["StartEvent"], Token: [], TokensStop: ["StopEvent"] }

async fn count(ctx: Context, ev: ProgressStart) -> StepResult {
    if ev.steps.saturating_mul(ev.payload_bytes as u64) > 2_000_000_000 {
        return Err(Exception::value_error(
            "More than 2 GB of events: choose fewer steps or a smaller payload",
        )
        .into());
    }
    let note = "x".repeat(ev.payload_bytes);
    let mut pace = Pace::new(ev.per_second);
    for done in 1..=ev.steps {
        ctx.emit(&Progress {
            done,
            total: ev.steps,
            note: note.clone(),
        });
        pace.turn().await;
    }
    done(json!({ "done": ev.steps }))
}

pub(super) fn progress() -> Workflow {
    workflow(
        "progress",
        include_str!("recorded/progress.json"),
        ProgressStart::CLASS,
        &[ProgressStart::CLASS, &framework::STOP],
        vec![Step::new("count", count)],
    )
}

const WORDS: &str = "waves arrive and leave again while somebody counts them and forgets the number because the light has \
                     changed and the boats are late and nobody minds";

async fn write(ctx: Context, ev: TokensStart) -> StepResult {
    let words = WORDS.split_whitespace().cycle().map(|word| format!(" {word}"));
    let mut text = String::new();
    let mut pace = Pace::new(ev.per_second);
    for (_, word) in (0..ev.words).zip(std::iter::once(format!("On {}:", ev.topic)).chain(words)) {
        text.push_str(&word);
        ctx.emit(&Token { text: word });
        pace.turn().await;
    }
    next(&TokensStop {
        text,
        tokens: ev.words,
    })
}

pub(super) fn tokens() -> Workflow {
    workflow(
        "tokens",
        include_str!("recorded/tokens.json"),
        TokensStart::CLASS,
        &[TokensStart::CLASS, TokensStop::CLASS],
        vec![Step::new("write", write)],
    )
}
