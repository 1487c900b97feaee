//! One message of a chat.

use super::aim::{Aim, has_card};
use super::conversation::Conversation;
use super::sender::Sender;
use super::text_view::MessageText;
use crate::prompt::{Card, PromptKey, offered};
use leptos::prelude::*;
use workflow_inspector::chat::{Message, Role};
use workflow_protocol::Prompt;

/// A message of the user, the workflow or a tool; of a prompt also what answers it.
#[component]
pub(super) fn ChatMessage(chat: Conversation, sender: Sender, id: u64) -> impl IntoView {
    let head = |message: &Message| (message.role, message.sequence, message.question);
    let (role, sequence, is_question) = chat.talk.read(id, head).unwrap_or((Role::Tool, None, false));
    let question = sequence.filter(|_| is_question);
    let Conversation { prompts, answers, .. } = chat;
    let is_growing = RwSignal::new(false);
    // The next run of the same handler may have a prompt with the same sequence.
    let key = Memo::new(move |before: Option<&Option<PromptKey>>| {
        before.cloned().flatten().or_else(|| {
            let run_id = chat.talk.run_of(id)?;
            let key = prompts.with(|prompts| prompts.key(question?))?;
            (*key.run_id == *run_id).then_some(key)
        })
    });
    let has_card = Memo::new(move |_| {
        let has_card = |prompt: &Prompt| answers.with(|answers| has_card(prompt, answers));
        key.with(|key| chat.prompt(key.as_ref()?, |prompt| Some(has_card(prompt)))) == Some(true)
    });
    let state = move || {
        let state = |prompt: &Prompt| Some(prompt.state.as_str());
        key.with(|key| chat.prompt(key.as_ref()?, state))
    };
    let who = match role {
        Role::User => "You: ",
        Role::Assistant => "Workflow: ",
        Role::Tool => "Tool: ",
    };
    view! {
        <div
            class="wf-chat__message"
            data-part="message"
            part="message"
            data-role=role.as_str()
            data-seq=sequence
            data-growing=move || is_growing.get().then_some("")
            data-question=question.map(|_| "")
            data-state=state
        >
            <div class="wf-chat__bubble" hidden=move || has_card.get()>
                <span class="wf-sr">{who}</span>
                <MessageText talk=chat.talk id is_growing is_bounded={role == Role::Tool} />
            </div>
            {question.map(|_| view! { <Reply chat sender key has_card /> })}
        </div>
    }
}

/// The card of a prompt, if a line of text cannot answer it, or its suggested answers.
#[component]
fn Reply(
    chat: Conversation,
    sender: Sender,
    key: Memo<Option<PromptKey>>,
    has_card: Memo<bool>,
) -> impl IntoView {
    let Conversation {
        run,
        prompts,
        answers,
        aim,
        ..
    } = chat;
    let offers = Memo::new(move |_| {
        key.with(|key| match (aim.get(), key) {
            (Aim::Answer(sequence), Some(key)) if key.sequence == sequence => chat.prompt(key, offered),
            _ => Vec::new(),
        })
    });
    let suggestions = move || {
        let offers = offers.get();
        (!offers.is_empty()).then(|| {
            let buttons: Vec<_> = offers
                .into_iter()
                .map(|offer| {
                    let label = offer.clone();
                    view! {
                        <button type="button" class="wf-button" on:click=move |_| sender.send(&offer)>
                            {label}
                        </button>
                    }
                })
                .collect();
            view! {
                <div class="wf-chat__offers" role="group" aria-label="Suggested answers">
                    {buttons}
                </div>
            }
        })
    };
    view! {
        <Show when=move || has_card.get()>
            {key.get_untracked().map(|key| view! { <Card run prompts answers key /> })}
        </Show>
        {suggestions}
    }
}
