//! `use_pending_inputs`: the prompts of many runs.

use std::fmt;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use crate::reactive::*;
use send_wrapper::SendWrapper;
use serde::Serialize;
use workflow_protocol::{Handler, HandlerState, PollInput, Prompt, PromptState, ResponseClass, Time};

use super::handler_actions::respond;
use crate::api::to_json;
use crate::store::{Poller, Run, Store};
use crate::{Error, WorkflowClient, use_workflow_client};

/// Settings of [`use_pending_inputs_with_options`].
#[derive(Clone, Debug, Default)]
pub struct UsePendingInputsOptions {
    /// Includes the prompts of all runs that the server lists as running, not only of those that other hooks watch. The hook reads the
    /// events of such a run briefly when the run is new or idle, one run after the other. A prompt typically appears within 4 s.
    /// Defaults to `false`.
    pub all_running: bool,
    /// Only runs of this workflow; all runs while the signal is `None` or an empty name. Defaults to all.
    pub workflow: Signal<Option<String>>,
    /// Only the run of this handler; no run while the signal is `None`. Defaults to all runs.
    pub handler_id: Option<Signal<Option<String>>>,
    /// The client to use. Defaults to the one in context.
    pub client: Option<WorkflowClient>,
}

/// The return value of [`use_pending_inputs`]. Destructure it with `..`, because fields may be added.
#[derive(Clone, Copy, Debug)]
pub struct UsePendingInputsReturn {
    /// The prompts that are not closed, those of the longest waiting run first. An answered prompt stays here, as
    /// [`Sent`](PromptState::Sent), until the run takes the answer.
    pub inputs: Signal<Vec<PendingInput>>,
    /// The number of prompts that wait for a person.
    pub count: Signal<usize>,
    /// Why the running handlers could not be listed; [`Error::NoClient`] without a client in context.
    pub error: Signal<Option<Error>>,
}

impl UsePendingInputsReturn {
    /// A signal of one prompt, for a row of a keyed list. The prompt's state, refusal and answers change while the row stays. The signal
    /// keeps its last value when the prompt is no longer in `inputs`. Belongs to the current owner, which is the row's.
    #[track_caller]
    pub fn live(&self, input: PendingInput) -> Signal<PendingInput> {
        let inputs = self.inputs;
        let live = Memo::new(move |before: Option<&PendingInput>| {
            let last = before.unwrap_or(&input);
            let now = inputs.try_with(|inputs| {
                inputs
                    .iter()
                    .find(|now| now.prompt.is_same(&last.prompt))
                    .cloned()
            });
            now.flatten().unwrap_or_else(|| last.clone())
        });
        live.into()
    }
}

/// A prompt with everything that a form needs.
#[derive(Clone)]
pub struct PendingInput {
    /// The id of the handler that asks.
    pub handler_id: String,
    /// The id of its run.
    pub run_id: String,
    /// The name of the workflow.
    pub workflow_name: String,
    /// The text of the question.
    pub text: String,
    /// Since when the run waits, according to its handler, by the server's clock. The wire has no times of events.
    pub waiting_since: Option<Time>,
    /// The classes that can answer, likeliest first, with schemas for a form. Empty until the server has described the workflow.
    pub answers: Vec<ResponseClass>,
    /// The prompt itself: its state, the server's refusal, this client's last answer.
    pub prompt: Prompt,
    run: SendWrapper<Weak<Run>>,
    /// What `answers` was made of.
    classes: Arc<[ResponseClass]>,
    /// When the run started, as the server writes it.
    started_at: String,
}

impl PendingInput {
    fn new(
        run: &Rc<Run>,
        state: &HandlerState,
        run_id: &str,
        prompt: &Prompt,
        classes: &Arc<[ResponseClass]>,
    ) -> Self {
        Self {
            handler_id: run.id().to_owned(),
            run_id: run_id.to_owned(),
            workflow_name: state.handler.workflow_name.clone(),
            text: prompt.text(),
            waiting_since: waiting_since(&state.handler),
            answers: prompt.answers(classes),
            prompt: prompt.clone(),
            run: SendWrapper::new(Rc::downgrade(run)),
            classes: classes.clone(),
            started_at: state.handler.started_at.clone(),
        }
    }

    /// The sort key: prompts of the longest waiting run come first.
    fn order(&self) -> (&str, &str, &str, u64) {
        (
            &self.started_at,
            &self.run_id,
            &self.handler_id,
            self.prompt.sequence,
        )
    }

    /// A unique key of the prompt, for keyed lists. It does not depend on the state; a row reads the state from
    /// [`live`](UsePendingInputsReturn::live).
    pub fn key(&self) -> String {
        self.prompt.key()
    }

