//! Two runs side by side, and the menu that saves a run.

use crate::made;
use crate::scene::{Size, Specimen, running, server, watch, watched};
use leptos::prelude::*;
use workflow_ui_components::compare::RunCompare;
use workflow_ui_components::save::{RunStart, SaveMenu};
use workflow_ui_core::{Recording, UseWorkflowHandlerReturn};

/// Serves two runs and watches the first; gives the handler id of the second.
fn two(first: &Recording, second: &Recording) -> (UseWorkflowHandlerReturn, String) {
    server().serve_all(&[first.clone(), second.clone()]);
    (
        watch(&first.handler().handler_id),
        second.handler().handler_id.clone(),
    )
}

#[component]
fn Compare(runs: (UseWorkflowHandlerReturn, String)) -> impl IntoView {
    let (run, with) = runs;
    view! { <RunCompare run with on_close=|()| () on_open=|_| () /> }
}

#[component]
pub(crate) fn Comparisons() -> impl IntoView {
    view! {
        <Specimen caption="A run and itself" size=Size::Wide>
            <Compare runs=two(&made::looping(), &made::looping()) />
        </Specimen>
        <Specimen caption="Two workflows" size=Size::Wide>
            <Compare runs=two(&made::greeting(), &made::progress()) />
        </Specimen>
        <Specimen caption="Only differences" size=Size::Wide press="[role='switch']">
            <Compare runs=two(&made::failing(), &made::timeout()) />
        </Specimen>
        <Specimen caption="A run that the server doesn't know" size=Size::Wide>
            <RunCompare run=watched(&made::greeting()) with="unknown" />
        </Specimen>
    }
}

#[component]
fn Save(run: UseWorkflowHandlerReturn) -> impl IntoView {
    view! { <SaveMenu run start=RunStart::default() /> }
}

#[component]
pub(crate) fn SaveMenus() -> impl IntoView {
    view! {
        <Specimen caption="Closed">
            <Save run=watched(&made::looping()) />
        </Specimen>
        <Specimen caption="Before the first event">
            <Save run=running(made::looping(), 0..0) />
        </Specimen>
    }
}
