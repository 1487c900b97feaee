//! `use_workflow_handler_list`: the list of runs.

use std::collections::HashSet;
use std::sync::Arc;

use crate::reactive::*;
use send_wrapper::SendWrapper;
use workflow_protocol::{HandlerState, HandlersInput, RunStatus};

use super::use_pending_inputs::{UsePendingInputsOptions, use_pending_inputs_with_options};
use crate::store::{ListFreshness, ListWatch};
use crate::{Error, WorkflowClient, use_workflow_client};

/// Settings of [`use_workflow_handler_list_with_options`].
#[derive(Clone, Debug, Default)]
pub struct UseWorkflowHandlerListOptions {
    /// Lists only runs with these statuses; empty for all. May be a signal, such as a filter that the user changes. A run appears or
    /// disappears as soon as its status changes.
    ///
    /// The server lists a run that waits for a person as running. The client knows that a run waits if it follows the run's events;
    /// [`find_waiting`](Self::find_waiting) finds the others.
    pub statuses: Signal<Vec<RunStatus>>,
    /// Finds running runs that wait for a person although no hook watches them. Reads the events of each run briefly when it is new or
    /// idle, one run after the other, as [`all_running`](crate::UsePendingInputsOptions::all_running) does. Uses at most one stream, and
    /// memory for the events of each waiting run. Defaults to `false`.
    pub find_waiting: bool,
    /// The client to use. Defaults to the one in context.
    pub client: Option<WorkflowClient>,
}

/// The return value of [`use_workflow_handler_list`]. Destructure it with `..`, because fields may be added.
#[derive(Clone, Copy, Debug)]
pub struct UseWorkflowHandlerListReturn {
    /// The handlers, newest start first.
    pub handlers: Signal<Vec<Arc<HandlerState>>>,
    /// Hides the runs that have ended, for this hook only.
    pub clear_completed: ClearCompleted,
    /// Whether the first list has not arrived yet.
    pub loading: Signal<bool>,
    /// The error of the last poll; the list stays as it was. Cleared by the next successful poll.
    pub error: Signal<Option<Error>>,
    /// The age of the list and, after an error, the time of the next attempt.
    pub freshness: Signal<ListFreshness>,
    /// Requests the whole list now.
    pub refresh: RefreshHandlers,
}

/// Lists the runs of one workflow, or of all. (React: `useWorkflowHandlerList`)
///
/// Lists runs of any status from all clients. The server has no notifications, so the hook polls: the whole list every two seconds while
/// it is at most 100 KB (about 250 runs). Of a longer list it polls the running handlers every two seconds, and the whole list as often
/// as 50 KB per second allow. A hidden page polls the running handlers every 6 and the whole list every 60 seconds. Runs that the page
/// watches update at once. `workflow` may be a signal; `None` or an empty name lists the runs of all workflows.
///
/// # Example
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_core::{UseWorkflowHandlerListReturn, use_workflow_handler_list};
///
/// #[component]
/// fn Runs() -> impl IntoView {
///     let UseWorkflowHandlerListReturn { handlers, .. } = use_workflow_handler_list("greet");
///     view! {
///         <ul>
///             {move || handlers.get().iter().map(|run| view! {
///                 <li>{run.handler.handler_id.clone()} ": " {run.status.as_str()}</li>
///             }).collect_view()}
///         </ul>
///     }
/// }
/// ```
///
/// # Lifecycle
/// All lists of one client share one poll. Polling ends when the owner of the last list is cleaned up.
///
/// # Errors
/// `error` has the error of the last poll; [`Error::NoClient`] without a client in context.
#[track_caller]
pub fn use_workflow_handler_list(
    workflow: impl Into<Signal<Option<String>>>,
) -> UseWorkflowHandlerListReturn {
    use_workflow_handler_list_with_options(workflow, UseWorkflowHandlerListOptions::default())
}

