//! The work of the agents of an `AgentWorkflow`, folded from its events: turns, texts, tool calls and handoffs.
//!
//! The classes are those of `llama_index.core.agent.workflow`: `AgentInput`, `AgentSetup`, `AgentStream`, `AgentOutput`, `ToolCall` and
//! `ToolCallResult`. Each turn, call and result keeps the sequence of its event, so the fold shows any moment of the run.

use crate::chat::message_words;
use workflow_protocol::{EventRef, RawJson, field_str, fields};

/// The tool that `AgentWorkflow` uses to hand over to another agent.
const HANDOFF: &str = "handoff";

/// How many turns are kept, because an agent that never stops must not use all memory.
const TURNS: usize = 5_000;

/// How many bytes of a turn's text are kept.
const TEXT: usize = 1 << 20;

/// How many calls of a turn are kept.
const CALLS: usize = 500;

/// Classes that only agents send.
const CLASSES: [&str; 4] = ["AgentInput", "AgentSetup", "AgentStream", "AgentOutput"];

/// Whether a class is one of those that only agents send.
pub fn is_agent_class(class: &str) -> bool {
    CLASSES.contains(&class)
}

/// The turns of the agents of a run, so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AgentLog {
    turns: Vec<AgentTurn>,
}

/// One turn of an agent: its text, and its tool calls.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AgentTurn {
    /// The agent's name; empty if the events name none.
    pub agent: String,
    /// The sequence of the event that started the turn.
    pub sequence: u64,
    /// The tool calls, in order.
    pub calls: Vec<AgentCall>,
    /// The joined text of the streamed pieces.
    streamed: String,
    /// The sequence of each piece, and its end in the joined text.
    pieces: Vec<(u64, u32)>,
    /// The complete answer with the sequence of its event.
    output: Option<(u64, String)>,
}

/// A tool call.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentCall {
    /// The server's id of the call.
    pub id: String,
    /// The tool's name.
    pub tool: String,
    /// The arguments, a JSON object.
    pub arguments: RawJson,
    /// The sequence of the event that made the call.
    pub sequence: u64,
    /// Its result; `None` while it is running.
    pub result: Option<AgentResult>,
}

/// The result of a tool.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentResult {
    /// Its text, or else its JSON.
    pub text: String,
    /// Whether the tool failed.
    pub is_error: bool,
    /// The sequence of its event.
    pub sequence: u64,
}

impl AgentLog {
    /// Handles the next event. Returns whether anything changed.
    pub fn push(&mut self, event: &EventRef<'_>) -> bool {
        let Some(value) = event.value else { return false };
        let sequence = event.sequence;
        match event.class.name.as_str() {
            "AgentInput" => {
                self.begin(agent_of(value), sequence);
            }
            "AgentSetup" => {
                self.turn(agent_of(value), sequence);
            }
            "AgentStream" => {
                let piece = field_str(value, "delta").unwrap_or_default();
                let turn = self.turn(agent_of(value), sequence);
                let room = |turn: &&mut AgentTurn| turn.streamed.len() + piece.len() <= TEXT;
                if let Some(turn) = turn.filter(room) {
                    turn.streamed.push_str(&piece);
                    turn.pieces.push((sequence, turn.streamed.len() as u32));
                }
            }
            "AgentOutput" => {
                let text = member(value, "response").and_then(|response| message_words(response.as_str()));
                if let Some(turn) = self.turn(agent_of(value), sequence) {
                    turn.output = Some((sequence, cut(text.unwrap_or_default())));
                }
            }
            "ToolCall" if !self.turns.is_empty() => self.call(call_of(value, sequence)),
            "ToolCallResult" if !self.turns.is_empty() => self.result(value, sequence),
            _ => return false,
        }
        true
    }

    /// The turns, in order.
    pub fn turns(&self) -> &[AgentTurn] {
        &self.turns
    }

