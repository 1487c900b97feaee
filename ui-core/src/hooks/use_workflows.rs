//! `use_workflows`: the names of the server's workflows.

use std::cell::RefCell;

use crate::reactive::*;
use send_wrapper::SendWrapper;

use workflow_protocol::Time;

use crate::store::Repeat;
use crate::task::{Task, spawn};
use crate::{Error, WorkflowClient, use_workflow_client};

/// The return value of [`use_workflows`]. Destructure it with `..`, because fields may be added.
#[derive(Clone, Copy, Debug)]
pub struct UseWorkflowsReturn {
    /// The names, in the server's order. Kept during a refresh.
    pub names: Signal<Vec<String>>,
    /// Whether the names are being fetched.
    pub loading: Signal<bool>,
    /// The error of the last request. Cleared by the next successful one.
    pub error: Signal<Option<Error>>,
    /// The time of the next retry, by [`WorkflowClient::now`]. `None` if nothing failed, or if retrying cannot help.
    pub next_try: Signal<Option<Time>>,
    /// Fetches the names again.
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
/// The hook fetches the names once, and again with each [`refresh`](UseWorkflowsReturn::refresh). After temporary errors
/// ([`Error::is_transient`]) it retries with the pauses of the client's [`RetryPolicy`](workflow_protocol::RetryPolicy). If the server
/// requires sign-in, it retries after the user has signed in. Cleaning up the owner aborts the request.
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

/// Fetches the names of the workflows again.
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
    /// Fetches again. Replaces a pending request.
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
