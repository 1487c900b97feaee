//! `approvals`: one step waits in several invocations at once, each for an answer of its own.

use serde::{Deserialize, Serialize};

use super::workflow;
use crate::engine::{
    Context, Event, Exception, Step, StepResult, Typed, Wait, Workflow, classes, done, framework, next,
};

const TOOLS: [&str; 5] = ["search", "mail", "calendar", "payment", "printer"];

#[derive(Deserialize)]
struct ApprovalsStart {
    calls: u64,
}

#[derive(Serialize, Deserialize)]
struct ToolCall {
    call: u64,
    tool: String,
}

#[derive(Serialize)]
struct MayRun {
    prompt: String,
    call: u64,
}

#[derive(Deserialize)]
struct Permission {
    allow: bool,
}

#[derive(Serialize, Deserialize)]
struct ToolDone {
    call: u64,
    tool: String,
    ran: bool,
}

#[derive(Serialize)]
struct SummedUp {
    calls: u64,
    ran: Vec<u64>,
}

classes! {
    ApprovalsStart: ["StartEvent"],
    ToolCall: [],
    MayRun: ["InputRequiredEvent"],
    Permission: ["HumanResponseEvent"],
    ToolDone: [],
}

async fn plan(ctx: Context, ev: ApprovalsStart) -> StepResult {
    ctx.set("calls", ev.calls);
    for (call, tool) in (0..ev.calls).zip(TOOLS.into_iter().cycle()) {
        let tool = tool.to_owned();
        ctx.send(&ToolCall { call, tool });
    }
    Ok(None)
}

async fn run_tool(ctx: Context, ev: ToolCall) -> StepResult {
    let ToolCall { call, tool } = ev;
    let prompt = Event::from(&MayRun {
        prompt: format!("May the tool {tool} run? (call {call})"),
        call,
    });
    let wait = Wait::new(format!("call-{call}"), Permission::CLASS, prompt).requiring("call", call);
    let answer: Permission = match ctx.wait_for(wait)?.read() {
        Ok(answer) => answer,
        Err(error) => return Err(Exception::value_error(error.to_string()).into()),
    };
    let done = ToolDone {
        call,
        tool,
        ran: answer.allow,
    };
    ctx.emit(&done);
    next(&done)
}

async fn sum_up(ctx: Context, ev: Event) -> StepResult {
    let Some(calls) = ctx.get::<u64>("calls") else {
        return Err(Exception::value_error("Path 'calls' not found in state").into());
    };
    let Some(all) = ctx.collect(ev, usize::try_from(calls).unwrap_or(usize::MAX)) else {
        return Ok(None);
    };
    let all = all.iter().filter_map(|one| one.read::<ToolDone>().ok());
    let mut ran: Vec<u64> = all.filter(|one| one.ran).map(|one| one.call).collect();
    ran.sort_unstable();
    done(SummedUp { calls, ran })
}

pub(super) fn approvals() -> Workflow {
    workflow(
        "approvals",
        include_str!("recorded/approvals.json"),
        ApprovalsStart::CLASS,
        &[
            ApprovalsStart::CLASS,
            ToolCall::CLASS,
            MayRun::CLASS,
            Permission::CLASS,
            ToolDone::CLASS,
            &framework::STOP,
        ],
        vec![
            Step::new("plan", plan),
            Step::new("run_tool", run_tool).workers(4),
            Step::any("sum_up", vec![ToolDone::CLASS], sum_up).workers(1),
        ],
    )
}
