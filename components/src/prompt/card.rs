//! One question and the form that answers it.

use super::{Answer, Drafts};
use crate::form::{FormFields, FormState, focus_field};
use crate::icon::{Icon, icon};
use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;
use workflow_inspector::json::preview;
use workflow_protocol::{Prompt, PromptState, validation_errors};
use workflow_ui_core::UseWorkflowHandlerReturn;

/// What a card is about.
pub(super) struct Question {
    pub(super) run: UseWorkflowHandlerReturn,
    pub(super) handler_id: String,
    pub(super) run_id: String,
    pub(super) sequence: u64,
    pub(super) answers: Memo<Vec<Answer>>,
    pub(super) drafts: Drafts,
}

pub(super) fn card(question: Question) -> AnyView {
    let Question { run, handler_id, run_id, sequence, answers, drafts } = question;
    let prompt = Memo::new(move |_| {
        run.prompts.with(|prompts| prompts.iter().find(|prompt| prompt.sequence == sequence).cloned())
    });
    // The stock question is answered by the stock class where both it and others can answer.
    let answers = Memo::new(move |_| {
        let stock = prompt.with(|prompt| prompt.as_ref().is_some_and(|prompt| prompt.class == "InputRequiredEvent"));
        let mut answers = answers.get();
        answers.sort_by_key(|answer| stock != (answer.class == "HumanResponseEvent"));
        answers
    });
    let state = Memo::new(move |_| prompt.with(|prompt| prompt.as_ref().map_or(PromptState::Closed, |prompt| prompt.state)));
    let chosen = RwSignal::new(None::<String>);
    let answers = Memo::new(move |_| {
        let asked = prompt.with(|prompt| prompt.as_ref().map(|prompt| prompt.class.clone()).unwrap_or_default());
        likeliest_first(answers.get(), &asked)
    });
    let answer = Memo::new(move |_| {
        let wanted = chosen.get();
        answers.with(|answers| {
            let found = answers.iter().find(|answer| Some(&answer.class) == wanted.as_ref());
            found.or_else(|| answers.first()).cloned()
        })
    });
    let key = [handler_id.as_str(), run_id.as_str(), &sequence.to_string()].join(" ");
    let form_state = FormState::new();
    let problem = RwSignal::new(None::<String>);
    let busy = Memo::new(move |_| matches!(state.get(), PromptState::Sending | PromptState::Sent));
    let node = NodeRef::<html::Section>::new();

    // What was typed into a question that is answered is no longer needed.
    let forget = key.clone();
    Effect::new(move |_| {
        if state.get() == PromptState::Closed {
            drafts.forget(&forget);
        }
    });
    // The server's refusal goes to the fields that it names; what was typed stays.
    Effect::new(move |_| {
        let error = prompt.with(|prompt| prompt.as_ref().and_then(|prompt| prompt.error.clone()));
        let Some(error) = error.filter(|_| state.get_untracked() == PromptState::Open) else {
            problem.set(None);
            return;
        };
        let fields = validation_errors(&error);
        problem.set(fields.is_empty().then_some(error));
        if let Some(answer) = answer.get_untracked() {
            form_state.refuse(&answer.form, &fields);
        }
    });

    let send = {
        let key = key.clone();
        move || {
            let Some(Answer { class, form }) = answer.get_untracked() else { return };
            if !state.get_untracked().can_respond() {
                return;
            }
            match form_state.compose(&form) {
                Ok(value) => {
                    form_state.errors.set(Vec::new());
                    problem.set(run.respond.call(sequence, &class, &value).err().map(|error| error.to_string()));
                }
                Err(errors) => {
                    form_state.errors.set(errors);
                    if let Some(card) = node.get_untracked() {
                        request_animation_frame(move || focus_field(&card));
                    }
                }
            }
            drafts.set(&draft_key(&key, &class), form_state.inputs.get_untracked());
        }
    };
    let submit = {
        let send = send.clone();
        move |event: SubmitEvent| {
            event.prevent_default();
            send();
        }
    };
    let on_submit = Callback::new(move |()| send());

    // Made anew for another class only: what is typed must not vanish under the fingers when anything else changes.
    let fields = {
        let key = key.clone();
        move || {
            let answer = answer.get()?;
            let key = draft_key(&key, &answer.class);
            form_state.inputs.set(drafts.get(&key));
            Effect::new(move |_| drafts.set(&key, form_state.inputs.get()));
            Some(view! { <FormFields form=answer.form state=form_state on_submit=on_submit /> }.into_any())
        }
    };
    let other = move || {
        let texts = [problem.get().unwrap_or_default(), form_state.general()].into_iter().filter(|text| !text.is_empty());
        let text = texts.collect::<Vec<_>>().join("\n");
        (!text.is_empty()).then(|| view! { <p class="wf-error" role="alert">{text}</p> }.into_any())
    };
    let picker = move || {
        let names: Vec<String> = answers.with(|answers| answers.iter().map(|answer| answer.class.clone()).collect());
        (names.len() > 1).then(|| class_picker(names, chosen))
    };
    view! {
        <section
            class="wf-prompt"
            data-part="prompt"
            role="region"
            aria-label="Input required"
            data-handler-id=handler_id
            data-seq=sequence
            data-state=move || state.get().as_str()
            node_ref=node
        >
            <div class="wf-prompt__head">
                {icon(Icon::Hourglass)}
                "Input required"
                <span class="wf-prompt__from">
                    {move || prompt.with(|prompt| prompt.as_ref().map(|prompt| prompt.class.clone()))} " #" {sequence}
                </span>
            </div>
            <p class="wf-prompt__text">{move || prompt.with(|prompt| prompt.as_ref().map(Prompt::text))}</p>
            <form class="wf-form" novalidate on:submit=submit>
                {picker}
                <div class="wf-prompt__row">
                    <fieldset class="wf-prompt__fields" disabled=move || busy.get()>{fields}</fieldset>
                    <button type="submit" class="wf-button wf-button--primary" disabled=move || busy.get()>
                        {icon(Icon::Send)} "Send"
                    </button>
                </div>
                {other}
            </form>
            <p class="wf-prompt__state" role="status" hidden=move || state_words(state.get()).is_empty()>
                {move || state_words(state.get())}
                <span class="wf-mono wf-cut">{move || prompt.with(|prompt| prompt.as_ref().map(answered))}</span>
            </p>
        </section>
    }
    .into_any()
}

