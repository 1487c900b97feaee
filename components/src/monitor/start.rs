//! Starting any workflow of any deployment.

use super::scope::{ForClient, Scope};
use super::state::{MonitorState, StartChoice, server_names};
use crate::start::{StartPane, Started};
use leptos::prelude::*;

#[component]
pub(super) fn MonitorStart(state: MonitorState) -> impl IntoView {
    let StartChoice {
        deployment,
        workflow,
        continues,
    } = state.start;
    let names = server_names(state.watched);
    Effect::new(move |_| {
        // The first one is preselected.
        let first = names.with(|names| names.first().cloned());
        let is_known = names.with(|names| deployment.with_untracked(|name| names.contains(name)));
        if let Some(first) = first.filter(|_| !is_known) {
            deployment.set(first);
        }
    });
    let choose = move |event| {
        deployment.set(event_target_value(&event));
        workflow.set(None);
        continues.set(None);
    };
    let client = Signal::derive(move || deployment.with(|name| state.find(name)).map(|it| it.client));
    let show = Callback::new(move |client| {
        let Some(client) = client else {
            return view! { <p class="wf-empty">"There is no deployment to start a run at."</p> }.into_any();
        };
        let on_started = Callback::new(move |started: Started| {
            state.open_run(&deployment.get_untracked(), &started.handler_id);
        });
        view! {
            <Scope client>
                <StartPane workflow on_workflow=move |name| workflow.set(Some(name)) continues on_started />
            </Scope>
        }
        .into_any()
    });
    let option = move |name: String| {
        let (value, label) = (name.clone(), name.clone());
        let is_chosen = move || deployment.with(|chosen| *chosen == name);
        view! {
            <option value=value translate="no" prop:selected=is_chosen>
                {label}
            </option>
        }
    };
    view! {
        <div class="wf-monitor__start">
            <label class="wf-field wf-monitor__pad">
                <span class="wf-field__label">"Deployment"</span>
                <select class="wf-select" data-part="start-deployment" part="start-deployment" on:change=choose>
                    <For each=move || names.get() key=Clone::clone children=option />
                </select>
            </label>
            <ForClient client show />
        </div>
    }
    .into_any()
}