/// [`use_workflow_handler_list`] with settings.
///
/// # Example
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_core::protocol::RunStatus;
/// use workflow_ui_core::{
///     UseWorkflowHandlerListOptions, UseWorkflowHandlerListReturn, use_workflow_handler_list_with_options,
/// };
///
/// #[component]
/// fn Busy() -> impl IntoView {
///     let options = UseWorkflowHandlerListOptions {
///         statuses: vec![RunStatus::Running, RunStatus::Waiting].into(),
///         ..Default::default()
///     };
///     let UseWorkflowHandlerListReturn { handlers, .. } = use_workflow_handler_list_with_options(None::<String>, options);
///     view! { <p>{move || handlers.get().len()} " runs are under way"</p> }
/// }
/// ```
#[track_caller]
pub fn use_workflow_handler_list_with_options(
    workflow: impl Into<Signal<Option<String>>>,
    options: UseWorkflowHandlerListOptions,
) -> UseWorkflowHandlerListReturn {
    let workflow = workflow.into();
    let UseWorkflowHandlerListOptions {
        statuses,
        find_waiting,
        client,
    } = options;
    let hidden: RwSignal<HashSet<RunKey>> = RwSignal::default();
    let client = client.or_else(use_workflow_client);
    let Some(watch) = client.as_ref().and_then(|client| client.store().list().watch()) else {
        return UseWorkflowHandlerListReturn {
            handlers: Signal::default(),
            clear_completed: ClearCompleted(RwSignal::default(), hidden),
            loading: Signal::default(),
            error: Some(Error::NoClient).into(),
            freshness: Signal::default(),
            refresh: RefreshHandlers(StoredValue::new(None)),
        };
    };
    if find_waiting {
        use_pending_inputs_with_options(UsePendingInputsOptions {
            all_running: true,
            client: client.clone(),
            ..UsePendingInputsOptions::default()
        });
    }
    let list = watch.list();
    let all = RwSignal::from(list.handlers.clone());
    let (loading, error, freshness) = (list.loading.clone(), list.error.clone(), list.freshness.clone());
    let handlers = Memo::new_with_compare(
        move |_| {
            let name = workflow.try_get().flatten().filter(|name| !name.is_empty());
            let (hidden, statuses) = (hidden.read(), statuses.try_get().unwrap_or_default());
            let shown = |row: &&Arc<HandlerState>| {
                name.as_ref()
                    .is_none_or(|name| row.handler.workflow_name == *name)
                    && (statuses.is_empty() || statuses.contains(&row.status))
                    && (hidden.is_empty() || !hidden.contains(&RunKey::of(row)))
            };
            all.read().iter().filter(shown).cloned().collect::<Vec<_>>()
        },
        |before, now| match (before, now) {
            (Some(before), Some(now)) => {
                before.len() != now.len()
                    || before
                        .iter()
                        .zip(now)
                        .any(|(before, now)| !Arc::ptr_eq(before, now))
            }
            _ => true,
        },
    );
    UseWorkflowHandlerListReturn {
        handlers: handlers.into(),
        clear_completed: ClearCompleted(all, hidden),
        loading: loading.into(),
        error: error.into(),
        freshness: freshness.into(),
        refresh: RefreshHandlers(StoredValue::new(Some(SendWrapper::new(watch)))),
    }
}

/// One run of one handler. A continued handler reappears in a list from which it was cleared.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct RunKey(String, Option<String>);

impl RunKey {
    fn of(state: &HandlerState) -> Self {
        Self(state.handler.handler_id.clone(), state.handler.run_id.clone())
    }
}

/// Hides ended runs, for one hook.
#[derive(Clone, Copy, Debug)]
pub struct ClearCompleted(RwSignal<Vec<Arc<HandlerState>>>, RwSignal<HashSet<RunKey>>);

impl ClearCompleted {
    /// Hides all runs that have ended by now, with any outcome. Deletes nothing on the server.
    pub fn call(&self) {
        let ended = self.0.try_with_untracked(|rows| {
            let ended = rows.iter().filter(|row| row.status.is_terminal());
            ended.map(|row| RunKey::of(row)).collect::<Vec<_>>()
        });
        if let Some(ended) = ended.filter(|ended| !ended.is_empty()) {
            self.1.try_update(|hidden| hidden.extend(ended));
        }
    }
}

/// Requests the list.
#[derive(Clone, Copy, Debug)]
pub struct RefreshHandlers(StoredValue<Option<SendWrapper<ListWatch>>>);

impl RefreshHandlers {
    /// Requests the whole list now.
    pub fn call(&self) {
        self.0.try_with_value(|watch| {
            if let Some(watch) = watch {
                watch.list().input(HandlersInput::Refresh);
            }
        });
    }
}
