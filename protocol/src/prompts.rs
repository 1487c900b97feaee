//! The questions that a run has asked, and what became of them.
//!
//! The protocol links a question neither to its answer's class nor to an id. What can be known is read from the run's
//! events, internal ones included (observed on llama-agents-server 0.8.0):
//!
//! - a step that *returns* its question ends (`not_running`, with the question's class as output), and another step takes the
//!   answer: `StepStateChanged running` with the answer's class as input;
//! - a step that *waits* inside (`ctx.wait_for_event`) parks: `not_running` without output, immediately followed by the
//!   question; when the answer comes, the same step starts again with the same input.

use std::collections::HashMap;

use crate::{EventKind, EventRef, Failure, RawJson, ResponseClass, StepState, Time, field_str};

/// What is known of one prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PromptState {
    /// It can be answered.
    Open,
    /// Our answer is on its way.
    Sending,
    /// The server accepted our answer. Whether the run takes it, its events will tell.
    Sent,
    /// The server accepted our answer, and no step of the run wanted it. It can be answered again.
    Unhandled,
    /// The answer to our request was lost: the server may have the event or not. Never sent again by itself.
    Unknown,
    /// It can no longer be answered: answered (by us or by somebody else), or the run ended.
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

    /// Whether the run still waits for a person, as far as we know.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::Sending | Self::Unhandled | Self::Unknown)
    }

    /// Whether an answer is accepted now.
    pub const fn can_respond(self) -> bool {
        matches!(self, Self::Open | Self::Unhandled | Self::Unknown)
    }
}

/// An event that we sent, kept because the server does not echo it.
#[derive(Clone, Debug, PartialEq)]
pub struct SentEvent {
    /// The event's class.
    pub class: String,
    /// Its fields.
    pub value: RawJson,
    /// When it was sent.
    pub at: Time,
}

/// One question of a run: an event that is, or extends, `InputRequiredEvent`.
#[derive(Clone, Debug, PartialEq)]
pub struct Prompt {
    /// The sequence of the event that asked. Names the prompt within its run.
    pub sequence: u64,
    /// The class of that event.
    pub class: String,
    /// Its fields, as sent; the stock event nests them under `_data`.
    pub value: RawJson,
    /// What is known of it.
    pub state: PromptState,
    /// The server's words when it refused our last answer; the prompt is open again.
    pub error: Option<String>,
    /// Our last answer, whether or not it arrived.
    pub sent: Option<SentEvent>,
    /// When we first saw the question; none for history.
    pub seen: Option<Time>,
    parked: Option<Parked>,
}

impl Prompt {
    /// The question in words: the first text among the fields that prompts commonly use (`prefix` is the stock event's),
    /// else the fields as compact JSON.
    pub fn text(&self) -> String {
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
            .find_map(|name| field_str(self.value.as_str(), name).filter(|text| !text.trim().is_empty()))
            .unwrap_or_else(|| self.value.as_str().chars().take(400).collect())
    }

    /// What can answer this prompt, likeliest first: the stock question is most likely answered by the stock answer, a question
    /// of the workflow's own by one of its own.
    pub fn answers(&self, classes: &[ResponseClass]) -> Vec<ResponseClass> {
        let stock = self.class == "InputRequiredEvent";
        let (mut likely, rest): (Vec<_>, Vec<_>) = classes
            .iter()
            .cloned()
            .partition(|answer| (answer.class == "HumanResponseEvent") == stock);
        likely.extend(rest);
        likely
    }
}

/// The step that waits inside for the answer, and the input with which it will start again.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Parked {
    step: String,
    input: Option<String>,
}

/// A step that started with an event of a class.
#[derive(Debug)]
struct Taken {
    sequence: u64,
    step: String,
    class: String,
}

/// Bounds what is kept until the classes are known; they come within a second or never.
const MAX_UNJUDGED: usize = 10_000;

/// All prompts of one run, folded from its events.
#[derive(Debug, Default)]
pub(crate) struct Prompts {
    list: Vec<Prompt>,
    /// None until the workflow's classes are known.
    response_classes: Option<Vec<String>>,
    /// What steps took while prompts were open and the classes were not known yet, to be judged then.
    unjudged: Vec<Taken>,
    next_ticket: u64,
    in_flight: Vec<(u64, u64)>,
    /// Steps at work by name and worker, to notice a restart: the same worker starts again without having stopped.
    at_work: HashMap<(String, String), Option<String>>,
    /// Per response class and step, how often the step has taken it. Several steps may take one and the same event, so the
    /// number of answers is the largest count, not the sum.
    taken: HashMap<String, HashMap<String, usize>>,
    /// Steps whose last run ended without output: failed and about to be retried, or parked.
    unfinished: HashMap<String, Option<String>>,
    /// The step that parked with the event just before this one.
    just_parked: Option<Parked>,
    /// Prompts before this sequence may be replayed by a restarted server.
    replayed_before: u64,
}

