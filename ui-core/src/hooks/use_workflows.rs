//! The names of the server's workflows.

use std::cell::RefCell;

use crate::reactive::*;
use send_wrapper::SendWrapper;

use workflow_protocol::Time;

use crate::store::Repeat;
use crate::task::{Task, spawn};
use crate::{Error, WorkflowClient, use_workflow_client};

/// What [`use_workflows`] gives. Destructure it with `..`; more fields may come.
#[derive(Clone, Copy, Debug)]
pub struct UseWorkflowsReturn {
    /// The names, in the server's order. Kept while they are asked for again.
    pub names: Signal<Vec<String>>,
    /// Whether they are being asked for.
    pub loading: Signal<bool>,
    /// Why they could not be had. Cleared by the next try that succeeds.
    pub error: Signal<Option<Error>>,
    /// When they are asked for again after an error, by [`WorkflowClient::now`]. None while nothing failed, and when only the user, or
    /// another server, can help.
    pub next_try: Signal<Option<Time>>,
    /// Asks again.
    pub refresh: RefreshWorkflows,
}

/// Lists the server's workflows. (React: `useWorkflows`)
///
/// # Example
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_core::{UseWorkflowsReturn, use_workflows};
///
/// #[component]
/// fn Names() -> impl IntoView {
///     let UseWorkflowsReturn { names, error, .. } = use_workflows();
///     view! {
///         <p>{move || names.get().join(", ")}</p>
///         <p>{move || error.get().map(|error| error.to_string())}</p>
///     }
/// }
/// ```
///
/// # Lifecycle
/// Asked for until there is an answer, and again at every [`refresh`](UseWorkflowsReturn::refresh). After errors that may pass
/// ([`Error::is_transient`]) the hook asks again after the pauses of the client's [`RetryPolicy`](workflow_protocol::RetryPolicy), and
/// once the user has signed in where that is required. Cleaning up the owner aborts the request.
#[track_caller]
pub fn use_workflows() -> UseWorkflowsReturn {
    use_workflows_with_options(UseWorkflowsOptions::default())
}

/// [`use_workflows`] with settings.
#[track_caller]
pub fn use_workflows_with_options(options: UseWorkflowsOptions) -> UseWorkflowsReturn {
    let names = ArcRwSignal::new(Vec::new());
    let loading = ArcRwSignal::new(false);
    let error = ArcRwSignal::new(None);
    let next_try = ArcRwSignal::new(None);
    let refresh = RefreshWorkflows(StoredValue::new(SendWrapper::new(Asker {
        client: options.client.or_else(use_workflow_client),
        names: names.clone(),
        loading: loading.clone(),
        error: error.clone(),
        next_try: next_try.clone(),
        task: RefCell::default(),
    })));
    refresh.call();
    UseWorkflowsReturn {
        names: names.into(),
        loading: loading.into(),
        error: error.into(),
        next_try: next_try.into(),
        refresh,
    }
}

/// Settings of [`use_workflows_with_options`].
#[derive(Clone, Debug, Default)]
pub struct UseWorkflowsOptions {
    /// The client to use. Defaults to the one in context.
    pub client: Option<WorkflowClient>,
}

/// Asks for the workflows.
#[derive(Clone, Copy, Debug)]
pub struct RefreshWorkflows(StoredValue<SendWrapper<Asker>>);

#[derive(Debug)]
struct Asker {
    client: Option<WorkflowClient>,
    names: ArcRwSignal<Vec<String>>,
    loading: ArcRwSignal<bool>,
    error: ArcRwSignal<Option<Error>>,
    next_try: ArcRwSignal<Option<Time>>,
    task: RefCell<Option<Task>>,
}

impl RefreshWorkflows {
    /// Asks again. A request that is under way is replaced.
    pub fn call(&self) {
        self.0.try_with_value(|asker| asker.ask());
    }
}

impl Asker {
    fn ask(&self) {
        let Some(client) = self.client.clone() else {
            self.error.set(Some(Error::NoClient));
            return;
        };
        // Ends the tries before it, which would show their own next one.
        self.task.take();
        self.loading.set(true);
        let (names, loading, error) = (self.names.clone(), self.loading.clone(), self.error.clone());
        let mut repeat = Repeat::new(client.store().clone(), self.next_try.clone());
        let task = spawn(async move {
            loop {
                let result = client.store().http().workflows().await;
                set_if_changed(&loading, false);
                match result {
                    Ok(found) => {
                        set_if_changed(&error, None);
                        names.set(found);
                        return;
                    }
                    Err(problem) => {
                        set_if_changed(&error, Some(problem.error.clone()));
                        if !repeat.pause(&problem).await {
                            return;
                        }
                    }
                }
            }
        });
        *self.task.borrow_mut() = Some(task);
    }
}
