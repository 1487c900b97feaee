//! A chat with a workflow: messages from a run's events, streamed tokens joined into one message, prompts answered inline.
//!
//! A message of the user starts a run, or answers the prompt that the run waits for. [`ChatRules`] map the run's events to messages and to
//! pieces of messages.
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

mod aim;
mod composer;
mod conversation;
mod log;
mod message;
mod sender;
mod start_value;
mod talk;
mod text_view;

pub use workflow_inspector::chat::{Adds, ChatRule, ChatRules, Role};

use crate::prompt::{RunPrompts, answers_of};
use crate::result::RunFailure;
use crate::run::RunNews;
use crate::start::Started;
use crate::theme::mount_style;
use aim::Aim;
use composer::Composer;
use conversation::Conversation;
use leptos::prelude::*;
use log::ChatLog;
use sender::{SchemaError, Sender};
use talk::Talk;
use workflow_protocol::{Connection, RawJson};
use workflow_ui_core::{Events, UseWorkflowHandlerReturn, use_workflow_handler};

const STYLE: &str = include_str!("chat.css");

/// Settings of a [`Chat`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatOptions {
    /// Which events are messages. Defaults to [`ChatRules::default`].
    pub rules: ChatRules,
    /// The field of the start event for the message. If empty (the default), it is the first of the usual names (`message`, `user_msg`,
    /// `query`, …) that the start event has, else its first text field. Nothing can be sent before the schema has arrived.
    pub field: String,
    /// Further fields of the start event, a JSON object. Defaults to none.
    pub input: RawJson,
    /// Whether a message after the end of a run continues its handler with its state (`true`, the default) or starts a new handler.
    pub continues: bool,
    /// The text of an empty conversation. Defaults to "Nothing was said yet."
    pub empty: String,
    /// The placeholder of the input. Defaults to "Write a message".
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

/// A chat with a workflow.
///
/// Fills the height that its container gives it, up to `--wf-chat-height`.
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::chat::Chat;
///
/// #[component]
/// fn Assistant() -> impl IntoView {
///     view! { <Chat workflow="assistant" /> }
/// }
/// ```
///
/// A page that shows more of the conversation's run watches it by itself, and opens the runs that the chat starts:
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::{Chat, RunProgress, Started};
/// use workflow_ui_core::use_workflow_handler;
///
/// #[component]
/// fn Assistant() -> impl IntoView {
///     let opened = RwSignal::new(None::<String>);
///     let run = use_workflow_handler(opened, true);
///     view! {
///         <RunProgress run />
///         <Chat workflow="assistant" run on_started=move |run: Started| opened.set(Some(run.handler_id)) />
///     }
/// }
/// ```
#[component]
pub fn Chat(
    /// The workflow that a message starts.
    #[prop(into)]
    workflow: Signal<String>,
    /// The run. Your `on_started` must then open the runs that messages start. Defaults to the run of `handler_id`.
    #[prop(optional)]
    run: Option<UseWorkflowHandlerReturn>,
    /// The handler whose run is shown if there is no `run`. A change opens another conversation. The chat shows a run that a message
    /// started, even if this signal does not change. Defaults to `None`: an empty conversation.
    #[prop(optional, into)]
    handler_id: Signal<Option<String>>,
    /// Called when a message started a run.
    #[prop(optional, into)]
    on_started: Option<Callback<Started>>,
    /// Settings. Defaults to [`ChatOptions::default`].
    #[prop(optional)]
    options: ChatOptions,
) -> impl IntoView {
    for style in [crate::status::STYLE, crate::run::STYLE, STYLE] {
        mount_style(style);
    }
    let opened = RwSignal::new(None);
    let run = run.unwrap_or_else(|| {
        follow_choice(opened, handler_id);
        use_workflow_handler(opened, true)
    });
    let handler_id = Signal::derive(move || run.handler_id.get().filter(|id| !id.is_empty()));
    let prompts = RunPrompts::of(run);
    let answers = answers_of(run);
    let chat = Conversation {
        run,
        opened,
        handler_id,
        prompts,
        answers,
        aim: Aim::of_next_message(run, handler_id, prompts, answers),
        talk: Talk::new(options.rules.clone()),
    };
    chat.follow_run();
    let (empty, placeholder) = (options.empty.clone(), options.placeholder.clone());
    let sender = Sender::new(chat, workflow, on_started, options);
    view! {
        <section
            class="wf-chat"
            data-part="chat"
            part="chat"
            role="region"
            aria-label="Chat"
            data-handler-id=move || handler_id.get().unwrap_or_default()
            data-status=move || run.status.get().as_str()
            data-connection=move || run.connection.with(Connection::as_str)
            data-events=move || run.events.with(Events::count_public)
        >
            <ChatLog chat sender empty />
            <News chat sender />
            <Composer chat sender placeholder />
        </section>
    }
}

/// Opens the handler that the page chose, now and whenever it chooses another one.
fn follow_choice(opened: RwSignal<Option<String>>, chosen: Signal<Option<String>>) {
    opened.set(chosen.get_untracked());
    Effect::new(move |before: Option<Option<String>>| {
        let chosen = chosen.get();
        if before.is_some_and(|before| before != chosen) && opened.with_untracked(|opened| *opened != chosen)
        {
            opened.set(chosen.clone());
        }
        chosen
    });
}

/// What is wrong with the run or the connection, and why nothing can be sent.
#[component]
fn News(chat: Conversation, sender: Sender) -> impl IntoView {
    let Conversation { run, handler_id, .. } = chat;
    view! {
        <div class="wf-chat__news">
            <RunFailure run />
            // Before the first message there is no run to report on.
            <Show when=move || handler_id.with(Option::is_some)>
                <RunNews run />
            </Show>
            <SchemaError chat sender />
        </div>
    }
}
