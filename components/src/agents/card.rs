//! One turn of an agent.

use super::follow::Followed;
use crate::icon::{Icon, IconView};
use crate::status::status_icon;
use leptos::prelude::*;
use workflow_inspector::agents::AgentCall;
use workflow_inspector::json::preview;

/// Characters of arguments and results that are shown. The event has all of them.
const PREVIEW: usize = 2_000;

/// Bytes and lines that fit without scrolling, also on a narrow screen.
const LONG: usize = 300;
const LINES: usize = 8;

/// What a turn shows.
#[derive(Clone, Debug, PartialEq)]
struct Shown {
    text: String,
    has_answered: bool,
    calls: usize,
}

/// A call as it is shown.
#[derive(Clone, Debug, Default, PartialEq)]
struct ShownCall {
    tool: String,
    arguments: String,
    result: Option<String>,
    state: &'static str,
    handoff: Option<String>,
    sequence: u64,
}

impl ShownCall {
    fn of(call: &AgentCall, at: u64) -> Self {
        let result = call.result.as_ref().filter(|result| result.sequence <= at);
        let state = match result {
            None => "running",
            Some(result) if result.is_error => "failed",
            Some(_) => "done",
        };
        let handoff = call.handoff().map(|(to, reason)| match reason.as_str() {
            "" => format!("Handed over to {to}"),
            _ => format!("Handed over to {to}: {reason}"),
        });
        Self {
            tool: call.tool.clone(),
            arguments: preview(call.arguments.as_str(), PREVIEW),
            result: result.map(|result| result.text.chars().take(PREVIEW).collect()),
            state,
            handoff,
            sequence: result.map_or(call.sequence, |result| result.sequence),
        }
    }
}

/// The card of a turn.
#[component]
pub(super) fn TurnCard(
    followed: Followed,
    turn: usize,
    at: Signal<Option<u64>>,
    on_select: Option<Callback<u64>>,
) -> impl IntoView {
    let until = move || at.get().unwrap_or(u64::MAX);
    let (agent, sequence) =
        untrack(|| followed.turn(turn, |turn| (turn.agent.clone(), turn.sequence))).unwrap_or_default();
    let name = agent.clone();
    let shown = Memo::new(move |_| {
        let at = until();
        followed.turn(turn, |turn| Shown {
            text: turn.text(at).to_owned(),
            has_answered: turn.has_answered(at),
            calls: turn.calls.partition_point(|call| call.sequence <= at),
        })
    });
    let text = move || shown.with(|shown| shown.as_ref().map(|shown| shown.text.clone()));
    let is_answering = move || shown.with(|shown| shown.as_ref().is_some_and(|shown| !shown.has_answered));
    let calls = move || 0..shown.with(|shown| shown.as_ref().map_or(0, |shown| shown.calls));
    let open = move |sequence| {
        if let Some(on_select) = on_select {
            on_select.run(sequence);
        }
    };
    view! {
        <li
            class="wf-agents__turn"
            data-part="agent-turn"
            part="agent-turn"
            data-agent=agent
            data-seq=sequence
            aria-busy=move || is_answering().to_string()
        >
            <div class="wf-agents__head">
                <strong class="wf-mono">{name}</strong>
                <span class="wf-agents__state" hidden=move || !is_answering()>
                    <IconView icon=Icon::Arc />
                    "answering"
                </span>
                <span class="wf-grow"></span>
                <button
                    type="button"
                    class="wf-button wf-button--plain wf-mono"
                    on:click=move |_| open(sequence)
                >
                    {format!("#{sequence}")}
                </button>
            </div>
            <p class="wf-agents__text" data-part="agent-text" part="agent-text">
                {text}
            </p>
            <For each=calls key=|call| *call let:call>
                <CallCard followed turn call at on_open=open />
            </For>
        </li>
    }
}

/// A call of a tool, with what it gave.
#[component]
fn CallCard(
    followed: Followed,
    turn: usize,
    call: usize,
    at: Signal<Option<u64>>,
    #[prop(into)] on_open: Callback<u64>,
) -> impl IntoView {
    let shown = Memo::new(move |before: Option<&ShownCall>| {
        let at = at.get().unwrap_or(u64::MAX);
        let found = followed.turn(turn, |turn| {
            turn.calls.get(call).map(|call| ShownCall::of(call, at))
        });
        found.flatten().or(before.cloned()).unwrap_or_default()
    });
    let ShownCall {
        tool,
        arguments,
        handoff,
        ..
    } = shown.get_untracked();
    let name = tool.clone();
    let sequence = move || shown.with(|shown| shown.sequence);
    let state = move || shown.with(|shown| shown.state);
    let result = Memo::new(move |_| shown.with(|shown| shown.result.clone()));
    view! {
        <div
            class="wf-agents__call"
            data-part="agent-call"
            part="agent-call"
            data-tool=tool
            data-state=state
        >
            <div class="wf-agents__head">
                <span class="wf-muted">"Tool"</span>
                <strong class="wf-mono">{name}</strong>
                <span class="wf-agents__state">
                    <IconView icon=move || state_icon(state()) />
                    {state}
                </span>
                <span class="wf-grow"></span>
                <button
                    type="button"
                    class="wf-button wf-button--plain wf-mono"
                    on:click=move |_| on_open.run(sequence())
                >
                    {move || format!("#{}", sequence())}
                </button>
            </div>
            {handoff
                .map(|handoff| view! { <p class="wf-agents__handoff" data-part="agent-handoff" part="agent-handoff">{handoff}</p> })}
            <Value label="Arguments" text=arguments />
            {move || result.get().map(|text| view! { <Value label="Result" text /> })}
        </div>
    }
}

/// A text that scrolls where it is long, also by keyboard.
#[component]
fn Value(label: &'static str, text: String) -> impl IntoView {
    let is_long = text.len() > LONG || text.lines().count() > LINES;
    view! {
        <span class="wf-muted">{label}</span>
        <pre class="wf-agents__value" role="group" aria-label=label tabindex=is_long.then_some("0")>
            {text}
        </pre>
    }
}

fn state_icon(state: &str) -> Icon {
    status_icon(if state == "done" { "completed" } else { state })
}
