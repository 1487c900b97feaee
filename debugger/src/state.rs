//! The shared state of a workspace.

use crate::focus::{focus_in_next_frame, focus_run_if_lost};
use crate::health::{Health, use_health};
use crate::navigation::Navigation;
use crate::preferences::Preferences;
use crate::url_state::View;
use leptos::prelude::*;
use leptos::task::spawn_local;
use workflow_protocol::{HandlerState, RawJson};
use workflow_ui_components::drafts::Drafts;
use workflow_ui_components::replay::Replay;
use workflow_ui_components::start::Started;
use workflow_ui_core::{
    RunWorkflowOptions, UsePendingInputsOptions, UsePendingInputsReturn, UseWorkflowHandlerListReturn,
    UseWorkflowHandlerReturn, UseWorkflowRunReturn, UseWorkflowsReturn, WorkflowClient,
    use_pending_inputs_with_options, use_workflow_handler, use_workflow_handler_list, use_workflow_run,
    use_workflows,
};

/// The panel of a narrow screen. A wide screen shows all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Panel {
    #[default]
    Start,
    Runs,
    Run,
    Prompts,
}

impl Panel {
    /// The value of `data-panel`.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Runs => "runs",
            Self::Run => "run",
            Self::Prompts => "prompts",
        }
    }
}

/// The shared state of one server's workspace. A context of the workspace.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WorkspaceState {
    pub(crate) navigation: Navigation,
    pub(crate) preferences: RwSignal<Preferences>,
    pub(crate) health: Signal<Health>,
    pub(crate) workflows: UseWorkflowsReturn,
    /// All runs of the server.
    pub(crate) runs: UseWorkflowHandlerListReturn,
    /// The open run.
    pub(crate) run: UseWorkflowHandlerReturn,
    pub(crate) has_run: Signal<bool>,
    /// The sequence of the open event.
    pub(crate) event: Signal<Option<u64>>,
    pub(crate) has_event: Signal<bool>,
    /// The handler of the run that the open one is compared with.
    pub(crate) compared: Signal<Option<String>>,
    /// Whether the dialog that chooses that run is open.
    pub(crate) compare_open: RwSignal<bool>,
    /// The workflow that is chosen for the next start.
    pub(crate) workflow: Signal<Option<String>>,
    /// The handler that the next start continues.
    pub(crate) continues: RwSignal<Option<String>>,
    /// Whether the start form is folded to a line.
    pub(crate) form_folded: RwSignal<bool>,
    pub(crate) panel: RwSignal<Panel>,
    /// The prompts of all running runs.
    pub(crate) prompts: UsePendingInputsReturn,
    /// Number of those that are open.
    pub(crate) prompt_count: Signal<usize>,
    pub(crate) inbox_open: RwSignal<bool>,
    /// Whether internal events are shown.
    pub(crate) internal: RwSignal<bool>,
    /// The text that events are filtered by.
    pub(crate) filter: RwSignal<String>,
    /// The position of the replay in the open run.
    pub(crate) replay: Replay,
    /// The message about the last action.
    pub(crate) notice: RwSignal<Option<String>>,
    pub(crate) shortcuts_open: RwSignal<bool>,
    pub(crate) palette_open: RwSignal<bool>,
    /// Set to open the server panel with the focus in its token field.
    pub(crate) token_requested: RwSignal<bool>,
    base: StoredValue<String>,
    drafts: Drafts,
    start: UseWorkflowRunReturn,
}

impl WorkspaceState {
    /// Follows the server of the provided client until the current owner is cleaned up.
    pub(crate) fn new(client: WorkflowClient) -> Self {
        let navigation = expect_context::<Navigation>();
        let preferences = expect_context::<RwSignal<Preferences>>();
        let has_run = navigation.part(|state| state.run.is_some());
        let prompts = use_pending_inputs_with_options(UsePendingInputsOptions {
            all_running: true,
            ..UsePendingInputsOptions::default()
        });
        let panel = if has_run.get_untracked() {
            Panel::Run
        } else {
            Panel::Start
        };
        Self {
            navigation,
            preferences,
            base: StoredValue::new(client.address().base().to_owned()),
            health: use_health(client),
            workflows: use_workflows(),
            runs: use_workflow_handler_list(None::<String>),
            run: use_workflow_handler(navigation.part(|state| state.run.clone()), true),
            has_run,
            event: navigation.part(|state| state.event),
            has_event: navigation.part(|state| state.run.is_some() && state.event.is_some()),
            compared: navigation.part(|state| state.run.as_ref().and(state.compare.clone())),
            compare_open: RwSignal::new(false),
            workflow: navigation.part(|state| state.workflow.clone()),
            continues: RwSignal::new(None),
            form_folded: RwSignal::new(false),
            panel: RwSignal::new(panel),
            prompts,
            prompt_count: prompts.count,
            inbox_open: RwSignal::new(false),
            internal: RwSignal::new(preferences.with_untracked(|preferences| preferences.internal)),
            filter: RwSignal::new(navigation.now().filter),
            replay: Replay::new(),
            notice: RwSignal::new(None),
            shortcuts_open: RwSignal::new(false),
            palette_open: RwSignal::new(false),
            token_requested: RwSignal::new(false),
            drafts: use_context::<Drafts>().unwrap_or_default(),
            start: use_workflow_run(),
        }
    }

    /// Requests the workflows and the runs again.
    pub(crate) fn refresh_lists(self) {
        self.workflows.refresh.call();
        self.runs.refresh.call();
    }

