//! A chat over a workflow: messages from a run's events, streamed tokens joined into one message, questions answered inline.
//!
//! What is written starts a run, or answers the question that the run waits with. The run's events are read through
//! [`ChatRules`], which say what is a message and what is a piece of one.
//!
//! ```no_run
//! use leptos::prelude::*;
//! use workflow_ui_components::chat::{Chat, ChatOptions, ChatRule, ChatRules};
//! use workflow_ui_core::{WorkflowClient, provide_workflow_client};
//!
//! #[component]
//! fn App() -> impl IntoView {
//!     provide_workflow_client(WorkflowClient::new("/deployments/app"));
//!     let options = ChatOptions {
//!         rules: ChatRules::with(vec![ChatRule::piece("AnswerChunk", "words")]),
//!         ..ChatOptions::default()
//!     };
//!     view! { <main class="wf-root"><Chat workflow="assistant" options /></main> }
//! }
//! ```

mod composer;
mod log;
mod talk;
mod text_view;

pub use workflow_inspector::chat::{Adds, ChatRule, ChatRules, Role};

use crate::prompt::{Answer, Ranked, answers_of};
use crate::reactive::*;
use crate::result::run_failure;
use crate::run::news;
use crate::theme::mount_style;
use crate::ui::View;
use crate::ui::{Call, El, Live, Var, dynamic, effect, el, memo};
use composer::composer;
use leptos::prelude::{IntoView, component};
use log::{Inside, log};
use std::rc::Rc;
use talk::Talk;
use workflow_inspector::form::FieldKind;
use workflow_protocol::{Connection, Handler, Prompt, PromptState, RawJson};
use workflow_ui_core::Events;
use workflow_ui_core::{UseWorkflowHandlerReturn, use_workflow_handler};

const STYLE: &str = include_str!("chat.css");

/// How a chat reads and starts runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatOptions {
    /// Which events are messages. Defaults to [`ChatRules::default`].
    pub rules: ChatRules,
    /// The field of the start event that takes what is written. Empty, the default: the first of the usual names (`message`,
    /// `user_msg`, `query`, …) that the start event has, else its first text; nothing can be sent before its schema is there.
    pub field: String,
    /// Further fields of the start event, a JSON object. Defaults to none.
    pub input: RawJson,
    /// Whether the next message continues the handler of an ended run, with its state, or starts a new one. Defaults to `true`.
    pub continues: bool,
    /// What stands in the place of the first message. Defaults to "Nothing was said yet."
    pub empty: String,
    /// What stands in the empty input. Defaults to "Write a message".
    pub placeholder: String,
}

impl Default for ChatOptions {
    fn default() -> Self {
        Self {
            rules: ChatRules::default(),
            field: String::new(),
            input: RawJson::null(),
            continues: true,
            empty: String::from("Nothing was said yet."),
            placeholder: String::from("Write a message"),
        }
    }
}

/// What a [`chat`] works on: the properties of [`Chat`].
#[derive(Clone, Debug)]
pub struct ChatParts {
    /// The workflow that a message starts.
    pub workflow: Live<String>,
    /// The handler whose run is shown, empty for none. A start sets it; setting it from outside opens another conversation.
    pub handler_id: Var<String>,
    /// A run was started.
    pub on_started: Call<Handler>,
    /// How runs are read and started.
    pub options: ChatOptions,
}

/// A chat over a workflow.
///
/// Fills the height that its container gives it, up to `--wf-chat-height`.
#[component]
pub fn Chat(
    /// The workflow that a message starts.
    #[prop(into)]
    workflow: Signal<String>,
    /// The handler whose run is shown; a start sets it. Defaults to one of the chat's own.
    #[prop(optional, into)]
    handler_id: Option<Var<String>>,
    /// Called with the handler of a run that was started.
    #[prop(optional, into)]
    on_started: Option<Call<Handler>>,
    /// How runs are read and started.
    #[prop(optional)]
    options: ChatOptions,
) -> impl IntoView {
    View::from(chat(ChatParts {
        workflow: workflow.into(),
        handler_id: handler_id.unwrap_or_else(|| Var::new(String::new())),
        on_started: on_started.unwrap_or_else(|| Call::new(|_| {})),
        options,
    }))
}

