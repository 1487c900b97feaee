//! `<workflow-chat>`: a conversation with a workflow.

use crate::told::{Telling, tell, tell_started};
use crate::view::{Attributes, Context};
use std::rc::Rc;
use workflow_protocol::{Handler, RawJson};
use workflow_ui_components::chat::{ChatOptions, ChatParts, ChatRule, ChatRules, Role};
use workflow_ui_components::reactive::untrack;
use workflow_ui_components::ui::{Call, El, Live, Var, div, dynamic, effect};

pub(crate) fn chat(context: &Context) -> El {
    let (run, shown) = context.follow();
    let attributes = context.attributes;
    let port = Rc::clone(&context.port);
    tell(run, shown, Rc::clone(&port), Telling::All);
    let workflow = attributes.text("workflow");
    let on_started = Call::new(move |handler: Handler| {
        tell_started(&port, &workflow.peek(), &handler, None);
    });
    let handler_id = Var::new(shown.peek());
    effect(move || {
        let now = shown.get();
        if handler_id.peek() != now {
            handler_id.set(now);
        }
    });
    conversation(workflow, handler_id, on_started, attributes)
}

fn conversation(
    workflow: Live<String>,
    handler_id: Var<String>,
    on_started: Call<Handler>,
    attributes: Attributes,
) -> El {
    div("wf-element__fill").child(dynamic(move || {
        let options = options(attributes);
        untrack(|| {
            let parts = ChatParts {
                workflow,
                handler_id,
                on_started,
                options,
            };
            workflow_ui_components::chat::chat(parts)
        })
    }))
}

fn options(attributes: Attributes) -> ChatOptions {
    let default = ChatOptions::default();
    let list = |name| attributes.get(name).unwrap_or_default();
    let pieces = list("pieces");
    let pieces = rules(&pieces).map(|(class, field)| ChatRule::piece(class, field));
    let messages = list("messages");
    let messages = rules(&messages).map(|(class, field)| ChatRule::message(class, Role::Assistant, field));
    let input = attributes
        .get("input")
        .and_then(|input| RawJson::parse(input).ok());
    ChatOptions {
        rules: ChatRules::with(pieces.chain(messages).collect()),
        field: attributes.get("field").unwrap_or_default(),
        input: input.unwrap_or_default(),
        placeholder: attributes.get("placeholder").unwrap_or(default.placeholder),
        ..default
    }
}

/// `Class.field`, or a class whose field has one of the usual names, any number of them.
fn rules(list: &str) -> impl Iterator<Item = (&str, &str)> {
    list.split_whitespace()
        .map(|rule| rule.split_once('.').unwrap_or((rule, "")))
}
