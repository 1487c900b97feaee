//! Chats.

use super::prompts::asking;
use crate::made::{self, FIRST_QUESTION, SECOND_QUESTION};
use crate::scene::{Size, feed, specimen, when_open};
use std::cell::Cell;
use workflow_ui_components::chat::{ChatOptions, ChatParts, chat as chat_of};
use workflow_ui_components::ui::{Call, El, Var, every, memo};
use workflow_ui_core::{Recording, Reply, ScriptedTransport};

/// How often a streaming chat gets another word, in milliseconds.
const WORD: i32 = 90;

const AGENT: [&str; 9] = [
    r#"{"type":"AgentInput","types":null,"value":{"input":[{"role":"user","blocks":[{"block_type":"text","text":"How high was it?"}]}],"current_agent_name":"writer"}}"#,
    r#"{"type":"AgentStream","types":null,"value":{"delta":"Let me look ","response":"Let me look ","current_agent_name":"writer","tool_calls":[]}}"#,
    r#"{"type":"AgentStream","types":null,"value":{"delta":"into the harbour's log.","response":"Let me look into the harbour's log.","current_agent_name":"writer","tool_calls":[]}}"#,
    r#"{"type":"AgentOutput","types":null,"value":{"response":{"role":"assistant","additional_kwargs":{},"blocks":[{"block_type":"text","text":"Let me look into the harbour's log."}]},"current_agent_name":"writer","tool_calls":[{"tool_name":"search","tool_kwargs":{"query":"spring tide 1953"},"tool_id":"t1"}]}}"#,
    r#"{"type":"ToolCall","types":null,"value":{"tool_name":"search","tool_kwargs":{"query":"spring tide 1953"},"tool_id":"t1"}}"#,
    r#"{"type":"ToolCallResult","types":["ToolCall"],"value":{"tool_name":"search","tool_kwargs":{"query":"spring tide 1953"},"tool_id":"t1","tool_output":{"blocks":[{"block_type":"text","text":"1953-02-01 03:24  4.55 m above NAP\n1953-02-01 15:10  2.31 m above NAP"}],"tool_name":"search","is_error":false},"return_direct":false}}"#,
    r#"{"type":"AgentStream","types":null,"value":{"delta":"The log of Vlissingen has **4.55 m** above NAP, ","response":"","current_agent_name":"writer","tool_calls":[]}}"#,
    r#"{"type":"AgentStream","types":null,"value":{"delta":"in the night of the first of February.","response":"","current_agent_name":"writer","tool_calls":[]}}"#,
    r#"{"type":"StopEvent","types":null,"value":{"result":"The log of Vlissingen has **4.55 m** above NAP, in the night of the first of February."}}"#,
];

fn over(workflow: &str, handler_id: &str) -> El {
    let workflow = workflow.to_owned();
    chat_of(ChatParts {
        workflow: memo(move || workflow.clone()),
        handler_id: Var::new(handler_id.to_owned()),
        on_started: Call::new(|_| {}),
        options: ChatOptions::default(),
    })
}

fn ended(server: &ScriptedTransport, recording: &Recording) -> El {
    server.serve_all(std::slice::from_ref(recording));
    let handler = recording.handler();
    over(&handler.workflow_name, &handler.handler_id)
}

fn asked(server: &ScriptedTransport, frames: usize) -> El {
    let recording = asking(server);
    let handler = recording.handler().clone();
    feed(server.clone(), recording, 0..frames);
    over(&handler.workflow_name, &handler.handler_id)
}

fn streaming(server: &ScriptedTransport) -> El {
    let recording = made::tokens().running();
    server.serve_all(std::slice::from_ref(&recording));
    let handler = recording.handler().clone();
    let (server, told) = (server.clone(), Cell::new(0));
    // The run never ends: the last frames stay away.
    let frames = recording.frames().len() - 3;
    every(WORD, move || {
        let at = told.get();
        if at < frames {
            told.set(at + 1);
            let recording = recording.clone();
            when_open(
                server.clone(),
                recording.handler().handler_id.clone(),
                move |stream| {
                    recording.feed(stream, at..at + 1);
                },
            );
        }
    });
    over(&handler.workflow_name, &handler.handler_id)
}

pub(crate) fn chat() -> Vec<El> {
    vec![
        specimen("Empty", Size::Tall, |server| {
            let greeting = made::greeting();
            server.serve(&greeting);
            over("greeting", "")
        }),
        specimen("While streaming", Size::Tall, streaming),
        specimen("Streamed to its end", Size::Tall, |server| {
            ended(server, &made::tokens())
        }),
        specimen("An agent with a tool", Size::Tall, |server| {
            ended(server, &made::made("completed", &AGENT))
        }),
        specimen("Asked for a text", Size::Tall, |server| {
            asked(server, FIRST_QUESTION)
        }),
        specimen("Asked with choices", Size::Tall, |server| {
            asked(server, SECOND_QUESTION)
        }),
        specimen("At work", Size::Tall, |server| asked(server, 1)),
        specimen("Failed", Size::Tall, |server| ended(server, &made::failing())),
        specimen("The server no longer knows the run", Size::Tall, |server| {
            server.get("/handlers/lost", Reply::detail(404, "Handler not found"));
            over("greeting", "lost")
        }),
        specimen("A thousand messages", Size::Tall, |server| {
            let says = |number: usize| {
                let text = number.to_string();
                [
                    "{\"type\":\"MessageEvent\",\"types\":null,\"value\":{\"text\":\"Message ",
                    &text,
                    "\"}}",
                ]
                .concat()
            };
            let all: Vec<String> = (1..=1000).map(says).collect();
            let all: Vec<&str> = all.iter().map(String::as_str).collect();
            ended(server, &made::made("completed", &all))
        }),
    ]
}
