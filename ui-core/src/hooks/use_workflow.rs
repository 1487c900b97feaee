//! `use_workflow`: the schemas and the graph of one workflow.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use crate::reactive::*;
use futures::join;
use send_wrapper::SendWrapper;
use workflow_protocol::{Graph, RawJson, Time, WorkflowSchema};

use crate::api::Problem;
use crate::store::Repeat;
use crate::task::{Task, spawn};
use crate::{Error, WorkflowClient, use_workflow_client};

/// The return value of [`use_workflow`]. Destructure it with `..`, because fields may be added.
#[derive(Clone, Copy, Debug)]
pub struct UseWorkflowReturn {
    /// The JSON Schemas of the start and stop event.
    pub schema: Signal<Option<Arc<WorkflowSchema>>>,
    /// The JSON Schemas of the events that can be sent to its runs.
    pub event_schemas: Signal<Option<Arc<Vec<RawJson>>>>,
    /// The graph of its steps and events.
    pub graph: Signal<Option<Arc<Graph>>>,
    /// Whether any of these is being fetched.
    pub loading: Signal<bool>,
    /// The error of the first request that failed. The answers of the others are still available.
    pub error: Signal<Option<Error>>,
    /// The time of the next retry, by [`WorkflowClient::now`]. `None` if nothing is missing, or if retrying cannot help.
    pub next_try: Signal<Option<Time>>,
    /// Fetches everything again, ignoring cached answers.
    pub refresh: RefreshWorkflow,
}

/// Fetches the schemas and the graph of one workflow. (React: `useWorkflow`)
///
/// `workflow` may be a signal; `None` or an empty name fetches nothing.
///
/// # Example
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_core::{UseWorkflowReturn, use_workflow};
///
/// #[component]
/// fn Size() -> impl IntoView {
///     let UseWorkflowReturn { graph, error, .. } = use_workflow("greet");
///     view! {
///         <p>{move || graph.get().map(|graph| graph.nodes.len())} " nodes"</p>
///         <p>{move || error.get().map(|error| error.to_string())}</p>
///     }
/// }
/// ```
///
/// # Lifecycle
/// Each workflow is fetched once per client, for any number of hooks. [`refresh`](UseWorkflowReturn::refresh) fetches it again. After
/// temporary errors ([`Error::is_transient`]) the hook retries with the pauses of the client's
/// [`RetryPolicy`](workflow_protocol::RetryPolicy). If the server requires sign-in, it retries after the user has signed in. Cleaning up
/// the owner aborts its requests.
///
/// # Errors
/// `error` has the server's text: 404 for an unknown workflow; [`Error::NoClient`] without a client in context.
#[track_caller]
pub fn use_workflow(workflow: impl Into<Signal<Option<String>>>) -> UseWorkflowReturn {
    use_workflow_with_options(workflow, UseWorkflowOptions::default())
}

/// [`use_workflow`] with settings.
#[track_caller]
pub fn use_workflow_with_options(
    workflow: impl Into<Signal<Option<String>>>,
    options: UseWorkflowOptions,
) -> UseWorkflowReturn {
    let workflow = workflow.into();
    let client = options.client.or_else(use_workflow_client);
    let no_client = client.is_none();
    // As in `use_workflow_handler`: a memo shows no value of the workflow before, the effect runs it when nobody reads.
    let view: ViewMemo = Memo::new(move |before: Option<&Option<ViewRef>>| {
        let client = client.as_ref()?;
        let name = workflow.try_get().flatten().filter(|name| !name.is_empty())?;
        match before {
            Some(Some(before)) if before.0.name == name => Some(before.clone()),
            _ => Some(untrack(|| ViewRef::new(client, name))),
        }
    });
    Effect::new(move || view.with(|_| ()));
    let error = Signal::derive(move || match view.get() {
        Some(view) => view.0.error.get(),
        None => no_client.then_some(Error::NoClient),
    });
    UseWorkflowReturn {
        schema: field(view, |view| &view.schema),
        event_schemas: field(view, |view| &view.events),
        graph: field(view, |view| &view.graph),
        loading: field(view, |view| &view.loading),
        error,
        next_try: field(view, |view| &view.next_try),
        refresh: RefreshWorkflow(view),
    }
}