    /// Chooses a workflow for the next start; an empty name removes the choice.
    pub(crate) fn choose_workflow(self, name: String) {
        self.navigation
            .replace(|state| state.workflow = (!name.is_empty()).then_some(name));
    }

    /// Opens the start form of a workflow, with a handler to continue if given, and focuses its first field.
    pub(crate) fn open_start_form(self, workflow: String, continues: Option<String>) {
        self.choose_workflow(workflow);
        self.continues.set(continues);
        self.form_folded.set(false);
        self.panel.set(Panel::Start);
        focus_in_next_frame(
            "[data-part='start-form'] :is(input, textarea, select), [data-part='run-button']",
        );
    }

    /// Opens a run.
    pub(crate) fn open_run(self, handler_id: String) {
        self.navigation.push(|state| {
            state.open_run(Some(handler_id));
            // The row of a run that is being compared leads back to that run.
            state.compare = None;
        });
        self.panel.set(Panel::Run);
        self.notice.set(None);
    }

    /// Compares a run with another one.
    pub(crate) fn compare(self, first: String, second: String) {
        self.navigation.push(|state| {
            state.open_run(Some(first));
            state.event = None;
            state.compare = Some(second);
        });
        self.panel.set(Panel::Run);
        focus_in_next_frame("[data-part='compare'] [role='tab'][aria-selected='true']");
    }

    /// Closes the comparison and shows the open run.
    pub(crate) fn close_comparison(self) {
        self.navigation.push(|state| state.compare = None);
    }

    /// Leaves a comparison or a replay that hides an open prompt of the open run; says whether there was one.
    pub(crate) fn show_hidden_prompt(self) -> bool {
        let is_moment = self.replay.at.with_untracked(Option::is_some);
        let is_hidden = is_moment || self.navigation.now().compare.is_some();
        if !is_hidden || self.run.open_prompts.with_untracked(Vec::is_empty) {
            return false;
        }
        self.replay.close();
        self.navigation.push(|state| {
            state.at = None;
            state.compare = None;
        });
        true
    }

    /// Opens an event of one of the compared runs: one of the open run beside the comparison, one of the other run in place of the
    /// comparison.
    pub(crate) fn open_compared_event(self, handler_id: String, sequence: u64) {
        if self.run.handler_id.get_untracked().as_ref() == Some(&handler_id) {
            self.navigation.open_event(sequence);
        } else {
            self.open_run(handler_id);
            self.navigation.replace(|state| state.event = Some(sequence));
        }
    }

    /// Opens a run that was just started, and keeps its input for [`start_again`](Self::start_again).
    pub(crate) fn open_started(self, started: &Started) {
        let id = &started.handler_id;
        self.base
            .with_value(|base| self.drafts.remember_start(base, id, &started.input));
        self.runs.refresh.call();
        self.navigation.push(|state| state.open_new_run(id.clone()));
        self.panel.set(Panel::Run);
        self.notice.set(None);
        focus_run_if_lost();
    }

    /// Starts a run with the input of another run, or opens the form if that input is unknown.
    pub(crate) fn start_again(self, run: &HandlerState) {
        if self.start.is_creating.get_untracked() {
            return;
        }
        let workflow = run.handler.workflow_name.clone();
        let Some(input) = self.input_of(&run.handler.handler_id) else {
            self.notice.set(Some(String::from(
                "The server doesn't keep what a run was started with: fill in the form.",
            )));
            return self.open_start_form(workflow, None);
        };
        let options = RunWorkflowOptions {
            follow: true,
            ..RunWorkflowOptions::default()
        };
        let starting = self
            .start
            .run_workflow
            .call_with(workflow, input.clone(), options);
        spawn_local(async move {
            let result = starting.await;
            // Another server may be in use now.
            if self.notice.is_disposed() {
                return;
            }
            match result {
                Ok(handler) => self.open_started(&Started::new(handler, input)),
                Err(error) => self.notice.set(Some(error.to_string())),
            }
        });
    }

    /// The input of a run, if this tab started it.
    pub(crate) fn input_of(self, handler_id: &str) -> Option<RawJson> {
        self.base
            .with_value(|base| self.drafts.start_of(base, handler_id))
    }

    /// Closes a run that was deleted, unless another one was opened meanwhile.
    pub(crate) fn leave_deleted(self, handler_id: &str) {
        self.runs.refresh.call();
        let open = self.run.handler_id.get_untracked();
        if open.as_deref() == Some(handler_id) {
            self.navigation.push(|state| state.open_run(None));
            self.panel.set(Panel::Runs);
        }
    }

    /// Shows a tab of the open run, in the place of a comparison.
    pub(crate) fn show_tab(self, view: View) {
        if self.navigation.now().compare.is_some() {
            self.close_comparison();
        }
        self.navigation.replace(|state| state.view = view);
    }

    /// Closes the open event, and focuses the list that it was opened from.
    pub(crate) fn close_event(self) {
        self.navigation.close_event();
        let focused = document().active_element();
        let turn = focused.and_then(|it| it.closest("[data-part='agent-turn']").ok().flatten());
        // Among the turns of agents each event has a button of its own.
        if turn.is_some() {
            return;
        }
        focus_in_next_frame(
            ":is([data-part='events'], [data-part='step-runs'], [data-part='graph-nodes'], [data-part='log-lines'], [data-part='agents'] ol, [data-part='compare-rows']):not([hidden], [hidden] *)",
        );
    }
}
