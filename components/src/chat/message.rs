//! One message of a chat.

use super::aim::Aim;
use super::conversation::Conversation;
use super::sender::Sender;
use super::text_view::MessageText;
use crate::prompt::{Card, offered};
use leptos::prelude::*;
use workflow_inspector::chat::{Message, Role};

/// A message of the user, the workflow or a tool; of a prompt also what answers it.
#[component]
pub(super) fn ChatMessage(chat: Conversation, sender: Sender, id: u64) -> impl IntoView {
    let head = |message: &Message| (message.role, message.sequence, message.question);
    let (role, sequence, is_question) = chat.talk.read(id, head).unwrap_or((Role::Tool, None, false));
    let question = sequence.filter(|_| is_question);
    let is_growing = RwSignal::new(false);
    let has_card = Memo::new(move |_| question.is_some_and(|sequence| chat.has_card(sequence)));
    let state =
        move || question.and_then(|sequence| chat.prompt(sequence, |prompt| Some(prompt.state.as_str())));
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
            {question.map(|sequence| view! { <Reply chat sender sequence has_card /> })}
        </div>
    }
}

/// The card of a prompt, if a line of text cannot answer it, or its suggested answers.
#[component]
fn Reply(chat: Conversation, sender: Sender, sequence: u64, has_card: Memo<bool>) -> impl IntoView {
    let Conversation {
        run,
        prompts,
        answers,
        aim,
        ..
    } = chat;
    // The prompts of a run that continues the conversation have other keys.
    let key = prompts.with_untracked(|prompts| prompts.key(sequence));
    let offers = Memo::new(move |_| {
        if aim.get() == Aim::Answer(sequence) {
            chat.prompt(sequence, offered)
        } else {
            Vec::new()
        }
    });
    let suggestions = move || {
        let offers = offers.get();
        (!offers.is_empty()).then(|| {
            let buttons: Vec<_> = offers
                .into_iter()
                .map(|offer| {
                    let label = offer.clone();
                    view! {
                        <button type="button" class="wf-button" on:click=move |_| sender.send(offer.clone())>
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
            <Card run prompts answers key=key.clone() />
        </Show>
        {suggestions}
    }
}