/// Settings of [`use_workflow_with_options`].
#[derive(Clone, Debug, Default)]
pub struct UseWorkflowOptions {
    /// The client to use. Defaults to the one in context.
    pub client: Option<WorkflowClient>,
}

#[track_caller]
fn field<T>(view: ViewMemo, pick: fn(&View) -> &ArcRwSignal<T>) -> Signal<T>
where
    T: Clone + Default + Send + Sync + 'static,
{
    Signal::derive(move || view.get().map_or_else(T::default, |view| pick(&view.0).get()))
}

/// Fetches a workflow's description again.
#[derive(Clone, Copy, Debug)]
pub struct RefreshWorkflow(ViewMemo);

impl RefreshWorkflow {
    /// Fetches again. The current values stay until the answers arrive.
    pub fn call(&self) {
        if let Some(Some(view)) = self.0.try_get_untracked() {
            view.0.client.store().forget_workflow(&view.0.name);
            view.ask();
        }
    }
}

type ViewMemo = Memo<Option<ViewRef>>;

#[derive(Clone, Debug)]
struct ViewRef(SendWrapper<Rc<View>>);

impl PartialEq for ViewRef {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

#[derive(Debug)]
struct View {
    client: WorkflowClient,
    name: String,
    schema: ArcRwSignal<Option<Arc<WorkflowSchema>>>,
    events: ArcRwSignal<Option<Arc<Vec<RawJson>>>>,
    graph: ArcRwSignal<Option<Arc<Graph>>>,
    loading: ArcRwSignal<bool>,
    error: ArcRwSignal<Option<Error>>,
    next_try: ArcRwSignal<Option<Time>>,
    task: RefCell<Option<Task>>,
}

impl ViewRef {
    fn new(client: &WorkflowClient, name: String) -> Self {
        let view = Self(SendWrapper::new(Rc::new(View {
            client: client.clone(),
            name,
            schema: ArcRwSignal::new(None),
            events: ArcRwSignal::new(None),
            graph: ArcRwSignal::new(None),
            loading: ArcRwSignal::new(true),
            error: ArcRwSignal::new(None),
            next_try: ArcRwSignal::new(None),
            task: RefCell::default(),
        })));
        view.ask();
        view
    }

    fn ask(&self) {
        let view = &self.0;
        // Ends the tries before it, which would show their own next one.
        view.task.take();
        view.loading.set(true);
        let (client, name) = (view.client.clone(), view.name.clone());
        let (schema, events, graph) = (view.schema.clone(), view.events.clone(), view.graph.clone());
        let (loading, error) = (view.loading.clone(), view.error.clone());
        let mut repeat = Repeat::new(client.store().clone(), view.next_try.clone());
        let task = spawn(async move {
            let store = client.store();
            loop {
                // What was answered is remembered: only what is missing is asked for again.
                let answers = join!(
                    store.schema(&name),
                    store.event_schemas(&name),
                    store.graph(&name)
                );
                let mut causes = Vec::new();
                put(&schema, answers.0, &mut causes);
                put(&events, answers.1, &mut causes);
                put(&graph, answers.2, &mut causes);
                set_if_changed(&error, causes.first().map(|problem| problem.error.clone()));
                set_if_changed(&loading, false);
                // One that may pass is worth another try, whatever is wrong with the others.
                let cause = causes.iter().find(|problem| may_pass(&problem.error));
                let Some(cause) = cause else { return };
                if !repeat.pause(cause).await {
                    return;
                }
            }
        });
        *view.task.borrow_mut() = Some(task);
    }
}

fn may_pass(error: &Error) -> bool {
    error.is_transient() || matches!(error, Error::SignIn { .. })
}

fn put<T: Send + Sync + 'static>(
    signal: &ArcRwSignal<Option<Arc<T>>>,
    answer: Result<Arc<T>, Problem>,
    causes: &mut Vec<Problem>,
) {
    match answer {
        Ok(value) => {
            // Asked again for what was missing: who shows this must not be woken.
            let known =
                signal.with_untracked(|known| known.as_ref().is_some_and(|known| Arc::ptr_eq(known, &value)));
            if !known {
                signal.set(Some(value));
            }
        }
        Err(problem) => causes.push(problem),
    }
}
