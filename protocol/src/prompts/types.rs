//! The state of one prompt.

use std::sync::Arc;

use crate::sent::SentLog;
use crate::{Claim, ClaimState, RawJson, SentEvent, SentState, Time, field_str};

/// The state of one prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PromptState {
    /// It can be answered.
    Open,
    /// Our answer is being sent.
    Sending,
    /// The server accepted our answer. Later events of the run show whether a step consumes it.
    Sent,
    /// The server accepted our answer, and no step consumed it. It can be answered again.
    Unhandled,
    /// The response to our request was lost: the server may have the event or not. It is not sent again automatically.
    Unknown,
    /// It can no longer be answered: answered (by us or another client), or the run ended. See [`Prompt::closed`].
    Closed,
}

impl PromptState {
    /// The state as one lower-case word, as shown in `data-state`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Unhandled => "unhandled",
            Self::Unknown => "unknown",
            Self::Closed => "closed",
        }
    }

    /// Whether the run still waits for a person, as far as is known.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::Sending | Self::Unhandled | Self::Unknown)
    }

    /// Whether an answer is accepted now.
    pub const fn can_respond(self) -> bool {
        matches!(self, Self::Open | Self::Unhandled | Self::Unknown)
    }
}

/// Why a prompt can no longer be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Closing {
    /// A step consumed an answer, ours or another client's; the event of this sequence shows it.
    Answered(u64),
    /// A restarted server asked the same again, with the event of this sequence. Only a prompt that we had answered is kept next to it.
    AskedAgain(u64),
    /// The run ended, or the server no longer knows it, and its events showed no answer.
    Ended,
}

/// A prompt of a run: an event that is, or extends, `InputRequiredEvent`.
#[derive(Clone, Debug, PartialEq)]
pub struct Prompt {
    /// The handler whose run asks.
    pub handler_id: Arc<str>,
    /// The run that asks; empty if the server names no runs.
    pub run_id: Arc<str>,
    /// The sequence of the event that asked. Identifies the prompt within its run.
    pub sequence: u64,
    /// The class of that event.
    pub class: String,
    /// Its fields, as sent; the stock event nests them under `_data`.
    pub value: RawJson,
    /// Its state.
    pub state: PromptState,
    /// The server's text if it refused our last answer. The prompt is then open again.
    pub error: Option<String>,
    /// The last answer of this client, even if it did not arrive. `None` if another tab answered.
    pub sent: Option<SentEvent>,
    /// When this page first saw the prompt. `None` for history.
    pub seen: Option<Time>,
    /// Why it can no longer be answered. `None` while it can be.
    pub closed: Option<Closing>,
    /// The step that asked, if it ended just before the prompt.
    pub(crate) asked_by: Option<AskedBy>,
    /// The claim of a tab of this browser profile, if one answered.
    pub(super) claim: Option<Claim>,
    /// The nonces of other tabs' answers that were unhandled, according to the run's events.
    pub(super) unhandled: Vec<u64>,
}

/// The step that asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct AskedBy {
    /// The step, and the class of its input event.
    pub(crate) invocation: Invocation,
    /// Whether the step itself waits for the answer (`ctx.wait_for_event`). It starts again with the same input then. A step that returns
    /// its prompt has ended.
    pub(crate) waits: bool,
}

/// A step with the class of the event that started it. Several invocations of a step can have the same input class.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Invocation {
    pub(crate) step: String,
    pub(crate) input: Option<String>,
}

/// An answer from this browser profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum AnswerId {
    /// Ours, by its id in the log of sent events.
    Own(u64),
    /// Another tab's answer to this prompt, known by its claim.
    Claimed(u64),
}

impl Prompt {
    /// A unique key of this prompt among all handlers and runs, for keyed lists. It does not depend on the prompt's state.
    pub fn key(&self) -> String {
        format!("{} {} {}", self.handler_id, self.run_id, self.sequence)
    }

    /// Whether both are the same prompt, possibly in different states.
    pub fn is_same(&self, other: &Self) -> bool {
        (self.sequence, &self.run_id, &self.handler_id) == (other.sequence, &other.run_id, &other.handler_id)
    }

    /// The text of the prompt: see [`prompt_text`].
    pub fn text(&self) -> String {
        prompt_text(self.value.as_str())
    }

