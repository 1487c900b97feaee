//! One task of the older deployments API, as signals.

use std::cell::RefCell;

use futures::FutureExt as _;
use futures::future::LocalBoxFuture;
use send_wrapper::SendWrapper;
use workflow_protocol::legacy::{LegacyEvent, LegacyTask, NewLegacyTask};
use workflow_protocol::{RawJson, RunStatus};

use super::client::{LegacyClient, human_response};
use super::follow::{Following, View};
use super::prompt::LegacyPrompt;
use crate::Error;
use crate::reactive::*;
use crate::task::{Task, spawn};

/// Events that are kept by default.
const MAX_EVENTS: usize = 10_000;

/// Settings of [`use_legacy_task_with_options`].
#[derive(Clone, Debug)]
pub struct UseLegacyTaskOptions {
    /// The bare names of the workflow's own classes of prompts. Ancestors are not on this wire, so only `InputRequiredEvent` itself is known
    /// to be one. Defaults to none.
    pub prompt_classes: Vec<String>,
    /// The class of the events that answer prompts, with its Python module (`flows.Answer`). Defaults to
    /// `workflows.events.HumanResponseEvent`.
    pub response_class: Option<String>,
    /// The most events that are kept; older ones are dropped, and counted. Defaults to 10 000.
    pub max_events: usize,
}

impl Default for UseLegacyTaskOptions {
    fn default() -> Self {
        Self {
            prompt_classes: Vec::new(),
            response_class: None,
            max_events: MAX_EVENTS,
        }
    }
}

/// What [`use_legacy_task`] gives. Destructure it with `..`; more fields may come.
#[derive(Clone, Copy, Debug)]
pub struct UseLegacyTaskReturn {
    /// Starts a task and follows it.
    pub start: StartLegacyTask,
    /// Follows a task that was started before, from a list for example.
    pub follow: FollowLegacyTask,
    /// Answers a prompt.
    pub respond: RespondToLegacyTask,
    /// Sends an event to the task.
    pub send_event: SendToLegacyTask,
    /// The task that is followed.
    pub task: Signal<Option<LegacyTask>>,
    /// How it stands. `Failed` also when it was cancelled or ran out of time: these servers do not distinguish them. `Gone` if the server
    /// does not know it.
    pub status: Signal<RunStatus>,
    /// Its events, at most [`max_events`](UseLegacyTaskOptions::max_events) and a quarter more. The line that ends a stream is none.
    pub events: Signal<Vec<LegacyEvent>>,
    /// How many older events were dropped.
    pub dropped: Signal<usize>,
    /// Its prompts that were not answered here, oldest first. Empty once it ended.
    pub prompts: Signal<Vec<LegacyPrompt>>,
    /// Its result. None of a completed task whose result the server can't send: llama-deploy 0.9.2 and the app server send texts only.
    pub result: Signal<Option<RawJson>>,
    /// Why it could not be started or followed, why it failed, or what of its stream could not be read.
    pub error: Signal<Option<Error>>,
    /// Whether its connection broke, so that events may be missing. Never with llama-deploy 0.2.2, which sends them again.
    pub events_lost: Signal<bool>,
}

/// Starts a task of the older deployments API and follows it: its events, its prompts, and its result.
///
/// # Example
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_core::protocol::RawJson;
/// use workflow_ui_core::{LegacyClient, NewLegacyTask, UseLegacyTaskReturn, use_legacy_task};
///
/// #[component]
/// fn Ask() -> impl IntoView {
///     let client = LegacyClient::deployment("/deployments/toy");
///     let UseLegacyTaskReturn { start, respond, status, events, prompts, result, error, .. } = use_legacy_task(client);
///     view! {
///         <button on:click=move |_| start.dispatch(NewLegacyTask::default().service("ask"))>"Start"</button>
///         <p>{move || status.get().as_str()} ", " {move || events.with(Vec::len)} " events"</p>
///         {move || prompts.get().first().map(|prompt| {
///             let (id, text) = (prompt.id, prompt.text());
///             view! { <button on:click=move |_| respond.dispatch(id, "Ada")>{text}</button> }
///         })}
///         <pre>{move || result.get().map(|result| result.to_string())}</pre>
///         <p>{move || error.get().map(|error| error.to_string())}</p>
///     }
/// }
/// ```
///
/// # Lifecycle
/// Nothing is asked before the first start. The hook follows one task at a time: starting or following another one ends the stream of the
/// first, whose later events then go to nobody. The task itself goes on, as it does when the owner is cleaned up. Signals change at most
/// once per animation frame while events arrive.
///
/// # Errors
/// `error` shows them. A connection that breaks is made again, and a result is asked for until the server answers.
#[track_caller]
pub fn use_legacy_task(client: LegacyClient) -> UseLegacyTaskReturn {
    use_legacy_task_with_options(client, UseLegacyTaskOptions::default())
}

