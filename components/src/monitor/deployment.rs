//! One deployment: what it is, how it is, and what can be done about it.

use super::other::Others;
use super::state::{Actions, Deployment, MonitorState};
use crate::icon::{Icon, IconView};
use leptos::{ev, prelude::*};
use workflow_inspector::monitor::STATUSES;
use workflow_inspector::text::{ago, count, duration};
use workflow_protocol::Time;
use workflow_ui_core::{DeploymentHealth, DeploymentState, MonitoredDeployment};

/// The age, in milliseconds, from which on a list says how old it is.
const SHOWN_AGE: u64 = 8_000;

#[component]
pub(super) fn DeploymentRow(state: MonitorState, actions: Actions, name: String) -> impl IntoView {
    let name = StoredValue::new(name);
    let deployment = Memo::new(move |_| {
        let is_it = |it: &&Deployment| name.with_value(|name| it.name == *name);
        state.deployments.with(|all| all.iter().find(is_it).cloned())
    });
    let watched = Memo::new(move |_| name.with_value(|name| state.find(name)));
    let health = Memo::new(move |_| {
        let health = watched.with(|it| it.as_ref().and_then(|it| it.health.try_get()));
        health.unwrap_or_default()
    });
    let is_asked =
        Memo::new(move |_| deployment.with(|it| it.as_ref().is_some_and(|it| it.client.is_none())));
    let is_other = Memo::new(move |_| watched.with(|it| it.as_ref().is_some_and(super::state::is_other)));
    let address = move || deployment.with(|it| it.as_ref().map(|it| it.address.clone()));
    let is_filtered = move || {
        state
            .filter
            .with(|filter| name.with_value(|name| filter.deployment == *name))
    };
    let show_runs = move |_| {
        let name = if is_filtered() {
            String::new()
        } else {
            name.get_value()
        };
        state.filter.update(|filter| filter.deployment = name);
        state.tab.set(super::RUNS);
    };
    let workflows = move || {
        let names = watched.with(|it| it.as_ref().and_then(|it| it.workflows.try_get()));
        names.unwrap_or_default().join(", ")
    };
    view! {
        <li
            class="wf-deployment"
            data-part="deployment"
            part="deployment"
            data-name=name.get_value()
            data-health=move || if is_asked.get() { "ask" } else { health.with(|health| health.state.as_str()) }
        >
            <div class="wf-deployment__head">
                <span class="wf-deployment__dot" aria-hidden="true"></span>
                <button
                    type="button"
                    class="wf-deployment__name"
                    translate="no"
                    aria-pressed=move || is_filtered().to_string()
                    title="Show its runs only"
                    on:click=show_runs
                >
                    {name.get_value()}
                </button>
                <span class="wf-grow"></span>
                <span class="wf-num wf-muted" data-part="latency" part="latency" translate="no">
                    {move || health.with(latency)}
                </span>
                <RemoveButton actions deployment />
            </div>
            <div class="wf-mono wf-muted wf-cut" translate="no" title=address>
                {address}
            </div>
            <p class="wf-deployment__state" role="status" translate="no">
                {move || if is_asked.get() { String::new() } else { health.with(state_words) }}
            </p>
            <p class="wf-note" translate="no">
                {move || facts(state, watched.get(), health.with(|health| health.silent_since))}
            </p>
            <p class="wf-note wf-cut" translate="no" title=workflows hidden=move || workflows().is_empty()>
                {workflows}
            </p>
            <Show when=move || is_other.get()>
                <Others state actions watched />
            </Show>
            <Show when=move || is_asked.get()>
                <Ask actions deployment />
            </Show>
            <Show when=move || health.with(|health| health.state == DeploymentState::SignIn)>
                <SignIn actions name=name.get_value() watched />
            </Show>
        </li>
    }
    .into_any()
}

fn latency(health: &DeploymentHealth) -> String {
    let is_well = health.state == DeploymentState::Ok;
    health
        .latency_ms
        .filter(|_| is_well)
        .map(duration)
        .unwrap_or_default()
}