    /// The class that most likely answers. `None` if the two best classes are equally likely, so that a person must choose, or if no
    /// class is known.
    pub fn likeliest(&self) -> Option<&ResponseClass> {
        let at = self.prompt.rank(&self.answers).likeliest()?;
        self.answers.get(at)
    }

    /// The state of the prompt.
    pub const fn state(&self) -> PromptState {
        self.prompt.state
    }

    /// Answers the prompt. Does nothing if the prompt takes no answer now, so a second click sends nothing. The state of the prompt shows
    /// the outcome.
    ///
    /// # Errors
    /// [`Error::Decode`] if `value` cannot be serialised; [`Error::NoHandler`] if the run is no longer watched; [`Error::AnotherRun`] if the
    /// handler was continued with another run.
    pub fn respond(&self, class: &str, value: impl Serialize) -> Result<(), Error> {
        let value = to_json("answer", &value)?;
        let run = self.run.upgrade().ok_or(Error::NoHandler)?;
        respond(&run, &self.prompt, class, value)
    }
}

/// A handler is updated when its run idles, so when it begins to wait.
fn waiting_since(handler: &Handler) -> Option<Time> {
    let updated = handler.updated_at.as_deref().and_then(Time::parse);
    updated.or_else(|| Time::parse(&handler.started_at))
}

impl PartialEq for PendingInput {
    fn eq(&self, other: &Self) -> bool {
        self.run.ptr_eq(&other.run)
            && self.run_id == other.run_id
            && self.prompt == other.prompt
            && self.answers == other.answers
    }
}

impl fmt::Debug for PendingInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingInput")
            .field("handler_id", &self.handler_id)
            .field("prompt", &self.prompt)
            .finish_non_exhaustive()
    }
}

/// Lists the open prompts of many runs, for an inbox.
///
/// # Example
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_core::{PendingInput, UsePendingInputsReturn, use_pending_inputs};
///
/// #[component]
/// fn Inbox() -> impl IntoView {
///     let waiting = use_pending_inputs();
///     let UsePendingInputsReturn { inputs, count, .. } = waiting;
///     view! {
///         <h2>{count} " open"</h2>
///         <For each=move || inputs.get() key=PendingInput::key let:input>
///             <Question input=waiting.live(input) />
///         </For>
///     }
/// }
///
/// #[component]
/// fn Question(input: Signal<PendingInput>) -> impl IntoView {
///     let yes = move |_| {
///         let input = input.get_untracked();
///         let class = input.likeliest().map_or("HumanResponseEvent", |answer| &answer.class);
///         // The state of the prompt shows the outcome.
///         let _ = input.respond(class, serde_json::json!({ "response": "yes" }));
///     };
///     view! {
///         <p>
///             {move || input.get().text} " " {move || input.get().state().as_str()}
///             <button on:click=yes disabled=move || !input.get().state().can_respond()>"Yes"</button>
///         </p>
///     }
/// }
/// ```
///
/// # Lifecycle
/// By default the hook sends no requests; it shows the prompts of runs that other hooks follow. With
/// [`all_running`](UsePendingInputsOptions::all_running) it polls the list of handlers until the owner is cleaned up. It then uses at
/// most one stream, which is only open briefly and yields to all others.
///
/// # Errors
/// `error` is why the running handlers could not be listed. The outcome of an answer is in its prompt.
#[track_caller]
pub fn use_pending_inputs() -> UsePendingInputsReturn {
    use_pending_inputs_with_options(UsePendingInputsOptions::default())
}

/// [`use_pending_inputs`] with settings.
#[track_caller]
pub fn use_pending_inputs_with_options(options: UsePendingInputsOptions) -> UsePendingInputsReturn {
    let Some(client) = options.client.or_else(use_workflow_client) else {
        return UsePendingInputsReturn {
            inputs: Signal::default(),
            count: Signal::default(),
            error: Some(Error::NoClient).into(),
        };
    };
    let (workflow, handler_id) = (options.workflow, options.handler_id);
    let workflow = Memo::new(move |_| workflow.try_get().flatten().filter(|name| !name.is_empty()));
    let store = client.store().clone();
    let inputs = Memo::new_owning(move |before: Option<Vec<PendingInput>>| {
        let handler_id = handler_id.map(|id| id.try_get().flatten().unwrap_or_default());
        let workflow = workflow.try_get().flatten();
        let is_first = before.is_none();
        let before = before.unwrap_or_default();
        let (inputs, changed) = pending(client.store(), workflow.as_deref(), handler_id.as_deref(), before);
        (inputs, changed || is_first)
    });
    let error = if options.all_running {
        look_around(store, workflow, inputs)
    } else {
        Signal::default()
    };
    UsePendingInputsReturn {
        inputs: inputs.into(),
        count: Signal::derive(move || {
            inputs.with(|inputs| inputs.iter().filter(|input| input.state().is_open()).count())
        }),
        error,
    }
}

