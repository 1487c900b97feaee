//! Timelines and graphs.

use crate::made::{self, FIRST_QUESTION};
use crate::scene::{Size, Specimen, running, watched};
use leptos::prelude::*;
use workflow_ui_components::graph::RunGraph;
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
        <Specimen caption="The server tells none" size=Size::Wide>
            <Graph run=watched(&made::many_events(3)) />
        </Specimen>
    }
}
