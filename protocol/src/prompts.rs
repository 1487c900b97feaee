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

use crate::claim::CLAIM_MS;
use crate::sent::SentLog;
use crate::{
    Claim, ClaimState, EventKind, EventRef, Failure, RawJson, ResponseClass, SentEvent, SentState, StepState,
    Time, field_str,
};

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
    /// It can no longer be answered: answered (by us or by somebody else), or the run ended. See [`Prompt::closed`].
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

/// Why a prompt can no longer be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Closing {
    /// A step took an answer, ours or somebody else's; the event of this sequence told so. Which of several open prompts it answered
    /// may be a guess.
    Answered(u64),
    /// A restarted server asked the same again, with the event of this sequence: only a prompt that we had answered is kept beside it.
    AskedAgain(u64),
    /// The run ended, or the server no longer knows it, and its events told of no answer.
    Ended,
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
    /// Our last answer, whether or not it arrived. None for one that another tab gave.
    pub sent: Option<SentEvent>,
    /// When we first saw the question; none for history.
    pub seen: Option<Time>,
    /// Why it can no longer be answered; none while it can.
    pub closed: Option<Closing>,
    parked: Option<Parked>,
    /// What a tab of this browser profile says of its answer, if it gave one.
    claim: Option<Claim>,
}

impl Prompt {
    /// The question in words, see [`prompt_text`].
    pub fn text(&self) -> String {
        prompt_text(self.value.as_str())
    }

    /// The event that asked as a value of a type, with the fields that its class does not declare beside the others, see
    /// [`decode_fields`](crate::decode_fields).
    ///
    /// # Errors
    /// When it has another shape.
    pub fn decode<T: serde::de::DeserializeOwned>(&self) -> Result<T, crate::DecodeError> {
        crate::decode_fields(self.value.as_str())
    }

    /// The server accepted our answer, and nothing has happened in the run since; see [`SentEvent::stalled`].
    pub fn is_stalled(&self) -> bool {
        self.state == PromptState::Sent && self.sent.as_ref().is_some_and(|sent| sent.stalled)
    }

    /// Puts together what the run, we and other tabs know.
    fn judge(&mut self) {
        let told = self.claim.map(|claim| match claim.state {
            ClaimState::Sending => SentState::Sending,
            ClaimState::Sent => SentState::Sent,
            ClaimState::Unknown => SentState::Unknown,
            ClaimState::Unhandled => SentState::Unhandled,
        });
        let state = match (&self.sent, told) {
            // Another tab's claim stands only where ours stood before.
            (Some(sent), Some(told)) if !self.is_ours(sent) => Some(told),
            // A page that was reloaded while it sent knows less than the one that saw the reply.
            (Some(sent), Some(SentState::Sent)) if sent.state == SentState::Unknown => Some(SentState::Sent),
            (Some(sent), _) => Some(sent.state),
            (None, told) => told,
        };
        self.state = match state {
            _ if self.closed.is_some() => PromptState::Closed,
            None | Some(SentState::Refused) => PromptState::Open,
            Some(SentState::Sending) => PromptState::Sending,
            Some(SentState::Sent) => PromptState::Sent,
            Some(SentState::Unhandled) => PromptState::Unhandled,
            Some(SentState::Unknown) => PromptState::Unknown,
            Some(SentState::Taken) => PromptState::Closed,
        };
        self.error = match self.state {
            PromptState::Closed | PromptState::Sent | PromptState::Sending => None,
            _ => self.sent.as_ref().and_then(|sent| sent.error.clone()),
        };
    }

    /// Whether it waits for an answer that another step than the asking one takes at this sequence.
    const fn is_waiting(&self, sequence: u64) -> bool {
        self.closed.is_none() && self.parked.is_none() && self.sequence < sequence
    }

