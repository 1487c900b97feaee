//! What the parts of a monitor share.

use super::RUNS;
use crate::dom::this_moment;
use leptos::prelude::*;
use std::sync::Arc;
use std::time::Duration;
use workflow_inspector::monitor::{
    Alarm, AlarmSettings, DeploymentFacts, MergedRuns, MonitorFilter, MonitorRun, RunsOf, Trend, Trends,
    alarms, merge,
};
use workflow_protocol::{HandlerState, Time};
use workflow_ui_core::{
    MonitorSource, MonitoredDeployment, PendingInput, UseMonitorReturn, WorkflowClient, use_monitor,
};

/// A deployment that the monitor shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// Its name, which no other one has.
    pub name: String,
    /// Its address, as it is shown.
    pub address: String,
    /// The client. None while the user has not agreed to send anything there.
    pub client: Option<WorkflowClient>,
    /// Whether the user may remove it from the list. Defaults to `false`.
    pub removable: bool,
}

impl Deployment {
    /// A deployment that can't be removed, at the address of its client.
    #[must_use]
    pub fn new(name: impl Into<String>, client: WorkflowClient) -> Self {
        Self {
            name: name.into(),
            address: client.address().base().to_owned(),
            client: Some(client),
            removable: false,
        }
    }
}

/// A run of a deployment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OpenRun {
    /// The deployment's name.
    pub deployment: String,
    /// The handler's id.
    pub handler_id: String,
}

/// The alarms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MonitorSummary {
    /// Open prompts of all deployments.
    pub prompts: usize,
    /// Alarms.
    pub alarms: usize,
}

/// What the page does for the monitor.
#[derive(Clone, Copy)]
pub(super) struct Actions {
    pub(super) on_token: Option<Callback<(String, String)>>,
    pub(super) on_agree: Option<Callback<String>>,
    pub(super) on_add: Option<Callback<(String, String), Result<(), String>>>,
    pub(super) on_remove: Option<Callback<String>>,
}

/// A prompt of one of the deployments.
#[derive(Clone, PartialEq)]
pub(super) struct MonitorPrompt {
    pub(super) deployment: Arc<str>,
    pub(super) input: PendingInput,
    /// Since when it waits, by the page's clock.
    pub(super) since: Time,
}

impl MonitorPrompt {
    pub(super) fn key(&self) -> String {
        [&*self.deployment, " ", &self.input.key()].concat()
    }
}

/// What is chosen in the start form.
#[derive(Clone, Copy)]
pub(super) struct StartChoice {
    pub(super) deployment: RwSignal<String>,
    pub(super) workflow: RwSignal<Option<String>>,
    /// The handler that the next run continues.
    pub(super) continues: RwSignal<Option<String>>,
}

#[derive(Clone, Copy)]
pub(super) struct MonitorState {
    pub(super) deployments: Signal<Vec<Deployment>>,
    /// Those that are watched.
    pub(super) watched: Signal<Vec<MonitoredDeployment>>,
    /// The runs of all.
    pub(super) merged: Memo<MergedRuns>,
    pub(super) filter: RwSignal<MonitorFilter>,
    /// The runs that fit the filter.
    pub(super) listed: Memo<Vec<MonitorRun>>,
    /// Prompts that are not settled, those that wait longest first.
    pub(super) prompts: Memo<Vec<MonitorPrompt>>,
    pub(super) trends: RwSignal<Vec<Trend>>,
    pub(super) settings: RwSignal<AlarmSettings>,
    pub(super) alarms: Memo<Vec<Alarm>>,
    /// The time of the page, updated every second.
    pub(super) now: RwSignal<Time>,
    /// When the page began to watch.
    pub(super) since: Time,
    pub(super) open: Signal<Option<OpenRun>>,
    pub(super) on_open: Callback<Option<OpenRun>>,
    pub(super) tab: RwSignal<&'static str>,
    pub(super) start: StartChoice,
}

