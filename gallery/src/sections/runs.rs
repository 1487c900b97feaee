//! Lists of runs, and runs as a whole.

use crate::made::{self, FIRST_QUESTION};
use crate::scene::{Size, Specimen, running, server, watch, watched};
use leptos::prelude::*;
use std::sync::Arc;
use workflow_protocol::HandlerState;
use workflow_ui_components::run::{EVENTS, GRAPH, RESULT, RunCard, RunView, TIMELINE, WIRE};
use workflow_ui_components::runs::RunList;
use workflow_ui_core::{
    Error, Reply, UseWorkflowHandlerListReturn, UseWorkflowHandlerReturn, use_workflow_handler_list,
};

#[component]
fn Runs(
    #[prop(optional)] runs: Vec<Arc<HandlerState>>,
    #[prop(optional)] loading: bool,
    #[prop(optional)] error: Option<Error>,
    #[prop(default = true)] editable: bool,
) -> impl IntoView {
    let open = RwSignal::new(runs.get(1).map(|run| run.handler.handler_id.clone()));
    let runs = UseWorkflowHandlerListReturn {
        handlers: Signal::stored(runs),
        loading: Signal::stored(loading),
        error: Signal::stored(error),
        freshness: Signal::default(),
        ..use_workflow_handler_list(None::<String>)
    };
    view! {
        <RunList
            runs
            open
            editable
            on_open=move |id| open.set(Some(id))
        />
    }
}

#[component]
pub(crate) fn RunLists() -> impl IntoView {
    view! {
        <Specimen caption="Loading" size=Size::Tall>
            <Runs loading=true />
        </Specimen>
        <Specimen caption="None" size=Size::Tall>
            <Runs />
        </Specimen>
        <Specimen caption="The listing failed" size=Size::Tall>
            <Runs error=Error::NoClient />
        </Specimen>
        <Specimen caption="In every status" size=Size::Tall>
            <Runs runs=made::many_runs(12) />
        </Specimen>
        <Specimen caption="To read only" size=Size::Tall>
            <Runs runs=made::many_runs(12) editable=false />
        </Specimen>
        <Specimen caption="Ten thousand" size=Size::Tall>
            <Runs runs=made::many_runs(10_000) />
        </Specimen>
    }
}

#[component]
fn Run(run: UseWorkflowHandlerReturn, #[prop(default = EVENTS)] tab: &'static str) -> impl IntoView {
    let tab = RwSignal::new(tab);
    view! { <RunView run tab on_tab=move |key| tab.set(key) /> }
}

/// A run that the server answers with this.
#[component]
fn RunWithReply(id: &'static str, reply: Reply) -> impl IntoView {
    server().get(&format!("/handlers/{id}"), reply);
    view! { <RunView run=watch(id) /> }
}

/// A run whose stream can't be read.
#[component]
fn DisconnectedRun() -> impl IntoView {
    let recording = made::looping().running();
    let id = &recording.handler().handler_id;
    server()
        .serve(&recording)
        .get(&format!("/events/{id}"), Reply::offline());
    view! { <RunView run=watch(id) /> }
}

#[component]
pub(crate) fn RunViews() -> impl IntoView {
    view! {
        <Specimen caption="Running" size=Size::Wide>
            <Run run=running(made::fan_out(), 0..20) />
        </Specimen>
        <Specimen caption="Waiting for an answer" size=Size::Wide>
            <Run run=running(made::interview(), 0..FIRST_QUESTION) />
        </Specimen>
        <Specimen caption="Completed" size=Size::Wide>
            <Run run=watched(&made::fan_out()) />
        </Specimen>
        <Specimen caption="Its timeline" size=Size::Wide>
            <Run run=watched(&made::fan_out()) tab=TIMELINE />
        </Specimen>
        <Specimen caption="Its graph" size=Size::Wide>
            <Run run=watched(&made::fan_out()) tab=GRAPH />
        </Specimen>
        <Specimen caption="Its result" size=Size::Wide>
            <Run run=watched(&made::fan_out()) tab=RESULT />
        </Specimen>
        <Specimen caption="What the stream carried" size=Size::Wide>
            <Run run=watched(&made::fan_out()) tab=WIRE />
        </Specimen>
        <Specimen caption="Failed" size=Size::Wide>
            <Run run=watched(&made::failing()) />
        </Specimen>
        <Specimen caption="Timed out" size=Size::Wide>
            <Run run=watched(&made::timeout()) />
        </Specimen>
        <Specimen caption="Cancelled" size=Size::Wide>
            <Run run=watched(&made::cancelled()) />
        </Specimen>
        <Specimen caption="Connecting" size=Size::Wide>
            <RunWithReply id="slow" reply=Reply::Wait />
        </Specimen>
        <Specimen caption="The connection is lost" size=Size::Wide>
            <DisconnectedRun />
        </Specimen>
        <Specimen caption="Gone" size=Size::Wide>
            <RunWithReply id="lost" reply=Reply::detail(404, "Handler not found") />
        </Specimen>
        <Specimen caption="Refused" size=Size::Wide>
            <RunWithReply id="closed" reply=Reply::detail(401, "Unauthorized") />
        </Specimen>
    }
}

#[component]
fn Card(run: UseWorkflowHandlerReturn, #[prop(default = EVENTS)] tab: &'static str) -> impl IntoView {
    let tab = RwSignal::new(tab);
    view! { <RunCard run tab on_tab=move |key| tab.set(key) /> }
}

#[component]
pub(crate) fn RunCards() -> impl IntoView {
    view! {
        <Specimen caption="Running" size=Size::Tall>
            <Card run=running(made::fan_out(), 0..20) />
        </Specimen>
        <Specimen caption="Waiting for an answer" size=Size::Tall>
            <Card run=running(made::interview(), 0..FIRST_QUESTION) />
        </Specimen>
        <Specimen caption="Completed" size=Size::Tall>
            <Card run=watched(&made::interview()) tab=RESULT />
        </Specimen>
        <Specimen caption="Its timeline" size=Size::Wide>
            <Card run=watched(&made::fan_out()) tab=TIMELINE />
        </Specimen>
        <Specimen caption="Failed" size=Size::Tall>
            <Card run=watched(&made::failing()) />
        </Specimen>
    }
}
