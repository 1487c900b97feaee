//! A run's events as a conversation: which events are messages or pieces of messages, and their texts.
//!
//! Streamed tokens are joined into one growing message, so the conversation is much shorter than the run.

mod rules;
mod texts;

pub use rules::{Adds, ChatRule, ChatRules, Role};
pub use texts::{answer_text, message_words, result_text};

use texts::{role_in, said};
use workflow_protocol::{EventKind, EventRef, prompt_text};

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its id within its transcript.
    pub id: u64,
    /// Its author.
    pub role: Role,
    /// Its text so far.
    pub text: String,
    /// The event that started it; `None` for text that a person wrote here.
    pub sequence: Option<u64>,
    /// Whether it is an open prompt of the run.
    pub question: bool,
    /// The sequence of the prompt that it answers.
    pub answers: Option<u64>,
    /// Whether more pieces may come.
    pub growing: bool,
    /// How often its text was replaced by one that does not start with it.
    pub rewritten: u32,
}

/// A conversation, folded from events as they arrive.
///
/// ```
/// use workflow_inspector::chat::{ChatRules, Role, Transcript};
///
/// let mut chat = Transcript::new(ChatRules::default());
/// chat.say("Hello?");
/// assert_eq!(chat.messages()[0].role, Role::User);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Transcript {
    rules: ChatRules,
    messages: Vec<Message>,
    next: u64,
    /// The class of the pieces of the last message, while it grows.
    growing: Option<String>,
    /// Where the current run starts.
    run: usize,
}

impl Transcript {
    /// An empty conversation.
    #[must_use]
    pub fn new(rules: ChatRules) -> Self {
        Self {
            rules,
            ..Self::default()
        }
    }

    /// The messages, in order.
    #[must_use]
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// The message with this id.
    #[must_use]
    pub fn message(&self, id: u64) -> Option<&Message> {
        self.messages.iter().rev().find(|message| message.id == id)
    }

    /// Adds a message of a person; returns its id.
    pub fn say(&mut self, text: &str) -> u64 {
        self.close();
        self.push(Role::User, text.to_owned(), None);
        self.next - 1
    }

    /// Later events belong to another run; the messages stay.
    pub fn next_run(&mut self) {
        self.close();
        // The message that started the run belongs to it.
        let said = self.messages.iter().rev();
        self.run = self.messages.len() - said.take_while(|message| message.role == Role::User).count();
    }

    /// Removes all messages.
    pub fn clear(&mut self) {
        self.messages.clear();
        self.growing = None;
        self.run = 0;
    }

    /// Removes the message with this id.
    pub fn remove(&mut self, id: u64) {
        self.messages.retain(|message| message.id != id);
        self.run = self.run.min(self.messages.len());
    }

    /// Sets the answer to a prompt of this run, which follows it; `None` removes it. Returns whether anything changed.
    pub fn answer(&mut self, question: u64, text: Option<&str>) -> bool {
        let run = self.messages.get(self.run..).unwrap_or_default();
        let Some(at) = run
            .iter()
            .rposition(|message| message.question && message.sequence == Some(question))
        else {
            return false;
        };
        let behind = self.run + at + 1;
        let known = self.messages.get_mut(behind);
        let known = known.filter(|message| message.answers == Some(question));
        match (known, text) {
            (Some(known), Some(text)) if known.text == text => return false,
            (Some(known), Some(text)) => rewrite(known, text),
            (Some(_), None) => {
                self.messages.remove(behind);
            }
            (None, Some(text)) => {
                let message = self.message_of(Role::User, text.to_owned(), None);
                self.messages.insert(
                    behind,
                    Message {
                        answers: Some(question),
                        ..message
                    },
                );
            }
            (None, None) => return false,
        }
        true
    }

