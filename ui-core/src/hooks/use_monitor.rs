//! Several deployments at once.

use std::cell::Cell;
use std::rc::Rc;

use send_wrapper::SendWrapper;
use workflow_protocol::{HandlersInput, ListPace, Time};

use super::use_pending_inputs::{
    UsePendingInputsOptions, UsePendingInputsReturn, use_pending_inputs_with_options,
};
use super::use_workflow_handler_list::{
    UseWorkflowHandlerListOptions, UseWorkflowHandlerListReturn, use_workflow_handler_list_with_options,
};
use crate::WorkflowClient;
use crate::api::SignIn;
use crate::reactive::*;
use crate::task::{Task, spawn};

mod other;
mod prober;

pub use other::{LegacyDeployment, OtherServer};
use prober::Prober;

/// The most deployments that are watched.
const MOST: usize = 50;
/// Between two probes of a server that is well, in milliseconds, unless the options say otherwise.
const PROBE_EVERY_MS: u64 = 20_000;

/// A deployment that [`use_monitor`] watches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonitorSource {
    /// Its name, which no other one has.
    pub name: String,
    /// Where it is. Another client, with another token for example, is another deployment.
    pub client: WorkflowClient,
}

/// What the last probe of a deployment found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DeploymentState {
    /// No probe was answered yet.
    #[default]
    Unknown,
    /// The server is well.
    Ok,
    /// It does not answer, or not as a workflow server does.
    Down,
    /// The user has to sign in.
    SignIn,
}

impl DeploymentState {
    /// The state as one word, as shown in `data-health`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Ok => "ok",
            Self::Down => "down",
            Self::SignIn => "signin",
        }
    }
}

/// The health of a deployment. Times are of [`WorkflowClient::now`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeploymentHealth {
    /// What the last probe found.
    pub state: DeploymentState,
    /// Why it is not well, in the server's words or the browser's; else empty.
    pub reason: String,
    /// How the user can sign in, while the server requires it.
    pub sign_in: Option<SignIn>,
    /// How long the last answer to a probe took, in milliseconds.
    pub latency_ms: Option<u64>,
    /// Since when it has not answered; none while it does.
    pub silent_since: Option<Time>,
    /// When it answered last.
    pub answered_at: Option<Time>,
}

/// One deployment of [`use_monitor`]. Its signals end when it is no longer watched: read them with `try_get` where that can happen.
#[derive(Clone, Debug)]
pub struct MonitoredDeployment {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub client: WorkflowClient,
    /// Whether it is well.
    pub health: Signal<DeploymentHealth>,
    /// The names of its workflows, read whenever it begins to answer.
    pub workflows: Signal<Vec<String>>,
    /// What it is and has, if it is no workflow server but one of those that the features `legacy` and `control-plane` recognise. It then
    /// has no workflows, runs and prompts. Read with each probe.
    pub other: Signal<Option<OtherServer>>,
    /// Its runs, newest first.
    pub runs: UseWorkflowHandlerListReturn,
    /// The open prompts of all its running runs.
    pub prompts: UsePendingInputsReturn,
}

#[cfg(feature = "control-plane")]
impl MonitoredDeployment {
    /// The last lines, up to 200, of the log of a deployment of a [control plane](OtherServer::ControlPlane).
    ///
    /// # Errors
    /// As [`ControlPlaneClient::logs`](crate::ControlPlaneClient::logs), and [`Error::Timeout`](crate::Error::Timeout) if they don't come
    /// within 15 seconds. A line that can't be read is left out.
    pub async fn read_log(
        &self,
        project: &str,
        id: &str,
    ) -> Result<Vec<workflow_protocol::manage::DeploymentLogLine>, crate::Error> {
        other::read_log(&self.client, project, id).await
    }
}

impl PartialEq for MonitoredDeployment {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.client == other.client
    }
}

/// Settings of [`use_monitor_with_options`].
#[derive(Clone, Debug)]
pub struct UseMonitorOptions {
    /// Whether the open prompts of all running runs are found, which reads the events of each run briefly. Without it only those of runs
    /// that another hook watches are known. Defaults to `true`.
    pub find_prompts: bool,
    /// The time between two probes of a server that is well, in milliseconds, at least 1 000; three times as long while the page is hidden.
    /// Defaults to 20 000.
    pub probe_ms: u64,
}

impl Default for UseMonitorOptions {
    fn default() -> Self {
        Self {
            find_prompts: true,
            probe_ms: PROBE_EVERY_MS,
        }
    }
}

/// The return value of [`use_monitor`]. Destructure it with `..`, because fields may be added.
#[derive(Clone, Copy, Debug)]
pub struct UseMonitorReturn {
    /// The deployments, in the order of the sources.
    pub deployments: Signal<Vec<MonitoredDeployment>>,
}

/// Watches several deployments: their health, their workflows, their runs and open prompts.
///
/// At most 50; of those with the same name or address the first one. The lists of all together take at most 50 KB per second while
/// the page is visible, each is polled every 2 to 5 seconds, one after the other, the running runs first. Hidden pages poll a third as
/// often. A deployment that does not answer, or requires sign-in, is asked for nothing but its health, two such deployments at a time:
/// it delays none of the others. What is known of it stays.
///
/// With the features `legacy` and `control-plane` a server that has no `/health` of a workflow server is asked what it is: see
/// [`MonitoredDeployment::other`].
///
/// # Example
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_core::{MonitorSource, UseMonitorReturn, WorkflowClient, use_monitor};
///
/// #[component]
/// fn Healths() -> impl IntoView {
///     let sources = ["orders", "bills"].map(|name| MonitorSource {
///         name: name.to_owned(),
///         client: WorkflowClient::new(format!("/upstreams/{name}")),
///     });
///     let UseMonitorReturn { deployments } = use_monitor(Signal::stored(sources.to_vec()));
///     view! {
///         <ul>
///             <For each=move || deployments.get() key=|it| it.name.clone() let:it>
///                 <li>{it.name} ": " {move || it.health.try_get().map(|health| health.state.as_str())}</li>
///             </For>
///         </ul>
///     }
/// }
/// ```
///
/// # Lifecycle
/// A deployment that stays among the sources keeps its signals. All requests end with the owner.
///
/// # Errors
/// Why a deployment does not answer is in its health.
#[track_caller]
pub fn use_monitor(sources: impl Into<Signal<Vec<MonitorSource>>>) -> UseMonitorReturn {
    use_monitor_with_options(sources, UseMonitorOptions::default())
}