/// What a message that is sent now does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Aim {
    /// It starts a run.
    #[default]
    Start,
    /// It answers the question with this sequence.
    Answer(u64),
    /// Nothing: the open question has a form of its own.
    Card,
    /// Nothing: the workflow is at work.
    Wait,
}

/// [`Chat`] as an element.
pub fn chat(parts: ChatParts) -> El {
    for style in [crate::icon::STYLE, crate::status::STYLE, crate::run::STYLE, STYLE] {
        mount_style(style);
    }
    let handler_id = parts.handler_id;
    let run = use_workflow_handler(Reading::derive(move || handler_id.get()), true);
    let answers = answers_of(run);
    let talk = Rc::new(Talk::new(parts.options.rules.clone()));
    let folded = Rc::clone(&talk);
    effect(move || {
        folded.open(&handler_id.get());
        folded.take(run.events.get());
        run.prompts.with(|prompts| {
            answers.classes.with(|answers| {
                for prompt in prompts {
                    folded.answered(prompt, has_card(prompt, answers));
                }
            });
        });
    });
    let aim = memo(move || {
        let aim = run.prompts.with(|prompts| {
            answers.classes.with(|answers| {
                let open = |prompt: &&Prompt| prompt.state.can_respond();
                let plain = prompts
                    .iter()
                    .filter(open)
                    .find(|prompt| !has_card(prompt, answers));
                match plain {
                    Some(prompt) => Some(Aim::Answer(prompt.sequence)),
                    None => prompts.iter().any(|prompt| open(&prompt)).then_some(Aim::Card),
                }
            })
        });
        let resting = handler_id.with(String::is_empty) || run.status.get().is_terminal();
        match aim {
            _ if resting => Aim::Start,
            Some(aim) => aim,
            None => Aim::Wait,
        }
    });
    let empty = parts.options.empty.clone();
    let composer = composer(parts, run, &talk, aim, answers.classes);
    let failure = run_failure(
        run.status,
        leptos::prelude::Signal::derive(move || run.error.get().map(|error| error.detail())).into(),
        run.events,
    );
    let lost = dynamic(move || {
        // Before the first message there is no run to speak of.
        if handler_id.with(String::is_empty) {
            None
        } else {
            news(run)
        }
    });
    let inside = Inside {
        run,
        handler_id,
        aim,
        answers,
        send: composer.send,
    };
    let log = log(&talk, inside, empty);
    el("section")
        .class("wf-chat")
        .attr("data-part", "chat")
        .attr("role", "region")
        .attr("aria-label", "Chat")
        .attr("data-handler-id", move || handler_id.get())
        .attr("data-status", move || run.status.get().as_str())
        .attr("data-connection", move || run.connection.with(Connection::as_str))
        .attr("data-events", move || run.events.with(Events::count_public))
        .child(log)
        .child(
            crate::ui::div("wf-chat__news")
                .child(failure)
                .child(lost)
                .child(composer.unread),
        )
        .child(composer.element)
}

/// The class that answers, if there is no choice among likely ones and a line of text is all it takes.
fn plain_answer(prompt: &Prompt, answers: &[Answer]) -> Option<Answer> {
    let stock = |answer: &Answer| answer.class.class == "HumanResponseEvent";
    let ranked = Ranked::of(prompt, answers);
    let mut answers = ranked.answers.into_iter();
    let first = answers.next()?;
    if answers
        .next()
        .is_some_and(|second| stock(&second) == stock(&first))
    {
        return None;
    }
    let is_text =
        matches!(first.form.fields.as_slice(), [only] if matches!(only.kind, FieldKind::Text { .. }));
    is_text.then_some(first)
}

/// Whether a question is answered in a card of its own: there is more to fill in than a text, or a person has to look at what became
/// of the last answer.
fn has_card(prompt: &Prompt, answers: &[Answer]) -> bool {
    match prompt.state {
        PromptState::Closed => false,
        PromptState::Unknown | PromptState::Unhandled => true,
        _ => plain_answer(prompt, answers).is_none(),
    }
}

/// The question with this sequence.
fn question<R: Default>(run: UseWorkflowHandlerReturn, sequence: u64, look: impl FnOnce(&Prompt) -> R) -> R {
    run.prompts.with(|prompts| {
        let found = prompts.iter().find(|prompt| prompt.sequence == sequence);
        found.map(look).unwrap_or_default()
    })
}
