//! The events that this client sent. The server does not return them, so this is the only record.

use indexmap::{IndexMap, IndexSet};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::operations;
use crate::{Failure, RawJson, ServerClock, Time};

/// How many sent events are kept, of all runs of a handler.
const MAX_KEPT: usize = 64;
/// The maximum size of their text in bytes.
const MAX_BYTES: usize = 64 * 1024;
/// A larger event is kept without its fields.
const MAX_VALUE: usize = 16 * 1024;
/// An accepted event counts as stalled after this long without any event of the run.
pub(crate) const STALL_MS: u64 = 8_000;

/// The state of a sent event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SentState {
    /// The request is pending.
    Sending,
    /// The server accepted it, which only means that it was queued.
    Sent,
    /// A step started with it.
    Taken,
    /// No step accepted it.
    Unhandled,
    /// The server refused it: see the error.
    Refused,
    /// The response to the request was lost: the server may have it or not.
    Unknown,
}

impl SentState {
    /// The state as one lower-case word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Taken => "taken",
            Self::Unhandled => "unhandled",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        }
    }

    /// Whether a step may still consume it.
    pub const fn is_pending(self) -> bool {
        matches!(self, Self::Sending | Self::Sent | Self::Unknown)
    }
}

/// An event that we sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SentEvent {
    /// The run that it was sent to.
    #[serde(rename = "run")]
    pub run_id: String,
    /// The event's class.
    pub class: String,
    /// Its fields; `null` if they were too large to survive a reload.
    #[serde(default, skip_serializing_if = "is_too_large")]
    pub value: RawJson,
    /// The only step that receives it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// When it was sent.
    pub at: Time,
    /// The latest known sequence of the run at that time. Events up to it are not about this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
    /// The sequence of the prompt that it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<u64>,
    /// Its state.
    pub state: SentState,
    /// The server's message if it was refused, or why its response was lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The server accepted it, and the run has been silent since. The run may have lost it (observed on llama-agents-server 0.8.0 with
    /// workflows that have no timeout): then only cancelling or deleting the run helps.
    #[serde(skip)]
    pub stalled: bool,
    /// The nonce of its claim; 0 if it answers no prompt.
    #[serde(default)]
    pub(crate) nonce: u64,
    /// When the server accepted it. Concurrent answers may arrive in any order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) replied: Option<Time>,
    /// When it was sent, by the server's clock. Only for events of an earlier page load, whose clock may have differed: while this is set,
    /// `at` is by that page's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) server_at: Option<Time>,
    /// Its id in the log of its run; later events have larger ids.
    #[serde(skip)]
    pub(crate) id: u64,
}

impl SentEvent {
    /// Converts the times of an earlier page load to this page's clock. Returns whether there was anything to convert.
    pub(crate) fn rebase(&mut self, clock: &ServerClock, now: Time) -> bool {
        let Some(server_at) = self.server_at.take_if(|_| clock.is_known()) else {
            return false;
        };
        let took = self.replied.map(|replied| replied.since(self.at));
        self.at = clock.page_time(server_at).min(now);
        self.replied = took.map(|took| self.at.plus(took).min(now));
        true
    }

    /// Whether an event of the run with this sequence can be about it.
    pub(crate) fn is_before(&self, sequence: u64) -> bool {
        self.after.is_none_or(|after| after < sequence)
    }
}

fn is_too_large(value: &RawJson) -> bool {
    value.as_str().len() > MAX_VALUE
}

/// All events that we sent to one handler, as a JSON list that survives a reload; empty if there are none. At most 64 events and 64 KiB,
/// the oldest are dropped first. With the server's times, if known, because the system's clock may change before the reload.
pub(crate) fn to_text<'a>(
    events: impl DoubleEndedIterator<Item = &'a SentEvent>,
    clock: &ServerClock,
) -> String {
    let mut texts: Vec<String> = Vec::new();
    let mut bytes = "[]".len();
    for event in events.rev().take(MAX_KEPT) {
        let server_at = clock.is_known().then(|| clock.server_time(event.at));
        let event = SentEvent {
            server_at: event.server_at.or(server_at),
            ..event.clone()
        };
        let Ok(text) = serde_json::to_string(&event) else {
            continue;
        };
        bytes += text.len() + 1;
        if bytes > MAX_BYTES {
            break;
        }
        texts.push(text);
    }
    if texts.is_empty() {
        return String::new();
    }
    texts.reverse();
    format!("[{}]", texts.join(","))
}