    /// The active agent after the event of a sequence.
    pub fn current(&self, sequence: u64) -> Option<&str> {
        let begun = self.turns.partition_point(|turn| turn.sequence <= sequence);
        Some(&self.turns.get(begun.checked_sub(1)?)?.agent)
    }

    fn begin(&mut self, agent: Option<String>, sequence: u64) -> Option<&mut AgentTurn> {
        if self.turns.len() < TURNS {
            self.turns.push(AgentTurn {
                agent: agent.unwrap_or_default(),
                sequence,
                ..AgentTurn::default()
            });
        }
        self.turns.last_mut()
    }

    /// The turn that an agent's event belongs to: the last one, unless that has ended or belongs to another agent.
    fn turn(&mut self, agent: Option<String>, sequence: u64) -> Option<&mut AgentTurn> {
        let fits =
            |last: &AgentTurn| last.output.is_none() && agent.as_ref().is_none_or(|it| *it == last.agent);
        if self.turns.last().is_some_and(fits) {
            self.turns.last_mut()
        } else {
            self.begin(agent, sequence)
        }
    }

    fn call(&mut self, call: AgentCall) {
        if let Some(turn) = self.turns.last_mut().filter(|turn| turn.calls.len() < CALLS) {
            turn.calls.push(call);
        }
    }

    fn result(&mut self, value: &str, sequence: u64) {
        let id = field_str(value, "tool_id").unwrap_or_default();
        let output = member(value, "tool_output").unwrap_or_else(RawJson::null);
        let is_error = member(output.as_str(), "is_error").is_some_and(|it| it.as_str() == "true");
        let text = message_words(output.as_str()).unwrap_or_else(|| output.as_str().to_owned());
        let result = AgentResult {
            text: cut(text),
            is_error,
            sequence,
        };
        // Calls of a turn may end in any order, even after the turn.
        let open = self.turns.iter_mut().rev().take(2).find_map(|turn| {
            let mut calls = turn.calls.iter_mut();
            calls.find(|call| call.id == id && call.result.is_none())
        });
        match open {
            Some(call) => call.result = Some(result),
            None => self.call(AgentCall {
                result: Some(result),
                ..call_of(value, sequence)
            }),
        }
    }
}

impl AgentTurn {
    /// The agent's text up to the event of a sequence.
    pub fn text(&self, sequence: u64) -> &str {
        if let Some((at, text)) = &self.output
            && *at <= sequence
            && !text.is_empty()
        {
            return text;
        }
        let pieces = self.pieces.partition_point(|(at, _)| *at <= sequence);
        let end = pieces.checked_sub(1).and_then(|last| self.pieces.get(last));
        self.streamed
            .get(..end.map_or(0, |(_, end)| *end as usize))
            .unwrap_or_default()
    }

    /// Whether the agent had completed its answer after the event of a sequence. Its tools may still run.
    pub fn has_answered(&self, sequence: u64) -> bool {
        self.output.as_ref().is_some_and(|(at, _)| *at <= sequence)
    }
}

impl AgentCall {
    /// The agent that this call hands over to, and the given reason.
    pub fn handoff(&self) -> Option<(String, String)> {
        if self.tool != HANDOFF {
            return None;
        }
        let arguments = self.arguments.as_str();
        let to = field_str(arguments, "to_agent")?;
        Some((to, field_str(arguments, "reason").unwrap_or_default()))
    }
}

/// The part of a text that is kept.
fn cut(mut text: String) -> String {
    let mut end = text.len().min(TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text
}

fn agent_of(value: &str) -> Option<String> {
    field_str(value, "current_agent_name")
}

fn call_of(value: &str, sequence: u64) -> AgentCall {
    AgentCall {
        id: field_str(value, "tool_id").unwrap_or_default(),
        tool: field_str(value, "tool_name").unwrap_or_default(),
        arguments: member(value, "tool_kwargs").unwrap_or_else(RawJson::empty_object),
        sequence,
        result: None,
    }
}

fn member(value: &str, name: &str) -> Option<RawJson> {
    let fields = fields(value).ok()?;
    fields
        .into_iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value)
}
