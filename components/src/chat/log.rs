//! The messages, oldest first, in a log that follows its end.

use super::talk::Talk;
use super::text_view::TextView;
use super::{Aim, has_card, question};
use crate::dom::{attribute, scrolls};
use crate::icon::{Icon, icon};
use crate::prompt::{Answers, offered, prompt_card};
use crate::ui::{
    Call, Dynamic, El, Live, Var, after, button, div, dynamic, each, effect, frame, memo, now, show, span,
};
use std::cell::Cell;
use std::rc::Rc;
use web_sys::HtmlElement;
use workflow_inspector::chat::Role;
use workflow_ui_core::UseWorkflowHandlerReturn;

/// Messages that are shown at first, and that each "earlier" adds.
const SHOWN: usize = 100;

/// How near the end counts as the end, in pixels.
const NEAR: i32 = 32;

/// How often, at most, news are told to assistive technology, in milliseconds.
const NEWS_EVERY: i32 = 1000;

/// What the log and its messages need to know of the chat around them.
#[derive(Clone, Copy)]
pub(super) struct Inside {
    pub(super) run: UseWorkflowHandlerReturn,
    pub(super) handler_id: Var<String>,
    pub(super) aim: Live<Aim>,
    pub(super) answers: Answers,
    pub(super) send: Call<String>,
}

/// The log and what stands around it.
pub(super) fn log(talk: &Rc<Talk>, inside: Inside, empty: String) -> El {
    let Inside { handler_id, aim, .. } = inside;
    let many = Var::new(SHOWN);
    let at_end = Var::new(true);
    let (keys, views, all, none) = (Rc::clone(talk), Rc::clone(talk), Rc::clone(talk), Rc::clone(talk));
    let messages = each(
        move || {
            keys.shape.track();
            keys.newest(many.get())
        },
        move |id| message(&views, id.parse().unwrap_or_default(), inside),
    );
    let scroller = div("wf-chat__log wf-scroll");
    let (node, earlier_node) = (scroller.node().clone(), scroller.node().clone());
    let earlier = button("wf-link wf-chat__earlier")
        .flag("hidden", move || {
            all.shape.track();
            all.count() <= many.get()
        })
        .text("Show earlier messages")
        .on("click", move |_| {
            let below = earlier_node.scroll_height() - earlier_node.scroll_top();
            many.set(many.peek() + SHOWN);
            let node = earlier_node.clone();
            // What was read stays where it stood.
            frame(move || node.set_scroll_top(node.scroll_height() - below));
        });
    follow(talk, &node, at_end, aim);
    let (count, growing) = (Rc::clone(talk), Rc::clone(talk));
    let seen = node.clone();
    let scroller = scroller
        .attr("data-part", "chat-log")
        .attr("role", "log")
        .attr("aria-label", "Conversation")
        // Every piece of a streamed message would be read out; whole messages are told by the status below.
        .attr("aria-live", "off")
        .attr("tabindex", "0")
        .attr("data-count", move || {
            count.shape.track();
            count.count()
        })
        .on("scroll", move |_| at_end.set(is_at_end(&seen)))
        .child(earlier)
        .child(messages)
        .child(
            div("wf-chat__busy")
                .attr("data-part", "chat-busy")
                .flag("hidden", move || {
                    growing.said.track();
                    aim.get() != Aim::Wait || growing.is_growing()
                })
                .child(span("wf-chat__dots").attr("aria-hidden", true))
                .child(span("wf-sr").text("The workflow is at work")),
        );
    let newest = button("wf-button wf-chat__newest")
        .flag("hidden", move || at_end.get())
        .child(icon(Icon::Tail))
        .text("Newest message")
        .on("click", move |_| {
            at_end.set(true);
            to_end(&node);
        });
    div("wf-chat__place")
        .child(scroller)
        .child(
            crate::ui::el("p")
                .class("wf-empty wf-chat__empty")
                .flag("hidden", move || {
                    none.shape.track();
                    none.count() > 0 || aim.get() != Aim::Start || handler_id.with(|id| !id.is_empty())
                })
                .text(empty),
        )
        .child(newest)
        .child(span("wf-sr").attr("role", "status").text(news(talk)))
}

