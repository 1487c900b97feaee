//! The names of the server's workflows.

use std::cell::RefCell;

use crate::reactive::{Signals, Slot, StoredValue, Values, WithValue as _};
use send_wrapper::SendWrapper;

use crate::task::{Task, spawn};
use crate::{Error, WorkflowClient, use_workflow_client};

/// What [`use_workflows`] gives. Destructure it with `..`; more fields may come.
#[derive(Clone, Copy, Debug)]
pub struct UseWorkflowsReturn<V: Values = Signals> {
    /// The names, in the server's order. Kept while they are asked for again.
    pub names: V::Of<Vec<String>>,
    /// Whether they are being asked for.
    pub loading: V::Of<bool>,
    /// Why they could not be had.
    pub error: V::Of<Option<Error>>,
    /// Asks again.
    pub refresh: RefreshWorkflows,
}

/// Lists the server's workflows. (React: `useWorkflows`)
///
/// # Lifecycle
/// Asked for once, and at every [`refresh`](UseWorkflowsReturn::refresh). Cleaning up the owner aborts the request.
pub fn use_workflows() -> UseWorkflowsReturn {
    use_workflows_with_options(UseWorkflowsOptions::default())
}

/// [`use_workflows`] with a client that is not the provided one.
pub fn use_workflows_with_options(options: UseWorkflowsOptions) -> UseWorkflowsReturn {
    workflows(options)
}

/// Settings of [`use_workflows_with_options`].
#[derive(Clone, Debug, Default)]
pub struct UseWorkflowsOptions {
    /// The server's client, if it is not the provided one.
    pub client: Option<WorkflowClient>,
}

pub(super) fn workflows<V: Values>(
    UseWorkflowsOptions { client }: UseWorkflowsOptions,
) -> UseWorkflowsReturn<V> {
    let names = Slot::new(Vec::new());
    let loading = Slot::new(false);
    let error = Slot::new(None);
    let refresh = RefreshWorkflows(StoredValue::new(SendWrapper::new(Asker {
        client: client.or_else(use_workflow_client),
        names: names.clone(),
        loading: loading.clone(),
        error: error.clone(),
        task: RefCell::default(),
    })));
    refresh.call();
    UseWorkflowsReturn {
        names: V::give(names.reading()),
        loading: V::give(loading.reading()),
        error: V::give(error.reading()),
        refresh,
    }
}

/// Asks for the workflows.
#[derive(Clone, Copy, Debug)]
pub struct RefreshWorkflows(StoredValue<SendWrapper<Asker>>);

#[derive(Debug)]
struct Asker {
    client: Option<WorkflowClient>,
    names: Slot<Vec<String>>,
    loading: Slot<bool>,
    error: Slot<Option<Error>>,
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
        self.loading.set(true);
        let (names, loading, error) = (self.names.clone(), self.loading.clone(), self.error.clone());
        let task = spawn(async move {
            let result = client.workflows().await;
            loading.set(false);
            match result {
                Ok(found) => {
                    error.set(None);
                    names.set(found);
                }
                Err(cause) => error.set(Some(cause)),
            }
        });
        *self.task.borrow_mut() = Some(task);
    }
}