    /// Handles the next event.
    pub fn take(&mut self, event: &EventRef<'_>) {
        let Some(value) = event.value else { return };
        match event.kind {
            kind if kind.is_internal() => {}
            EventKind::InputRequired => {
                self.close();
                self.push(Role::Assistant, prompt_text(value), Some(event.sequence));
                if let Some(message) = self.messages.last_mut() {
                    message.question = true;
                }
            }
            EventKind::Stop => {
                let shown = self.rules.result && self.show_result(value, event.sequence);
                if !shown {
                    self.close();
                }
            }
            kind if kind.is_terminal() => self.close(),
            _ => self.take_plain(event, value),
        }
    }

    fn take_plain(&mut self, event: &EventRef<'_>, value: &str) {
        let class = event.class;
        let rule = self.rules.events.iter().find(|rule| class.is(&rule.class));
        let Some(rule) = rule else { return };
        let (adds, role) = (rule.adds, role_in(value).unwrap_or(rule.role));
        let said = said(value, &rule.field, adds);
        match (adds, said) {
            (Adds::Piece, Some(piece)) if !piece.is_empty() => {
                self.grow(&class.name, role, &piece, event.sequence);
            }
            (Adds::Piece, _) => {}
            (Adds::Message, Some(text)) if !text.trim().is_empty() => self.whole(role, text, event.sequence),
            (Adds::Message, _) => self.close(),
        }
    }

    fn grow(&mut self, class: &str, role: Role, piece: &str, sequence: u64) {
        let same = self.growing.as_deref() == Some(class);
        match self.messages.last_mut().filter(|last| same && last.role == role) {
            Some(last) => last.text.push_str(piece),
            None => {
                self.close();
                self.push(role, piece.to_owned(), Some(sequence));
                self.growing = Some(class.to_owned());
                if let Some(last) = self.messages.last_mut() {
                    last.growing = true;
                }
            }
        }
    }

    /// A complete message, which may be the one that was just streamed.
    fn whole(&mut self, role: Role, text: String, sequence: u64) {
        let streamed = self.growing.is_some();
        self.close();
        let last = self.last_said(role);
        if let Some(last) = last {
            let (known, new) = (last.text.trim(), text.trim());
            if known == new {
                return;
            }
            if streamed && (new.contains(known) || known.ends_with(new)) {
                return rewrite(last, &text);
            }
        }
        self.push(role, text, Some(sequence));
    }

    /// The result of the run, unless it repeats a message. A result without text is shown only if there is no other message. `false` if
    /// there was nothing to show.
    fn show_result(&mut self, value: &str, sequence: u64) -> bool {
        let Some(result) = result_text(value, &self.rules.result_field) else {
            return false;
        };
        if result.in_words || self.last_said(Role::Assistant).is_none() {
            self.whole(Role::Assistant, result.text, sequence);
            return true;
        }
        false
    }

    /// The latest message of this role since the last one of a person.
    fn last_said(&mut self, role: Role) -> Option<&mut Message> {
        let run = self.messages.get_mut(self.run..)?;
        let mut since = run
            .iter_mut()
            .rev()
            .take_while(|message| message.role != Role::User);
        since.find(|message| message.role == role && !message.question)
    }

    fn close(&mut self) {
        // Only a growing message has to be searched for, because there may be many others.
        if self.growing.take().is_none() {
            return;
        }
        if let Some(last) = self.messages.iter_mut().rev().find(|message| message.growing) {
            last.growing = false;
        }
    }

    fn push(&mut self, role: Role, text: String, sequence: Option<u64>) {
        let message = self.message_of(role, text, sequence);
        self.messages.push(message);
    }

    fn message_of(&mut self, role: Role, text: String, sequence: Option<u64>) -> Message {
        let id = self.next;
        self.next += 1;
        Message {
            id,
            role,
            text,
            sequence,
            question: false,
            answers: None,
            growing: false,
            rewritten: 0,
        }
    }
}

fn rewrite(message: &mut Message, text: &str) {
    if !text.starts_with(&message.text) {
        message.rewritten += 1;
    }
    text.clone_into(&mut message.text);
}
