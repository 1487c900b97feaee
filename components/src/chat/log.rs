//! The messages, oldest first, in a log that follows its end.

use super::aim::Aim;
use super::conversation::Conversation;
use super::message::ChatMessage;
use super::sender::Sender;
use super::talk::Talk;
use crate::icon::{Icon, IconView};
use leptos::{html, prelude::*};
use std::time::Duration;
use web_sys::HtmlElement;

/// Messages that are shown at first, and that each "earlier" adds.
const SHOWN: usize = 100;

/// How near to the end counts as the end, in pixels.
const NEAR: i32 = 32;

/// The least time between two announcements to assistive technology.
const ANNOUNCE_EVERY: Duration = Duration::from_secs(1);

#[component]
pub(super) fn ChatLog(
    chat: Conversation,
    sender: Sender,
    /// The text of an empty conversation.
    empty: String,
) -> impl IntoView {
    let Conversation {
        handler_id,
        aim,
        talk,
        ..
    } = chat;
    let limit = RwSignal::new(SHOWN);
    let at_end = RwSignal::new(true);
    let log = NodeRef::<html::Div>::new();
    follow_end(log, talk, at_end, aim);
    let announced = announcement(talk);
    let count = Memo::new(move |_| {
        talk.shape.track();
        talk.count()
    });
    let ids = move || {
        talk.shape.track();
        talk.newest(limit.get())
    };
    let is_empty = move || count.get() == 0 && aim.get() == Aim::Start && handler_id.with(Option::is_none);
    let is_busy = Memo::new(move |_| {
        talk.said.track();
        aim.get() == Aim::Wait && !talk.is_growing()
    });
    let scrolled = move |_| {
        if let Some(log) = log.try_get_untracked().flatten() {
            at_end.try_set(is_at_end(&log));
        }
    };
    let show_earlier = move |_| {
        let Some(node) = log.get_untracked() else { return };
        let below = node.scroll_height() - node.scroll_top();
        limit.update(|limit| *limit += SHOWN);
        // What the user reads stays where it is.
        request_animation_frame(move || node.set_scroll_top(node.scroll_height() - below));
    };
    let to_newest = move |_| {
        at_end.set(true);
        if let Some(log) = log.get_untracked() {
            to_end(&log);
        }
    };
    view! {
        <div class="wf-chat__place">
            // Each piece of a streamed message would be read out: the status below announces whole messages.
            <div
                class="wf-chat__log wf-scroll"
                data-part="chat-log"
                part="chat-log"
                role="log"
                aria-label="Conversation"
                aria-live="off"
                tabindex="0"
                data-count=count
                node_ref=log
                on:scroll=scrolled
            >
                <button
                    type="button"
                    class="wf-link wf-chat__earlier"
                    hidden=move || count.get() <= limit.get()
                    on:click=show_earlier
                >
                    "Show earlier messages"
                </button>
                <For each=ids key=|id| *id let:id>
                    <ChatMessage chat sender id />
                </For>
                <div
                    class="wf-chat__busy"
                    data-part="chat-busy"
                    part="chat-busy"
                    hidden=move || !is_busy.get()
                >
                    <span class="wf-chat__dots" aria-hidden="true"></span>
                    <span class="wf-sr">"The workflow is at work"</span>
                </div>
            </div>
            <p class="wf-empty wf-chat__empty" hidden=move || !is_empty()>
                {empty}
            </p>
            <button
                type="button"
                class="wf-button wf-chat__newest"
                hidden=move || at_end.get()
                on:click=to_newest
            >
                <IconView icon=Icon::Tail />
                "Newest message"
            </button>
            <span class="wf-sr" role="status">
                {announced}
            </span>
        </div>
    }
}

fn is_at_end(node: &HtmlElement) -> bool {
    node.scroll_height() - node.scroll_top() - node.client_height() <= NEAR
}

fn to_end(node: &HtmlElement) {
    node.set_scroll_top(node.scroll_height());
}

/// Scrolls to the end when something is added, while the user reads there.
fn follow_end(log: NodeRef<html::Div>, talk: Talk, at_end: RwSignal<bool>, aim: Memo<Aim>) {
    let is_scheduled = StoredValue::new(false);
    Effect::new(move |_| {
        talk.said.track();
        // A card, or the sign that the workflow is running, comes and goes with it.
        aim.with(|_| ());
        if !at_end.get_untracked() || is_scheduled.get_value() {
            return;
        }
        is_scheduled.set_value(true);
        request_animation_frame(move || {
            if let Some(log) = log.try_get_untracked().flatten() {
                is_scheduled.set_value(false);
                to_end(&log);
            }
        });
    });
}

/// The newest whole message, for assistive technology.
fn announcement(talk: Talk) -> RwSignal<String> {
    let announced = RwSignal::new(String::new());
    let last = StoredValue::new(None::<u64>);
    let is_scheduled = StoredValue::new(false);
    Effect::new(move |_| {
        talk.said.track();
        let newest = talk.newest_whole().map(|(id, _)| id);
        if newest == last.get_value() || is_scheduled.get_value() {
            return;
        }
        is_scheduled.set_value(true);
        let announce = move || {
            if is_scheduled.try_set_value(false).is_some() {
                return;
            }
            if let Some((id, text)) = talk.newest_whole() {
                last.set_value(Some(id));
                announced.set(text);
            }
        };
        set_timeout(announce, ANNOUNCE_EVERY);
    });
    announced
}