/// [`use_monitor`] with settings.
///
/// # Example
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_core::{MonitorSource, UseMonitorOptions, UseMonitorReturn, WorkflowClient, use_monitor_with_options};
///
/// #[component]
/// fn Failures() -> impl IntoView {
///     let client = WorkflowClient::new("/upstreams/orders");
///     let sources = vec![MonitorSource { name: "orders".to_owned(), client }];
///     let options = UseMonitorOptions { find_prompts: false, ..Default::default() };
///     let UseMonitorReturn { deployments } = use_monitor_with_options(Signal::stored(sources), options);
///     let runs = move || deployments.with(|all| all.first()?.runs.handlers.try_with(Vec::len));
///     view! { <p>{runs} " runs"</p> }
/// }
/// ```
#[track_caller]
pub fn use_monitor_with_options(
    sources: impl Into<Signal<Vec<MonitorSource>>>,
    options: UseMonitorOptions,
) -> UseMonitorReturn {
    let sources = sources.into();
    let deployments = RwSignal::new(Vec::<MonitoredDeployment>::new());
    let owner = Owner::current().unwrap_or_default();
    let owners = StoredValue::new(Vec::<(WorkflowClient, Owner)>::new());
    let gate = SendWrapper::new(Rc::new(Cell::new(0)));
    Effect::new(move || {
        let wanted = accepted(sources.get());
        let before = deployments.get_untracked();
        let count = wanted.len();
        let mut now = Vec::with_capacity(count);
        for (position, source) in wanted.into_iter().enumerate() {
            let pace = ListPace::shared(position, count);
            // The list begins with the first probe that is answered, and the probes begin one after the other.
            let list_pace = ListPace {
                first_after_ms: 0,
                ..pace
            };
            source.client.store().list().input(HandlersInput::Pace(list_pace));
            let known = before.iter().find(|known| known.client == source.client);
            now.push(match known {
                Some(known) => MonitoredDeployment {
                    name: source.name,
                    ..known.clone()
                },
                None => {
                    let child = owner.child();
                    let gate = (*gate).clone();
                    let deployment = child.with(|| watch(source, &options, pace.first_after_ms, gate));
                    owners.try_update_value(|owners| owners.push((deployment.client.clone(), child)));
                    deployment
                }
            });
        }
        if before != now {
            deployments.set(now.clone());
        }
        // After the others know that they are gone.
        let gone = owners.try_update_value(|owners| {
            let is_kept = |client: &WorkflowClient| now.iter().any(|kept| kept.client == *client);
            let (kept, gone) = std::mem::take(owners)
                .into_iter()
                .partition(|(client, _)| is_kept(client));
            *owners = kept;
            gone
        });
        for (_, owner) in gone.unwrap_or_default() {
            owner.cleanup();
        }
    });
    UseMonitorReturn {
        deployments: deployments.into(),
    }
}

/// The first of each name and address, up to the bound.
fn accepted(sources: Vec<MonitorSource>) -> Vec<MonitorSource> {
    let mut accepted: Vec<MonitorSource> = Vec::new();
    for source in sources {
        let is_known = accepted.iter().any(|known| {
            known.name == source.name || known.client.address().base() == source.client.address().base()
        });
        if !is_known && accepted.len() < MOST {
            accepted.push(source);
        }
    }
    accepted
}

fn watch(
    source: MonitorSource,
    options: &UseMonitorOptions,
    first_after_ms: u64,
    gate: Rc<Cell<u32>>,
) -> MonitoredDeployment {
    let MonitorSource { name, client } = source;
    let probed = ArcRwSignal::new(DeploymentHealth::default());
    let workflows = ArcRwSignal::new(Vec::new());
    let other = ArcRwSignal::new(None);
    client.store().pause(true);
    let prober = Prober {
        client: client.clone(),
        health: probed.clone(),
        workflows: workflows.clone(),
        other: other.clone(),
        probe_every_ms: options.probe_ms.max(1_000),
        gate,
    };
    let task: Task = spawn(async move { prober.run(first_after_ms).await });
    let task = SendWrapper::new((task, client.clone()));
    on_cleanup(move || {
        let (task, client) = task.take();
        drop(task);
        // The client may be used elsewhere.
        client.store().pause(false);
        client
            .store()
            .list()
            .input(HandlersInput::Pace(ListPace::default()));
    });
    let runs = use_workflow_handler_list_with_options(
        None::<String>,
        UseWorkflowHandlerListOptions {
            client: Some(client.clone()),
            ..UseWorkflowHandlerListOptions::default()
        },
    );
    let prompts = use_pending_inputs_with_options(UsePendingInputsOptions {
        all_running: options.find_prompts,
        client: Some(client.clone()),
        ..UsePendingInputsOptions::default()
    });
    MonitoredDeployment {
        name,
        client,
        health: probed.into(),
        workflows: workflows.into(),
        other: other.into(),
        runs,
        prompts,
    }
}
