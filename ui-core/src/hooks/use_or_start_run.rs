//! The running run of a workflow, or a new one.

use std::cell::RefCell;
use std::rc::Rc;

use crate::reactive::*;
use send_wrapper::SendWrapper;
use serde::Serialize;
use workflow_protocol::{Handler, HandlerQuery, HandlerStatus, RawJson};

use super::use_workflow_run::{RunWorkflowOptions, start};
use crate::api::to_json;
use crate::task::{Task, spawn};
use crate::{Error, WorkflowClient, use_workflow_client};

/// Settings of [`use_or_start_run_with_options`].
#[derive(Clone, Debug, Default)]
pub struct UseOrStartRunOptions {
    /// The start event's class. Defaults to the title of the workflow's start schema, which is asked for once.
    pub class: Option<String>,
    /// The client to use. Defaults to the one in context.
    pub client: Option<WorkflowClient>,
}

/// What [`use_or_start_run`] gives. Destructure it with `..`; more fields may come.
#[derive(Clone, Copy, Debug)]
pub struct UseOrStartRunReturn {
    /// The handler's id, once it is known. Hand it to [`use_workflow_handler`](crate::use_workflow_handler).
    pub handler_id: Signal<Option<String>>,
    /// Whether the run was found running; false if it was started here. None until it is known.
    pub reused: Signal<Option<bool>>,
    /// Whether it is being looked for or started.
    pub loading: Signal<bool>,
    /// Why there is none.
    pub error: Signal<Option<Error>>,
    /// Starts another one, or tries again after an error.
    pub start_another: StartAnother,
}

/// The newest running run of a workflow, or else a new one: for screens that have one run, and keep it over a reload.
///
/// `workflow` may be a signal; `None`, or an empty name, means none. `input` is the start event's fields for a new run, as with
/// [`RunWorkflow::call`](crate::RunWorkflow::call).
///
/// # Example
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_core::{UseOrStartRunReturn, UseWorkflowHandlerReturn, use_or_start_run, use_workflow_handler};
///
/// #[component]
/// fn Session() -> impl IntoView {
///     let UseOrStartRunReturn { handler_id, error, .. } = use_or_start_run("chat", ());
///     let UseWorkflowHandlerReturn { status, .. } = use_workflow_handler(handler_id, true);
///     view! {
///         <p>{move || status.get().as_str()}</p>
///         <p>{move || error.get().map(|error| error.to_string())}</p>
///     }
/// }
/// ```
///
/// # Lifecycle
/// Looked for once, when the hook is made and whenever the name changes. Hooks of one client that look for the same workflow at the
/// same time get the same run. Two tabs that open at the same moment may each start one: the server offers nothing to
/// prevent that. Cleaning up the owner aborts what is under way; a run that was started goes on.
///
/// # Errors
/// As [`use_workflow_run`](crate::use_workflow_run), and whatever keeps the handlers from being listed.
#[track_caller]
pub fn use_or_start_run(
    workflow: impl Into<Signal<Option<String>>>,
    input: impl Serialize,
) -> UseOrStartRunReturn {
    use_or_start_run_with_options(workflow, input, UseOrStartRunOptions::default())
}

