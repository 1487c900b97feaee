//! The input: what is written starts a run or answers a question.

use super::talk::Talk;
use super::{Aim, ChatOptions, ChatParts, plain_answer, question};
use crate::dom::key_press;
use crate::form::{FormState, json_object};
use crate::icon::{Icon, icon};
use crate::prompt::Answer;
use crate::reactive::*;
use crate::renewal::on_renewal;
use crate::send::WITHOUT_KEY;
use crate::ui::{Call, Dynamic, El, Live, Var, button, div, dynamic, effect, el, memo, span, typed};
use std::rc::Rc;
use std::sync::Arc;
use workflow_inspector::form::{Field, FieldKind, Form};
use workflow_protocol::{RawJson, is_beyond_key, start_is_beyond_key, validation_errors};
use workflow_ui_core::RunWorkflowOptions;
use workflow_ui_core::{
    UseWorkflowHandlerReturn, UseWorkflowReturn, UseWorkflowRunReturn, use_workflow, use_workflow_run,
};

/// Fields of start events that take what a person writes, likeliest first.
const FIELDS: [&str; 12] = [
    "message",
    "user_msg",
    "user_message",
    "msg",
    "query",
    "question",
    "prompt",
    "input",
    "user_input",
    "text",
    "topic",
    "content",
];

/// The input, and the way in which other parts of the chat send something.
pub(super) struct Composer {
    pub(super) element: El,
    /// Why it is not known what the workflow takes, where that keeps a message from being sent.
    pub(super) unread: Dynamic,
    /// Sends a text as if it had been written.
    pub(super) send: Call<String>,
}

