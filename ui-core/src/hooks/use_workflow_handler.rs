//! `use_workflow_handler`: follow one run.

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
    /// Whether `events` includes the server's internal events. The stream always carries them, so each reader can also choose with
    /// [`Events::with_internal`]. Defaults to `false`.
    pub include_internal: bool,
    /// The client to use. Defaults to the one in context.
    pub client: Option<WorkflowClient>,
}

/// The return value of [`use_workflow_handler`]. Destructure it with `..`, because fields may be added.
#[derive(Clone, Copy, Debug)]
pub struct UseWorkflowHandlerReturn {
    /// The handler id that was passed to the hook. `None` watches nothing.
    pub handler_id: Signal<Option<String>>,
    /// The handler with its status. `None` without an id, and until the server has answered.
    pub handler: Signal<Option<Arc<HandlerState>>>,
    /// The run's events.
    pub events: Signal<Events>,
    /// Whether this hook follows the stream: connecting, live, stalled or retrying.
    pub is_streaming: Signal<bool>,
    /// Stops following, for this hook only. The run continues.
    pub stop_streaming: StopStreaming,
    /// Follows again, from the last event received.
    pub start_streaming: StartStreaming,
    /// Hides the events received so far, for this hook only.
    pub clear_events: ClearEvents,
    /// Sends any event to the run.
    pub send_event: SendEventToRun,
    /// Answers a prompt, once.
    pub respond: Respond,
    /// Cancels or deletes the run.
    pub cancel: CancelRun,
    /// The error of the last dispatched action (`send_event`, `cancel`). Cleared by the next action.
    pub action_error: Signal<Option<Error>>,
    /// Reads the handler now, and reconnects now if the hook waits for its next attempt.
    pub refresh: RefreshHandler,
    /// The status of the run as the server reports it. A lost connection does not change it.
    pub status: Signal<RunStatus>,
    /// The state of the event stream.
    pub connection: Signal<Connection>,
    /// The id of the run that `events` belongs to. Changes when the handler is continued with another run.
    pub run_id: Signal<Option<String>>,
    /// All prompts of the run with their states, oldest first.
    pub prompts: Signal<Vec<Prompt>>,
    /// The prompts that are not closed. An answered prompt stays here, as [`Sent`](PromptState::Sent), until the run takes the answer.
    /// Empty after the end of the run, also before its last events arrive. Use [`Prompt::key`] and [`live`](Self::live) for keyed lists.
    pub open_prompts: Signal<Vec<Prompt>>,
    /// The events that this client sent to the run, oldest first, with their outcome. The server does not return them. Survives a
    /// reload of the tab; limited to 64 events and 64 KiB per handler.
    pub sent: Signal<Vec<SentEvent>>,
    /// The classes that can answer the run's prompts, with their schemas. Empty until the server has described the workflow.
    /// [`Prompt::answers`] ranks them for one prompt.
    pub answers: Signal<Arc<[ResponseClass]>>,
    /// The stop event of a completed run. [`StopResult::shown`] gives its result.
    pub result: Signal<Option<StopResult>>,
    /// The failure of the run, as [`Error::RunFailed`] with the server's text, or why the run cannot be read.
    pub error: Signal<Option<Error>>,
    /// A stop event that may belong to a nested workflow. While it is checked, the run counts as running. See [`SuspectedStop`].
    pub suspected_stop: Signal<Option<SuspectedStop>>,
    /// Statistics of the run's streams: bytes, frames, reconnects, heartbeats, losses.
    pub wire: Signal<WireStats>,
}

impl UseWorkflowHandlerReturn {
    /// The result of a completed run, decoded as in [`StopResult::decode`]. `None` while there is no result. Tracks
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

    /// A signal of one prompt, for a row of a keyed list. The prompt's state and refusal change while the row stays. The signal keeps
    /// its last value when the hook moves to another run. Belongs to the current owner, which is the row's.
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

/// Follows one run by its handler id. (React: `useWorkflowHandler`)
///
/// The hook asks the server about unknown ids. With `auto_stream` it reads the events from the first one on, also of a finished run.
/// Without `auto_stream` it reads the handler once, and there are no events until
/// [`start_streaming`](UseWorkflowHandlerReturn::start_streaming) is called. An empty id is the same as `None`. `handler_id` may be a
/// signal: when it changes, the hook moves to the other run and shows no values of the previous one.
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
/// Hooks of one client that watch the same handler share one stream. When the owner of the last hook is cleaned up, the stream closes
/// and the events are freed. The run is not cancelled, and an answer that is being sent still arrives.
///
/// # Errors
/// `error` has the server's text. A lost connection is not an error: see `connection`.
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
            let view = &watch.run().view;
            // The handler may report the end before the stream does.
            if view.status.get().is_terminal() {
                return Vec::new();
            }
            view.prompts.with(|prompts| {
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