impl MonitorState {
    pub(super) fn new(
        deployments: Signal<Vec<Deployment>>,
        open: Signal<Option<OpenRun>>,
        on_open: Callback<Option<OpenRun>>,
        settings: RwSignal<AlarmSettings>,
    ) -> Self {
        let sources = Memo::new(move |_| deployments.with(|deployments| sources(deployments)));
        let UseMonitorReturn {
            deployments: watched, ..
        } = use_monitor(sources);
        let now = RwSignal::new(this_moment());
        tick(now);
        let merged = Memo::new(move |_| watched.with(|watched| merged(watched)));
        let filter = RwSignal::new(MonitorFilter::default());
        let listed = Memo::new_with_compare(
            move |_| filter.with(|filter| merged.with(|merged| filter.select(&merged.runs))),
            // Comparing thousands of runs costs more than showing them again.
            |_, _| true,
        );
        let prompts = Memo::new(move |_| watched.with(|watched| prompts(watched)));
        let (trends, failures) = count(watched, now);
        let alarms = Memo::new(move |_| {
            let facts = watched.with(|watched| {
                prompts.with(|prompts| failures.with(|failures| facts(watched, prompts, failures)))
            });
            alarms(settings.get(), now.get(), &facts)
        });
        Self {
            deployments,
            watched,
            merged,
            filter,
            listed,
            prompts,
            trends,
            settings,
            alarms,
            now,
            since: now.get_untracked(),
            open,
            on_open,
            tab: RwSignal::new(RUNS),
            start: StartChoice {
                deployment: RwSignal::default(),
                workflow: RwSignal::default(),
                continues: RwSignal::default(),
            },
        }
    }

    /// Calls back with the alarms, now and whenever they change.
    pub(super) fn report(self, on_summary: Option<Callback<MonitorSummary>>) {
        let Some(on_summary) = on_summary else { return };
        let summary = Memo::new(move |_| MonitorSummary {
            prompts: self.open_prompts(),
            alarms: self.alarms.with(Vec::len),
        });
        Effect::new(move |_| {
            on_summary.try_run(summary.get());
        });
    }

    /// Number of prompts that wait for a person.
    pub(super) fn open_prompts(self) -> usize {
        let is_open = |prompt: &&MonitorPrompt| prompt.input.state().is_open();
        self.prompts
            .with(|prompts| prompts.iter().filter(is_open).count())
    }

    pub(super) fn is_open(self) -> bool {
        self.open.with(Option::is_some)
    }

    pub(super) fn open_run(self, deployment: &str, handler_id: &str) {
        self.on_open.run(Some(OpenRun {
            deployment: deployment.to_owned(),
            handler_id: handler_id.to_owned(),
        }));
    }

    /// The watched deployment of this name. Tracks the list of them.
    pub(super) fn find(self, name: &str) -> Option<MonitoredDeployment> {
        self.watched
            .with(|watched| watched.iter().find(|it| it.name == name).cloned())
    }

    /// Shows the start form of a workflow.
    pub(super) fn prepare_start(self, deployment: &str, workflow: String, continues: Option<String>) {
        let StartChoice {
            deployment: chosen,
            workflow: name,
            continues: continued,
        } = self.start;
        chosen.set(deployment.to_owned());
        name.set(Some(workflow));
        continued.set(continues);
        self.tab.set(super::START);
        self.on_open.run(None);
    }
}

/// Sets the time every second, also while the page is hidden: alarms are for those who don't look.
fn tick(now: RwSignal<Time>) {
    if cfg!(not(target_arch = "wasm32")) {
        return;
    }
    let tick = move || {
        now.try_set(this_moment());
    };
    if let Ok(handle) = set_interval_with_handle(tick, Duration::from_secs(1)) {
        on_cleanup(move || handle.clear());
    }
}

fn sources(deployments: &[Deployment]) -> Vec<MonitorSource> {
    let source = |deployment: &Deployment| {
        deployment.client.clone().map(|client| MonitorSource {
            name: deployment.name.clone(),
            client,
        })
    };
    deployments.iter().filter_map(source).collect()
}

/// Whether it is no workflow server, so that it has no runs.
pub(super) fn is_other(deployment: &MonitoredDeployment) -> bool {
    deployment.other.try_with(Option::is_some) == Some(true)
}

/// The names of the workflow servers.
pub(super) fn server_names(watched: Signal<Vec<MonitoredDeployment>>) -> Memo<Vec<String>> {
    Memo::new(move |_| {
        watched.with(|watched| {
            let servers = watched.iter().filter(|it| !is_other(it));
            servers.map(|it| it.name.clone()).collect()
        })
    })
}

/// How far the server's clock is ahead of the page's.
fn ahead_ms(client: &WorkflowClient) -> i64 {
    let (server, page) = (client.server_now().0, client.now().0);
    let ms = |time: u64| i64::try_from(time).unwrap_or(i64::MAX);
    ms(server).saturating_sub(ms(page))
}

