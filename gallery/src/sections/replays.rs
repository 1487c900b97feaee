//! Runs at one of their events.

use crate::made::{self, FIRST_QUESTION};
use crate::scene::{Size, Specimen, running, watched};
use leptos::prelude::*;
use workflow_ui_components::graph::RunGraph;
use workflow_ui_components::replay::{Replay, ReplayBar};
use workflow_ui_components::run::{EVENTS, RunView, TIMELINE};
use workflow_ui_core::UseWorkflowHandlerReturn;

/// A replay that is open at an event.
fn opened(at: u64) -> Replay {
    let replay = Replay::new();
    replay.at.set(Some(at));
    replay
}

#[component]
fn View(run: UseWorkflowHandlerReturn, tab: &'static str, at: u64) -> impl IntoView {
    let tab = RwSignal::new(tab);
    view! { <RunView run tab on_tab=move |key| tab.set(key) replay=opened(at) /> }
}

#[component]
fn WithGraph(run: UseWorkflowHandlerReturn, at: u64) -> impl IntoView {
    let replay = opened(at);
    view! {
        <ReplayBar run replay />
        <RunGraph run at=replay.at />
    }
}

#[component]
pub(crate) fn Replays() -> impl IntoView {
    view! {
        <Specimen caption="A bar over a graph" size=Size::Wide>
            <WithGraph run=watched(&made::fan_out()) at=8 />
        </Specimen>
        <Specimen caption="The events of a run that has ended" size=Size::Wide>
            <View run=watched(&made::looping()) tab=EVENTS at=6 />
        </Specimen>
        <Specimen caption="The playhead of a timeline" size=Size::Wide>
            <View run=watched(&made::fan_out()) tab=TIMELINE at=12 />
        </Specimen>
        <Specimen caption="A question that was open" size=Size::Wide>
            <View run=watched(&made::interview()) tab=EVENTS at=3 />
        </Specimen>
        <Specimen caption="A run that goes on" size=Size::Wide>
            <View run=running(made::interview(), 0..FIRST_QUESTION) tab=EVENTS at=1 />
        </Specimen>
    }
}