impl Prompts {
    pub(crate) fn all(&self) -> &[Prompt] {
        &self.list
    }

    pub(crate) fn any_open(&self) -> bool {
        self.list.iter().any(|prompt| prompt.state.is_open())
    }

    /// The classes that can answer a prompt of this workflow. Returns whether a prompt changed.
    pub(crate) fn set_response_classes(&mut self, classes: Vec<String>) -> bool {
        self.response_classes = Some(classes);
        let mut changed = false;
        for taken in std::mem::take(&mut self.unjudged) {
            if self.answers(&taken.class) {
                changed |= self.taken_by(&taken);
            }
        }
        changed
    }

    /// Forgets the run, not the workflow.
    pub(crate) fn begin_anew(&mut self) {
        *self = Self {
            response_classes: self.response_classes.take(),
            // A ticket of the old run must not settle a prompt of the new one.
            next_ticket: self.next_ticket,
            ..Self::default()
        };
    }

    /// Takes one event in sequence. Returns whether a prompt changed.
    pub(crate) fn event(&mut self, event: &EventRef<'_>) -> bool {
        let parked = self.just_parked.take();
        match event.kind {
            EventKind::InputRequired => self.asked(event, parked),
            EventKind::StepState => match event.value.and_then(StepState::parse) {
                Some(step) if step.is_running() => self.step_started(&step, event.sequence),
                Some(step) if step.is_queued() => false,
                Some(step) => self.step_stopped(step),
                None => false,
            },
            EventKind::Unhandled => self.unhandled(event.value.unwrap_or_default()),
            kind if kind.is_terminal() => self.close_all(),
            _ => false,
        }
    }

    /// The run ended, or nobody will ever know more of it.
    pub(crate) fn close_all(&mut self) -> bool {
        let mut changed = false;
        for prompt in &mut self.list {
            if prompt.state != PromptState::Closed {
                prompt.state = PromptState::Closed;
                changed = true;
            }
        }
        changed
    }

    /// Begins to answer. Returns the ticket under which the request is settled, or none if the prompt takes no answer
    /// now: that is what makes a double click send once.
    pub(crate) fn respond(&mut self, sequence: u64, class: &str, value: &RawJson, now: Time) -> Option<u64> {
        let prompt = self
            .list
            .iter_mut()
            .find(|p| p.sequence == sequence && p.state.can_respond())?;
        prompt.state = PromptState::Sending;
        prompt.error = None;
        prompt.sent = Some(SentEvent {
            class: class.to_owned(),
            value: value.clone(),
            at: now,
        });
        self.next_ticket += 1;
        self.in_flight.push((self.next_ticket, sequence));
        Some(self.next_ticket)
    }

    /// The request of `ticket` ended. Returns whether a prompt changed.
    pub(crate) fn settled(&mut self, ticket: u64, result: Result<(), Failure>) -> bool {
        let Some(at) = self.in_flight.iter().position(|(t, _)| *t == ticket) else {
            return false;
        };
        let (_, sequence) = self.in_flight.swap_remove(at);
        // The run's own events may have closed the prompt before the server's answer to the request arrived.
        let Some(prompt) = self
            .list
            .iter_mut()
            .find(|p| p.sequence == sequence && p.state == PromptState::Sending)
        else {
            return false;
        };
        match result {
            Ok(()) => prompt.state = PromptState::Sent,
            Err(failure) if failure.is_unsettled() => {
                prompt.state = PromptState::Unknown;
                prompt.error = Some(failure.detail);
            }
            Err(failure) => {
                prompt.state = PromptState::Open;
                prompt.error = Some(failure.detail);
            }
        }
        true
    }

    fn asked(&mut self, event: &EventRef<'_>, parked: Option<Parked>) -> bool {
        let value = event
            .value
            .and_then(|value| RawJson::parse(value).ok())
            .unwrap_or_else(RawJson::null);
        let class = event.class.name.clone();
        // A restarted server runs the steps that were at work again from their start, and they ask again.
        let replayed_before = self.replayed_before;
        self.list.retain(|old| {
            !(old.sequence < replayed_before
                && old.state.is_open()
                && old.state != PromptState::Sending
                && old.class == class
                && old.value == value)
        });
        self.list.push(Prompt {
            sequence: event.sequence,
            class,
            value,
            state: PromptState::Open,
            error: None,
            sent: None,
            seen: event.seen,
            parked,
        });
        true
    }