/// The prompts of the watched runs that are not closed, and whether they differ from `before`. Tracks what it reads.
///
/// Unchanged inputs are moved out of `before`: of thousands of prompts one changes at a time.
fn pending(
    store: &Rc<Store>,
    workflow: Option<&str>,
    handler_id: Option<&str>,
    before: Vec<PendingInput>,
) -> (Vec<PendingInput>, bool) {
    store.watched.track();
    let count = before.len();
    let mut changed = false;
    // The index of each in `before`, or the new input.
    let mut found: Vec<Result<usize, PendingInput>> = Vec::new();
    let runs = store.watched_runs().into_iter();
    for run in runs.filter(|run| handler_id.is_none_or(|id| run.id() == id)) {
        let view = &run.view;
        view.prompts.with(|prompts| {
            if prompts.iter().all(|prompt| prompt.state == PromptState::Closed) {
                return;
            }
            let (Some(state), Some(run_id)) = (view.handler.get(), view.run_id.get()) else {
                return;
            };
            // A run that was only polled may have ended since.
            if state.status.is_terminal() || workflow.is_some_and(|name| name != state.handler.workflow_name)
            {
                return;
            }
            let classes = view.answers.get();
            for prompt in prompts
                .iter()
                .filter(|prompt| prompt.state != PromptState::Closed)
            {
                let order = (
                    state.handler.started_at.as_str(),
                    run_id.as_str(),
                    run.id(),
                    prompt.sequence,
                );
                let at = before.binary_search_by(|known| known.order().cmp(&order)).ok();
                let known = at.and_then(|at| Some((at, before.get(at)?)));
                if let Some((at, known)) = known
                    && std::ptr::eq(known.run.as_ptr(), Rc::as_ptr(&run))
                    && known.workflow_name == state.handler.workflow_name
                    && Arc::ptr_eq(&known.classes, &classes)
                    && known.prompt == *prompt
                {
                    found.push(Ok(at));
                    continue;
                }
                let input = PendingInput::new(&run, &state, &run_id, prompt, &classes);
                changed |= known.is_none_or(|(_, known)| *known != input);
                found.push(Err(input));
            }
        });
    }
    let mut before: Vec<Option<PendingInput>> = before.into_iter().map(Some).collect();
    let mut inputs: Vec<PendingInput> = found
        .into_iter()
        .filter_map(|found| found.map_or_else(Some, |at| before.get_mut(at)?.take()))
        .collect();
    inputs.sort_by(|a, b| a.order().cmp(&b.order()));
    changed |= inputs.len() != count;
    (inputs, changed)
}

/// Polls every running run as long as the owner lives, and keeps those that ask. Returns why they could not be listed.
fn look_around(
    store: Rc<Store>,
    workflow: Memo<Option<String>>,
    inputs: Memo<Vec<PendingInput>>,
) -> Signal<Option<Error>> {
    let Some(list) = store.list().watch() else {
        return Some(Error::NoClient).into();
    };
    let (rows, error) = (list.list().handlers.clone(), list.list().error.clone());
    let paused = store.paused.clone();
    let poller = StoredValue::new(SendWrapper::new(Poller::new(store, list)));
    Effect::new(move || {
        let mut rows: Vec<Arc<HandlerState>> = rows.get();
        let (is_paused, workflow) = (paused.get(), workflow.try_get().flatten());
        rows.retain(|row| {
            !is_paused
                && !row.status.is_terminal()
                && workflow
                    .as_ref()
                    .is_none_or(|name| *name == row.handler.workflow_name)
        });
        poller.try_with_value(|poller| poller.input(PollInput::Running(rows)));
    });
    Effect::new(move || {
        let (runs, answered) = inputs.with(|inputs| {
            let runs: Vec<Rc<Run>> = inputs.iter().filter_map(|input| input.run.upgrade()).collect();
            let answered = inputs.iter().filter(|input| input.state() == PromptState::Sent);
            (
                runs,
                answered.map(|input| input.handler_id.clone()).collect::<Vec<_>>(),
            )
        });
        poller.try_with_value(|poller| {
            poller.keep(&runs);
            for handler_id in answered {
                // Only the run shows the outcome of the answer.
                poller.input(PollInput::Moved(handler_id));
            }
        });
    });
    error.into()
}