fn page_time(server: Time, ahead_ms: i64) -> Time {
    Time(server.0.saturating_add_signed(ahead_ms.saturating_neg()))
}

fn merged(watched: &[MonitoredDeployment]) -> MergedRuns {
    let list = |deployment: &MonitoredDeployment| {
        let name: Arc<str> = deployment.name.as_str().into();
        let runs = deployment.runs.handlers.try_get().unwrap_or_default();
        (name, ahead_ms(&deployment.client), runs)
    };
    let lists: Vec<(Arc<str>, i64, Vec<Arc<HandlerState>>)> = watched.iter().map(list).collect();
    let sources: Vec<RunsOf<'_>> = lists
        .iter()
        .map(|(deployment, ahead_ms, runs)| RunsOf {
            deployment,
            ahead_ms: *ahead_ms,
            runs,
        })
        .collect();
    merge(&sources)
}

fn prompts(watched: &[MonitoredDeployment]) -> Vec<MonitorPrompt> {
    let mut found: Vec<MonitorPrompt> = Vec::new();
    for deployment in watched {
        let name: Arc<str> = deployment.name.as_str().into();
        let ahead = ahead_ms(&deployment.client);
        let inputs = deployment.prompts.inputs.try_get().unwrap_or_default();
        for input in inputs {
            let since = input.waiting_since.map(|since| page_time(since, ahead));
            let prompt = MonitorPrompt {
                deployment: Arc::clone(&name),
                since: since.or(input.prompt.seen).unwrap_or_default(),
                input,
            };
            let at = found.partition_point(|other| other.since <= prompt.since);
            found.insert(at, prompt);
        }
    }
    found
}

/// The failures of each deployment in the minutes that alarms are about.
type Failures = Vec<(Arc<str>, u32)>;

/// Counts what the lists show, from now on.
fn count(
    watched: Signal<Vec<MonitoredDeployment>>,
    now: RwSignal<Time>,
) -> (RwSignal<Vec<Trend>>, RwSignal<Failures>) {
    let (trends, failures) = (RwSignal::new(Vec::new()), RwSignal::new(Vec::new()));
    let counted = StoredValue::new(Trends::new());
    let minute = Memo::new(move |_| now.get().0 / 60_000);
    Effect::new(move |_| {
        minute.track();
        let now = this_moment();
        let found = watched.with(|watched| {
            counted.try_update_value(|counted| {
                counted.tick(now);
                counted.keep(|name| watched.iter().any(|it| it.name == name));
                for deployment in watched {
                    observe(counted, now, deployment);
                }
                let failures = watched.iter().map(|it| {
                    let failed = counted.failures(&it.name, DeploymentFacts::MINUTES);
                    (Arc::from(it.name.as_str()), failed)
                });
                (counted.trends().to_vec(), failures.collect::<Failures>())
            })
        });
        let Some((found, failed)) = found else { return };
        if trends.with_untracked(|known| *known != found) {
            trends.set(found);
        }
        if failures.with_untracked(|known| *known != failed) {
            failures.set(failed);
        }
    });
    (trends, failures)
}

fn observe(counted: &mut Trends, now: Time, deployment: &MonitoredDeployment) {
    let freshness = deployment.runs.freshness.try_get().unwrap_or_default();
    let name: Arc<str> = deployment.name.as_str().into();
    let ahead_ms = ahead_ms(&deployment.client);
    deployment.runs.handlers.try_with(|runs| {
        // The running ones come first: the history comes with the whole list.
        if freshness.listed_at.is_some() {
            counted.observe(
                now,
                &RunsOf {
                    deployment: &name,
                    ahead_ms,
                    runs,
                },
            );
        }
    });
}

fn facts(
    watched: &[MonitoredDeployment],
    prompts: &[MonitorPrompt],
    failures: &Failures,
) -> Vec<DeploymentFacts> {
    let fact = |deployment: &MonitoredDeployment| {
        let is_its = |prompt: &&MonitorPrompt| {
            *prompt.deployment == *deployment.name && prompt.input.state().is_open()
        };
        let failed = failures
            .iter()
            .find(|(name, _)| **name == *deployment.name)
            .map_or(0, |(_, failed)| *failed);
        DeploymentFacts {
            deployment: deployment.name.as_str().into(),
            silent_since: deployment.health.try_get().and_then(|health| health.silent_since),
            failures: failed,
            prompts: prompts.iter().filter(is_its).map(|prompt| prompt.since).collect(),
        }
    };
    watched.iter().map(fact).collect()
}
