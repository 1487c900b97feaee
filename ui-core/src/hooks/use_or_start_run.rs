//! `use_or_start_run`: the running run of a workflow, or a new one.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::reactive::*;
use send_wrapper::SendWrapper;
use serde::Serialize;
use workflow_protocol::{Handler, HandlerQuery, HandlerStatus, RawJson, Time};

use super::use_workflow_run::{RunWorkflowOptions, start};
use crate::api::{Problem, to_json};
use crate::store::Repeat;
use crate::task::{Task, spawn};
use crate::{Error, WorkflowClient, use_workflow_client};

/// Settings of [`use_or_start_run_with_options`].
#[derive(Clone, Debug, Default)]
pub struct UseOrStartRunOptions {
    /// The class of the start event. Defaults to the title of the workflow's start schema, which is fetched once.
    pub class: Option<String>,
    /// The client to use. Defaults to the one in context.
    pub client: Option<WorkflowClient>,
}

/// The return value of [`use_or_start_run`]. Destructure it with `..`, because fields may be added.
#[derive(Clone, Copy, Debug)]
pub struct UseOrStartRunReturn {
    /// The handler id, once it is known. Pass it to [`use_workflow_handler`](crate::use_workflow_handler).
    pub handler_id: Signal<Option<String>>,
    /// `true` if the run was already running, `false` if this hook started it. `None` until it is known.
    pub reused: Signal<Option<bool>>,
    /// Whether the run is being searched or started.
    pub loading: Signal<bool>,
    /// Why there is no run, or why the last start failed.
    pub error: Signal<Option<Error>>,
    /// The time of the next search, by [`WorkflowClient::now`]. `None` if no search failed, or if searching again cannot help.
    pub next_try: Signal<Option<Time>>,
    /// Starts another run, or tries again after an error.
    pub start_another: StartAnother,
}

/// Finds the newest running run of a workflow, or starts one. For pages that show one run and keep it over a reload.
///
/// `workflow` may be a signal; `None` or an empty name starts nothing. `input` has the fields of the start event for a new run, as in
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
/// The hook searches once when it is created, and again when the name changes. Hooks of one client that search for the same workflow at
/// the same time get the same run. Two tabs that open at the same moment may start one run each, because the server cannot prevent it.
/// After temporary errors ([`Error::is_transient`]) it searches again with the pauses of the client's
/// [`RetryPolicy`](workflow_protocol::RetryPolicy). A failed start is not repeated.
/// Cleaning up the owner aborts pending requests. A started run continues.
///
/// # Errors
/// As [`use_workflow_run`](crate::use_workflow_run), and errors of listing the handlers.
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
                    next_try: ArcRwSignal::new(None),
                    task: RefCell::default(),
                    is_starting: Rc::default(),
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
        next_try: Signal::derive(move || search.get()?.0.next_try.get()),
        start_another: StartAnother(search),
    }
}

/// Starts another run instead of the one that [`use_or_start_run`] returned.
#[derive(Clone, Copy, Debug)]
pub struct StartAnother(SearchMemo);

impl StartAnother {
    /// Starts a new run, even if one is running. The previous run is not changed. If no run was found or started because of an error, it
    /// first searches again: a start whose answer was lost may have succeeded. While such a search, or the start of another run, is under way,
    /// this does nothing.
    pub fn call(&self) {
        let Some(Some(search)) = self.0.try_get_untracked() else {
            return;
        };
        let search = &search.0;
        let has_failed =
            search.error.with_untracked(Option::is_some) && search.found.with_untracked(Option::is_none);
        let is_under_way = search.is_starting.get() || (has_failed && search.loading.get_untracked());
        if !is_under_way {
            search.look(has_failed);
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
    next_try: ArcRwSignal<Option<Time>>,
    task: RefCell<Option<Task>>,
    /// Whether another run is being started.
    is_starting: Rc<Cell<bool>>,
}

/// The run and whether it was reused, or why none could be started.
type Found = Result<(Handler, bool), Error>;

impl Search {
    fn look(&self, reuse: bool) {
        // Stops earlier retries, which would show their own next attempt.
        self.task.take();
        self.loading.set(true);
        self.error.set(None);
        let (found, loading, error) = (self.found.clone(), self.loading.clone(), self.error.clone());
        let (client, workflow) = (self.client.clone(), self.workflow.clone());
        let (input, class) = (self.input.clone(), self.class.clone());
        let mut repeat = Repeat::new(client.store().clone(), self.next_try.clone());
        self.is_starting.set(!reuse);
        let is_starting = self.is_starting.clone();
        let task = spawn(async move {
            let result = loop {
                let start = start_run(client.clone(), workflow.clone(), input.clone(), class.clone());
                if !reuse {
                    break start.await;
                }
                let find = {
                    let (client, workflow) = (client.clone(), workflow.clone());
                    async move {
                        match newest(&client, &workflow).await? {
                            Some(handler) => Ok(Ok((handler, true))),
                            None => Ok(start.await),
                        }
                    }
                };
                match client.store().or_start::<Found>(&workflow, find).await {
                    Ok(found) => break (*found).clone(),
                    Err(problem) => {
                        set_if_changed(&error, Some(problem.error.clone()));
                        set_if_changed(&loading, false);
                        if !repeat.pause(&problem).await {
                            return;
                        }
                        loading.set(true);
                    }
                }
            };
            match result {
                Ok((handler, reused)) => {
                    set_if_changed(&error, None);
                    found.set(Some((handler.handler_id, reused)));
                }
                Err(cause) => error.set(Some(cause)),
            }
            is_starting.set(false);
            loading.set(false);
        });
        *self.task.borrow_mut() = Some(task);
    }
}

/// The newest running run of the workflow.
async fn newest(client: &WorkflowClient, workflow: &str) -> Result<Option<Handler>, Problem> {
    let query = HandlerQuery {
        status: vec![HandlerStatus::Running],
        workflow_name: vec![workflow.to_owned()],
    };
    let (list, _) = client.store().http().handlers(&query).await?;
    for handler in &list.handlers {
        client.store().seen(handler);
    }
    // Older servers ignore filters.
    let running = list
        .handlers
        .into_iter()
        .filter(|handler| handler.workflow_name == workflow && !handler.status.is_terminal());
    Ok(running.max_by(|a, b| (&a.started_at, &a.handler_id).cmp(&(&b.started_at, &b.handler_id))))
}

async fn start_run(
    client: WorkflowClient,
    workflow: String,
    input: Result<RawJson, Error>,
    class: Option<String>,
) -> Found {
    let options = RunWorkflowOptions {
        class,
        ..RunWorkflowOptions::default()
    };
    Ok((start(&client, &workflow, input?, options).await?, false))
}