fn message(talk: &Rc<Talk>, id: u64, inside: Inside) -> El {
    let Some(first) = talk.look(id, Clone::clone) else {
        return div("");
    };
    let element = div("wf-chat__message");
    let body = div("wf-chat__text");
    let bounded = body.node().clone();
    let again = Var::new(0_u32);
    let view = TextView::new(body.node().clone(), move || again.set(again.peek() + 1));
    let node = element.node().clone();
    let written = Rc::clone(talk);
    now(move || {
        again.track();
        let changes = written.look(id, |message| {
            view.show(&message.text, message.rewritten);
            attribute(&node, "data-growing", message.growing.then_some(""));
            message.growing || message.answers.is_some()
        });
        // What is whole stays as it is, and need not be looked at with every piece of another.
        if changes == Some(true) {
            written.said.track();
        }
    });
    if first.role == Role::Tool {
        scrolls(&bounded);
    }
    let who = match first.role {
        Role::User => "You: ",
        Role::Assistant => "Workflow: ",
        Role::Tool => "Tool: ",
    };
    let element = element
        .attr("data-part", "message")
        .attr("data-role", first.role.as_str())
        .attr("data-seq", first.sequence);
    let bubble = div("wf-chat__bubble").child(span("wf-sr").text(who)).child(body);
    match first.sequence.filter(|_| first.question) {
        Some(sequence) => asking(element.attr("data-question", ""), bubble, sequence, inside),
        None => element.child(bubble),
    }
}

/// A question: its words and what it offers, or a card where a line of text is not enough.
fn asking(element: El, bubble: El, sequence: u64, inside: Inside) -> El {
    let Inside {
        run,
        handler_id,
        aim,
        answers,
        send,
    } = inside;
    let card = memo(move || {
        answers
            .classes
            .with(|answers| question(run, sequence, |prompt| has_card(prompt, answers)))
    });
    let state = move || question(run, sequence, |prompt| Some(prompt.state.as_str()));
    element
        .attr("data-state", state)
        .child(bubble.flag("hidden", move || card.get()))
        .child(show(
            move || card.get(),
            move || prompt_card(run, handler_id.peek(), sequence, answers),
        ))
        .child(offers(run, sequence, aim, send))
}

/// The answers that the question itself offers, one press away.
fn offers(run: UseWorkflowHandlerReturn, sequence: u64, aim: Live<Aim>, send: Call<String>) -> Dynamic {
    let offered = memo(move || {
        if aim.get() == Aim::Answer(sequence) {
            question(run, sequence, offered)
        } else {
            Vec::new()
        }
    });
    dynamic(move || {
        let offered = offered.get();
        (!offered.is_empty()).then(|| {
            let buttons = offered.into_iter().map(|offer| {
                button("wf-button")
                    .text(offer.as_str())
                    .on("click", move |_| send.run(offer.clone()))
            });
            div("wf-chat__offers")
                .attr("role", "group")
                .attr("aria-label", "Suggested answers")
                .child(buttons.collect::<Vec<El>>())
        })
    })
}

fn is_at_end(node: &HtmlElement) -> bool {
    node.scroll_height() - node.scroll_top() - node.client_height() <= NEAR
}

fn to_end(node: &HtmlElement) {
    node.set_scroll_top(node.scroll_height());
}

/// Keeps to the end while the person reads there.
fn follow(talk: &Rc<Talk>, node: &HtmlElement, at_end: Var<bool>, aim: Live<Aim>) {
    let (talk, node) = (Rc::clone(talk), node.clone());
    let waiting = Rc::new(Cell::new(false));
    effect(move || {
        talk.said.track();
        // A card or the sign of work comes and goes with it.
        let _ = aim.get();
        if !at_end.peek() || waiting.replace(true) {
            return;
        }
        let (waiting, node) = (Rc::clone(&waiting), node.clone());
        frame(move || {
            waiting.set(false);
            to_end(&node);
        });
    });
}

/// The words of the status that tells whole messages, the newest only.
fn news(talk: &Rc<Talk>) -> impl Fn() -> String + use<> {
    let told = Var::new(String::new());
    let known = Rc::new(Cell::new(None));
    let waiting = Rc::new(Cell::new(false));
    let talk = Rc::clone(talk);
    effect(move || {
        talk.said.track();
        let newest = talk.newest_whole().map(|(id, _)| id);
        if newest == known.get() || waiting.replace(true) {
            return;
        }
        let (talk, known, waiting) = (Rc::clone(&talk), Rc::clone(&known), Rc::clone(&waiting));
        after(NEWS_EVERY, move || {
            waiting.set(false);
            if let Some((id, words)) = talk.newest_whole() {
                known.set(Some(id));
                told.set(words);
            }
        });
    });
    move || told.get()
}
