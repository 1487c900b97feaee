//! Several deployments on one page: their health, their runs, one inbox, start forms, trends and alarms.

mod add;
mod alarms;
mod deployment;
mod deployments;
mod inbox;
#[cfg(feature = "control-plane")]
mod log;
mod notify;
mod open_run;
mod other;
mod rows;
mod runs;
mod scope;
mod start;
mod state;
mod trends;

use crate::tabs::{Tab, TabPanel, Tabs};
use crate::theme::mount_style;
use alarms::{AlarmBanner, AlarmForm};
use deployments::Deployments;
use inbox::MonitorInbox;
use leptos::prelude::*;
use open_run::OpenRunPane;
use runs::MonitorRuns;
use start::MonitorStart;
use state::{Actions, MonitorState};
pub use state::{Deployment, MonitorSummary, OpenRun};
use trends::TrendTable;
pub use workflow_inspector::monitor::AlarmSettings;

const STYLE: &str = include_str!("monitor.css");

const RUNS: &str = "runs";
const START: &str = "start";
const TRENDS: &str = "trends";
const ALARMS: &str = "alarms";

static TABS: [Tab; 4] = [
    Tab {
        key: RUNS,
        label: "Runs",
    },
    Tab {
        key: START,
        label: "Start",
    },
    Tab {
        key: TRENDS,
        label: "Trends",
    },
    Tab {
        key: ALARMS,
        label: "Alarms",
    },
];

/// Several deployments of workflows: health and latency of each, the runs of all, one inbox for the prompts of all, a start form for any
/// workflow, trends, and alarms. A run opens in place.
///
/// A server of the older deployments API (feature `legacy` of `workflow-ui-core`) and a control plane (feature `control-plane`) are listed
/// with what they have: deployments or services; of a control plane with status, git ref and log.
///
/// At most 50 deployments and 10 000 runs. Give it a height: it fills what its container, a flex column, leaves.
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::monitor::{Deployment, Monitor};
/// use workflow_ui_core::WorkflowClient;
///
/// #[component]
/// fn Operations() -> impl IntoView {
///     let deployments = ["orders", "bills"].map(|name| {
///         let address = format!("/upstreams/{name}");
///         Deployment::new(name, WorkflowClient::new(address))
///     });
///     view! { <Monitor deployments=deployments.to_vec() /> }
/// }
/// ```
#[component]
pub fn Monitor(
    /// The deployments. Names differ; of two with the same name or address only the first is watched.
    #[prop(into)]
    deployments: Signal<Vec<Deployment>>,
    /// The open run. Set it together with `on_open`. Defaults to the run opened last.
    #[prop(optional, into)]
    open: Option<Signal<Option<OpenRun>>>,
    /// Called with the run that is to be opened; with none, when it is closed.
    #[prop(optional, into)]
    on_open: Option<Callback<Option<OpenRun>>>,
    /// When alarms are raised. The form sets it. Defaults to [`AlarmSettings::default`].
    #[prop(optional)]
    alarms: RwSignal<AlarmSettings>,
    /// Called with the numbers of open prompts and alarms when they change, for the title of the page.
    #[prop(optional, into)]
    on_summary: Option<Callback<MonitorSummary>>,
    /// Takes a bearer token for the deployment of this name. Without it no token is asked for.
    #[prop(optional, into)]
    on_token: Option<Callback<(String, String)>>,
    /// Called when the user agreed to use the deployment of this name, which has no client yet.
    #[prop(optional, into)]
    on_agree: Option<Callback<String>>,
    /// Adds a deployment: its name and address. The error is shown at the form. Without it none can be added.
    #[prop(optional, into)]
    on_add: Option<Callback<(String, String), Result<(), String>>>,
    /// Removes the deployment of this name. Without it none can be removed.
    #[prop(optional, into)]
    on_remove: Option<Callback<String>>,
    /// The address that opens the open run; with it the button `Copy link` is shown.
    #[prop(optional, into)]
    link: Option<Signal<String>>,
) -> impl IntoView {
    for style in [
        crate::form::STYLE,
        crate::icon::STYLE,
        crate::grid::STYLE,
        crate::status::STYLE,
        STYLE,
    ] {
        mount_style(style);
    }
    let opened = RwSignal::new(None::<OpenRun>);
    let open = open.unwrap_or_else(|| opened.into());
    let on_open = Callback::new(move |run: Option<OpenRun>| {
        opened.try_set(run.clone());
        if let Some(on_open) = on_open {
            on_open.try_run(run);
        }
    });
    let actions = Actions {
        on_token,
        on_agree,
        on_add,
        on_remove,
    };
    let state = MonitorState::new(deployments, open, on_open, alarms);
    state.report(on_summary);
    open_run::move_focus(state);
    let count = move || state.deployments.with(Vec::len);
    view! {
        <div
            class="wf-monitor"
            data-part="monitor"
            part="monitor"
            role="region"
            aria-label="Monitor"
            data-count=count
        >
            <AlarmBanner state />
            <div class="wf-monitor__body" data-open=move || state.is_open()>
                <div class="wf-monitor__side wf-scroll">
                    <MonitorInbox state />
                    <Deployments state actions />
                </div>
                <div class="wf-monitor__main">
                    <Lists state />
                    <OpenRunPane state link />
                </div>
            </div>
        </div>
    }
}

/// Runs, start form, trends and alarms; hidden while a run is open.
#[component]
fn Lists(state: MonitorState) -> impl IntoView {
    const PREFIX: &str = "monitor";
    let tab = state.tab;
    view! {
        <div class="wf-monitor__lists" hidden=move || state.is_open()>
            <Tabs label="Monitor" prefix=PREFIX tabs=&TABS selected=tab on_select=move |key| tab.set(key) />
            <TabPanel prefix=PREFIX key=RUNS selected=tab class="wf-monitor__panel">
                <MonitorRuns state />
            </TabPanel>
            <TabPanel prefix=PREFIX key=START selected=tab class="wf-monitor__panel wf-scroll">
                <Show when=move || tab.get() == START>
                    <MonitorStart state />
                </Show>
            </TabPanel>
            <TabPanel prefix=PREFIX key=TRENDS selected=tab class="wf-monitor__panel wf-scroll">
                <Show when=move || tab.get() == TRENDS>
                    <TrendTable state />
                </Show>
            </TabPanel>
            <TabPanel prefix=PREFIX key=ALARMS selected=tab class="wf-monitor__panel wf-scroll">
                <AlarmForm state />
            </TabPanel>
        </div>
    }
    .into_any()
}