/// [`use_legacy_task`] with settings.
#[track_caller]
pub fn use_legacy_task_with_options(
    client: LegacyClient,
    options: UseLegacyTaskOptions,
) -> UseLegacyTaskReturn {
    let view = View::default();
    let state = State(StoredValue::new(SendWrapper::new(Inner {
        following: Following {
            client,
            view: view.clone(),
            prompt_classes: options.prompt_classes,
            max_events: options.max_events,
        },
        response_class: options.response_class,
        task: RefCell::default(),
    })));
    UseLegacyTaskReturn {
        start: StartLegacyTask(state),
        follow: FollowLegacyTask(state),
        respond: RespondToLegacyTask(state),
        send_event: SendToLegacyTask(state),
        task: view.task.into(),
        status: view.status.into(),
        events: view.events.into(),
        dropped: view.dropped.into(),
        prompts: view.prompts.into(),
        result: view.result.into(),
        error: view.error.into(),
        events_lost: view.events_lost.into(),
    }
}

#[derive(Debug)]
struct Inner {
    following: Following,
    response_class: Option<String>,
    /// What follows the task. Dropped with the hook's owner.
    task: RefCell<Option<Task>>,
}

#[derive(Clone, Copy, Debug)]
struct State(StoredValue<SendWrapper<Inner>>);

impl State {
    fn following(self) -> Option<Following> {
        self.0.try_with_value(|inner| inner.following.clone())
    }

    /// Puts this task in the place of the one before, which ends.
    fn replace(self, task: Option<Task>) {
        let before = self.0.try_with_value(|inner| inner.task.replace(task));
        drop(before);
    }

    fn follow(self, following: Following, task: LegacyTask) {
        self.replace(Some(spawn(following.follow(task))));
    }

    /// The client and the task that is followed.
    fn target(self) -> Result<(LegacyClient, LegacyTask, View), Error> {
        let following = self.following().ok_or(Error::NoClient)?;
        let task = following.view.task.get_untracked().ok_or(Error::NoHandler)?;
        Ok((following.client, task, following.view))
    }
}

/// Starts tasks, for one hook.
#[derive(Clone, Copy, Debug)]
pub struct StartLegacyTask(State);

impl StartLegacyTask {
    /// Starts a task when the future is awaited; the hook then follows it.
    ///
    /// # Errors
    /// As [`LegacyClient::create`].
    pub fn call(&self, task: NewLegacyTask) -> LocalBoxFuture<'static, Result<LegacyTask, Error>> {
        let state = self.0;
        async move {
            let following = state.following().ok_or(Error::NoClient)?;
            state.replace(None);
            let task = following.start(&task).await?;
            state.follow(following, task.clone());
            Ok(task)
        }
        .boxed_local()
    }

    /// Starts a task at once and leaves the rest to the hook's signals.
    pub fn dispatch(&self, task: NewLegacyTask) {
        let Some(following) = self.0.following() else {
            return;
        };
        self.0.replace(Some(spawn(async move {
            if let Ok(task) = following.start(&task).await {
                following.follow(task).await;
            }
        })));
    }
}

/// Follows tasks that were started before, for one hook.
#[derive(Clone, Copy, Debug)]
pub struct FollowLegacyTask(State);

impl FollowLegacyTask {
    /// Follows a task. llama-deploy 0.9.2 and the app server give each event to one reader only: what is read here is missing in any other
    /// program that reads this task, and events that were read before do not come again.
    pub fn call(&self, task: LegacyTask) {
        let Some(following) = self.0.following() else {
            return;
        };
        following.show(&task);
        self.0.follow(following, task);
    }
}

/// Answers the prompts of the task that is followed, for one hook.
#[derive(Clone, Copy, Debug)]
pub struct RespondToLegacyTask(State);

impl RespondToLegacyTask {
    /// Answers a prompt with an event that has the field `response`, when the future is awaited. The prompt is removed as soon as the server
    /// took the answer.
    ///
    /// # Errors
    /// [`Error::NoHandler`] without a task; as [`LegacyClient::send_event`].
    pub fn call(
        &self,
        prompt: u64,
        response: impl Into<String>,
    ) -> LocalBoxFuture<'static, Result<(), Error>> {
        let (state, response) = (self.0, response.into());
        let class = state
            .0
            .try_with_value(|inner| inner.response_class.clone())
            .flatten();
        let event = human_response(class.as_deref(), &response);
        async move {
            let (client, task, view) = state.target()?;
            let sent = client.send_event(&task, &event).await;
            // Another task may be followed by now.
            if view.task.with_untracked(|now| now.as_ref() == Some(&task)) {
                match &sent {
                    Ok(()) => view.answered(prompt),
                    Err(error) => view.error.set(Some(error.clone())),
                }
            }
            sent
        }
        .boxed_local()
    }

    /// Answers a prompt at once and leaves errors to the hook's signal.
    pub fn dispatch(&self, prompt: u64, response: impl Into<String>) {
        let respond = self.call(prompt, response);
        crate::task::spawn_detached(async move {
            // The error signal has it.
            let _ = respond.await;
        });
    }
}

/// Sends events to the task that is followed, for one hook.
#[derive(Clone, Copy, Debug)]
pub struct SendToLegacyTask(State);

impl SendToLegacyTask {
    /// Sends an event when the future is awaited. It closes no prompt.
    ///
    /// # Errors
    /// [`Error::NoHandler`] without a task; as [`LegacyClient::send_event`].
    pub fn call(&self, event: LegacyEvent) -> LocalBoxFuture<'static, Result<(), Error>> {
        let state = self.0;
        async move {
            let (client, task, _) = state.target()?;
            client.send_event(&task, &event).await
        }
        .boxed_local()
    }
}
