//! Chats.

use super::prompts::asking;
use crate::made::{self, FIRST_QUESTION, SECOND_QUESTION};
use crate::scene::{Size, Specimen, feed, server};
use leptos::prelude::*;
use std::time::Duration;
use workflow_ui_components::chat::Chat;
use workflow_ui_core::{Recording, Reply};

/// How often a streaming chat gets another word.
const WORD: Duration = Duration::from_millis(90);

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

#[component]
fn Ended(recording: Recording) -> impl IntoView {
    server().serve_all(std::slice::from_ref(&recording));
    chat_of(&recording)
}

/// A run that asks a question, after this many frames.
#[component]
fn Asking(frames: usize) -> impl IntoView {
    let recording = asking();
    feed(server(), recording.clone(), 0..frames);
    chat_of(&recording)
}

#[component]
fn Streaming() -> impl IntoView {
    let server = server();
    let recording = made::tokens().running();
    server.serve_all(std::slice::from_ref(&recording));
    let chat = chat_of(&recording);
    // The run never ends: the last frames are left out.
    let frames = recording.frames().len() - 3;
    let next = StoredValue::new(0);
    let feed_next = move || {
        let at = next.get_value();
        if at < frames {
            next.set_value(at + 1);
            feed(server.clone(), recording.clone(), at..at + 1);
        }
    };
    if let Ok(timer) = set_interval_with_handle(feed_next, WORD) {
        on_cleanup(move || timer.clear());
    }
    chat
}

#[component]
fn LostRun() -> impl IntoView {
    server().get("/handlers/lost", Reply::detail(404, "Handler not found"));
    view! { <Chat workflow="greeting" handler_id="lost" /> }
}

fn chat_of(recording: &Recording) -> impl IntoView + use<> {
    let handler = recording.handler();
    view! { <Chat workflow=handler.workflow_name.clone() handler_id=handler.handler_id.clone() /> }
}

fn thousand_messages() -> Recording {
    let message = |number: usize| {
        format!(r#"{{"type":"MessageEvent","types":null,"value":{{"text":"Message {number}"}}}}"#)
    };
    let messages: Vec<String> = (1..=1000).map(message).collect();
    let messages: Vec<&str> = messages.iter().map(String::as_str).collect();
    made::made("completed", &messages)
}

#[component]
fn Empty() -> impl IntoView {
    server().serve(&made::greeting());
    view! { <Chat workflow="greeting" /> }
}

#[component]
pub(crate) fn Chats() -> impl IntoView {
    view! {
        <Specimen caption="Empty" size=Size::Tall>
            <Empty />
        </Specimen>
        <Specimen caption="While streaming" size=Size::Tall>
            <Streaming />
        </Specimen>
        <Specimen caption="Streamed to its end" size=Size::Tall>
            <Ended recording=made::tokens() />
        </Specimen>
        <Specimen caption="An agent with a tool" size=Size::Tall>
            <Ended recording=made::made("completed", &AGENT) />
        </Specimen>
        <Specimen caption="Asked for a text" size=Size::Tall>
            <Asking frames=FIRST_QUESTION />
        </Specimen>
        <Specimen caption="Asked with choices" size=Size::Tall>
            <Asking frames=SECOND_QUESTION />
        </Specimen>
        <Specimen caption="At work" size=Size::Tall>
            <Asking frames=1 />
        </Specimen>
        <Specimen caption="Failed" size=Size::Tall>
            <Ended recording=made::failing() />
        </Specimen>
        <Specimen caption="The server no longer knows the run" size=Size::Tall>
            <LostRun />
        </Specimen>
        <Specimen caption="A thousand messages" size=Size::Tall>
            <Ended recording=thousand_messages() />
        </Specimen>
    }
}
