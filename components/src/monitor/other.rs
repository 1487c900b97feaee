//! What a deployment has that is no workflow server: the deployments or services of an older server, or of a control plane. Read-only.

use super::state::{Actions, MonitorState};
use leptos::prelude::*;
use workflow_inspector::text::count;
use workflow_protocol::legacy::LegacyService;
use workflow_protocol::manage::ManagedDeployment;
use workflow_ui_core::{LegacyDeployment, MonitoredDeployment, OtherServer};

/// A deployment or service of the server.
#[derive(Clone, Default, PartialEq)]
struct Entry {
    name: String,
    /// What it is doing, in the server's word. Older servers have none.
    status: String,
    is_failure: bool,
    detail: String,
    warning: Option<String>,
    /// Where its own server is.
    address: Option<String>,
    /// Project and id, by which its log is read.
    log: Option<(String, String)>,
}

fn legacy(deployment: &LegacyDeployment) -> Entry {
    let number = |number: Option<usize>, one: &str| {
        let number = number?;
        let end = if number == 1 { "" } else { "s" };
        Some(format!("{} {one}{end}", count(number as u64)))
    };
    let parts = [
        number(deployment.tasks, "task"),
        number(deployment.sessions, "session"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    Entry {
        name: deployment.name.clone(),
        detail: parts.join(" · "),
        ..Entry::default()
    }
}

fn service(service: &LegacyService) -> Entry {
    Entry {
        name: service.service_name.clone(),
        detail: service.description.clone(),
        ..Entry::default()
    }
}

fn managed(deployment: &ManagedDeployment) -> Entry {
    let sha = deployment.git_sha.as_deref().unwrap_or_default();
    let sha: String = sha.chars().take(7).collect();
    let parts = [deployment.git_ref.clone().unwrap_or_default(), sha];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    Entry {
        name: deployment.display_name.clone(),
        status: deployment.status.clone(),
        is_failure: deployment.phase().is_failure(),
        detail: parts.join(" "),
        warning: deployment.warning.clone().filter(|words| !words.is_empty()),
        address: deployment.apiserver_url.clone().filter(|url| !url.is_empty()),
        log: Some((deployment.project_id.clone(), deployment.id.clone())),
    }
}

fn entries(server: &OtherServer) -> Vec<Entry> {
    match server {
        OtherServer::LegacyServer(deployments) => deployments.iter().map(legacy).collect(),
        OtherServer::LegacyControlPlane(services) => services.iter().map(service).collect(),
        OtherServer::ControlPlane(deployments) => deployments.iter().map(managed).collect(),
        _ => Vec::new(),
    }
}

#[component]
pub(super) fn Others(
    state: MonitorState,
    actions: Actions,
    watched: Memo<Option<MonitoredDeployment>>,
) -> impl IntoView {
    let other = move || watched.with(|it| it.as_ref().and_then(|it| it.other.try_get()).flatten());
    let product = move || other().map_or("", |server| server.product());
    let listed = Memo::new(move |_| other().map_or_else(Vec::new, |server| entries(&server)));
    let key = |entry: &Entry| {
        let id = entry.log.as_ref().map_or("", |(_, id)| id);
        [&*entry.name, &*entry.status, &*entry.detail, id].join("\n")
    };
    view! {
        <p class="wf-note" hidden=move || product().is_empty()>
            {product}
        </p>
        <ul
            class="wf-monitor__list"
            data-part="other-entries"
            part="other-entries"
            aria-label=product
            hidden=move || listed.with(Vec::is_empty)
        >
            <For
                each=move || listed.get()
                key
                children=move |entry| view! { <Row state actions watched entry /> }
            />
        </ul>
    }
    .into_any()
}

#[component]
fn Row(
    state: MonitorState,
    actions: Actions,
    watched: Memo<Option<MonitoredDeployment>>,
    entry: Entry,
) -> impl IntoView {
    let Entry {
        name,
        status,
        is_failure,
        detail,
        warning,
        address,
        log,
    } = entry;
    let watch = address.zip(actions.on_add).map(|(address, on_add)| {
        let name = name.clone();
        view! { <WatchButton state name address on_add /> }
    });
    #[cfg(feature = "control-plane")]
    let log = log.map(|(project, id)| {
        let label = format!("Log of {name}");
        view! { <super::log::LogOf watched label project id /> }
    });
    #[cfg(not(feature = "control-plane"))]
    let log = log.map(|_| watched.track());
    let (data_name, data_status) = (name.clone(), status.clone());
    view! {
        <li
            class="wf-other"
            data-part="other-entry"
            part="other-entry"
            data-name=data_name
            data-status=data_status
            data-failed=is_failure
            translate="no"
        >
            <b>{name}</b>
            <span class="wf-other__status">{status}</span>
            <span class="wf-mono wf-muted">{detail}</span>
            {watch}
            {log}
            {warning.map(|words| view! { <p class="wf-note wf-other__more">{words}</p> })}
        </li>
    }
    .into_any()
}

/// Adds the deployment's own server to the monitor, unless that is there already.
#[component]
fn WatchButton(
    state: MonitorState,
    name: String,
    address: String,
    on_add: Callback<(String, String), Result<(), String>>,
) -> impl IntoView {
    let error = RwSignal::new(String::new());
    let label = format!("Watch {name}");
    let is_watched = {
        let address = address.trim_end_matches('/').to_owned();
        move || {
            state
                .deployments
                .with(|all| all.iter().any(|it| it.address == address))
        }
    };
    let title = address.clone();
    let add = move |_| {
        let added = on_add.run((name.clone(), address.clone()));
        error.try_set(added.err().unwrap_or_default());
    };
    view! {
        <button
            type="button"
            class="wf-link"
            aria-label=label
            title=title
            hidden=is_watched
            on:click=add
        >
            "Watch"
        </button>
        <p class="wf-error wf-other__more" role="alert" hidden=move || error.with(String::is_empty)>
            {error}
        </p>
    }
}
