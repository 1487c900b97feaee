//! `use_workflow_run`: start runs.

use crate::reactive::*;
use futures::FutureExt as _;
use futures::future::LocalBoxFuture;
use serde::Serialize;
use workflow_protocol::{Handler, RawJson, schema_title};

use crate::api::to_json;
use crate::task::spawn_detached;
use crate::{Error, StartRequest, WorkflowClient, use_workflow_client};

/// Settings of [`use_workflow_run_with_options`].
#[derive(Clone, Debug, Default)]
pub struct UseWorkflowRunOptions {
    /// The client to use. Defaults to the one in context.
    pub client: Option<WorkflowClient>,
}

/// Settings of one start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunWorkflowOptions {
    /// The class of the start event. Defaults to the title of the workflow's start schema, which is fetched once.
    pub class: Option<String>,
    /// The finished handler to continue with a new run, or the id for a new handler. Defaults to a generated id, so that a request that
    /// the browser repeats starts only one run: see [`WorkflowClient::start_once`].
    pub handler_id: Option<String>,
    /// Lets the server choose the id of the new handler, for servers that accept none. After a lost answer it is then unknown whether
    /// the run was started. Defaults to `false`.
    pub server_chooses_id: bool,
    /// Opens the event stream as soon as the start is answered, and keeps it for 2 s until a hook watches the run. This saves the time
    /// that building the view takes. Defaults to `false`.
    pub follow: bool,
}

/// The return value of [`use_workflow_run`]. Destructure it with `..`, because fields may be added.
#[derive(Clone, Copy, Debug)]
pub struct UseWorkflowRunReturn {
    /// Starts runs.
    pub run_workflow: RunWorkflow,
    /// Whether a start of this hook is in progress.
    pub is_creating: Signal<bool>,
    /// The error of the last start. Cleared by the next one.
    pub error: Signal<Option<Error>>,
}

/// Starts runs. (React: `useWorkflowRun`)
///
/// To follow the new run, pass its handler id to [`use_workflow_handler`](crate::use_workflow_handler). That hook reads all events from
/// the first one on, so none is lost in between.
///
/// # Example
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_core::{UseWorkflowRunReturn, use_workflow_run};
///
/// #[component]
/// fn Start() -> impl IntoView {
///     let UseWorkflowRunReturn { run_workflow, is_creating, error, .. } = use_workflow_run();
///     let start = move |_| run_workflow.dispatch("greet", serde_json::json!({ "name": "Ada" }));
///     view! {
///         <button on:click=start disabled=is_creating>"Greet"</button>
///         <p>{move || error.get().map(|error| error.to_string())}</p>
///     }
/// }
/// ```
///
/// # Lifecycle
/// The hook sends no request before the first start. Dropping the future of a start aborts its request, but the server may already have
/// started the run.
///
/// # Errors
/// The future returns the error, and `error` shows it: [`Error::Validation`] with field paths if the start event does not fit its
/// schema, 404 for an unknown workflow, 409 if the handler is still running, [`Error::NoClient`] without a client in context.
#[track_caller]
pub fn use_workflow_run() -> UseWorkflowRunReturn {
    use_workflow_run_with_options(UseWorkflowRunOptions::default())
}

/// [`use_workflow_run`] with settings.
#[track_caller]
pub fn use_workflow_run_with_options(options: UseWorkflowRunOptions) -> UseWorkflowRunReturn {
    let client = options.client.or_else(use_workflow_client);
    let pending = ArcRwSignal::new(0_usize);
    let error = ArcRwSignal::new(None);
    let creating = pending.clone();
    UseWorkflowRunReturn {
        run_workflow: RunWorkflow(StoredValue::new(Starter {
            client,
            pending,
            error: error.clone(),
        })),
        is_creating: Signal::derive(move || creating.with(|pending| *pending > 0)),
        error: error.into(),
    }
}

/// Starts runs, for one hook.
#[derive(Clone, Copy, Debug)]
pub struct RunWorkflow(StoredValue<Starter>);

#[derive(Clone, Debug)]
struct Starter {
    client: Option<WorkflowClient>,
    pending: ArcRwSignal<usize>,
    error: ArcRwSignal<Option<Error>>,
}

