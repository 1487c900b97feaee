//! The prompts of many runs.

use std::fmt;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use crate::reactive::*;
use send_wrapper::SendWrapper;
use serde::Serialize;
use workflow_protocol::{Handler, HandlerState, PeeksInput, Prompt, PromptState, ResponseClass, Time};

use super::handler_actions::respond;
use crate::api::to_json;
use crate::store::{Peeks, Run, Store};
use crate::{Error, WorkflowClient, use_workflow_client};

/// Settings of [`use_pending_inputs_with_options`].
#[derive(Clone, Debug, Default)]
pub struct UsePendingInputsOptions {
    /// The prompts of every run that the server lists as running, whoever started it, and not only of those that other hooks
    /// watch. Such runs are looked at briefly, one after the other, when they are new or idle; a prompt is typically seen within
    /// 4 s. Defaults to `false`.
    pub all_running: bool,
    /// Only runs of this workflow; it stays the same as long as the hook lives. Defaults to all.
    pub workflow: Option<String>,
    /// Only the run of this handler, and none while the signal's value is `None`. Defaults to all runs.
    pub handler_id: Option<Signal<Option<String>>>,
    /// The client to use. Defaults to the one in context.
    pub client: Option<WorkflowClient>,
}

/// What [`use_pending_inputs`] gives. Destructure it with `..`; more fields may come.
#[derive(Clone, Copy, Debug)]
pub struct UsePendingInputsReturn {
    /// The prompts that are not settled, those of the longest waiting run first. One that was answered stays, as
    /// [`Sent`](PromptState::Sent), until the run takes the answer.
    pub inputs: Signal<Vec<PendingInput>>,
    /// How many of them wait for a person.
    pub count: Signal<usize>,
    /// Why the running handlers could not be listed, or that there is no client.
    pub error: Signal<Option<Error>>,
}

impl UsePendingInputsReturn {
    /// One of `inputs` as it is from now on, for a row of a keyed list: its state, the server's refusal, and what can answer it change
    /// while the row stays. It keeps its last value when it is no longer among `inputs`. Ends with the current owner, which is the
    /// row's.
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

/// One prompt of one run, with everything that a form needs.
#[derive(Clone)]
pub struct PendingInput {
    /// The handler that asks.
    pub handler_id: String,
    /// Its run.
    pub run_id: String,
    /// The workflow's name.
    pub workflow_name: String,
    /// The question in words.
    pub text: String,
    /// Since when the run waits, as far as its handler tells, by the server's clock. The wire has no times of events.
    pub waiting_since: Option<Time>,
    /// What can answer, likeliest first, with schemas for a form. Empty until the workflow described itself.
    pub answers: Vec<ResponseClass>,
    /// The prompt itself: its state, the server's refusal, our last answer.
    pub prompt: Prompt,
    run: SendWrapper<Weak<Run>>,
}

impl PendingInput {
    fn new(run: &Rc<Run>, state: &HandlerState, run_id: &str, prompt: &Prompt) -> Self {
        Self {
            handler_id: run.id().to_owned(),
            run_id: run_id.to_owned(),
            workflow_name: state.handler.workflow_name.clone(),
            text: prompt.text(),
            waiting_since: waiting_since(&state.handler),
            answers: run.view.answers.with(|classes| prompt.answers(classes)),
            prompt: prompt.clone(),
            run: SendWrapper::new(Rc::downgrade(run)),
        }
    }

    /// Names this prompt among all, for keyed lists. It stays as long as the prompt does, whatever its state is: a row reads that from
    /// [`live`](UsePendingInputsReturn::live).
    pub fn key(&self) -> String {
        self.prompt.key()
    }

    /// What most likely answers; none if several classes are equally likely and a person has to choose, or none is known.
    pub fn likeliest(&self) -> Option<&ResponseClass> {
        let at = self.prompt.rank(&self.answers).likeliest()?;
        self.answers.get(at)
    }

    /// What is known of it.
    pub const fn state(&self) -> PromptState {
        self.prompt.state
    }

    /// Answers, unless the prompt takes no answer now: a second click sends nothing. What comes of it is the prompt's state.
    ///
    /// # Errors
    /// [`Error::Decode`] if `value` cannot be written as JSON; [`Error::NoHandler`] if the run is no longer watched;
    /// [`Error::AnotherRun`] if the handler was continued with another run.
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

/// The open prompts of all watched runs of a client: an inbox.
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
///         // What comes of it is the prompt's state.
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
/// Without options the hook watches no run itself and costs no request: it shows what other hooks follow. With
/// [`all_running`](UsePendingInputsOptions::all_running) it keeps the list of handlers fresh and has one stream at most, which is
/// open only for a moment and gives way to all others, until the owner is cleaned up.
///
/// # Errors
/// `error` is why the running handlers could not be listed; what an answer came to is in the prompt.
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
    let (store, name) = (client.store().clone(), workflow.clone());
    let inputs = Memo::new(move |_| {
        let handler_id = handler_id.map(|id| id.try_get().flatten().unwrap_or_default());
        pending(client.store(), name.as_deref(), handler_id.as_deref())
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

/// The prompts of the watched runs that are not settled. Tracks what it reads.
fn pending(store: &Rc<Store>, workflow: Option<&str>, handler_id: Option<&str>) -> Vec<PendingInput> {
    store.watched.track();
    let mut found = Vec::new();
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
            // A run that was only looked at may have ended since.
            if state.status.is_terminal() || workflow.is_some_and(|name| name != state.handler.workflow_name)
            {
                return;
            }
            for prompt in prompts
                .iter()
                .filter(|prompt| prompt.state != PromptState::Closed)
            {
                let input = PendingInput::new(&run, &state, &run_id, prompt);
                found.push((state.handler.started_at.clone(), input));
            }
        });
    }
    found.sort_by(|(a_started, a), (b_started, b)| {
        (a_started, &a.run_id, a.prompt.sequence).cmp(&(b_started, &b.run_id, b.prompt.sequence))
    });
    found.into_iter().map(|(_, input)| input).collect()
}

/// Looks at every running run as long as the owner lives, and keeps those that ask. Gives why they could not be listed.
fn look_around(
    store: Rc<Store>,
    workflow: Option<String>,
    inputs: Memo<Vec<PendingInput>>,
) -> Signal<Option<Error>> {
    let Some(list) = store.list().watch() else {
        return Some(Error::NoClient).into();
    };
    let (rows, error) = (list.list().handlers.clone(), list.list().error.clone());
    let held = store.held.clone();
    let peeks = StoredValue::new(SendWrapper::new(Peeks::new(store, list)));
    Effect::new(move || {
        let mut rows: Vec<Arc<HandlerState>> = rows.get();
        let is_held = held.get();
        rows.retain(|row| {
            !is_held
                && !row.status.is_terminal()
                && workflow
                    .as_ref()
                    .is_none_or(|name| *name == row.handler.workflow_name)
        });
        peeks.try_with_value(|peeks| peeks.input(PeeksInput::Running(rows)));
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
        peeks.try_with_value(|peeks| {
            peeks.keep(&runs);
            for handler_id in answered {
                // Only the run says what came of the answer.
                peeks.input(PeeksInput::Moved(handler_id));
            }
        });
    });
    error.into()
}