/// Reads the output of [`to_text`]; invalid entries are ignored. The response to an event that was pending when its page was closed is
/// lost. No time is after `now`: if the server's time is unknown, a clock that was set back must not give negative ages.
pub(crate) fn parse(text: &str, now: Time) -> Vec<SentEvent> {
    let texts: Vec<&RawValue> = serde_json::from_str(text).unwrap_or_default();
    let events = texts.into_iter().map(|text| serde_json::from_str(text.get()));
    let mut events: Vec<SentEvent> = events.filter_map(Result::ok).collect();
    for event in events.iter_mut().filter(|event| event.server_at.is_none()) {
        event.at = event.at.min(now);
        event.replied = event.replied.map(|replied| replied.min(now));
    }
    forget_effects(&mut events, "The page was left before the server answered.");
    events
}

/// Resets what the run's events showed about these, because the events are read again. `lost`: why a pending request gets no response.
pub(crate) fn forget_effects(events: &mut [SentEvent], lost: &str) {
    for event in events {
        match event.state {
            SentState::Sending => {
                event.state = SentState::Unknown;
                event.error = Some(lost.to_owned());
            }
            SentState::Taken | SentState::Unhandled => {
                event.state = if event.replied.is_some() {
                    SentState::Sent
                } else {
                    SentState::Unknown
                };
            }
            SentState::Sent | SentState::Refused | SentState::Unknown => {}
        }
    }
}

/// The events that we sent to one run, oldest first.
#[derive(Debug, Default)]
pub(crate) struct SentLog {
    list: Vec<SentEvent>,
    next_id: u64,
    /// The ids of the answers to each prompt, oldest first.
    by_prompt: IndexMap<u64, Vec<u64>>,
    /// The classes of our answers.
    classes: IndexSet<String>,
    /// The classes of events that answer no prompt.
    beside: IndexSet<String>,
    /// Tickets of pending requests, and the ids of their events.
    in_flight: IndexMap<u64, u64>,
    /// When an accepted event counts as stalled.
    stall_at: Option<Time>,
    any_stalled: bool,
}

impl SentLog {
    pub(crate) fn all(&self) -> &[SentEvent] {
        &self.list
    }

    /// Adds earlier sent events to the log. Returns the ids of the accepted ones.
    pub(crate) fn restore(&mut self, events: Vec<SentEvent>) -> Vec<u64> {
        let mut accepted = Vec::new();
        for event in events {
            let is_accepted = event.state == SentState::Sent;
            let id = self.push(event);
            accepted.extend(is_accepted.then_some(id));
        }
        accepted
    }

    /// See [`SentEvent::rebase`].
    pub(crate) fn rebase(&mut self, clock: &ServerClock, now: Time) -> bool {
        let events = self.list.iter_mut();
        events.fold(false, |any, event| any | event.rebase(clock, now))
    }

    pub(crate) fn begin(&mut self, ticket: u64, event: SentEvent) {
        let id = self.push(event);
        self.in_flight.insert(ticket, id);
    }

    fn push(&mut self, event: SentEvent) -> u64 {
        self.next_id += 1;
        let id = self.next_id;
        if let Some(prompt) = event.prompt {
            self.by_prompt.entry(prompt).or_default().push(id);
            if !self.classes.contains(&event.class) {
                self.classes.insert(event.class.clone());
            }
        } else {
            self.beside.insert(event.class.clone());
        }
        self.list.push(SentEvent { id, ..event });
        id
    }

    fn place(&self, id: u64) -> Option<usize> {
        self.list.binary_search_by_key(&id, |event| event.id).ok()
    }

    pub(crate) fn get(&self, id: u64) -> Option<&SentEvent> {
        self.list.get(self.place(id)?)
    }

    fn get_mut(&mut self, id: u64) -> Option<&mut SentEvent> {
        let place = self.place(id)?;
        self.list.get_mut(place)
    }

    /// The answers to this prompt, oldest first.
    pub(crate) fn answers_to(&self, prompt: u64) -> impl DoubleEndedIterator<Item = &SentEvent> {
        let ids = self.by_prompt.get(&prompt).map_or(&[][..], Vec::as_slice);
        ids.iter().filter_map(|id| {
            operations::add(1);
            self.get(*id)
        })
    }

    /// The latest answer to this prompt.
    pub(crate) fn answer_to(&self, prompt: u64) -> Option<&SentEvent> {
        self.answers_to(prompt).next_back()
    }