impl RunWorkflow {
    /// Starts a run when the future is awaited. `input` has the fields of the start event: anything that serialises to an object, such
    /// as a struct or a `serde_json::Value`, or `()` for no fields. A [`RawJson`] is sent unchanged.
    ///
    /// # Errors
    /// See [`use_workflow_run`].
    pub fn call(
        &self,
        workflow: impl Into<String>,
        input: impl Serialize,
    ) -> LocalBoxFuture<'static, Result<Handler, Error>> {
        self.call_with(workflow, input, RunWorkflowOptions::default())
    }

    /// [`call`](Self::call) with settings, such as another class or a handler to continue.
    ///
    /// # Errors
    /// See [`use_workflow_run`].
    pub fn call_with(
        &self,
        workflow: impl Into<String>,
        input: impl Serialize,
        options: RunWorkflowOptions,
    ) -> LocalBoxFuture<'static, Result<Handler, Error>> {
        self.start(workflow.into(), to_json("start event", &input), options)
    }

    fn start(
        &self,
        workflow: String,
        input: Result<RawJson, Error>,
        options: RunWorkflowOptions,
    ) -> LocalBoxFuture<'static, Result<Handler, Error>> {
        let starter = self.0.try_with_value(Starter::clone);
        // From now on, and not from when the future is first asked: a second click must see it.
        let counted = starter
            .as_ref()
            .map(|starter| Counted::new(starter.pending.clone()));
        async move {
            // The hook is gone, and so is its caller.
            let Some(starter) = starter else {
                return Err(Error::NoClient);
            };
            starter.error.set(None);
            let follow = options.follow;
            let result = match (starter.client, input) {
                (Some(client), Ok(input)) => {
                    let result = start(&client, &workflow, input, options).await;
                    if let Ok(handler) = result.as_ref()
                        && follow
                    {
                        client.store().follow_ahead(&handler.handler_id);
                    }
                    result
                }
                (None, _) => Err(Error::NoClient),
                (_, Err(error)) => Err(error),
            };
            if let Err(error) = &result {
                starter.error.set(Some(error.clone()));
            }
            drop(counted);
            result
        }
        .boxed_local()
    }

    /// Starts a run at once, for event listeners that do not wait. The outcome is in the hook's signals.
    pub fn dispatch(&self, workflow: impl Into<String>, input: impl Serialize) {
        self.dispatch_with(workflow, input, RunWorkflowOptions::default());
    }

    /// The same with settings: another class, or a handler to continue.
    pub fn dispatch_with(
        &self,
        workflow: impl Into<String>,
        input: impl Serialize,
        options: RunWorkflowOptions,
    ) {
        let start = self.call_with(workflow, input, options);
        spawn_detached(async move {
            // The error signal has it.
            let _ = start.await;
        });
    }
}

/// Counts one start until it is dropped.
pub(super) struct Counted(ArcRwSignal<usize>);

impl Counted {
    pub(super) fn new(pending: ArcRwSignal<usize>) -> Self {
        pending.update(|pending| *pending += 1);
        Self(pending)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.update(|pending| *pending = pending.saturating_sub(1));
    }
}

pub(super) async fn start(
    client: &WorkflowClient,
    workflow: &str,
    value: RawJson,
    options: RunWorkflowOptions,
) -> Result<Handler, Error> {
    let given = options.class.is_some();
    let class = match options.class {
        Some(class) => Some(class),
        None => title(client, workflow).await?,
    };
    let request = StartRequest {
        class,
        value,
        handler_id: options.handler_id,
    };
    let plain = options.server_chooses_id;
    match send(client, workflow, &request, plain).await {
        // The schema's title is the class's name unless its author chose another one, which the server refuses without naming a field. It
        // started nothing, and bare fields need no name.
        Err(error)
            if !given
                && request.class.is_some()
                && error.status() == Some(400)
                && error.fields().is_empty() =>
        {
            client.store().forget_workflow(workflow);
            let bare = StartRequest {
                class: None,
                ..request
            };
            send(client, workflow, &bare, plain).await
        }
        result => result,
    }
}

async fn send(
    client: &WorkflowClient,
    workflow: &str,
    request: &StartRequest,
    plain: bool,
) -> Result<Handler, Error> {
    if plain {
        client.run_nowait(workflow, request).await
    } else {
        client.start_once(workflow, request).await
    }
}

/// The class of a workflow's start event. `None` if the server has no schema for it; the start then reports what is wrong.
async fn title(client: &WorkflowClient, workflow: &str) -> Result<Option<String>, Error> {
    match client.store().schema(workflow).await.map_err(Error::from) {
        Ok(schema) => Ok(schema_title(&schema.start)),
        Err(error)
            if error.status().is_some() && !matches!(error, Error::Refused { .. } | Error::SignIn { .. }) =>
        {
            Ok(None)
        }
        Err(Error::Decode(_)) => Ok(None),
        Err(error) => Err(error),
    }
}
