//! Sends messages: as the start of a run, or as the answer to a prompt.

use super::ChatOptions;
use super::aim::{Aim, plain_answer};
use super::conversation::Conversation;
use super::start_value::{filled, start_value};
use crate::form::FormState;
use crate::prompt::{PromptKey, RunPrompts};
use crate::renewal::on_renewal;
use crate::send::WITHOUT_KEY;
use crate::start::Started;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::sync::Arc;
use workflow_inspector::chat::answer_text;
use workflow_inspector::form::Form;
use workflow_protocol::{
    RawJson, Time, WorkflowSchema, is_beyond_key, start_is_beyond_key, validation_errors,
};
use workflow_ui_core::{
    Error, RunWorkflow, RunWorkflowOptions, UseWorkflowReturn, UseWorkflowRunReturn, use_workflow,
    use_workflow_run,
};

/// The input of a chat, and what sends it.
#[derive(Clone, Copy)]
pub(super) struct Sender {
    chat: Conversation,
    workflow: Signal<String>,
    on_started: Option<Callback<Started>>,
    options: StoredValue<ChatOptions>,
    /// The text in the input.
    pub(super) text: RwSignal<String>,
    /// Why the last message was not sent.
    pub(super) problem: RwSignal<String>,
    /// Whether the field that takes the message is known.
    is_described: Memo<bool>,
    pub(super) is_creating: Signal<bool>,
    pub(super) can_send: Memo<bool>,
    schema: Signal<Option<Arc<WorkflowSchema>>>,
    schema_error: Signal<Option<Error>>,
    retry_schema: Callback<()>,
    run_workflow: RunWorkflow,
    /// Composes the value of a message, patterns included.
    form: FormState,
}

impl Sender {
    pub(super) fn new(
        chat: Conversation,
        workflow: Signal<String>,
        on_started: Option<Callback<Started>>,
        options: ChatOptions,
    ) -> Self {
        let UseWorkflowReturn {
            schema,
            error: schema_error,
            refresh,
            ..
        } = use_workflow(Signal::derive(move || Some(workflow.get())));
        on_renewal(move || {
            if schema.with_untracked(Option::is_none) {
                refresh.call();
            }
        });
        let UseWorkflowRunReturn {
            run_workflow,
            is_creating,
            ..
        } = use_workflow_run();
        let is_named = !options.field.is_empty();
        let is_described = Memo::new(move |_| is_named || schema.with(Option::is_some));
        let can_send = Memo::new(move |_| {
            !is_creating.get()
                && match chat.aim.get() {
                    Aim::Start => is_described.get(),
                    Aim::Answer(_) => true,
                    Aim::Card | Aim::Wait => false,
                }
        });
        let sender = Self {
            chat,
            workflow,
            on_started,
            options: StoredValue::new(options),
            text: RwSignal::new(String::new()),
            problem: RwSignal::new(String::new()),
            is_described,
            is_creating,
            can_send,
            schema,
            schema_error,
            retry_schema: Callback::new(move |()| refresh.call()),
            run_workflow,
            form: FormState::new(),
        };
        sender.show_refusal();
        sender
    }

    /// Sends the text of the input, if something can be sent now.
    pub(super) fn send_input(self) {
        if self.can_send.get_untracked() {
            self.send(&self.text.get_untracked());
        }
    }

    pub(super) fn send(self, message: &str) {
        if message.trim().is_empty() || self.is_creating.get_untracked() {
            return;
        }
        let aim = self.chat.aim.get_untracked();
        self.problem.set(String::new());
        match aim {
            Aim::Start if self.is_described.get_untracked() => self.start(message),
            Aim::Answer(sequence) => self.respond(sequence, message),
            Aim::Start | Aim::Card | Aim::Wait => {}
        }
    }

    fn start(self, message: &str) {
        let schema = self.schema.get_untracked();
        let form = schema.map(|schema| Form::from_schema(&schema.start));
        let options = self.options.get_value();
        let sent = message.to_owned();
        start_value(self.form, form, &options, message, move |value| match value {
            Ok(value) => self.launch(sent, value),
            Err(problem) => self.fail(problem),
        });
    }