    fn step_started(&mut self, step: &StepState, sequence: u64) -> bool {
        let worker = (step.name.clone(), step.worker_id.clone());
        let again = self.at_work.insert(worker, step.input.clone()).is_some();
        if again {
            self.replayed_before = sequence;
        }
        let unfinished = self
            .unfinished
            .remove(&step.name)
            .is_some_and(|input| input == step.input);

        let resumes = |prompt: &Prompt| {
            prompt
                .parked
                .as_ref()
                .is_some_and(|parked| parked.step == step.name && parked.input == step.input)
        };
        if self
            .list
            .iter()
            .any(|prompt| prompt.state != PromptState::Closed && resumes(prompt))
        {
            return self.close_oldest(None, resumes);
        }

        // A retry of a failed step, or its replay by a restarted server, takes the same answer again.
        let Some(class) = step.input.clone() else {
            return false;
        };
        if again || unfinished {
            return false;
        }
        let taken = Taken {
            sequence,
            step: step.name.clone(),
            class,
        };
        if self.answers(&taken.class) {
            self.taken_by(&taken)
        } else {
            if self.response_classes.is_none() && self.unjudged.len() < MAX_UNJUDGED && self.any_open() {
                self.unjudged.push(taken);
            }
            false
        }
    }

    /// A step took an answer.
    fn taken_by(&mut self, taken: &Taken) -> bool {
        let counts = self.taken.entry(taken.class.clone()).or_default();
        let before = counts.values().copied().max().unwrap_or(0);
        let count = counts.entry(taken.step.clone()).or_default();
        *count += 1;
        if *count <= before {
            return false;
        }
        self.close_oldest(Some(&taken.class), |prompt| {
            prompt.parked.is_none() && prompt.sequence < taken.sequence
        })
    }

    fn step_stopped(&mut self, step: StepState) -> bool {
        let started_with = self
            .at_work
            .remove(&(step.name.clone(), step.worker_id.clone()))
            .flatten();
        let input = step.input.or(started_with);
        if !step.returned {
            self.just_parked = Some(Parked {
                step: step.name.clone(),
                input: input.clone(),
            });
            self.unfinished.insert(step.name, input);
        } else {
            self.unfinished.remove(&step.name);
        }
        false
    }

    fn unhandled(&mut self, value: &str) -> bool {
        let Some(class) = field_str(value, "event_type") else {
            return false;
        };
        // The newest answer of that class is the one that just found nobody.
        let prompt = self.list.iter_mut().rev().find(|prompt| {
            matches!(
                prompt.state,
                PromptState::Sent | PromptState::Sending | PromptState::Unknown
            ) && prompt.sent.as_ref().is_some_and(|sent| sent.class == class)
        });
        match prompt {
            Some(prompt) => {
                prompt.state = PromptState::Unhandled;
                true
            }
            None => false,
        }
    }

    fn answers(&self, class: &str) -> bool {
        self.response_classes
            .iter()
            .flatten()
            .any(|candidate| candidate == class)
            || class == "HumanResponseEvent"
            || self
                .list
                .iter()
                .any(|p| p.sent.as_ref().is_some_and(|sent| sent.class == class))
    }

    /// Closes the prompt that was most likely answered: one that we answered with this class, else the oldest.
    fn close_oldest(&mut self, class: Option<&str>, of: impl Fn(&Prompt) -> bool) -> bool {
        let ours = |prompt: &Prompt| {
            matches!(
                prompt.state,
                PromptState::Sent | PromptState::Sending | PromptState::Unknown
            ) && prompt
                .sent
                .as_ref()
                .is_some_and(|sent| class.is_none_or(|class| sent.class == class))
        };
        let at = self
            .list
            .iter()
            .position(|prompt| of(prompt) && ours(prompt))
            .or_else(|| {
                self.list
                    .iter()
                    .position(|prompt| of(prompt) && prompt.state != PromptState::Closed)
            });
        let Some(prompt) = at.and_then(|at| self.list.get_mut(at)) else {
            return false;
        };
        prompt.state = PromptState::Closed;
        prompt.error = None;
        true
    }
}
