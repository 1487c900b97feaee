//! Several deployments at once.

use std::cell::Cell;
use std::rc::Rc;

use futures::future::{Either, select};
use send_wrapper::SendWrapper;
use workflow_protocol::{HandlersInput, ListPace, Time};

use super::use_pending_inputs::{
    UsePendingInputsOptions, UsePendingInputsReturn, use_pending_inputs_with_options,
};
use super::use_workflow_handler_list::{
    UseWorkflowHandlerListOptions, UseWorkflowHandlerListReturn, use_workflow_handler_list_with_options,
};
use crate::api::SignIn;
use crate::reactive::*;
use crate::task::{Task, spawn};
use crate::{Error, WorkflowClient};

/// The most deployments that are watched.
const MOST: usize = 50;
/// How long a server may take to say that it is well, in milliseconds.
const PROBE_MS: u64 = 8_000;
/// Between two probes of a server that is well.
const WELL_MS: u64 = 20_000;
/// The first pause after a probe that failed; each further one is twice as long, up to the longest.
const FAILED_MS: u64 = 2_000;
/// The longest pause of a server that is not well.
const FAILED_MOST_MS: u64 = 15_000;
/// How often is looked whether a request of another kind failed.
const SLICE_MS: u64 = 1_000;
/// How many servers that were not well are probed at a time: they share the browser's few connections with all others.
const FAILED_PROBES: u32 = 2;

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
    /// Its runs, newest first.
    pub runs: UseWorkflowHandlerListReturn,
    /// The open prompts of all its running runs.
    pub prompts: UsePendingInputsReturn,
}

impl PartialEq for MonitoredDeployment {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.client == other.client
    }
}

/// What [`use_monitor`] gives. Destructure it with `..`; more fields may come.
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
            source.client.store().list().input(HandlersInput::Pace(pace));
            let known = before.iter().find(|known| known.client == source.client);
            now.push(match known {
                Some(known) => MonitoredDeployment {
                    name: source.name,
                    ..known.clone()
                },
                None => {
                    let child = owner.child();
                    let gate = (*gate).clone();
                    let deployment = child.with(|| watch(source, pace.first_after_ms, gate));
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

fn watch(source: MonitorSource, first_after_ms: u64, gate: Rc<Cell<u32>>) -> MonitoredDeployment {
    let MonitorSource { name, client } = source;
    let probed = ArcRwSignal::new(DeploymentHealth::default());
    let workflows = ArcRwSignal::new(Vec::new());
    client.store().pause(true);
    let prober = Prober {
        client: client.clone(),
        health: probed.clone(),
        workflows: workflows.clone(),
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
        all_running: true,
        client: Some(client.clone()),
        ..UsePendingInputsOptions::default()
    });
    MonitoredDeployment {
        name,
        client,
        health: probed.into(),
        workflows: workflows.into(),
        runs,
        prompts,
    }
}

/// Asks one server for its health again and again.
struct Prober {
    client: WorkflowClient,
    health: ArcRwSignal<DeploymentHealth>,
    workflows: ArcRwSignal<Vec<String>>,
    /// How many probes of servers that were not well are under way.
    gate: Rc<Cell<u32>>,
}

/// A probe of a server that was not well, until this is dropped.
struct Turn(Rc<Cell<u32>>);

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.set(self.0.get().saturating_sub(1));
    }
}

impl Prober {
    async fn run(self, first_after_ms: u64) {
        let http = self.client.store().http().clone();
        if first_after_ms > 0 {
            http.clock.sleep(first_after_ms).await;
        }
        let mut failed_ms = FAILED_MS;
        loop {
            let was_well = self.state() == DeploymentState::Ok;
            let turn = if was_well { None } else { Some(self.turn().await) };
            self.probe().await;
            drop(turn);
            let state = self.state();
            self.client.store().pause(state != DeploymentState::Ok);
            if state == DeploymentState::Ok {
                failed_ms = FAILED_MS;
                if !was_well {
                    self.read_workflows().await;
                }
                self.pause(WELL_MS).await;
            } else {
                self.pause(failed_ms).await;
                failed_ms = (failed_ms * 2).min(FAILED_MOST_MS);
            }
        }
    }

    fn state(&self) -> DeploymentState {
        self.health.with_untracked(|health| health.state)
    }

    /// The turn of a server that was not well.
    async fn turn(&self) -> Turn {
        while self.gate.get() >= FAILED_PROBES {
            self.client.store().http().clock.sleep(SLICE_MS).await;
        }
        self.gate.set(self.gate.get() + 1);
        Turn(self.gate.clone())
    }

    async fn probe(&self) {
        let clock = &self.client.store().http().clock;
        let sent = clock.now();
        let asked = Box::pin(self.client.health());
        let answer = match select(asked, clock.sleep(PROBE_MS)).await {
            Either::Left((answer, _)) => answer,
            Either::Right(_) => Err(Error::Timeout { after_ms: PROBE_MS }),
        };
        let now = clock.now();
        let mut health = self.health.get_untracked();
        health.sign_in = self.sign_in();
        health.reason.clear();
        match answer {
            Ok(()) => {
                health.state = DeploymentState::Ok;
                health.latency_ms = Some(now.since(sent));
            }
            Err(error) => {
                health.state = DeploymentState::Down;
                health.reason = error.to_string();
            }
        }
        if health.sign_in.is_some() {
            health.state = DeploymentState::SignIn;
        }
        if health.state == DeploymentState::Down {
            health.silent_since = health.silent_since.or(health.answered_at).or(Some(sent));
        } else {
            health.silent_since = None;
            health.answered_at = Some(now);
        }
        set_if_changed(&self.health, health);
    }

    fn sign_in(&self) -> Option<SignIn> {
        self.client.store().http().state.sign_in.get_untracked()
    }

    async fn read_workflows(&self) {
        // The next time that it begins to answer they are read again.
        if let Ok(names) = self.client.workflows().await {
            set_if_changed(&self.workflows, names);
        }
    }

    /// Waits until the next probe is due: less long when another request of this client fails, or when the user has to sign in, or has
    /// done so.
    async fn pause(&self, ms: u64) {
        let http = self.client.store().http().clone();
        let unanswered = http.unanswered.get_untracked();
        let signed_out = self.sign_in().is_some();
        let mut waited = 0;
        loop {
            http.clock.sleep(SLICE_MS).await;
            waited += SLICE_MS;
            let has_changed =
                http.unanswered.get_untracked() != unanswered || self.sign_in().is_some() != signed_out;
            let patience = if http.clock.presence().visible { ms } else { ms * 3 };
            if has_changed || (waited >= patience && !signed_out) {
                return;
            }
        }
    }
}