    fn launch(self, message: String, value: RawJson) {
        let Conversation {
            run,
            handler_id,
            opened,
            talk,
            ..
        } = self.chat;
        let known = handler_id.get_untracked();
        let is_continued = self.options.with_value(|options| options.continues)
            && run.handler.with_untracked(Option::is_some);
        let options = RunWorkflowOptions {
            handler_id: known.clone().filter(|_| is_continued),
            follow: true,
            ..RunWorkflowOptions::default()
        };
        let said = talk.say(&message);
        self.clear(&message);
        if start_is_beyond_key(&value) {
            self.fail(format!("The message was {WITHOUT_KEY}."));
        }
        let workflow = self.workflow.get_untracked();
        let started = self.run_workflow.call_with(workflow, value.clone(), options);
        spawn_local(async move {
            match started.await {
                Ok(handler) => {
                    let id = Some(handler.handler_id.clone());
                    talk.leads_to(&handler.handler_id);
                    if id == known {
                        run.refresh.call();
                    } else {
                        opened.try_set(id);
                    }
                    if let Some(on_started) = self.on_started {
                        on_started.try_run(Started::new(handler, value));
                    }
                }
                Err(error) => {
                    talk.unsay(said);
                    self.fail(error.to_string());
                    self.restore(&message);
                }
            }
        });
    }

    fn respond(self, sequence: u64, message: &str) {
        let prompts = self.chat.prompts;
        let found = prompts.with_untracked(|prompts| {
            let prompt = prompts.by_sequence(sequence)?;
            let answers = self.chat.answers;
            let answer = answers.with_untracked(|answers| plain_answer(prompt, answers))?;
            Some((PromptKey::of(prompt), answer))
        });
        let Some((key, answer)) = found else { return };
        let [field] = answer.form.fields.as_slice() else {
            return;
        };
        let (sent, class) = (message.to_owned(), answer.class.class.clone());
        let respond = move |value: Result<RawJson, String>| match value {
            Ok(value) => {
                // Composing may take a while, and another run may be shown by then.
                let find = |prompts: &RunPrompts| prompts.find(&key).cloned();
                let Some(prompt) = prompts.try_with_untracked(find).flatten() else {
                    return;
                };
                self.clear(&sent);
                if is_beyond_key(value.as_str().len()) {
                    self.fail(format!("The message was {WITHOUT_KEY}."));
                }
                if let Err(error) = self.chat.run.respond.call(&prompt, &class, value) {
                    self.fail(error.to_string());
                }
            }
            Err(problem) => self.fail(problem),
        };
        filled(self.form, &answer.form, field, &RawJson::null(), message, respond);
    }

    /// Puts a message that was refused back into the input, before what was typed meanwhile.
    fn restore(self, message: &str) {
        self.text.try_update(|text| {
            if text.is_empty() {
                message.clone_into(text);
            } else if text != message {
                *text = [message, "\n", text].concat();
            }
        });
    }

    /// Clears the input after its text was sent. Other text stays: it was typed meanwhile, or a suggestion was sent.
    fn clear(self, sent: &str) {
        if self.text.with_untracked(|text| text == sent) {
            self.text.set(String::new());
        }
    }

    pub(super) fn fail(self, problem: String) {
        self.problem.try_set(problem);
    }

    /// Puts a refused answer back into the input, with the server's words.
    fn show_refusal(self) {
        let refusal = Memo::new(move |_| match self.chat.aim.get() {
            Aim::Answer(sequence) => self.chat.prompts.with(|prompts| {
                let prompt = prompts.by_sequence(sequence)?;
                let sent = prompt.sent.as_ref().filter(|sent| !sent.value.is_null());
                let sent = sent.map(|sent| (sent.at, answer_text(sent.value.as_str())));
                Some((prompt.error.clone()?, sent))
            }),
            _ => None,
        });
        Effect::new(move |restored: Option<Option<Time>>| {
            let restored = restored.flatten();
            let Some((error, sent)) = refusal.get() else {
                return restored;
            };
            // Once: it may have been edited since, while something else was asked.
            let sent = sent.filter(|(at, _)| Some(*at) != restored);
            if let Some((_, text)) = &sent {
                self.restore(text);
            }
            let fields = validation_errors(&error);
            let messages: Vec<String> = fields.into_iter().map(|field| field.message).collect();
            self.problem.set(if messages.is_empty() {
                error
            } else {
                messages.join("\n")
            });
            sent.map(|(at, _)| at).or(restored)
        });
    }
}

/// Why the fields of the workflow are not known, if that keeps a message from being sent.
#[component]
pub(super) fn SchemaError(chat: Conversation, sender: Sender) -> impl IntoView {
    let Sender {
        is_described,
        schema_error,
        retry_schema,
        ..
    } = sender;
    let error = Memo::new(move |_| {
        let matters = chat.aim.get() == Aim::Start && !is_described.get();
        schema_error
            .get()
            .filter(|_| matters)
            .map(|error| error.to_string())
    });
    move || {
        error.get().map(|error| {
            view! {
                <p class="wf-error" role="alert">
                    {error}
                    " "
                    <button type="button" class="wf-link" on:click=move |_| retry_schema.run(())>
                        "Try again"
                    </button>
                </p>
            }
        })
    }
}
