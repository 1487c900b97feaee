//! `interview`: two questions to a human, the stock one through a waiter and a typed one by steps.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::workflow;
use crate::engine::{
    Context, Event, Exception, Step, StepResult, Typed, Wait, Workflow, classes, done, framework, next,
};

#[derive(Serialize, Deserialize)]
struct Named {
    name: String,
}

#[derive(Serialize)]
struct Ask {
    prompt: String,
    choices: Vec<&'static str>,
}

#[derive(Deserialize)]
struct Answer {
    choice: String,
}

#[derive(Serialize)]
struct Served {
    name: Option<String>,
    drink: String,
}

classes! { Named: [], Ask: ["InputRequiredEvent"], Answer: ["HumanResponseEvent"] }

async fn ask_name(ctx: Context, _ev: Event) -> StepResult {
    let prompt = json!({ "_data": { "prefix": "What is your name? " } });
    let prompt = Event::new(&framework::INPUT_REQUIRED, &prompt);
    let reply = ctx.wait_for(Wait::new("name", &framework::HUMAN_RESPONSE, prompt))?;
    match reply.field("response") {
        Some(response) => match serde_json::from_str(response.get()) {
            Ok(name) => next(&Named { name }),
            Err(error) => Err(Exception::value_error(format!("Named: {error}")).into()),
        },
        None => Err(Exception {
            kind: "builtins.AttributeError",
            message: "'HumanResponseEvent' object has no attribute 'response'".to_owned(),
        }
        .into()),
    }
}

async fn ask_drink(ctx: Context, ev: Named) -> StepResult {
    ctx.set("name", &ev.name);
    let prompt = format!("What would you like to drink, {}?", ev.name);
    next(&Ask {
        prompt,
        choices: vec!["coffee", "tea", "water"],
    })
}

async fn serve(ctx: Context, ev: Answer) -> StepResult {
    done(Served {
        name: ctx.get("name"),
        drink: ev.choice,
    })
}

pub(super) fn interview() -> Workflow {
    let classes = [
        &framework::START,
        Named::CLASS,
        Ask::CLASS,
        Answer::CLASS,
        &framework::STOP,
        &framework::HUMAN_RESPONSE,
        &framework::INPUT_REQUIRED,
    ];
    workflow(
        "interview",
        include_str!("recorded/interview.json"),
        &framework::START,
        &classes,
        vec![
            Step::any("ask_name", vec![&framework::START], ask_name),
            Step::new("ask_drink", ask_drink),
            Step::new("serve", serve),
        ],
    )
}
