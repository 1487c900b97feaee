//! The list of runs.

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
    /// Runs of these statuses only; empty for any. May be a signal: a filter that the user changes. The list follows runs of all statuses
    /// anyhow, so a run leaves it, or comes, the moment its status changes.
    ///
    /// The server lists a run that waits for a person as running. Which ones wait is known of those whose events this client follows;
    /// [`find_waiting`](Self::find_waiting) finds the others.
    pub statuses: Signal<Vec<RunStatus>>,
    /// Looks at the running runs that nobody watches, to find those that wait for a person: one after the other, when they are new or
    /// idle, as [`all_running`](crate::UsePendingInputsOptions::all_running) does. Costs one stream at most, open only for a moment, and
    /// keeps the events of each run that waits in memory. Defaults to `false`.
    pub find_waiting: bool,
    /// The client to use. Defaults to the one in context.
    pub client: Option<WorkflowClient>,
}

/// What [`use_workflow_handler_list`] gives. Destructure it with `..`; more fields may come.
#[derive(Clone, Copy, Debug)]
pub struct UseWorkflowHandlerListReturn {
    /// The handlers, those started last first.
    pub handlers: Signal<Vec<Arc<HandlerState>>>,
    /// Hides the runs that have ended, for this hook.
    pub clear_completed: ClearCompleted,
    /// Whether the first list is still awaited.
    pub loading: Signal<bool>,
    /// Why the last poll failed; the list is as it was before. Cleared by the next that succeeds.
    pub error: Signal<Option<Error>>,
    /// How old the list is, and when it is asked for again after an error.
    pub freshness: Signal<ListFreshness>,
    /// Asks for the whole list now.
    pub refresh: RefreshHandlers,
}

/// Lists the runs of one workflow, or of all. (React: `useWorkflowHandlerList`)
///
/// Runs of any status are listed and followed to their end, also runs of other clients. The server has no notifications, so
/// it is polled: every two seconds while the list is at most 100 KB (about 250 runs). Of a longer list the running handlers are polled
/// every two seconds, and the whole list as often as 50 KB per second allow. Hidden pages poll every 6 and every 60 seconds. Watched runs
/// report at once. `workflow` may be a signal; `None`, or an empty name, lists the runs of all workflows.
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
/// All lists of one client share one poll. It ends when the owner of the last one is cleaned up.
///
/// # Errors
/// `error` is why the last poll failed; [`Error::NoClient`] outside a provider.
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

/// One run of one handler: a continued handler comes back into a list from which it was cleared.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct RunKey(String, Option<String>);

impl RunKey {
    fn of(state: &HandlerState) -> Self {
        Self(state.handler.handler_id.clone(), state.handler.run_id.clone())
    }
}

/// Hides the runs that have ended, for one hook.
#[derive(Clone, Copy, Debug)]
pub struct ClearCompleted(RwSignal<Vec<Arc<HandlerState>>>, RwSignal<HashSet<RunKey>>);

impl ClearCompleted {
    /// Hides every run that has ended by now, however it ended. Nothing is deleted at the server.
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

/// Asks for the list.
#[derive(Clone, Copy, Debug)]
pub struct RefreshHandlers(StoredValue<Option<SendWrapper<ListWatch>>>);

impl RefreshHandlers {
    /// Asks for the whole list now.
    pub fn call(&self) {
        self.0.try_with_value(|watch| {
            if let Some(watch) = watch {
                watch.list().input(HandlersInput::Refresh);
            }
        });
    }
}
