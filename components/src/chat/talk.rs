//! The conversation that is shown, and who is told when it changes.

use crate::ui::Var;
use std::cell::{Cell, RefCell};
use workflow_inspector::chat::{ChatRules, Message, Role, Transcript, answer_text};
use workflow_protocol::{Prompt, PromptState};
use workflow_ui_core::Events;

/// A conversation and how far the run's events were read into it.
pub(super) struct Talk {
    transcript: RefCell<Transcript>,
    events: RefCell<Events>,
    read: Cell<usize>,
    /// The handler whose run this is.
    handler: RefCell<String>,
    /// Changes when messages come or go.
    pub(super) shape: Var<u32>,
    /// Changes when anything was said.
    pub(super) said: Var<u32>,
}

impl Talk {
    pub(super) fn new(rules: ChatRules) -> Self {
        Self {
            transcript: RefCell::new(Transcript::new(rules)),
            events: RefCell::default(),
            read: Cell::new(0),
            handler: RefCell::default(),
            shape: Var::new(0),
            said: Var::new(0),
        }
    }

    /// The run of this handler is shown: another conversation, unless this one led to it.
    pub(super) fn open(&self, handler: &str) {
        if *self.handler.borrow() == handler {
            return;
        }
        handler.clone_into(&mut self.handler.borrow_mut());
        self.change(Transcript::clear);
    }

    /// What is said here led to a run of this handler.
    pub(super) fn leads_to(&self, handler: &str) {
        handler.clone_into(&mut self.handler.borrow_mut());
    }

    /// The run's events as they are now.
    pub(super) fn take(&self, events: Events) {
        let events = events.with_internal(false);
        let same = self.events.borrow().same_run(&events);
        if !same {
            self.read.set(0);
        }
        let rows = self.read.get()..events.len();
        self.read.set(rows.end);
        if !same || !rows.is_empty() {
            self.change(|transcript| {
                if !same {
                    transcript.next_run();
                }
                events.for_each(rows, |_, event| transcript.take(&event));
            });
        }
        self.events.replace(events);
    }

    /// What became of a question. The answer of one with a card stands in the card as long as that is there.
    pub(super) fn answered(&self, prompt: &Prompt, card: bool) {
        let sent = prompt.sent.as_ref().filter(|_| !card);
        // An answer that was refused was never given.
        let sent = sent.filter(|_| prompt.state != PromptState::Open);
        let text = sent.map(|sent| answer_text(sent.value.as_str()));
        let changed = self
            .transcript
            .borrow_mut()
            .answer(prompt.sequence, text.as_deref());
        if changed {
            self.changed(true);
        }
    }

    /// A person wrote something.
    pub(super) fn say(&self, text: &str) -> u64 {
        let said = self.transcript.borrow_mut().say(text);
        self.changed(true);
        said
    }

    /// What was said could not be sent.
    pub(super) fn unsay(&self, id: u64) {
        self.change(|transcript| transcript.remove(id));
    }

    /// Looks at a message.
    pub(super) fn look<R>(&self, id: u64, look: impl FnOnce(&Message) -> R) -> Option<R> {
        self.transcript.borrow().message(id).map(look)
    }

    /// How many messages there are.
    pub(super) fn count(&self) -> usize {
        self.transcript.borrow().messages().len()
    }

    /// The ids of the newest messages, oldest first.
    pub(super) fn newest(&self, many: usize) -> Vec<String> {
        let transcript = self.transcript.borrow();
        let messages = transcript.messages();
        let from = messages.len().saturating_sub(many);
        let newest = messages.get(from..).unwrap_or_default();
        newest.iter().map(|message| message.id.to_string()).collect()
    }

    /// The newest message of the workflow that is whole.
    pub(super) fn newest_whole(&self) -> Option<(u64, String)> {
        let transcript = self.transcript.borrow();
        let mut newest = transcript.messages().iter().rev();
        let whole = newest.find(|message| message.role == Role::Assistant && !message.growing)?;
        Some((whole.id, whole.text.chars().take(NEWS).collect()))
    }

    /// Whether a message is growing.
    pub(super) fn is_growing(&self) -> bool {
        let transcript = self.transcript.borrow();
        transcript.messages().last().is_some_and(|last| last.growing)
    }

    fn change(&self, change: impl FnOnce(&mut Transcript)) {
        let shape = |transcript: &Transcript| {
            let messages = transcript.messages();
            (messages.len(), messages.last().map(|last| last.id))
        };
        let moved = {
            let mut transcript = self.transcript.borrow_mut();
            let before = shape(&transcript);
            change(&mut transcript);
            before != shape(&transcript)
        };
        self.changed(moved);
    }

    fn changed(&self, moved: bool) {
        if moved {
            self.shape.set(self.shape.peek().wrapping_add(1));
        }
        self.said.set(self.said.peek().wrapping_add(1));
    }
}

/// Characters of a message that are read out.
const NEWS: usize = 400;