pub(super) fn composer(
    parts: ChatParts,
    run: UseWorkflowHandlerReturn,
    talk: &Rc<Talk>,
    aim: Live<Aim>,
    answers: Live<Vec<Answer>>,
) -> Composer {
    let ChatParts {
        workflow,
        handler_id,
        on_started,
        options,
    } = parts;
    let UseWorkflowReturn {
        schema,
        error,
        refresh,
        ..
    } = use_workflow(Reading::derive(move || workflow.get()));
    on_renewal(move || {
        if schema.with_untracked(Option::is_none) {
            refresh.call();
        }
    });
    // Before that the field that takes the words would be a guess.
    let is_named = !options.field.is_empty();
    let is_described = memo(move || is_named || schema.with(Option::is_some));
    let UseWorkflowRunReturn {
        run_workflow,
        is_creating,
        ..
    } = use_workflow_run();
    let text = Var::new(String::new());
    let trouble = Var::new(String::new());
    let last = Var::new(String::new());
    let placeholder = options.placeholder.clone();
    let continues = options.continues;

    // Tries the patterns of what is about to be sent.
    let checked = FormState::new();
    let talk = Rc::clone(talk);
    let launch = move |words: String, value: RawJson| {
        let known = handler_id.peek();
        let go_on = continues && !known.is_empty() && run.handler.with_untracked(Option::is_some);
        let settings = RunWorkflowOptions {
            handler_id: go_on.then(|| known.clone()),
            follow: true,
            ..RunWorkflowOptions::default()
        };
        let said = talk.say(&words);
        text.set(String::new());
        if start_is_beyond_key(&value) {
            trouble.set(["The message was ", WITHOUT_KEY, "."].concat());
        }
        let started = run_workflow.call_with(workflow.peek(), value, settings);
        let talk = Rc::clone(&talk);
        spawn_local(async move {
            match started.await {
                Ok(handler) => {
                    talk.leads_to(&handler.handler_id);
                    if handler.handler_id == known {
                        run.refresh.call();
                    } else {
                        handler_id.set(handler.handler_id.clone());
                    }
                    on_started.run(handler);
                }
                Err(error) => {
                    talk.unsay(said);
                    trouble.set(error.to_string());
                    if text.peek_with(String::is_empty) {
                        text.set(words);
                    }
                }
            }
        });
    };
    let launch = Rc::new(launch);
    let start = move |words: String| {
        let form = schema
            .get_untracked()
            .map(|schema| Form::from_schema(&schema.start));
        let launch = Rc::clone(&launch);
        let said = words.clone();
        start_value(checked, form, &options, &words, move |value| match value {
            Ok(value) => launch(said, value),
            Err(problem) => trouble.set(problem),
        });
    };
    let respond = move |sequence: u64, words: String| {
        let answer = answers
            .peek_with(|answers| untrack(|| question(run, sequence, |prompt| plain_answer(prompt, answers))));
        let Some(answer) = answer else { return };
        let [field] = answer.form.fields.as_slice() else {
            return;
        };
        let (said, class) = (words.clone(), answer.class.clone());
        filled(
            checked,
            &answer.form,
            field,
            &RawJson::null(),
            &words,
            move |value| match value {
                Ok(value) => {
                    last.set(said);
                    text.set(String::new());
                    if is_beyond_key(value.as_str().len()) {
                        trouble.set(["The message was ", WITHOUT_KEY, "."].concat());
                    }
                    if let Err(error) = run.respond.call_json(sequence, &class.class, value) {
                        trouble.set(error.to_string());
                    }
                }
                Err(problem) => trouble.set(problem),
            },
        );
    };
    let send = Call::new(move |words: String| {
        let aim = aim.peek();
        if words.trim().is_empty() || is_creating.get_untracked() {
            return;
        }
        trouble.set(String::new());
        match aim {
            Aim::Start if is_described.peek() => start(words),
            Aim::Answer(sequence) => respond(sequence, words),
            Aim::Start | Aim::Card | Aim::Wait => {}
        }
    });
    // A refused answer comes back into the input, with the server's words.
    let refusal = memo(move || match aim.get() {
        Aim::Answer(sequence) => question(run, sequence, |prompt| prompt.error.clone()),
        _ => None,
    });
    effect(move || {
        let Some(error) = refusal.get() else { return };
        if text.peek_with(String::is_empty) {
            text.set(last.peek());
        }
        let fields = validation_errors(&error);
        let words: Vec<String> = fields.into_iter().map(|field| field.message).collect();
        trouble.set(if words.is_empty() { error } else { words.join("\n") });
    });
    let can_send = memo(move || {
        !is_creating.get()
            && match aim.get() {
                Aim::Start => is_described.get(),
                Aim::Answer(_) => true,
                Aim::Card | Aim::Wait => false,
            }
    });
    let unread = dynamic(move || {
        let error = error.get()?;
        let matters = aim.get() == Aim::Start && !is_described.get();
        matters.then(|| {
            let again = button("wf-link")
                .text("Try again")
                .on("click", move |_| refresh.call());
            el("p")
                .class("wf-error")
                .attr("role", "alert")
                .text(error.to_string())
                .text(" ")
                .child(again)
        })
    });
    let stop = stop(aim, is_creating, run, trouble);
    Composer {
        element: form(text, trouble, send, can_send, aim, placeholder, stop),
        unread,
        send,
    }
}

fn form(
    text: Var<String>,
    trouble: Var<String>,
    send: Call<String>,
    can_send: Live<bool>,
    aim: Live<Aim>,
    placeholder: String,
    stop: El,
) -> El {
    let id = crate::dom::unique_id("chat");
    let hint_id = [&id, "-hint"].concat();
    let invitation = move || match aim.get() {
        Aim::Start => placeholder.clone(),
        Aim::Answer(_) => String::from("Answer the question"),
        Aim::Card => String::from("Answer in the form above"),
        Aim::Wait => String::from("The workflow is at work"),
    };
    let area = el("textarea")
        .class("wf-input wf-chat__input")
        .attr("id", id.as_str())
        .attr("name", "message")
        .attr("rows", "1")
        .attr("autocomplete", "off")
        .attr("aria-describedby", hint_id.as_str())
        .attr("placeholder", invitation)
        .prop("value", move || text.get())
        .on("input", move |event| {
            text.set(typed(&event));
            trouble.set(String::new());
        })
        .on("keydown", move |event| {
            let enter = key_press(&event).is_some_and(|key| key.key() == "Enter" && !key.shift_key());
            if enter {
                event.prevent_default();
                if can_send.peek() {
                    send.run(text.peek());
                }
            }
        });
    let go = el("button")
        .class("wf-button wf-button--primary")
        .attr("type", "submit")
        .flag("disabled", move || {
            !can_send.get() || text.with(|text| text.trim().is_empty())
        })
        .child(icon(Icon::Send))
        .child(span("wf-chat__word").text("Send"));
    let hint = el("p")
        .class("wf-sr")
        .attr("id", hint_id)
        .text("Enter sends, Shift and Enter begin a new line.");
    let said = dynamic(move || {
        let words = trouble.get();
        (!words.is_empty()).then(|| el("p").class("wf-error").attr("role", "alert").text(words))
    });
    el("form")
        .class("wf-chat__form")
        .attr("data-part", "chat-form")
        .attr("aria-label", "Send message")
        .attr("novalidate", "")
        .on("submit", move |event| {
            event.prevent_default();
            if can_send.peek() {
                send.run(text.peek());
            }
        })
        .child(said)
        .child(
            div("wf-chat__row")
                .child(el("label").class("wf-sr").attr("for", id).text("Message"))
                .child(area)
                .child(hint)
                .child(stop)
                .child(go),
        )
}