/// The stock question is most likely answered by the stock answer, a question of the workflow's own by one of its own.
fn likeliest_first(mut answers: Vec<Answer>, asked: &str) -> Vec<Answer> {
    let stock = asked == "InputRequiredEvent";
    answers.sort_by_key(|answer| (answer.class == "HumanResponseEvent") != stock);
    answers
}

fn draft_key(prompt: &str, class: &str) -> String {
    [prompt, class].join(" ")
}

fn class_picker(names: Vec<String>, chosen: RwSignal<Option<String>>) -> AnyView {
    let options = names
        .into_iter()
        .map(|name| view! { <option value=name.clone()>{name.clone()}</option> }.into_any())
        .collect_view();
    view! {
        <label class="wf-prompt__class">
            <span class="wf-muted">"Answer with"</span>
            <select class="wf-select" on:change=move |event| chosen.set(Some(event_target_value(&event)))>
                {options}
            </select>
        </label>
    }
    .into_any()
}

const fn state_words(state: PromptState) -> &'static str {
    match state {
        PromptState::Open | PromptState::Closed => "",
        PromptState::Sending => "Sending…",
        PromptState::Sent => "Sent. Waiting for the run to take it:",
        PromptState::Unhandled => "The server accepted the answer, but no step of the run wanted it. It can be answered again.",
        PromptState::Unknown => {
            "The connection broke while sending: the answer may have arrived or not. It is not sent again by itself; sending it again may answer twice."
        }
    }
}

/// Our own answer, while the run has not taken it yet.
fn answered(prompt: &Prompt) -> String {
    match (&prompt.sent, prompt.state) {
        (Some(sent), PromptState::Sending | PromptState::Sent) => preview(sent.value.as_str(), 120),
        _ => String::new(),
    }
}