    /// The accepted answers to this prompt whose effect was not seen yet.
    pub(crate) fn accepted_answers_to(&self, prompt: u64) -> Vec<u64> {
        let accepted = self
            .answers_to(prompt)
            .filter(|event| event.state == SentState::Sent);
        accepted.map(|event| event.id).collect()
    }

    /// Whether the claim with this nonce is that of one of our answers to the prompt.
    pub(crate) fn has_nonce(&self, prompt: u64, nonce: u64) -> bool {
        self.answers_to(prompt).any(|event| event.nonce == nonce)
    }

    /// Whether our answer with this nonce was unhandled.
    pub(crate) fn is_unhandled(&self, prompt: u64, nonce: u64) -> bool {
        self.answers_to(prompt)
            .any(|event| event.nonce == nonce && event.state == SentState::Unhandled)
    }

    /// Whether we answered a prompt with this class.
    pub(crate) fn has_answered_with(&self, class: &str) -> bool {
        self.classes.contains(class)
    }

    /// Answers that are, or may be, pending: their response is not known.
    pub(crate) fn unsettled(&self) -> impl Iterator<Item = &SentEvent> {
        let unsettled = |event: &&SentEvent| {
            operations::add(1);
            matches!(event.state, SentState::Sending | SentState::Unknown)
        };
        self.list.iter().filter(unsettled)
    }

    /// The request of `ticket` ended. Returns the event, whose state the run's events may have changed before.
    pub(crate) fn settled(
        &mut self,
        ticket: u64,
        now: Time,
        last: Option<u64>,
        result: Result<(), Failure>,
    ) -> Option<&SentEvent> {
        let id = self.in_flight.swap_remove(&ticket)?;
        let stall_at = now.plus(STALL_MS);
        let event = self.get_mut(id)?;
        event.replied = result.is_ok().then_some(now);
        if event.state != SentState::Sending {
            return self.get(id);
        }
        match result {
            Ok(()) => {
                event.state = SentState::Sent;
                if event.after >= last {
                    self.stall_at = Some(stall_at);
                }
            }
            Err(failure) => {
                event.state = if failure.is_unsettled() {
                    SentState::Unknown
                } else {
                    SentState::Refused
                };
                event.error = Some(failure.detail);
            }
        }
        self.get(id)
    }

    /// Nothing was sent, because another tab answered the prompt.
    pub(crate) fn withdraw(&mut self, ticket: u64) -> Option<SentEvent> {
        let id = self.in_flight.swap_remove(&ticket)?;
        let place = self.place(id)?;
        let event = self.list.remove(place);
        if let Some(ids) = event.prompt.and_then(|prompt| self.by_prompt.get_mut(&prompt)) {
            ids.retain(|known| *known != id);
        }
        Some(event)
    }

    /// The run showed the outcome of an event. Returns its nonce.
    pub(crate) fn mark(&mut self, id: u64, state: SentState) -> Option<u64> {
        let event = self.get_mut(id)?;
        event.state = state;
        event.stalled = false;
        event.error = None;
        Some(event.nonce)
    }

    /// The effect with this sequence belongs to our answer to the prompt, if we gave one.
    pub(crate) fn taken_for(&mut self, prompt: u64, sequence: u64) {
        let answers = self.answers_to(prompt);
        let mut pending = answers.filter(|event| event.state.is_pending() && event.is_before(sequence));
        if let Some(id) = pending.next().map(|event| event.id) {
            drop(pending);
            self.mark(id, SentState::Taken);
        }
    }

    /// A step started with an event of this class that we sent without a prompt. Returns whether we did.
    pub(crate) fn take_beside(&mut self, class: &str, sequence: u64) -> bool {
        if !self.beside.contains(class) {
            return false;
        }
        let sent = self.list.iter_mut().find(|event| {
            operations::add(1);
            event.prompt.is_none()
                && event.class == class
                && event.state.is_pending()
                && event.is_before(sequence)
        });
        let Some(event) = sent else { return false };
        event.state = SentState::Taken;
        true
    }

    /// The run had an event. Returns whether an event counted as stalled until now.
    pub(crate) fn progress(&mut self, sequence: u64) -> bool {
        let Some(newest) = self.list.last() else {
            return false;
        };
        if newest.is_before(sequence) {
            self.stall_at = None;
        }
        if !self.any_stalled {
            return false;
        }
        let mut changed = false;
        self.any_stalled = false;
        for event in self.list.iter_mut().filter(|event| event.stalled) {
            if event.is_before(sequence) {
                event.stalled = false;
                changed = true;
            } else {
                self.any_stalled = true;
            }
        }
        changed
    }

