//! Watching one run.

use std::sync::Arc;

use crate::reactive::*;
use serde::de::DeserializeOwned;
use workflow_protocol::{
    Connection, HandlerState, Prompt, PromptState, ResponseClass, RunStatus, SentEvent, StopResult,
    SuspectedStop, WireStats,
};

use super::handler_actions::{
    CancelRun, ClearEvents, RefreshHandler, Respond, SendEventToRun, StartStreaming, StopStreaming, Target,
};
use super::watching::{Cleared, error_of, field, watch_handler};
use crate::{Error, Events, WorkflowClient, use_workflow_client};

/// Settings of [`use_workflow_handler_with_options`].
#[derive(Clone, Debug, Default)]
pub struct UseWorkflowHandlerOptions {
    /// Whether `events` has the server's internal events too. Each reader can override it with
    /// [`Events::with_internal`]: the stream always carries them. Defaults to `false`.
    pub include_internal: bool,
    /// The client to use. Defaults to the one in context.
    pub client: Option<WorkflowClient>,
}

/// What [`use_workflow_handler`] gives. Destructure it with `..`; more fields may come.
#[derive(Clone, Copy, Debug)]
pub struct UseWorkflowHandlerReturn {
    /// The handler that the hook watches, as it was asked for. `None` watches nothing.
    pub handler_id: Signal<Option<String>>,
    /// The handler and its status. None until the server described it, or if there is no id.
    pub handler: Signal<Option<Arc<HandlerState>>>,
    /// The run's events.
    pub events: Signal<Events>,
    /// Whether this hook follows the stream: connecting, live or trying again.
    pub is_streaming: Signal<bool>,
    /// Stops following, for this hook. The run goes on.
    pub stop_streaming: StopStreaming,
    /// Follows again, from where it was.
    pub start_streaming: StartStreaming,
    /// Hides the events received so far, for this hook.
    pub clear_events: ClearEvents,
    /// Sends any event to the run.
    pub send_event: SendEventToRun,
    /// Answers a prompt, once.
    pub respond: Respond,
    /// Cancels or deletes the run.
    pub cancel: CancelRun,
    /// Why the last action that was dispatched (`send_event`, `cancel`) failed. Cleared by the next one.
    pub action_error: Signal<Option<Error>>,
    /// Asks the server again now, also instead of waiting for the next attempt.
    pub refresh: RefreshHandler,
    /// What the server knows of the run. Never changes because of the connection.
    pub status: Signal<RunStatus>,
    /// What we know of the connection.
    pub connection: Signal<Connection>,
    /// The run whose events these are. A handler that is continued gets another one.
    pub run_id: Signal<Option<String>>,
    /// All prompts of the run, oldest first, with their states.
    pub prompts: Signal<Vec<Prompt>>,
    /// Those of `prompts` that are not settled. One that was answered stays, as [`Sent`](PromptState::Sent), until the run takes the
    /// answer. For a keyed list: [`Prompt::key`], [`live`](Self::live).
    pub open_prompts: Signal<Vec<Prompt>>,
    /// What this client sent to the run, oldest first, with what became of it: the server echoes none of it. Survives a reload of the
    /// tab; at most 64 events and 64 KiB are kept for a handler.
    pub sent: Signal<Vec<SentEvent>>,
    /// What can answer the run's prompts, likeliest first: classes with their schemas. Empty until the workflow described itself.
    /// [`Prompt::answers`] puts them in order for one prompt.
    pub answers: Signal<Arc<[ResponseClass]>>,
    /// The stop event of a completed run; [`StopResult::shown`] is its result.
    pub result: Signal<Option<StopResult>>,
    /// Why the run failed, as [`Error::RunFailed`] with the server's words, or why it cannot be read.
    pub error: Signal<Option<Error>>,
    /// A stop event that may be a nested workflow's: while it is checked the run counts as running. See [`SuspectedStop`].
    pub suspected_stop: Signal<Option<SuspectedStop>>,
    /// What the run's streams have carried: bytes, frames, reconnects, heartbeats, losses.
    pub wire: Signal<WireStats>,
}

impl UseWorkflowHandlerReturn {
    /// The result of a completed run as a value, see [`StopResult::decode`]; none as long as there is no result. Tracks
    /// [`result`](Self::result).
    ///
    /// ```no_run
    /// # use leptos::prelude::*;
    /// # use workflow_ui_core::use_workflow_handler;
    /// #[derive(Clone, serde::Deserialize)]
    /// struct Drink {
    ///     name: String,
    /// }
    ///
    /// #[component]
    /// fn Order(id: Signal<Option<String>>) -> impl IntoView {
    ///     let run = use_workflow_handler(id, true);
    ///     let text = move || match run.result_as::<Drink>()? {
    ///         Ok(drink) => Some(drink.name),
    ///         Err(error) => Some(error.to_string()),
    ///     };
    ///     view! { <p>{text}</p> }
    /// }
    /// ```
    #[track_caller]
    pub fn result_as<T: DeserializeOwned>(&self) -> Option<Result<T, Error>> {
        let decode = |result: &StopResult| result.decode().map_err(Error::from);
        self.result
            .try_with(|result| result.as_ref().map(decode))
            .flatten()
    }

