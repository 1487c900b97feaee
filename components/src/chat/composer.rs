//! The input of a chat.

use super::aim::Aim;
use super::conversation::Conversation;
use super::sender::Sender;
use crate::dom::{key_press, unique_id};
use crate::icon::{Icon, IconView};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::{KeyboardEvent, SubmitEvent};

#[component]
pub(super) fn Composer(chat: Conversation, sender: Sender, placeholder: String) -> impl IntoView {
    let Sender {
        text,
        can_send,
        problem,
        ..
    } = sender;
    let id = unique_id("chat");
    let area_id = id.clone();
    let hint_id = format!("{id}-hint");
    let described_by = hint_id.clone();
    let invitation = move || match chat.aim.get() {
        Aim::Start => placeholder.clone(),
        Aim::Answer(_) => String::from("Answer the question"),
        Aim::Card => String::from("Answer in the form above"),
        Aim::Wait => String::from("The workflow is at work"),
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        sender.send_input();
    };
    let send_on_enter = move |event: KeyboardEvent| {
        if key_press(&event).is_some_and(|key| key.key() == "Enter" && !key.shift_key()) {
            event.prevent_default();
            sender.send_input();
        }
    };
    let typed = move |event| {
        text.set(event_target_value(&event));
        problem.set(String::new());
    };
    let is_empty = Memo::new(move |_| text.with(|text| text.trim().is_empty()));
    view! {
        <form
            class="wf-chat__form"
            data-part="chat-form"
            part="chat-form"
            aria-label="Send message"
            novalidate=true
            on:submit=submit
        >
            {move || {
                let problem = problem.get();
                (!problem.is_empty())
                    .then(|| view! { <p class="wf-error" role="alert">{problem}</p> })
            }}
            <div class="wf-chat__row">
                <label class="wf-sr" for=id>
                    "Message"
                </label>
                <textarea
                    class="wf-input wf-chat__input"
                    id=area_id
                    name="message"
                    rows="1"
                    autocomplete="off"
                    aria-describedby=described_by
                    placeholder=invitation
                    prop:value=text
                    on:input=typed
                    on:keydown=send_on_enter
                ></textarea>
                <p class="wf-sr" id=hint_id>
                    "Enter sends, Shift and Enter begin a new line."
                </p>
                <StopButton chat sender />
                <button
                    type="submit"
                    class="wf-button wf-button--primary"
                    disabled=move || !can_send.get() || is_empty.get()
                >
                    <IconView icon=Icon::Send />
                    <span class="wf-chat__word">"Send"</span>
                </button>
            </div>
        </form>
    }
}

/// Cancels the run.
#[component]
fn StopButton(chat: Conversation, sender: Sender) -> impl IntoView {
    let cancel = move |_| {
        let answer = chat.run.cancel.call();
        spawn_local(async move {
            if let Err(error) = answer.await {
                sender.fail(error.to_string());
            }
        });
    };
    view! {
        <button
            type="button"
            class="wf-button"
            hidden=move || chat.aim.get() == Aim::Start || sender.is_creating.get()
            on:click=cancel
        >
            <IconView icon=Icon::Stop />
            <span class="wf-chat__word">"Cancel run"</span>
        </button>
    }
}