    /// The run's events are visible from now on. `last`: the latest visible one.
    pub(crate) fn watch(&mut self, now: Time, last: Option<u64>) {
        if let Some(event) = self.list.last()
            && event.state == SentState::Sent
            && event.after >= last
            && !event.stalled
        {
            self.stall_at = Some(now.plus(STALL_MS));
        }
    }

    pub(crate) const fn deadline(&self) -> Option<Time> {
        self.stall_at
    }

    /// `live`: whether the run's events were visible all the time. Returns whether an event counts as stalled now.
    pub(crate) fn tick(&mut self, now: Time, live: bool) -> bool {
        if self.stall_at.is_none_or(|at| now < at) {
            return false;
        }
        self.stall_at = None;
        match self.list.last_mut() {
            Some(event) if live && event.state == SentState::Sent => {
                event.stalled = true;
                self.any_stalled = true;
                true
            }
            _ => false,
        }
    }

    /// The run ended.
    pub(crate) fn end(&mut self) {
        self.stall_at = None;
        self.any_stalled = false;
        for event in &mut self.list {
            event.stalled = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_BYTES, MAX_KEPT, SentEvent, SentState};
    use crate::{RawJson, ServerClock, Time};

    fn to_text<'a>(events: impl DoubleEndedIterator<Item = &'a SentEvent>) -> String {
        super::to_text(events, &ServerClock::default())
    }

    fn parse(text: &str) -> Vec<SentEvent> {
        super::parse(text, Time(u64::MAX))
    }

    fn event(n: u64, value: &str) -> SentEvent {
        SentEvent {
            run_id: "r\"1\n".to_owned(),
            class: "Ans\u{fc}r".to_owned(),
            value: RawJson::parse(value).expect("JSON"),
            step: n.is_multiple_of(2).then(|| "got\tit".to_owned()),
            at: Time(n),
            after: n.checked_sub(1),
            prompt: n.is_multiple_of(3).then_some(n),
            state: SentState::Sent,
            error: Some("two\nlines".to_owned()),
            stalled: false,
            nonce: u64::MAX - n,
            replied: n.is_multiple_of(2).then_some(Time(n + 5)),
            server_at: None,
            id: 0,
        }
    }

    #[test]
    fn sent_events_round_trip() {
        let value = "{\"a\":\n \"x\\ny\",\r\n\"n\":12345678901234567890123,\"half\":\"\\ud83d\"}";
        let events: Vec<SentEvent> = (0..5).map(|n| event(n, value)).collect();
        assert_eq!(parse(&to_text(events.iter())), events, "the value to the byte");
    }

    #[test]
    fn stored_events_are_bounded_and_the_newest_stay() {
        let many: Vec<SentEvent> = (0..1_000).map(|n| event(n, "{}")).collect();
        let read = parse(&to_text(many.iter()));
        assert_eq!(read.len(), MAX_KEPT);
        assert_eq!(read.last().map(|event| event.at), Some(Time(999)));
        let long = format!("\"{}\"", "x".repeat(15_000));
        let large: Vec<SentEvent> = (0..20).map(|n| event(n, &long)).collect();
        assert!(to_text(large.iter()).len() <= MAX_BYTES);
        let huge = event(1, &format!("\"{}\"", "x".repeat(1_000_000)));
        let read = parse(&to_text(std::iter::once(&huge)));
        assert!(
            read.first().is_some_and(|event| event.value.is_null()),
            "kept without its fields"
        );
    }

    #[test]
    fn invalid_entries_are_left_out() {
        let good = serde_json::to_string(&event(1, "{}")).expect("it can be serialised");
        for (text, count) in [
            ("", 0),
            ("x", 0),
            ("{}", 0),
            ("[1]", 0),
            ("[{\"run\":1}]", 0),
            (&format!("[{good},{{}},7,{good}]"), 2),
        ] {
            assert_eq!(parse(text).len(), count, "{text}");
        }
    }

    #[test]
    fn a_pending_event_of_a_closed_page_is_unknown() {
        let sending = SentEvent {
            state: SentState::Sending,
            ..event(1, "{}")
        };
        let read = parse(&to_text(std::iter::once(&sending)));
        assert_eq!(read.first().map(|event| event.state), Some(SentState::Unknown));
    }
}