/// The button that cancels the run.
fn stop(
    aim: Live<Aim>,
    is_creating: Reading<bool>,
    run: UseWorkflowHandlerReturn,
    trouble: Var<String>,
) -> El {
    button("wf-button")
        .flag("hidden", move || aim.get() == Aim::Start || is_creating.get())
        .child(icon(Icon::Stop))
        .child(span("wf-chat__word").text("Cancel run"))
        .on("click", move |_| {
            let asked = run.cancel.call();
            spawn_local(async move {
                if let Err(error) = asked.await {
                    trouble.set(error.to_string());
                }
            });
        })
}

/// Hands the start event for what was written, or what is wrong with it, to `then`.
fn start_value(
    checked: FormState,
    form: Option<Form>,
    options: &ChatOptions,
    words: &str,
    then: impl FnOnce(Result<RawJson, String>) + 'static,
) {
    let form = Arc::new(form.unwrap_or_else(|| Form::from_schema(&RawJson::null())));
    if let Some(field) = text_field(&form, &options.field) {
        return filled(checked, &form, field, &options.input, words, then);
    }
    if !form.open && options.field.is_empty() {
        return then(Err(String::from("This workflow takes no text.")));
    }
    then(any_field(options, words));
}

/// The start event of a workflow that takes any fields.
fn any_field(options: &ChatOptions, words: &str) -> Result<RawJson, String> {
    let field = if options.field.is_empty() {
        FIELDS[0]
    } else {
        &options.field
    };
    let mut fields = workflow_protocol::fields(options.input.as_str()).unwrap_or_default();
    fields.push((field.to_owned(), RawJson::string(words)));
    json_object(fields).ok_or_else(|| String::from("The message can't be written as JSON."))
}

/// The field that takes what is written.
fn text_field<'a>(form: &'a Form, wanted: &str) -> Option<&'a Field> {
    let named = |name: &str| form.fields.iter().find(|field| field.name == name);
    if !wanted.is_empty() {
        return named(wanted);
    }
    let is_text = |field: &&Field| matches!(field.kind, FieldKind::Text { .. });
    let usual = FIELDS.iter().find_map(|name| named(name).filter(is_text));
    usual.or_else(|| form.fields.iter().find(is_text))
}

/// Hands what a form sends that holds further fields and this text, or what is wrong with it, to `then`.
fn filled(
    checked: FormState,
    form: &Arc<Form>,
    field: &Field,
    further: &RawJson,
    words: &str,
    then: impl FnOnce(Result<RawJson, String>) + 'static,
) {
    let mut inputs = form.decompose(further);
    field.type_text(&mut inputs, words);
    checked.inputs.set(inputs);
    let name = field.name.clone();
    checked.composed(form, move |value| {
        then(value.map_err(|errors| {
            let words = errors.iter().map(|error| {
                if error.path.is_empty() || error.path == name {
                    error.message.clone()
                } else {
                    [error.path.as_str(), ": ", &error.message].concat()
                }
            });
            words.collect::<Vec<_>>().join("\n")
        }));
    });
}
