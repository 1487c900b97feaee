//! One question and the form that answers it.

use super::offers::{offer_buttons, offered};
use super::question_fields::{prefilled, repeated, suggestions};
use super::{Answers, Ranked};
use crate::dom::{focus_first, unique_id};
use crate::drafts::{Drafts, of_this_server};
use crate::form::{FormState, extra_fields, form_fields, hand_focus_on, whole};
use crate::icon::{Icon, icon};
use crate::reactive::*;
use crate::send::WITHOUT_KEY;
use crate::ui::{Call, El, Var, div, dynamic, effect, el, memo, span, typed};
use std::cell::RefCell;
use std::sync::Arc;
use workflow_inspector::form::Inputs;
use workflow_inspector::json::preview;
use workflow_protocol::{Prompt, PromptState, event_is_beyond_key, validation_errors};
use workflow_ui_core::UseWorkflowHandlerReturn;

/// What a card is about.
pub(super) struct Question {
    pub(super) run: UseWorkflowHandlerReturn,
    pub(super) handler_id: String,
    pub(super) run_id: String,
    pub(super) sequence: u64,
    pub(super) answers: Answers,
    pub(super) drafts: Drafts,
}

pub(super) fn card(question: Question) -> El {
    let Question {
        run,
        handler_id,
        run_id,
        sequence,
        answers: Answers { classes: answers },
        drafts,
    } = question;
    let prompt = memo(move || {
        run.prompts
            .with(|prompts| prompts.iter().find(|prompt| prompt.sequence == sequence).cloned())
    });
    let state = move || prompt.with(state_of).unwrap_or(PromptState::Closed);
    let chosen = Var::new(None::<String>);
    let class_of = move || {
        prompt.with(|prompt| {
            prompt
                .as_ref()
                .map(|prompt| prompt.class.clone())
                .unwrap_or_default()
        })
    };
    let ranked = memo(move || {
        prompt.with(|prompt| {
            let prompt = prompt.as_ref();
            answers.with(|answers| {
                prompt
                    .map(|prompt| Ranked::of(prompt, answers))
                    .unwrap_or_default()
            })
        })
    });
    let answer = memo(move || {
        let wanted = chosen.get();
        ranked.with(|Ranked { answers, is_clear }| {
            let found = answers.iter().find(|answer| Some(answer.class.label()) == wanted);
            found.or_else(|| answers.first().filter(|_| *is_clear)).cloned()
        })
    });
    // Send was pressed before a class was chosen.
    let must_choose = Var::new(false);
    let key = [handler_id.as_str(), run_id.as_str(), &sequence.to_string()].join(" ");
    let form = FormState::new();
    let problem = Var::new(String::new());
    let busy = memo(move || matches!(state(), PromptState::Sending | PromptState::Sent));
    let element = el("section");
    let node = element.node().clone();

    // What was typed into a question that is answered is no longer needed.
    let forget = [&key, " "].concat();
    let this_run = run_id.clone();
    // When the card goes, since its form keeps its draft then.
    on_cleanup(move || {
        let closed = run.prompts.with_untracked(|prompts| {
            let mut prompts = prompts.iter();
            prompts.any(|prompt| prompt.sequence == sequence && prompt.state == PromptState::Closed)
        });
        if closed && run.run_id.with_untracked(|run| run.as_ref() == Some(&this_run)) {
            drafts.forget(&forget);
        }
    });
    // The server's refusal goes to the fields that it names; what was typed stays.
    effect(move || {
        let error = prompt.with(|prompt| prompt.as_ref().and_then(|prompt| prompt.error.clone()));
        let Some(error) = error.filter(|_| prompt.peek_with(state_of) == Some(PromptState::Open)) else {
            problem.set(String::new());
            return;
        };
        let fields = validation_errors(&error);
        if let Some(answer) = answer.peek() {
            form.refuse(&answer.form, &fields);
        }
        problem.set(if fields.is_empty() { error } else { String::new() });
    });
    let send = move || {
        if !prompt.peek_with(state_of).is_some_and(PromptState::can_respond) {
            return;
        }
        let Some(answer) = answer.peek() else {
            must_choose.set(ranked.peek_with(|ranked| !ranked.answers.is_empty()));
            focus_first(&node, &["select"]);
            return;
        };
        if !form.drawn.peek() {
            return;
        }
        whole::composed(form, &Arc::clone(&answer.form), node.clone(), move |value| {
            let refused = run.respond.call_json(sequence, &answer.class.class, value).err();
            problem.set(refused.map(|error| error.to_string()).unwrap_or_default());
        });
    };
    let on_submit = Call::new(move |()| send());
    let loaded = RefCell::new(String::new());
    let place = el("fieldset");
    let fields_at = place.node().clone();
    let fields = dynamic(move || {
        // Made anew for another class only: what is typed must not vanish under the fingers when anything else changes.
        let answer = answer.get()?;
        form.refilled.track();
        let key = of_this_server(&draft_key(&key, &answer.class.label()));
        if *loaded.borrow() == key {
            drafts.set(&key, form.inputs.peek());
        }
        loaded.replace(key.clone());
        hand_focus_on(&fields_at);
        Some(untrack(|| {
            whole::keep(drafts, key, form);
            if form.inputs.peek_with(|inputs| *inputs == Inputs::default())
                && let Some(inputs) =
                    prompt.peek_with(|prompt| prefilled(&answer.form, repeated(prompt.as_ref()?)))
            {
                form.inputs.set(inputs);
            }
            // The form of an open class has them already.
            let further = answer.form.takes_further_keys() && !answer.form.open;
            div("wf-form")
                .child(form_fields(&answer.form, form, on_submit))
                .child(further.then(|| extra_fields(form)))
        }))
    });
    let offers = dynamic(move || {
        let (answer, offers) = (answer.get()?, prompt.with(|prompt| prompt.as_ref().map(offered))?);
        offer_buttons(&answer.form, offers, form)
    });
    let further = dynamic(move || {
        let answer = answer.get()?;
        prompt.peek_with(|prompt| suggestions(&answer.form, repeated(prompt.as_ref()?), form))
    });
    let other = dynamic(move || {
        let texts = [problem.get(), form.general()]
            .into_iter()
            .filter(|text| !text.is_empty());
        let text = texts.collect::<Vec<_>>().join("\n");
        (!text.is_empty()).then(|| el("p").class("wf-error").attr("role", "alert").text(text))
    });
    let picker = dynamic(move || {
        ranked.with(|ranked| {
            let labels = ranked.answers.iter().map(|answer| answer.class.label());
            let labels: Vec<String> = labels.collect();
            (labels.len() > 1).then(|| class_picker(&labels, ranked.is_clear, chosen, must_choose))
        })
    });
    // Where nobody chose a class yet there are no fields to wait for: `Send` asks for the choice.
    let is_loading = memo(move || {
        let must_choose = answer.with(Option::is_none) && ranked.with(|ranked| !ranked.answers.is_empty());
        !must_choose && !form.drawn.get()
    });
    let row = div("wf-prompt__row")
        .child(
            place
                .class("wf-prompt__fields")
                .flag("disabled", move || busy.get())
                .child(fields),
        )
        .child(
            el("button")
                .class("wf-button wf-button--primary")
                .attr("type", "submit")
                .flag("disabled", move || busy.get() || is_loading.get())
                .child(icon(Icon::Send))
                .text("Send"),
        );
    let whole = el("form")
        .class("wf-form")
        .attr("aria-busy", move || is_loading.get())
        .attr("novalidate", "")
        .on("submit", move |event| {
            event.prevent_default();
            on_submit.run(());
        })
        .child(picker)
        .child(offers)
        .child(further)
        .child(row)
        .child(other);
    let text = el("p")
        .class("wf-prompt__text")
        .text(move || prompt.with(|prompt| prompt.as_ref().map(Prompt::text)));
    crate::dom::scrolls(text.node());
    let words = el("p")
        .class("wf-prompt__state")
        .attr("role", "status")
        .flag("hidden", move || state_words(state()).is_empty())
        .text(move || state_words(state()))
        .child(span("wf-mono wf-cut").text(move || prompt.with(|prompt| prompt.as_ref().map(answered))))
        .text(move || prompt.with(|prompt| prompt.as_ref().map(key_words).unwrap_or_default()));
    element
        .class("wf-prompt")
        .attr("data-part", "prompt")
        .attr("role", "region")
        .attr("aria-label", "Input required")
        .attr("data-handler-id", handler_id)
        .attr("data-seq", sequence)
        .attr("data-state", move || state().as_str())
        .child(
            div("wf-prompt__head")
                .child(icon(Icon::Hourglass))
                .text("Input required")
                .child(
                    span("wf-prompt__from")
                        .text(class_of)
                        .text([" #", &sequence.to_string()].concat()),
                ),
        )
        .child(text)
        .child(whole)
        .child(words)
}

