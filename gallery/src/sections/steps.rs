//! Timelines and graphs.

use crate::made::{self, FIRST_QUESTION};
use crate::scene::{Size, Specimen, running, watched};
use leptos::prelude::*;
use workflow_ui_components::graph::RunGraph;
use workflow_ui_components::step_log::RunLog;
use workflow_ui_components::timeline::RunTimeline;
use workflow_ui_core::UseWorkflowHandlerReturn;

#[component]
pub(crate) fn Timelines() -> impl IntoView {
    view! {
        <Specimen caption="Nothing yet" size=Size::Wide>
            <RunTimeline run=running(made::looping(), 0..0) />
        </Specimen>
        <Specimen caption="Steps side by side" size=Size::Wide>
            <RunTimeline run=watched(&made::fan_out()) />
        </Specimen>
        <Specimen caption="A loop" size=Size::Wide>
            <RunTimeline run=watched(&made::looping()) />
        </Specimen>
        <Specimen caption="Questions that waited" size=Size::Wide>
            <RunTimeline run=watched(&made::interview()) />
        </Specimen>
        <Specimen caption="A question that waits" size=Size::Wide>
            <RunTimeline run=running(made::interview(), 0..FIRST_QUESTION) />
        </Specimen>
        <Specimen caption="Tried again, and failed" size=Size::Wide>
            <RunTimeline run=watched(&made::failing()) />
        </Specimen>
        <Specimen caption="Timed out" size=Size::Wide>
            <RunTimeline run=watched(&made::timeout()) />
        </Specimen>
        <Specimen caption="Cancelled" size=Size::Wide>
            <RunTimeline run=watched(&made::cancelled()) />
        </Specimen>
    }
}

/// Kinds of nodes that agents draw.
const AGENTS: &str = r#"{"graph":{"name":"Team","nodes":[
    {"id":"team","label":"Team","node_type":"workflow_agent"},
    {"id":"researcher","label":"Researcher","node_type":"agent"},{"id":"writer","label":"Writer","node_type":"agent"},
    {"id":"search","label":"search","node_type":"tool"},{"id":"handoff","label":"handoff","node_type":"handoff"},
    {"id":"print","label":"PrintWorkflow","node_type":"child_connector"}],
    "edges":[{"source":"team","target":"researcher"},{"source":"researcher","target":"search"},
    {"source":"researcher","target":"handoff"},{"source":"handoff","target":"writer"},{"source":"writer","target":"print"}]}}"#;

#[component]
fn Graph(run: UseWorkflowHandlerReturn) -> impl IntoView {
    view! { <RunGraph run /> }
}

#[component]
pub(crate) fn Graphs() -> impl IntoView {
    view! {
        <Specimen caption="A cycle" size=Size::Wide>
            <Graph run=watched(&made::looping()) />
        </Specimen>
        <Specimen caption="A person in the loop" size=Size::Wide>
            <Graph run=watched(&made::interview()) />
        </Specimen>
        <Specimen caption="Fan out" size=Size::Wide>
            <Graph run=watched(&made::fan_out()) />
        </Specimen>
        <Specimen caption="While running" size=Size::Wide>
            <Graph run=running(made::interview(), 0..FIRST_QUESTION) />
        </Specimen>
        <Specimen caption="Agents, tools, a handoff, a child workflow" size=Size::Wide>
            <Graph run=watched(&made::with_graph(AGENTS)) />
        </Specimen>
        <Specimen caption="The server sends none" size=Size::Wide>
            <Graph run=watched(&made::many_events(3)) />
        </Specimen>
    }
}

#[component]
pub(crate) fn Logs() -> impl IntoView {
    view! {
        <Specimen caption="Nothing yet" size=Size::Wide>
            <RunLog run=running(made::looping(), 0..0) />
        </Specimen>
        <Specimen caption="Questions that waited" size=Size::Wide>
            <RunLog run=watched(&made::interview()) />
        </Specimen>
        <Specimen caption="Tried again, and failed" size=Size::Wide>
            <RunLog run=watched(&made::failing()) />
        </Specimen>
        <Specimen caption="In a replay" size=Size::Wide>
            <RunLog run=watched(&made::fan_out()) at=Some(12) />
        </Specimen>
    }
}
