//! Turns of agents.

use crate::made;
use crate::scene::{Size, Specimen, running, watched};
use leptos::prelude::*;
use workflow_ui_components::agents::RunAgents;

/// A researcher who calls a tool and hands over to a writer.
const EVENTS: [&str; 11] = [
    r#"{"type":"AgentInput","types":null,"value":{"input":[],"current_agent_name":"Researcher"}}"#,
    r#"{"type":"AgentStream","types":null,"value":{"delta":"Let me ","current_agent_name":"Researcher"}}"#,
    r#"{"type":"AgentStream","types":null,"value":{"delta":"look that up.","current_agent_name":"Researcher"}}"#,
    r#"{"type":"AgentOutput","types":null,"value":{"response":{"blocks":[{"text":"Let me look that up."}]},"current_agent_name":"Researcher"}}"#,
    r#"{"type":"ToolCall","types":null,"value":{"tool_name":"search","tool_kwargs":{"query":"tea","limit":3},"tool_id":"c1"}}"#,
    r#"{"type":"ToolCallResult","types":null,"value":{"tool_name":"search","tool_kwargs":{},"tool_id":"c1","tool_output":{"content":"Tea is made of leaves.","is_error":false}}}"#,
    r#"{"type":"ToolCall","types":null,"value":{"tool_name":"fetch","tool_kwargs":{"url":"https://example.org"},"tool_id":"c2"}}"#,
    r#"{"type":"ToolCallResult","types":null,"value":{"tool_name":"fetch","tool_kwargs":{},"tool_id":"c2","tool_output":{"content":"no network","is_error":true}}}"#,
    r#"{"type":"ToolCall","types":null,"value":{"tool_name":"handoff","tool_kwargs":{"to_agent":"Writer","reason":"the facts are there"},"tool_id":"c3"}}"#,
    r#"{"type":"AgentInput","types":null,"value":{"input":[],"current_agent_name":"Writer"}}"#,
    r#"{"type":"AgentStream","types":null,"value":{"delta":"Tea is a drink that","current_agent_name":"Writer"}}"#,
];

#[component]
pub(crate) fn AgentRuns() -> impl IntoView {
    view! {
        <Specimen caption="Nothing yet" size=Size::Wide>
            <RunAgents run=running(made::looping(), 0..0) />
        </Specimen>
        <Specimen caption="A tool, a failure, a handoff" size=Size::Wide>
            <RunAgents run=watched(&made::made("completed", &EVENTS)) />
        </Specimen>
        <Specimen caption="At an earlier moment" size=Size::Wide>
            <RunAgents run=watched(&made::made("completed", &EVENTS)) at=Some(4) />
        </Specimen>
    }
}