fn state_of(prompt: &Option<Prompt>) -> Option<PromptState> {
    prompt.as_ref().map(|prompt| prompt.state)
}

fn draft_key(prompt: &str, class: &str) -> String {
    [prompt, class].join(" ")
}

/// The choice of the answer's class. Where none is likelier than the others, none is chosen.
fn class_picker(names: &[String], is_clear: bool, chosen: Var<Option<String>>, must_choose: Var<bool>) -> El {
    let now = chosen.peek().filter(|now| names.contains(now));
    let none = (!is_clear && now.is_none()).then(|| {
        el("option")
            .attr("value", "")
            .text("Choose…")
            .on_off("selected", true)
            .on_off("disabled", true)
    });
    let error_id = unique_id("class-error");
    let described = error_id.clone();
    let is_missing = memo(move || must_choose.get() && chosen.with(Option::is_none));
    let option = |name: &String| {
        el("option")
            .attr("value", name.as_str())
            .text(name.as_str())
            .on_off("selected", now.as_ref() == Some(name))
    };
    let select_id = unique_id("class");
    let select = el("select")
        .class("wf-select")
        .attr("id", select_id.as_str())
        .child(none)
        .child(names.iter().map(option).collect::<Vec<El>>())
        .attr("aria-invalid", move || is_missing.get().then_some("true"))
        .attr("aria-describedby", move || {
            is_missing.get().then(|| described.clone())
        })
        .on("change", move |event| chosen.set(Some(typed(&event))));
    let label = el("label")
        .class("wf-muted")
        .attr("for", select_id)
        .text("Answer with");
    let labelled = div("wf-prompt__class").child(label).child(select);
    let error = el("p")
        .class("wf-error")
        .attr("id", error_id)
        .flag("hidden", move || !is_missing.get())
        .text("Choose what to answer with: several classes fit.");
    div("").child(labelled).child(error)
}

const fn state_words(state: PromptState) -> &'static str {
    match state {
        PromptState::Open | PromptState::Closed => "",
        PromptState::Sending => "Sending…",
        PromptState::Sent => "Sent. Waiting for the run to take it:",
        PromptState::Unhandled => {
            "The server accepted the answer, but no step of the run took it. A step may expect another value, or a field that the form does not list: add it. It can be answered again."
        }
        PromptState::Unknown => {
            "The connection broke while sending: the answer may have arrived or not. It is not sent again by itself; sending it again may answer twice."
        }
    }
}

/// What is said of an answer that is too large for an idempotency key.
fn key_words(prompt: &Prompt) -> String {
    match &prompt.sent {
        Some(sent) if event_is_beyond_key(sent) => [" (", WITHOUT_KEY, ")"].concat(),
        _ => String::new(),
    }
}

/// Our own answer, while the run has not taken it yet.
fn answered(prompt: &Prompt) -> String {
    match (&prompt.sent, prompt.state) {
        (Some(sent), PromptState::Sending | PromptState::Sent) => preview(sent.value.as_str(), 120),
        _ => String::new(),
    }
}