    /// Whether the claim is that of our last answer.
    fn is_ours(&self, sent: &SentEvent) -> bool {
        self.claim.is_some_and(|claim| claim.nonce == sent.nonce)
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

/// A question in words: the first text among the fields that prompts commonly use (`prefix` is the stock event's), else the
/// fields as compact JSON.
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

/// How often a step took a class.
#[derive(Debug)]
struct Count {
    class: String,
    step: String,
    count: usize,
}

/// Names one worker of one step; a worker's id has no line break.
fn worker(step: &StepState) -> String {
    [step.worker_id.as_str(), "\n", &step.name].concat()
}

/// Bounds what is kept until the classes are known; they come within a second or never.
const MAX_UNJUDGED: usize = 10_000;

/// How many guesses can be taken back.
const MAX_GUESSES: usize = 16;

/// All prompts of one run, folded from its events.
#[derive(Debug, Default)]
pub(crate) struct Prompts {
    list: Vec<Prompt>,
    /// None until the workflow's classes are known.
    response_classes: Option<Vec<String>>,
    /// What steps took while prompts were open and the classes were not known yet, to be judged then.
    unjudged: Vec<Taken>,
    sent: SentLog,
    /// Classes that steps took as answers, with the sequences, as long as it is open whose answers they were.
    takings: Vec<(String, u64)>,
    /// Takings that were attributed to an answer whose fate is unknown: taken back when more is known.
    guesses: Vec<Guess>,
    /// What other tabs said of prompts that were not asked yet.
    claims: Vec<(u64, Claim)>,
    /// Words for the other tabs, to be taken by the machine.
    words: Vec<(u64, Option<Claim>)>,
    /// Prompts of which is not known yet what other tabs say.
    unlooked: Vec<u64>,
    next_ticket: u64,
    /// The inputs of steps at work, by [`worker`], to notice a restart: the same worker starts again without having stopped.
    at_work: HashMap<String, Option<String>>,
    /// Per response class and step, how often the step has taken it. Several steps may take one and the same event, so the
    /// number of answers is the largest count, not the sum.
    taken: Vec<Count>,
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
        let unjudged = std::mem::take(&mut self.unjudged);
        // A run that is over has closed its prompts, and only now it is known which of them were answered before.
        let ended = if unjudged.is_empty() {
            Vec::new()
        } else {
            self.reopen_ended()
        };
        let mut changed = false;
        for taken in unjudged {
            if self.answers(&taken.class) {
                changed |= self.taken_by(&taken);
            }
        }
        if !ended.is_empty() {
            self.guesses.clear();
            self.takings.clear();
            for at in ended {
                if self.list.get(at).is_some_and(|prompt| prompt.closed.is_none()) {
                    self.close(at, Closing::Ended);
                }
            }
            changed = true;
        }
        changed
    }

    /// Takes back that prompts ended with their run. Returns their places.
    fn reopen_ended(&mut self) -> Vec<usize> {
        let mut places = Vec::new();
        for at in 0..self.list.len() {
            if let Some(prompt) = self.list.get_mut(at)
                && prompt.closed == Some(Closing::Ended)
            {
                prompt.closed = None;
                self.sent_again(at);
                places.push(at);
            }
        }
        places
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
        let mut changed = self.sent.progress(event.sequence);
        if changed {
            (0..self.list.len()).for_each(|at| self.sent_again(at));
        }
        changed |= self.fold(event);
        changed
    }

    fn fold(&mut self, event: &EventRef<'_>) -> bool {
        let parked = self.just_parked.take();
        match event.kind {
            EventKind::InputRequired => self.asked(event, parked),
            EventKind::StepState => match event.value.and_then(StepState::parse) {
                Some(step) if step.is_running() => self.step_started(&step, event.sequence),
                Some(step) if step.is_queued() => false,
                Some(step) => self.step_stopped(step),
                None => false,
            },
            EventKind::Unhandled => self.unhandled(event.value.unwrap_or_default(), event.sequence),
            kind if kind.is_terminal() => self.close_all(),
            _ => false,
        }
    }

    /// The run ended, or nobody will ever know more of it.
    pub(crate) fn close_all(&mut self) -> bool {
        self.sent.end();
        self.guesses.clear();
        self.takings.clear();
        let open: Vec<usize> = (0..self.list.len())
            .filter(|at| self.list.get(*at).is_some_and(|prompt| prompt.closed.is_none()))
            .collect();
        for at in &open {
            self.close(*at, Closing::Ended);
        }
        !open.is_empty()
    }

    fn close(&mut self, at: usize, why: Closing) {
        let Some(prompt) = self.list.get_mut(at) else {
            return;
        };
        prompt.closed = Some(why);
        self.sent_again(at);
    }

    /// Takes over what became of our answer to one prompt.
    fn sent_again(&mut self, at: usize) {
        if let Some(prompt) = self.list.get_mut(at) {
            prompt.sent = self.sent.answer_to(prompt.sequence).cloned();
            prompt.judge();
        }
    }

    fn place(&self, sequence: u64) -> Option<usize> {
        self.list.iter().position(|prompt| prompt.sequence == sequence)
    }

    // Our answers

    /// What we sent to this run before the page was loaded.
    pub(crate) fn restore(&mut self, events: Vec<SentEvent>) {
        self.sent.restore(events);
        for at in 0..self.list.len() {
            self.sent_again(at);
        }
    }

    /// What we sent to this run, oldest first.
    pub(crate) fn sent(&self) -> &[SentEvent] {
        self.sent.all()
    }

    /// Begins to answer. Returns the ticket under which the request is settled and the claim that it needs, or none if the prompt
    /// takes no answer now: that is what makes a double click send once.
    pub(crate) fn respond(
        &mut self,
        sequence: u64,
        event: SentEvent,
        nonce: u64,
    ) -> Option<(u64, Option<Claim>, Claim)> {
        let at = self.place(sequence)?;
        let prompt = self
            .list
            .get_mut(at)
            .filter(|prompt| prompt.state.can_respond())?;
        let mut event = SentEvent { nonce, ..event };
        // We may be behind with the run's events, and what they say of an earlier answer is not about this one.
        event.after = event.after.max(prompt.claim.and_then(|before| before.after));
        let claim = Claim {
            state: ClaimState::Sending,
            at: event.at,
            nonce,
            after: event.after,
        };
        let before = prompt.claim.replace(claim);
        self.next_ticket += 1;
        let ticket = self.next_ticket;
        self.sent.begin(ticket, event);
        self.sent_again(at);
        Some((ticket, before, claim))
    }

    /// Begins to send an event that answers no prompt.
    pub(crate) fn send(&mut self, ticket: u64, event: SentEvent) {
        self.sent.begin(ticket, event);
    }

    /// The request of `ticket` ended. Returns whether a prompt changed.
    pub(crate) fn settled(
        &mut self,
        ticket: u64,
        now: Time,
        last: Option<u64>,
        result: Result<(), Failure>,
    ) -> bool {
        self.take_back();
        // The run's own events may have told before the server's answer to the request arrived.
        let Some(event) = self.sent.settled(ticket, now, last, result) else {
            return self.attribute();
        };
        let (prompt, state, nonce) = (event.prompt, event.state, event.nonce);
        let Some(at) = prompt.and_then(|sequence| self.place(sequence)) else {
            return self.attribute();
        };
        if let Some(prompt) = self.list.get_mut(at)
            && let Some(claim) = prompt.claim.filter(|claim| claim.nonce == nonce)
        {
            let state = match state {
                SentState::Sent => Some(ClaimState::Sent),
                SentState::Unknown => Some(ClaimState::Unknown),
                _ => None,
            };
            prompt.claim = state.map(|state| Claim { state, ..claim });
            self.words.push((prompt.sequence, prompt.claim));
        }
        self.sent_again(at);
        self.attribute();
        true
    }

    /// Nothing was sent: another tab was first.
    pub(crate) fn denied(&mut self, ticket: u64, claim: Option<Claim>) -> bool {
        self.take_back();
        let Some(sequence) = self.sent.withdraw(ticket).and_then(|event| event.prompt) else {
            return self.attribute();
        };
        if let Some(at) = self.place(sequence) {
            if let Some(prompt) = self.list.get_mut(at) {
                prompt.claim = claim;
            }
            self.sent_again(at);
            self.attribute();
        }
        true
    }

    /// What the tabs of this browser profile say of a prompt. Returns whether it changed.
    pub(crate) fn claimed(&mut self, sequence: u64, claim: Option<Claim>) -> bool {
        let Some(at) = self.place(sequence) else {
            self.early_claim(sequence);
            self.claims.extend(claim.map(|claim| (sequence, claim)));
            return false;
        };
        self.take_back();
        // A word of ours that comes back late says nothing new.
        let late = |known: Claim| {
            claim.is_some_and(|claim| claim.is_same(&known) && claim.state == ClaimState::Sending)
        };
        let mut changed = false;
        if let Some(prompt) = self.list.get_mut(at)
            && prompt.closed.is_none()
            && prompt.claim != claim
            && !prompt.claim.is_some_and(late)
        {
            prompt.claim = claim;
            prompt.judge();
            changed = true;
        }
        changed | self.attribute()
    }

    /// The next word for other tabs: what to keep of a prompt's claim.
    pub(crate) fn poll_word(&mut self) -> Option<(u64, Option<Claim>)> {
        (!self.words.is_empty()).then(|| self.words.remove(0))
    }

    /// The next open prompt of which is not known yet what other tabs say.
    pub(crate) fn poll_unlooked(&mut self) -> Option<u64> {
        while let Some(sequence) = self.unlooked.pop() {
            if self
                .place(sequence)
                .and_then(|at| self.list.get(at))
                .is_some_and(|prompt| prompt.closed.is_none())
            {
                return Some(sequence);
            }
        }
        None
    }

    // Time

    /// The run's events can be seen from now on.
    pub(crate) fn watch(&mut self, now: Time, last: Option<u64>) {
        self.sent.watch(now, last);
    }

    pub(crate) fn deadline(&self) -> Option<Time> {
        let claims = self
            .list
            .iter()
            .filter(|prompt| prompt.closed.is_none())
            .filter_map(expiry);
        claims.chain(self.sent.deadline()).min()
    }

    /// Returns whether a prompt changed.
    pub(crate) fn tick(&mut self, now: Time, live: bool) -> bool {
        let mut changed = self.sent.tick(now, live);
        for at in 0..self.list.len() {
            let Some(prompt) = self.list.get_mut(at) else {
                continue;
            };
            if expiry(prompt).is_some_and(|at| at <= now) {
                // The tab that was sending is gone, or would have said more. Ours is settled by its own request.
                prompt.claim = prompt.claim.map(|claim| Claim {
                    state: ClaimState::Unknown,
                    ..claim
                });
                changed = true;
            }
            if changed {
                self.sent_again(at);
            }
        }
        changed
    }

    /// Takes out what other tabs said of a prompt before it was asked.
    fn early_claim(&mut self, sequence: u64) -> Option<Claim> {
        let at = self.claims.iter().position(|known| known.0 == sequence)?;
        Some(self.claims.swap_remove(at).1)
    }

    fn asked(&mut self, event: &EventRef<'_>, parked: Option<Parked>) -> bool {
        let value = event
            .value
            .and_then(|value| RawJson::parse(value).ok())
            .unwrap_or_else(RawJson::null);
        let class = event.class.name.clone();
        // A restarted server runs the steps that were at work again from their start, and they ask again. The older question is
        // gone with its step, also if it was answered.
        for at in (0..self.list.len()).rev() {
            let replayed = self.list.get(at).is_some_and(|old| {
                old.sequence < self.replayed_before
                    && old.closed.is_none()
                    && old.state != PromptState::Sending
                    && old.class == class
                    && old.value == value
            });
            if replayed {
                self.guesses.clear();
                self.close(at, Closing::AskedAgain(event.sequence));
                if self.list.get(at).is_some_and(|old| old.sent.is_none()) {
                    self.list.remove(at);
                }
            }
        }
        let claim = self.early_claim(event.sequence);
        self.unlooked.push(event.sequence);
        self.list.push(Prompt {
            sequence: event.sequence,
            class,
            value,
            state: PromptState::Open,
            error: None,
            sent: None,
            seen: event.seen,
            closed: None,
            parked,
            claim,
        });
        self.sent_again(self.list.len() - 1);
        true
    }

    fn step_started(&mut self, step: &StepState, sequence: u64) -> bool {
        let again = self.at_work.insert(worker(step), step.input.clone()).is_some();
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
        if let Some(at) = self.resumed(resumes) {
            if let Some(prompt) = self.list.get(at) {
                self.sent.taken_for(prompt.sequence);
            }
            self.close(at, Closing::Answered(sequence));
            return true;
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
        let (mut most, mut count) = (0, 1);
        for known in self.taken.iter_mut().filter(|known| known.class == taken.class) {
            most = known.count.max(most);
            if known.step == taken.step {
                known.count += 1;
                count = known.count;
            }
        }
        if count == 1 {
            self.taken.push(Count {
                class: taken.class.clone(),
                step: taken.step.clone(),
                count,
            });
        }
        if count <= most {
            return false;
        }
        self.taking((taken.class.clone(), taken.sequence));
        self.attribute()
    }

    /// Keeps a taking, those with lower sequences first.
    fn taking(&mut self, taking: (String, u64)) {
        let at = self.takings.partition_point(|known| known.1 <= taking.1);
        self.takings.insert(at, taking);
    }

    /// Finds out which prompts were answered by what steps took. Returns whether one closed.
    ///
    /// Nothing on the wire links an answer to its question. What the server is known to have accepted was taken first; of several
    /// answers whose fate is unknown none is chosen before there are as many takings, since a question too many can be answered
    /// in vain, and a question too few blocks the run.
    fn attribute(&mut self) -> bool {
        let mut changed = self.take_back();
        for guess in [false, true] {
            let mut at = 0;
            while let Some((class, sequence)) = self.takings.get(at).cloned() {
                let answers = self.answers_before(&class, sequence);
                let accepted = answers.iter().find(|answer| answer.accepted);
                let meant = accepted.or_else(|| answers.first().filter(|_| guess && self.all_taken(&class)));
                if meant.is_none() && !(guess && answers.is_empty()) {
                    at += 1;
                    continue;
                }
                self.takings.remove(at);
                changed |= match meant {
                    Some(answer) => self.take(answer, (class, sequence)),
                    None => self.taken_of_somebody((class, sequence)),
                };
            }
        }
        changed
    }

    /// Whether there are as many takings left as answers that they can be of.
    fn all_taken(&self, class: &str) -> bool {
        let takings = || self.takings.iter().filter(|(other, _)| other == class);
        let last = takings().map(|(_, sequence)| *sequence).max().unwrap_or_default();
        self.answers_before(class, last).len() <= takings().count()
    }

    /// A step took this answer. Returns whether a prompt closed.
    fn take(&mut self, answer: &Answer, taking: (String, u64)) -> bool {
        let ours = answer
            .event
            .and_then(|at| Some((at, self.sent.all().get(at)?.clone())));
        if let Some((at, _)) = ours {
            self.sent.mark(at, SentState::Taken);
        }
        let sequence = taking.1;
        let place = answer.prompt.or_else(|| self.longest_waiting(sequence));
        if !answer.accepted || answer.prompt.is_none() {
            self.guess(taking, place, ours);
        }
        place
            .map(|place| self.close(place, Closing::Answered(sequence)))
            .is_some()
    }

    /// Somebody else answered. Returns whether a prompt closed.
    fn taken_of_somebody(&mut self, taking: (String, u64)) -> bool {
        let sequence = taking.1;
        let Some(place) = self.longest_waiting(sequence) else {
            return false;
        };
        self.guess(taking, Some(place), None);
        self.close(place, Closing::Answered(sequence));
        true
    }

    /// The open prompt that most likely was answered when nothing tells.
    fn longest_waiting(&self, sequence: u64) -> Option<usize> {
        self.list
            .iter()
            .position(|prompt| prompt.is_waiting(sequence) && prompt.state == PromptState::Open)
    }

    fn guess(&mut self, taking: (String, u64), prompt: Option<usize>, event: Option<(usize, SentEvent)>) {
        // News of other tabs come within a moment.
        if self.guesses.len() >= MAX_GUESSES {
            self.guesses.remove(0);
        }
        self.guesses.push(Guess {
            taking,
            prompt,
            event,
        });
    }

    /// Takes back what was guessed. Returns whether anything was.
    fn take_back(&mut self) -> bool {
        let guesses = std::mem::take(&mut self.guesses);
        for guess in guesses.iter().rev() {
            if let Some((place, event)) = &guess.event {
                self.sent.put_back(*place, event);
            }
            if let Some(prompt) = guess.prompt.and_then(|at| self.list.get_mut(at)) {
                prompt.closed = None;
            }
            if let Some(at) = guess.prompt {
                self.sent_again(at);
            }
            self.taking(guess.taking.clone());
        }
        !guesses.is_empty()
    }

    /// The answers to open prompts that a step may have taken at this sequence, those sent first first.
    fn answers_before(&self, class: &str, sequence: u64) -> Vec<Answer> {
        let mut answers: Vec<Answer> = Vec::new();
        let mut put = |answer: Answer| {
            let place = answers.partition_point(|known| known.at <= answer.at);
            answers.insert(place, answer);
        };
        for (event, sent) in self.sent.all().iter().enumerate() {
            let place = sent.prompt.map(|prompt| (prompt, self.place(prompt)));
            let waits = place.is_none_or(|(_, place)| {
                place
                    .and_then(|at| self.list.get(at))
                    .is_some_and(|prompt| prompt.is_waiting(sequence))
            });
            if waits && sent.class == class && sent.state.is_pending() && sent.is_before(sequence) {
                put(Answer {
                    accepted: sent.state == SentState::Sent,
                    at: sent.at,
                    prompt: place.and_then(|(_, place)| place),
                    event: Some(event),
                });
            }
        }
        for (at, prompt) in self.list.iter().enumerate() {
            let Some(claim) = prompt.claim.filter(|_| prompt.is_waiting(sequence)) else {
                continue;
            };
            let ours = self.sent.all().iter().any(|sent| sent.nonce == claim.nonce);
            let pending =
                claim.state != ClaimState::Unhandled && claim.after.is_none_or(|after| after < sequence);
            if !ours && pending {
                put(Answer {
                    accepted: claim.state == ClaimState::Sent,
                    at: claim.at,
                    prompt: Some(at),
                    event: None,
                });
            }
        }
        answers
    }

    fn step_stopped(&mut self, step: StepState) -> bool {
        let started_with = self.at_work.remove(&worker(&step)).flatten();
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

    fn unhandled(&mut self, value: &str, sequence: u64) -> bool {
        let Some(class) = field_str(value, "event_type") else {
            return false;
        };
        // The newest that can be meant; another tab tells of its own.
        let Some(event) = self
            .answers_before(&class, sequence)
            .pop()
            .and_then(|answer| answer.event)
        else {
            return false;
        };
        let Some((prompt, nonce)) = self.sent.mark(event, SentState::Unhandled) else {
            return false;
        };
        if let Some(at) = prompt.and_then(|prompt| self.place(prompt)) {
            // It can be answered again, in any tab.
            if let Some(prompt) = self.list.get_mut(at)
                && let Some(claim) = prompt.claim.filter(|claim| claim.nonce == nonce)
            {
                prompt.claim = Some(Claim {
                    state: ClaimState::Unhandled,
                    after: Some(sequence),
                    ..claim
                });
                self.words.push((prompt.sequence, prompt.claim));
            }
            self.sent_again(at);
        }
        self.attribute();
        true
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

    /// The prompt that was answered by what a step resumed with: one that a tab answered, else the oldest.
    fn resumed(&self, by: impl Fn(&Prompt) -> bool) -> Option<usize> {
        let open = |prompt: &Prompt| prompt.closed.is_none() && by(prompt);
        let answered = |prompt: &Prompt| open(prompt) && !prompt.state.can_respond();
        self.list
            .iter()
            .position(answered)
            .or_else(|| self.list.iter().position(open))
    }
}

/// A taking that was attributed to an answer whose fate is unknown.
#[derive(Debug)]
struct Guess {
    taking: (String, u64),
    /// The place of the prompt that was closed.
    prompt: Option<usize>,
    /// The place of our event, and what it was.
    event: Option<(usize, SentEvent)>,
}

/// An answer on its way to the run, as far as we know.
#[derive(Debug)]
struct Answer {
    accepted: bool,
    at: Time,
    /// The place of the prompt that it answers.
    prompt: Option<usize>,
    /// The place of our event. None: another tab sent it.
    event: Option<usize>,
}

/// When a tab that says to be sending an answer to this prompt is believed to be gone.
fn expiry(prompt: &Prompt) -> Option<Time> {
    let claim = prompt.claim.filter(|claim| claim.state == ClaimState::Sending)?;
    let ours = prompt
        .sent
        .as_ref()
        .is_some_and(|sent| prompt.is_ours(sent) && sent.state == SentState::Sending);
    (!ours).then(|| claim.at.plus(CLAIM_MS))
}
