//! Finds the text in a payload.

use super::{Adds, Role};
use crate::json::preview;
use std::borrow::Cow;
use workflow_protocol::{RawJson, fields, text_of};

/// Fields with a piece of a message, likeliest first.
const PIECES: [&str; 7] = ["delta", "token", "text", "chunk", "content", "msg", "message"];
/// Fields with a message, likeliest first.
const MESSAGES: [&str; 8] = [
    "response", "message", "msg", "text", "content", "answer", "result", "output",
];

/// Characters of a result that is not text.
const RESULT: usize = 2000;

/// The text of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResultText {
    /// The text.
    pub text: String,
    /// Whether it is text, not JSON.
    pub in_words: bool,
}

/// The text of an event: of the given field, or of the first usual one.
pub(super) fn said(value: &str, field: &str, adds: Adds) -> Option<String> {
    let usual: &[&str] = match adds {
        Adds::Piece => &PIECES,
        Adds::Message => &MESSAGES,
    };
    let fields = fields(value).ok()?;
    find(&fields, field, usual)
}

fn find(fields: &[(String, RawJson)], field: &str, usual: &[&str]) -> Option<String> {
    let text = |name: &str| {
        let (_, value) = fields.iter().find(|(key, _)| key == name)?;
        message_words(value.as_str())
    };
    if field.is_empty() {
        usual.iter().find_map(|name| text(name))
    } else {
        text(field)
    }
}

/// A string, or the text of a chat message or a tool's output: of its blocks, or its content. `None` if it has neither.
pub fn message_words(value: &str) -> Option<String> {
    if let Some(text) = text_of(value) {
        return Some(text.into_owned());
    }
    let fields = fields(value).ok()?;
    let get = |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, value)| value);
    if let Some(blocks) = get("blocks").and_then(RawJson::elements) {
        let texts = blocks.iter().filter_map(|block| {
            let fields = self::fields(block.as_str()).ok()?;
            let (_, text) = fields.into_iter().find(|(key, _)| key == "text")?;
            text.text().map(Cow::into_owned)
        });
        return Some(texts.collect::<Vec<_>>().join("\n"));
    }
    ["content", "text"]
        .iter()
        .find_map(|name| get(name)?.text().map(Cow::into_owned))
}

/// The author, if the event or the message in it names one.
pub(super) fn role_in(value: &str) -> Option<Role> {
    match workflow_protocol::field_str(value, "role")?.as_str() {
        "user" | "human" => Some(Role::User),
        "assistant" | "ai" | "chatbot" | "model" => Some(Role::Assistant),
        "tool" | "function" => Some(Role::Tool),
        _ => None,
    }
}

/// The text of a stop event: of the given field, or of the first usual one; else all of it as JSON.
#[must_use]
pub fn result_text(value: &str, field: &str) -> Option<ResultText> {
    let fields = fields(value).ok()?;
    if let Some(text) = find(&fields, field, &MESSAGES) {
        let in_words = true;
        return (!text.trim().is_empty()).then_some(ResultText { text, in_words });
    }
    let result = fields.iter().find(|(name, _)| name == "result");
    let shown = result.map_or(value, |(_, value)| value.as_str());
    (!fields.is_empty() && shown != "null").then(|| ResultText {
        text: preview(shown, RESULT),
        in_words: false,
    })
}

/// The text of an answer: its only string, or all of it as JSON.
#[must_use]
pub fn answer_text(value: &str) -> String {
    match fields(value).as_deref() {
        Ok([(_, only)]) => only
            .text()
            .map_or_else(|| preview(only.as_str(), RESULT), Cow::into_owned),
        _ => preview(value, RESULT),
    }
}
