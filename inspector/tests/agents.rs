//! The turns of agents, from the events of an `AgentWorkflow`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use workflow_inspector::agents::{AgentLog, is_agent_class};
use workflow_protocol::{Envelope, EventLog};

/// A researcher calls a tool and hands over to a writer, who answers.
const EVENTS: [(&str, &str); 13] = [
    ("AgentInput", r#"{"input":[],"current_agent_name":"Researcher"}"#),
    ("AgentSetup", r#"{"input":[],"current_agent_name":"Researcher"}"#),
    (
        "AgentStream",
        r#"{"delta":"Let me ","response":"Let me ","current_agent_name":"Researcher","tool_calls":[],"raw":null}"#,
    ),
    (
        "AgentStream",
        r#"{"delta":"look.","response":"Let me look.","current_agent_name":"Researcher","tool_calls":[],"raw":null}"#,
    ),
    (
        "AgentOutput",
        r#"{"response":{"role":"assistant","blocks":[{"block_type":"text","text":"Let me look."}]},"current_agent_name":"Researcher","tool_calls":[{"tool_id":"c1"}]}"#,
    ),
    (
        "ToolCall",
        r#"{"tool_name":"search","tool_kwargs":{"query":"tea"},"tool_id":"c1"}"#,
    ),
    (
        "ToolCall",
        r#"{"tool_name":"handoff","tool_kwargs":{"to_agent":"Writer","reason":"facts are there"},"tool_id":"c2"}"#,
    ),
    (
        "ToolCallResult",
        r#"{"tool_name":"handoff","tool_kwargs":{},"tool_id":"c2","tool_output":{"blocks":[{"text":"Agent Writer is now handling the request."}],"is_error":false},"return_direct":true}"#,
    ),
    (
        "ToolCallResult",
        r#"{"tool_name":"search","tool_kwargs":{"query":"tea"},"tool_id":"c1","tool_output":{"content":"no network","is_error":true},"return_direct":false}"#,
    ),
    ("AgentInput", r#"{"input":[],"current_agent_name":"Writer"}"#),
    ("AgentStream", r#"{"delta":"Tea ","current_agent_name":"Writer"}"#),
    (
        "AgentStream",
        r#"{"delta":"is a drnk","current_agent_name":"Writer"}"#,
    ),
    (
        "AgentOutput",
        r#"{"response":{"role":"assistant","content":"Tea is a drink."},"current_agent_name":"Writer"}"#,
    ),
];

fn fold(events: &[(&str, &str)]) -> AgentLog {
    let mut log = EventLog::default();
    for (at, (class, value)) in events.iter().enumerate() {
        let frame = format!(r#"{{"type":"{class}","types":null,"value":{value}}}"#);
        log.push(at as u64, &Envelope::parse(&frame).unwrap(), None);
    }
    let mut agents = AgentLog::default();
    for at in 0..log.len() {
        agents.push(&log.get(at).unwrap());
    }
    agents
}

/// What is shown after an event: agent, text, and each call with what it gave.
fn shown(agents: &AgentLog, at: u64) -> Vec<(String, String, Vec<(String, Option<String>)>)> {
    let begun = agents.turns().iter().filter(|turn| turn.sequence <= at);
    begun
        .map(|turn| {
            let calls = turn.calls.iter().filter(|call| call.sequence <= at);
            let calls = calls.map(|call| {
                let result = call.result.as_ref().filter(|result| result.sequence <= at);
                (call.tool.clone(), result.map(|result| result.text.clone()))
            });
            (turn.agent.clone(), turn.text(at).to_owned(), calls.collect())
        })
        .collect()
}

#[test]
fn turns_have_text_calls_and_handoffs() {
    let agents = fold(&EVENTS);
    let [researcher, writer] = agents.turns() else {
        panic!("{:#?}", agents.turns());
    };
    assert_eq!(
        (researcher.agent.as_str(), writer.agent.as_str()),
        ("Researcher", "Writer")
    );
    assert_eq!(researcher.text(u64::MAX), "Let me look.");
    assert_eq!(writer.text(11), "Tea is a drnk", "the pieces, joined");
    assert_eq!(writer.text(12), "Tea is a drink.", "the whole answer is right");
    let search = &researcher.calls[0];
    assert_eq!(
        (search.tool.as_str(), search.arguments.as_str()),
        ("search", r#"{"query":"tea"}"#)
    );
    let result = search.result.as_ref().unwrap();
    assert!(result.is_error && result.text == "no network", "{result:?}");
    assert_eq!(search.handoff(), None);
    let handoff = researcher.calls[1].handoff();
    assert_eq!(handoff, Some(("Writer".to_owned(), "facts are there".to_owned())));
    assert_eq!(agents.current(8), Some("Researcher"));
    assert_eq!(agents.current(9), Some("Writer"));
}

#[test]
fn a_moment_of_the_whole_equals_a_fold_of_the_events_until_it() {
    let whole = fold(&EVENTS);
    for cut in 1..=EVENTS.len() {
        let at = cut as u64 - 1;
        assert_eq!(shown(&whole, at), shown(&fold(&EVENTS[..cut]), at), "after {at}");
    }
}

#[test]
fn events_of_others_and_odd_values_do_no_harm() {
    let odd = [
        ("ToolCall", r#"{"tool_name":"before any agent"}"#),
        ("AgentInput", "{}"),
        ("AgentStream", r#"{"delta":7}"#),
        ("ToolCall", r#"{"tool_kwargs":"text"}"#),
        ("ToolCallResult", r#"{"tool_id":"unknown","tool_output":null}"#),
        ("AgentOutput", r#"{"response":null}"#),
        ("Progress", "{}"),
    ];
    let agents = fold(&odd);
    assert_eq!(agents.turns().len(), 1);
    assert_eq!(agents.turns()[0].calls.len(), 2, "{:#?}", agents.turns());
    assert!(is_agent_class("AgentStream") && !is_agent_class("ToolCall"));
}