/// [`use_or_start_run`] with settings.
#[track_caller]
pub fn use_or_start_run_with_options(
    workflow: impl Into<Signal<Option<String>>>,
    input: impl Serialize,
    options: UseOrStartRunOptions,
) -> UseOrStartRunReturn {
    let workflow: Signal<Option<String>> = workflow.into();
    let input = to_json("start event", &input);
    let client = options.client.or_else(use_workflow_client);
    let (no_client, class) = (client.is_none(), options.class);
    let search: SearchMemo = Memo::new(move |before: Option<&Option<SearchRef>>| {
        let client = client.as_ref()?;
        let name = workflow.try_get().flatten().filter(|name| !name.is_empty())?;
        match before {
            Some(Some(before)) if before.0.workflow == name => Some(before.clone()),
            _ => Some(untrack(|| {
                let search = SearchRef(SendWrapper::new(Rc::new(Search {
                    client: client.clone(),
                    workflow: name,
                    class: class.clone(),
                    input: input.clone(),
                    found: ArcRwSignal::new(None),
                    loading: ArcRwSignal::new(true),
                    error: ArcRwSignal::new(None),
                    task: RefCell::default(),
                })));
                search.0.look(true);
                search
            })),
        }
    });
    Effect::new(move || search.with(|_| ()));
    let found = move || search.get()?.0.found.get();
    UseOrStartRunReturn {
        handler_id: Signal::derive(move || found().map(|(id, _)| id)),
        reused: Signal::derive(move || found().map(|(_, reused)| reused)),
        loading: Signal::derive(move || search.get().is_some_and(|search| search.0.loading.get())),
        error: Signal::derive(move || match search.get() {
            Some(search) => search.0.error.get(),
            None => no_client.then_some(Error::NoClient),
        }),
        start_another: StartAnother(search),
    }
}

/// Starts another run in the place of the one that [`use_or_start_run`] gave.
#[derive(Clone, Copy, Debug)]
pub struct StartAnother(SearchMemo);

impl StartAnother {
    /// Starts a new run, whether or not one is running. The one before stays what it is.
    pub fn call(&self) {
        if let Some(Some(search)) = self.0.try_get_untracked() {
            search.0.look(false);
        }
    }
}

type SearchMemo = Memo<Option<SearchRef>>;

#[derive(Clone, Debug)]
struct SearchRef(SendWrapper<Rc<Search>>);

impl PartialEq for SearchRef {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

#[derive(Debug)]
struct Search {
    client: WorkflowClient,
    workflow: String,
    class: Option<String>,
    input: Result<RawJson, Error>,
    found: ArcRwSignal<Option<(String, bool)>>,
    loading: ArcRwSignal<bool>,
    error: ArcRwSignal<Option<Error>>,
    task: RefCell<Option<Task>>,
}

impl Search {
    fn look(&self, reuse: bool) {
        self.loading.set(true);
        self.error.set(None);
        let (found, loading, error) = (self.found.clone(), self.loading.clone(), self.error.clone());
        let (client, workflow) = (self.client.clone(), self.workflow.clone());
        let (input, class) = (self.input.clone(), self.class.clone());
        let task = spawn(async move {
            let find = find(client.clone(), workflow.clone(), input, class, reuse);
            let result = if reuse {
                client
                    .store()
                    .or_start(&workflow, find)
                    .await
                    .map(|found| (*found).clone())
            } else {
                find.await
            };
            match result {
                Ok((handler, reused)) => found.set(Some((handler.handler_id, reused))),
                Err(cause) => error.set(Some(cause)),
            }
            loading.set(false);
        });
        *self.task.borrow_mut() = Some(task);
    }
}

async fn find(
    client: WorkflowClient,
    workflow: String,
    input: Result<RawJson, Error>,
    class: Option<String>,
    reuse: bool,
) -> Result<(Handler, bool), Error> {
    if reuse {
        let query = HandlerQuery {
            status: vec![HandlerStatus::Running],
            workflow_name: vec![workflow.clone()],
        };
        let running = client.handlers(&query).await?.handlers.into_iter();
        // An older server takes no filters.
        let newest = running
            .filter(|handler| handler.workflow_name == workflow && !handler.status.is_terminal())
            .max_by(|a, b| (&a.started_at, &a.handler_id).cmp(&(&b.started_at, &b.handler_id)));
        if let Some(handler) = newest {
            return Ok((handler, true));
        }
    }
    let options = RunWorkflowOptions {
        class,
        ..RunWorkflowOptions::default()
    };
    Ok((start(&client, &workflow, input?, options).await?, false))
}