    /// The prompt's event as a typed value, with the fields that its class does not declare next to the others, see
    /// [`decode_fields`](crate::decode_fields).
    ///
    /// # Errors
    /// If it has another shape.
    pub fn decode<T: serde::de::DeserializeOwned>(&self) -> Result<T, crate::DecodeError> {
        crate::decode_fields(self.value.as_str())
    }

    /// The server accepted our answer, and the run has been silent since; see [`SentEvent::stalled`].
    pub fn is_stalled(&self) -> bool {
        self.state == PromptState::Sent && self.sent.as_ref().is_some_and(|sent| sent.stalled)
    }

    /// The class of the event that started the asking step, as far as the events show it.
    pub fn asked_with(&self) -> Option<&str> {
        self.asked_by.as_ref()?.invocation.input.as_deref()
    }

    /// Whether the asking step itself waits for the answer.
    pub(super) fn waiting(&self) -> Option<&Invocation> {
        let asked_by = self.asked_by.as_ref().filter(|asked| asked.waits)?;
        Some(&asked_by.invocation)
    }

    /// Reads our latest answer, and derives the state.
    pub(super) fn update(&mut self, sent: &SentLog) {
        self.sent = sent.answer_to(self.sequence).cloned();
        // The claim may be older than the run's events about that answer, also before a reload.
        if let Some(claim) = self.claim
            && self.is_unhandled(sent, &claim)
        {
            self.claim = Some(Claim {
                state: ClaimState::Unhandled,
                ..claim
            });
        }
        self.derive_state();
    }

    /// Whether the run's events show that this claim's answer was unhandled.
    pub(super) fn is_unhandled(&self, sent: &SentLog, claim: &Claim) -> bool {
        self.unhandled.contains(&claim.nonce) || sent.is_unhandled(self.sequence, claim.nonce)
    }

    /// Combines the knowledge of the run, this tab and other tabs.
    pub(super) fn derive_state(&mut self) {
        let claimed = self.claim.map(|claim| match claim.state {
            ClaimState::Sending => SentState::Sending,
            ClaimState::Sent => SentState::Sent,
            ClaimState::Unknown => SentState::Unknown,
            ClaimState::Unhandled => SentState::Unhandled,
        });
        let state = match (&self.sent, claimed) {
            // Another tab's claim counts only if ours counted before.
            (Some(sent), Some(claimed)) if !self.is_ours(sent) => Some(claimed),
            // A page that was reloaded while sending knows less than the one that received the response.
            (Some(sent), Some(SentState::Sent)) if sent.state == SentState::Unknown => Some(SentState::Sent),
            (Some(sent), _) => Some(sent.state),
            (None, claimed) => claimed,
        };
        self.state = match state {
            _ if self.closed.is_some() => PromptState::Closed,
            None | Some(SentState::Refused) => PromptState::Open,
            Some(SentState::Sending) => PromptState::Sending,
            // A step consumed something that we sent, and the prompt is still open: it was another client's prompt.
            Some(SentState::Sent | SentState::Taken) => PromptState::Sent,
            Some(SentState::Unhandled) => PromptState::Unhandled,
            Some(SentState::Unknown) => PromptState::Unknown,
        };
        self.error = match self.state {
            PromptState::Closed | PromptState::Sent | PromptState::Sending => None,
            _ => self.sent.as_ref().and_then(|sent| sent.error.clone()),
        };
    }

    /// Whether the claim is that of our latest answer.
    pub(super) fn is_ours(&self, sent: &SentEvent) -> bool {
        self.claim.is_some_and(|claim| claim.nonce == sent.nonce)
    }
}

/// The text of a prompt: the first string among the fields that prompts commonly use (`prefix` is the stock event's), else the fields as
/// compact JSON.
///
/// ```
/// # use workflow_protocol::prompt_text;
/// assert_eq!(prompt_text(r#"{"_data":{"prefix":"Name?"}}"#), "Name?");
/// ```
pub fn prompt_text(value: &str) -> String {
    const NAMES: [&str; 8] = [
        "prompt",
        "prefix",
        "question",
        "message",
        "msg",
        "text",
        "content",
        "description",
    ];
    NAMES
        .iter()
        .find_map(|name| field_str(value, name).filter(|text| !text.trim().is_empty()))
        .unwrap_or_else(|| value.chars().take(400).collect())
}
