//! The messages of a chat, and signals for their changes.

use leptos::prelude::*;
use workflow_inspector::chat::{ChatRules, Message, Role, Transcript};
use workflow_ui_core::Events;

/// Characters of a message that are announced.
const ANNOUNCED: usize = 400;

/// The messages, and how far the run's events were read into them. Does nothing after its owner was cleaned up.
#[derive(Clone, Copy)]
pub(super) struct Talk {
    inner: StoredValue<Inner, LocalStorage>,
    /// Changes when messages are added or removed.
    pub(super) shape: RwSignal<u32>,
    /// Changes with every message and piece.
    pub(super) said: RwSignal<u32>,
}

struct Inner {
    transcript: Transcript,
    events: Events,
    /// Number of events that were read.
    read: usize,
    /// The run of these events, and the first id of its messages.
    run_id: String,
    first_of_run: u64,
    /// The handler whose run this is.
    handler: String,
    /// Prompts whose answers are among the messages.
    answered: Vec<u64>,
}

impl Talk {
    pub(super) fn new(rules: ChatRules) -> Self {
        Self {
            inner: StoredValue::new_local(Inner {
                transcript: Transcript::new(rules),
                events: Events::default(),
                read: 0,
                run_id: String::new(),
                first_of_run: 0,
                handler: String::new(),
                answered: Vec::new(),
            }),
            shape: RwSignal::new(0),
            said: RwSignal::new(0),
        }
    }

    /// Shows the run of this handler: another conversation, unless this one led to it.
    pub(super) fn open(self, handler: &str) {
        self.change(|inner| {
            let is_other = inner.handler != handler;
            if is_other {
                handler.clone_into(&mut inner.handler);
                inner.transcript.clear();
            }
            is_other
        });
    }

    /// This conversation led to a run of this handler.
    pub(super) fn leads_to(self, handler: &str) {
        self.inner
            .try_update_value(|inner| handler.clone_into(&mut inner.handler));
    }

    /// Reads the new events of a run.
    pub(super) fn take(self, events: Events, run_id: String) {
        self.change(|inner| {
            let events = events.with_internal(false);
            let is_same = inner.events.same_run(&events);
            if !is_same {
                inner.read = 0;
                inner.answered.clear();
                inner.transcript.next_run();
                let last = inner.transcript.messages().last();
                inner.first_of_run = last.map_or(0, |last| last.id + 1);
            }
            inner.run_id = run_id;
            let rows = inner.read..events.len();
            inner.read = rows.end;
            let has_changed = !is_same || !rows.is_empty();
            events.for_each(rows, |_, event| inner.transcript.take(&event));
            inner.events = events;
            has_changed
        });
    }

    /// Shows the answers to prompts of the run, by the prompts' sequences, and no others.
    pub(super) fn answer(self, answers: &[(u64, String)]) {
        self.change(|inner| {
            let mut has_changed = false;
            for prompt in std::mem::take(&mut inner.answered) {
                if !answers.iter().any(|(known, _)| *known == prompt) {
                    has_changed |= inner.transcript.answer(prompt, None);
                }
            }
            for (prompt, text) in answers {
                has_changed |= inner.transcript.answer(*prompt, Some(text));
                inner.answered.push(*prompt);
            }
            has_changed
        });
    }

    /// Adds a message of the user and returns its id.
    pub(super) fn say(self, text: &str) -> u64 {
        let mut said = 0;
        self.change(|inner| {
            said = inner.transcript.say(text);
            true
        });
        said
    }

    /// Removes a message that could not be sent.
    pub(super) fn unsay(self, id: u64) {
        self.change(|inner| {
            inner.transcript.remove(id);
            true
        });
    }

    /// Reads a message.
    pub(super) fn read<T>(self, id: u64, read: impl FnOnce(&Message) -> T) -> Option<T> {
        self.with(|transcript| transcript.message(id).map(read)).flatten()
    }

    /// The run that a message belongs to, if it is the one that is shown.
    pub(super) fn run_of(self, id: u64) -> Option<String> {
        let run = |inner: &Inner| (id >= inner.first_of_run).then(|| inner.run_id.clone());
        self.inner.try_with_value(run).flatten()
    }

    /// The number of messages.
    pub(super) fn count(self) -> usize {
        self.with(|transcript| transcript.messages().len())
            .unwrap_or_default()
    }

    /// The ids of the newest messages, oldest first.
    pub(super) fn newest(self, count: usize) -> Vec<u64> {
        let newest = self.with(|transcript| {
            let messages = transcript.messages();
            let newest = messages.iter().skip(messages.len().saturating_sub(count));
            newest.map(|message| message.id).collect()
        });
        newest.unwrap_or_default()
    }

    /// The newest message of the workflow that is complete.
    pub(super) fn newest_whole(self) -> Option<(u64, String)> {
        let newest = self.with(|transcript| {
            let mut newest = transcript.messages().iter().rev();
            let whole = newest.find(|message| message.role == Role::Assistant && !message.growing)?;
            Some((whole.id, whole.text.chars().take(ANNOUNCED).collect()))
        });
        newest.flatten()
    }

    /// Whether the last message is growing.
    pub(super) fn is_growing(self) -> bool {
        let is_growing =
            self.with(|transcript| transcript.messages().last().is_some_and(|last| last.growing));
        is_growing.unwrap_or_default()
    }

    fn with<T>(self, read: impl FnOnce(&Transcript) -> T) -> Option<T> {
        self.inner.try_with_value(|inner| read(&inner.transcript))
    }

    /// Changes the messages. `change` returns whether it did.
    fn change(self, change: impl FnOnce(&mut Inner) -> bool) {
        let shape = |transcript: &Transcript| {
            let messages = transcript.messages();
            (messages.len(), messages.last().map(|last| last.id))
        };
        let changed = self.inner.try_update_value(|inner| {
            let before = shape(&inner.transcript);
            let has_changed = change(inner);
            (has_changed, before != shape(&inner.transcript))
        });
        let Some((true, is_moved)) = changed else { return };
        if is_moved {
            self.shape.update(|shape| *shape = shape.wrapping_add(1));
        }
        self.said.update(|said| *said = said.wrapping_add(1));
    }
}