    /// One of `prompts` as it is from now on, for a row of a keyed list: its state and the server's refusal change while the row stays.
    /// It keeps its last value when the hook has moved to another run. Ends with the current owner, which is the row's.
    #[track_caller]
    pub fn live(&self, prompt: Prompt) -> Signal<Prompt> {
        let respond = self.respond;
        let live = Memo::new(move |before: Option<&Prompt>| {
            let last = before.unwrap_or(&prompt);
            respond.find(last).unwrap_or_else(|| last.clone())
        });
        live.into()
    }
}

/// Watches one run by its handler's id. (React: `useWorkflowHandler`)
///
/// An unknown id is asked for; a finished run shows its whole history when `auto_stream` is set. Without
/// `auto_stream` the handler is read once and there are no events until
/// [`start_streaming`](UseWorkflowHandlerReturn::start_streaming) is called. An empty id means none. `handler_id` may
/// be a signal: the hook moves with it and never shows a value of the run before.
///
/// # Example
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_core::{UseWorkflowHandlerReturn, use_workflow_handler};
///
/// #[component]
/// fn Run(id: Signal<String>) -> impl IntoView {
///     let UseWorkflowHandlerReturn { status, events, error, .. } = use_workflow_handler(id, true);
///     view! {
///         <p>{move || status.get().as_str()} ", " {move || events.get().len()} " events"</p>
///         <p>{move || error.get().map(|error| error.to_string())}</p>
///     }
/// }
/// ```
///
/// # Lifecycle
/// Hooks of one client that watch the same handler share one stream. When the owner of the last one is cleaned up the
/// stream is closed and the events are let go; the run itself is never cancelled by that. An answer on its way still
/// arrives.
///
/// # Errors
/// `error` has the server's words. A lost connection is no error: see `connection`.
#[track_caller]
pub fn use_workflow_handler(
    handler_id: impl Into<Signal<Option<String>>>,
    auto_stream: bool,
) -> UseWorkflowHandlerReturn {
    use_workflow_handler_with_options(handler_id, auto_stream, UseWorkflowHandlerOptions::default())
}

/// [`use_workflow_handler`] with settings.
#[track_caller]
pub fn use_workflow_handler_with_options(
    handler_id: impl Into<Signal<Option<String>>>,
    auto_stream: bool,
    options: UseWorkflowHandlerOptions,
) -> UseWorkflowHandlerReturn {
    let handler_id = handler_id.into();
    let UseWorkflowHandlerOptions {
        include_internal,
        client,
    } = options;
    let client = client.or_else(use_workflow_client);
    let no_client = client.is_none();
    let watch = watch_handler(client, handler_id, auto_stream);

    let cleared = RwSignal::new(None::<Cleared>);
    let target = Target {
        watch,
        no_client,
        error: RwSignal::new(None),
    };
    let events = Signal::derive(move || {
        let Some(watch) = watch.get() else {
            return Events::default();
        };
        let mark = watch.run().view.log.get();
        let rows = cleared
            .get()
            .map_or((0, 0), |cleared| cleared.rows_of(&watch, mark));
        Events::new(watch.run().clone(), mark, rows, include_internal)
    });
    let is_streaming = Signal::derive(move || {
        watch.get().is_some_and(|watch| {
            watch.streaming().get()
                && watch.run().view.connection.with(|connection| {
                    matches!(
                        connection,
                        Connection::Connecting
                            | Connection::Live
                            | Connection::Stalled { .. }
                            | Connection::Retrying { .. }
                    )
                })
        })
    });
    let open_prompts = Signal::derive(move || {
        watch.get().map_or_else(Vec::new, |watch| {
            watch.run().view.prompts.with(|prompts| {
                let open = prompts
                    .iter()
                    .filter(|prompt| prompt.state != PromptState::Closed);
                open.cloned().collect()
            })
        })
    });
    UseWorkflowHandlerReturn {
        handler_id,
        handler: field(watch, |view| &view.handler),
        events,
        is_streaming,
        stop_streaming: StopStreaming::new(watch),
        start_streaming: StartStreaming::new(watch),
        clear_events: ClearEvents::new(watch, cleared),
        send_event: SendEventToRun::new(target),
        respond: Respond::new(watch),
        cancel: CancelRun::new(target),
        action_error: target.error.into(),
        refresh: RefreshHandler::new(watch),
        status: field(watch, |view| &view.status),
        connection: field(watch, |view| &view.connection),
        run_id: field(watch, |view| &view.run_id),
        prompts: field(watch, |view| &view.prompts),
        open_prompts,
        sent: field(watch, |view| &view.sent),
        answers: field(watch, |view| &view.answers),
        result: field(watch, |view| &view.result),
        error: error_of(watch, no_client),
        suspected_stop: field(watch, |view| &view.suspected_stop),
        wire: field(watch, |view| &view.wire),
    }
}
