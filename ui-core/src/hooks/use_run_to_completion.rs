//! `use_run_to_completion`: start a run and wait for its end.

use std::cell::RefCell;

use crate::reactive::*;
use futures::FutureExt as _;
use futures::future::LocalBoxFuture;
use send_wrapper::SendWrapper;
use serde::Serialize;
use workflow_protocol::RawJson;

use super::use_workflow_run::{Counted, RunWorkflowOptions, start};
use crate::api::to_json;
use crate::task::{Task, spawn};
use crate::{Error, RunEnd, WorkflowClient, use_workflow_client};

/// Settings of [`use_run_to_completion_with_options`].
#[derive(Clone, Debug, Default)]
pub struct UseRunToCompletionOptions {
    /// The class of the start event. Defaults to the title of the workflow's start schema, which is fetched once.
    pub class: Option<String>,
    /// The client to use. Defaults to the one in context.
    pub client: Option<WorkflowClient>,
}

/// The return value of [`use_run_to_completion`]. Destructure it with `..`, because fields may be added.
#[derive(Clone, Copy, Debug)]
pub struct UseRunToCompletionReturn {
    /// Starts a run and follows it to its end.
    pub run: RunToCompletion,
    /// The outcome of the last run that ended. Kept while the next one runs.
    pub end: Signal<Option<RunEnd>>,
    /// The handler id of the latest started run, to show its progress or prompts.
    pub handler_id: Signal<Option<String>>,
    /// Whether a run of this hook is starting or running.
    pub is_running: Signal<bool>,
    /// Why the last run could not be started or followed. A failed run is not an error; it has an [`end`](Self::end).
    pub error: Signal<Option<Error>>,
}

/// Calls a workflow like a function: input in, result out.
///
/// `workflow` may be a signal, which is read at each start.
///
/// The hook follows the run over its event stream, so no request has to stay open until the end, and lost connections are reopened. To
/// show progress, pass [`handler_id`](UseRunToCompletionReturn::handler_id) to another hook; both share the stream.
///
/// # Example
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_core::{UseRunToCompletionReturn, use_run_to_completion};
///
/// #[component]
/// fn Greeting() -> impl IntoView {
///     let UseRunToCompletionReturn { run, end, is_running, error, .. } = use_run_to_completion("greet");
///     let text = move || end.get().map(|end| match end.decode::<String>() {
///         Ok(greeting) => greeting,
///         Err(_) => format!("{} {}", end.status, end.error.unwrap_or_default()),
///     });
///     view! {
///         <button disabled=is_running on:click=move |_| run.dispatch(serde_json::json!({ "name": "Ada" }))>"Greet"</button>
///         <p>{text} {move || error.get().map(|error| error.to_string())}</p>
///     }
/// }
/// ```
///
/// # Lifecycle
/// The hook sends no request before the first call. Dropping the future, or cleaning up the owner of a dispatched run, stops following.
/// The run continues on the server.
///
/// # Errors
/// As [`WorkflowClient::run_to_completion`].
#[track_caller]
pub fn use_run_to_completion(workflow: impl Into<Signal<Option<String>>>) -> UseRunToCompletionReturn {
    use_run_to_completion_with_options(workflow, UseRunToCompletionOptions::default())
}

/// [`use_run_to_completion`] with settings.
#[track_caller]
pub fn use_run_to_completion_with_options(
    workflow: impl Into<Signal<Option<String>>>,
    options: UseRunToCompletionOptions,
) -> UseRunToCompletionReturn {
    let state = State {
        client: options.client.or_else(use_workflow_client),
        workflow: workflow.into(),
        class: options.class,
        running: ArcRwSignal::new(0),
        handler_id: ArcRwSignal::default(),
        end: ArcRwSignal::default(),
        error: ArcRwSignal::default(),
    };
    let running = state.running.clone();
    UseRunToCompletionReturn {
        end: state.end.clone().into(),
        handler_id: state.handler_id.clone().into(),
        error: state.error.clone().into(),
        is_running: Signal::derive(move || running.with(|running| *running > 0)),
        run: RunToCompletion(
            StoredValue::new(state),
            StoredValue::new(SendWrapper::new(RefCell::default())),
        ),
    }
}

/// Starts runs and follows them, for one hook.
#[derive(Clone, Copy, Debug)]
pub struct RunToCompletion(
    StoredValue<State>,
    StoredValue<SendWrapper<RefCell<Option<Task>>>>,
);

#[derive(Clone, Debug)]
struct State {
    client: Option<WorkflowClient>,
    workflow: Signal<Option<String>>,
    class: Option<String>,
    running: ArcRwSignal<usize>,
    handler_id: ArcRwSignal<Option<String>>,
    end: ArcRwSignal<Option<RunEnd>>,
    error: ArcRwSignal<Option<Error>>,
}

impl RunToCompletion {
    /// Starts a run when the future is awaited, and returns its outcome.
    ///
    /// # Errors
    /// See [`use_run_to_completion`].
    pub fn call(&self, input: impl Serialize) -> LocalBoxFuture<'static, Result<RunEnd, Error>> {
        let input = to_json("start event", &input);
        let state = self.0.try_with_value(State::clone);
        async move {
            // The hook is gone, and so is its caller.
            state.ok_or(Error::NoClient)?.run(input).await
        }
        .boxed_local()
    }

    /// Starts a run at once. The outcome is in the hook's signals. A run that was dispatched before is no longer followed.
    pub fn dispatch(&self, input: impl Serialize) {
        let run = self.call(input);
        let task = spawn(async move {
            // The signals have it.
            let _ = run.await;
        });
        let before = self.1.try_with_value(|running| running.replace(Some(task)));
        drop(before);
    }
}

impl State {
    async fn run(self, input: Result<RawJson, Error>) -> Result<RunEnd, Error> {
        self.error.set(None);
        let counted = Counted::new(self.running.clone());
        let result = self.follow(input).await;
        match &result {
            Ok(end) => self.end.set(Some(end.clone())),
            Err(error) => self.error.set(Some(error.clone())),
        }
        drop(counted);
        result
    }

    async fn follow(&self, input: Result<RawJson, Error>) -> Result<RunEnd, Error> {
        let client = self.client.as_ref().ok_or(Error::NoClient)?;
        let workflow = self.workflow.try_get_untracked().flatten().unwrap_or_default();
        let options = RunWorkflowOptions {
            class: self.class.clone(),
            ..RunWorkflowOptions::default()
        };
        let handler = start(client, &workflow, input?, options).await?;
        self.handler_id.set(Some(handler.handler_id.clone()));
        client.completion(&handler.handler_id).await
    }
}
