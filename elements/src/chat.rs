//! `<workflow-chat>`: a conversation with a workflow.

use crate::element::Element;
use crate::run_events::{Scope, dispatch_run_events, dispatch_started};
use leptos::prelude::*;
use workflow_protocol::RawJson;
use workflow_ui_components::chat::{Chat, ChatOptions, ChatRule, ChatRules, Role};
use workflow_ui_components::start::Started;

#[component]
pub(crate) fn WorkflowChat(element: Element) -> impl IntoView {
    let run = element.watch_run();
    dispatch_run_events(element, run, Scope::All);
    let workflow = element.text("workflow");
    // Set when the chat starts a run; the page then sets the attribute, or does not.
    let handler_id = RwSignal::new(run.handler_id.get_untracked());
    let on_started = Callback::new(move |started: Started| {
        handler_id.set(Some(started.handler_id.clone()));
        dispatch_started(element, &started);
    });
    Effect::new(move |_| {
        let named = run.handler_id.get();
        if handler_id.with_untracked(|id| *id != named) {
            handler_id.set(named);
        }
    });
    let options = Memo::new(move |_| options(element));
    let version = Memo::new(move |before: Option<&u32>| {
        options.with(|_| ());
        before.map_or(0, |before| before.wrapping_add(1))
    });
    view! {
        <div class="wf-element__fill">
            // The key replaces the chat when its options change.
            <For
                each=move || [version.get()]
                key=|version| *version
                children=move |_| {
                    view! { <Chat workflow handler_id on_started options=options.get_untracked() /> }
                }
            />
        </div>
    }
}

fn options(element: Element) -> ChatOptions {
    let default = ChatOptions::default();
    let list = |name| element.attribute(name).unwrap_or_default();
    let pieces = list("pieces");
    let pieces = rules(&pieces).map(|(class, field)| ChatRule::piece(class, field));
    let messages = list("messages");
    let messages = rules(&messages).map(|(class, field)| ChatRule::message(class, Role::Assistant, field));
    let input = element
        .attribute("input")
        .and_then(|input| RawJson::parse(input).ok());
    ChatOptions {
        rules: ChatRules::with(pieces.chain(messages).collect()),
        field: element.attribute("field").unwrap_or_default(),
        input: input.unwrap_or_default(),
        placeholder: element.attribute("placeholder").unwrap_or(default.placeholder),
        ..default
    }
}

/// Any number of `Class.field`, or of classes whose field has one of the usual names.
fn rules(list: &str) -> impl Iterator<Item = (&str, &str)> {
    list.split_whitespace()
        .map(|rule| rule.split_once('.').unwrap_or((rule, "")))
}