/// The state in words.
fn state_words(health: &DeploymentHealth) -> String {
    match health.state {
        DeploymentState::Unknown => String::from("Connecting…"),
        DeploymentState::Ok => String::from("Healthy"),
        DeploymentState::SignIn => String::from("Requires sign-in"),
        DeploymentState::Down => health.reason.clone(),
    }
}

/// "Silent for 12 s. 3 running, 1 waiting, 2 failed. List as of 20 s ago".
fn facts(state: MonitorState, watched: Option<MonitoredDeployment>, silent_since: Option<Time>) -> String {
    let Some(watched) = watched else {
        return String::new();
    };
    let now = state.now.get();
    let mut parts = Vec::new();
    if let Some(since) = silent_since {
        parts.push(format!("Silent for {}", duration(now.since(since))));
    }
    let counts = watched.runs.handlers.try_with(|runs| {
        let number = |word: &str| {
            let found = runs.iter().filter(|run| run.status.as_str() == word).count();
            (found > 0).then(|| format!("{} {word}", count(found as u64)))
        };
        let counted: Vec<String> = STATUSES.iter().take(4).filter_map(|word| number(word)).collect();
        counted.join(", ")
    });
    parts.extend(counts.filter(|counts| !counts.is_empty()));
    let listed = watched
        .runs
        .freshness
        .try_get()
        .and_then(|freshness| freshness.listed_at);
    let age = listed
        .map(|at| watched.client.now().since(at))
        .filter(|age| *age > SHOWN_AGE);
    parts.extend(age.map(|age| format!("list as of {}", ago(age))));
    parts.join(" · ")
}

#[component]
fn RemoveButton(actions: Actions, deployment: Memo<Option<Deployment>>) -> impl IntoView {
    let removable =
        move || deployment.with(|it| it.as_ref().filter(|it| it.removable).map(|it| it.name.clone()));
    actions.on_remove.map(|on_remove| {
        let label = move || removable().map(|name| format!("Remove {name}"));
        view! {
            <button
                type="button"
                class="wf-button wf-button--plain wf-button--icon"
                aria-label=label
                title="Remove from this list"
                hidden=move || removable().is_none()
                on:click=move |_| {
                    if let Some(name) = removable() {
                        on_remove.run(name);
                    }
                }
            >
                <IconView icon=Icon::Cross />
            </button>
        }
    })
}

/// Asks whether a server of another origin may be used.
#[component]
fn Ask(actions: Actions, deployment: Memo<Option<Deployment>>) -> impl IntoView {
    let agree = move |_| {
        let name = deployment.with_untracked(|it| it.as_ref().map(|it| it.name.clone()));
        if let (Some(on_agree), Some(name)) = (actions.on_agree, name) {
            on_agree.run(name);
        }
    };
    view! {
        <p class="wf-note">"This is another origin than the page's. Nothing was sent there yet."</p>
        <button type="button" class="wf-button" on:click=agree>
            "Use this server"
        </button>
    }
}

/// Asks for a token, or whether the user has signed in.
#[component]
fn SignIn(actions: Actions, name: String, watched: Memo<Option<MonitoredDeployment>>) -> impl IntoView {
    let token = RwSignal::new(String::new());
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let typed = token.get_untracked();
        if let (Some(on_token), false) = (actions.on_token, typed.trim().is_empty()) {
            on_token.run((name.clone(), typed.trim().to_owned()));
        }
    };
    let check = move |_| {
        if let Some(watched) = watched.get_untracked() {
            watched.client.check_sign_in();
        }
    };
    let label = watched.with_untracked(|it| it.as_ref().map(|it| format!("Token of {}", it.name)));
    view! {
        <form class="wf-deployment__token" aria-label="Sign in" on:submit=submit>
            {actions
                .on_token
                .map(|_| {
                    view! {
                        <input
                            class="wf-input"
                            type="password"
                            aria-label=label
                            placeholder="Bearer token"
                            autocomplete="off"
                            spellcheck="false"
                            bind:value=token
                        />
                        <button type="submit" class="wf-button wf-button--primary">
                            "Connect"
                        </button>
                    }
                })}
            <button type="button" class="wf-link" on:click=check>
                "Check again"
            </button>
        </form>
    }
}
