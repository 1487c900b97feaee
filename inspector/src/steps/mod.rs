//! The steps of a run, computed from its events: one span for each execution of a step, and one for each prompt that waited for a person.
//!
//! The events contain which step and worker starts and stops, but no times. The times are those at which this page saw the events
//! ([`EventRef::seen`]). [`Axis`] positions the marks by time if it is known, and else by order. [`bars`] selects what is drawn.

mod attempts;
mod axis;
mod bars;
mod flows;
mod read;

pub use axis::{Axis, Fold};
pub use bars::{Bar, Frame, bars};
pub(crate) use flows::Counted;
pub use flows::{Activity, Flow};

use attempts::{Input, Queue};
use flows::Flows;
use std::collections::HashMap;
use workflow_protocol::{EventKind, EventRef, StepState, field_str, fields};

/// No mark, no span, or no name.
pub const NONE: u32 = u32::MAX;

/// How many names and lanes are distinguished. A run has dozens; one that creates a class per event must stay fast.
const MOST: usize = 2_048;

/// How many bytes of a name are kept.
const NAME_BYTES: usize = 512;

/// How many concurrent prompts are shown.
const QUESTIONS: usize = 32;

/// How many executions without a result are kept until they are retried.
const UNFINISHED: usize = 256;

/// The class that a `@catch_error` step receives.
const FAILED_STEP: &str = "StepFailedEvent";

/// The outcome of a span so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// The step ended, with an event or without.
    Returned,
    /// The prompt was answered.
    Answered,
    /// The step waits for an answer; it starts again when that arrives.
    Parked,
    /// The run ended, or the server was restarted, before the span ended.
    CutOff,
    /// The step is running.
    Running,
    /// The prompt waits for a person.
    Waiting,
    /// The step raised an exception. It may be retried.
    Failed,
}

impl Outcome {
    /// One lower-case word, as in `data-outcome`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Returned => "returned",
            Self::Answered => "answered",
            Self::Parked => "parked",
            Self::CutOff => "cut_off",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Failed => "failed",
        }
    }

    /// The outcome for people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::CutOff => "cut off",
            other => other.as_str(),
        }
    }
}

/// One execution of a step, or the waiting time of a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Its lane, see [`Steps::lane`].
    pub lane: u32,
    /// The class of the step's input event, or of the prompt: a name, see [`Steps::name`].
    pub input: u32,
    /// The class of the step's output event, or [`NONE`].
    pub output: u32,
    /// The mark at which it started.
    pub from: u32,
    /// The mark at which it ended, [`NONE`] while it is open.
    pub to: u32,
    /// The number of the attempt with this event, from 1.
    pub attempt: u32,
    /// Its outcome.
    pub outcome: Outcome,
}

/// An event that moved a step or asked a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The event's sequence.
    pub sequence: u64,
    /// When it was seen, in milliseconds since the epoch; `None` for history.
    pub at: Option<u64>,
    /// How many steps were running after it.
    pub busy: u32,
    /// The span that it started, else one that it ended, else [`NONE`].
    pub span: u32,
}

/// A step's worker, or a row for concurrent prompts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// The step's name, or [`NONE`] for prompts.
    pub step: u32,
    /// The server's name of the worker; a number from 0 for prompts.
    pub worker: String,
    /// Its spans, which do not overlap, in order.
    pub spans: Vec<u32>,
    open: u32,
}

/// A waiting prompt.
#[derive(Clone, Copy, Debug)]
struct Wait {
    span: u32,
    /// The execution of the step that waits for the answer, or [`NONE`] if a step returned the prompt.
    parked: u32,
}

/// The steps of a run so far.
#[derive(Debug, Default)]
pub struct Steps {
    names: Vec<String>,
    /// The numbers of the names.
    numbers: HashMap<String, u32>,
    lanes: Vec<Lane>,
    /// The lanes of a step, by the names of its workers.
    lane_numbers: HashMap<u32, HashMap<String, u32>>,
    question_lanes: Vec<u32>,
    rows: Vec<u32>,
    spans: Vec<Span>,
    /// Where each span is counted.
    counted: Vec<Counted>,
    /// The mark and the span of each end, in order.
    ends: Vec<(u32, u32)>,
    marks: Vec<Mark>,
    taken: Flows,
    given: Flows,
    asked: Flows,
    answers: Vec<String>,
    waits: Vec<Wait>,
    /// Executions that ended without a result: the next one with the same event continues them.
    unfinished: Vec<u32>,
    /// The queued events, if there are any.
    queues: HashMap<Input, Queue>,
    /// The step whose worker became free last, [`NONE`] if it took the next event.
    free: u32,
    /// The last execution of each step after whose failure the server called a handler.
    given_up: HashMap<u32, u32>,
    /// The execution that ended without a result in the previous step event.
    just_ended: u32,
    /// The output of the step that stopped last.
    returned: Option<String>,
    busy: u32,
    idle: bool,
    unread: usize,
    /// The mark of the event that ended the run, or [`NONE`].
    end: u32,
    /// The errors of spans, as far as an event says them, by span.
    errors: Vec<(u32, String)>,
}

impl Steps {
    /// Without data. `answers` are the classes that can answer a prompt ([`response_classes`](workflow_protocol::response_classes));
    /// without them, any event that starts a step after the run was idle counts as an answer.
    pub fn new(answers: Vec<String>) -> Self {
        Self {
            answers,
            free: NONE,
            just_ended: NONE,
            end: NONE,
            ..Self::default()
        }
    }

    /// Handles the next event of the run, including internal ones.
    pub fn push(&mut self, event: &EventRef<'_>) {
        match event.kind {
            EventKind::StepState => match event.value.and_then(StepState::parse) {
                Some(state) if state.is_queued() => self.queue(&state),
                Some(state) => {
                    let mark = self.mark(event);
                    if state.is_running() {
                        self.started(&state, mark);
                    } else {
                        self.stopped(&state, mark);
                        self.returned.clone_from(&state.output);
                    }
                    self.idle = false;
                    if let Some(mark) = self.marks.last_mut() {
                        mark.busy = self.busy;
                    }
                }
                None => {
                    self.unread += 1;
                    self.free = NONE;
                }
            },
            EventKind::InputRequired => self.ask(event),
            EventKind::Idle => self.idle = true,
            // A nested workflow's stop event that a step passed on.
            EventKind::Stop if !self.is_returned(&event.class.name) => {}
            kind if kind.is_terminal() => self.ended(event),
            EventKind::Plain if event.class.is(FAILED_STEP) => self.gave_up(event),
            _ => {}
        }
    }

    fn mark(&mut self, event: &EventRef<'_>) -> u32 {
        let at = match (event.seen, self.marks.last()) {
            // Clocks may be set back; an axis cannot.
            (Some(seen), Some(Mark { at: Some(last), .. })) => Some(seen.0.max(*last)),
            (seen, _) => seen.map(|seen| seen.0),
        };
        self.marks.push(Mark {
            sequence: event.sequence,
            at,
            busy: self.busy,
            span: NONE,
        });
        self.marks.len() as u32 - 1
    }

    fn started(&mut self, state: &StepState, mark: u32) {
        let step = self.intern(&state.name);
        let input = state.input.as_deref().map_or(NONE, |class| self.intern(class));
        let lane = self.lane_of(step, &state.worker_id);
        // The same worker starts again without having stopped: the server was restarted.
        let is_rerun = self.close(lane, mark, Outcome::CutOff).is_some();
        let mut attempt = 1;
        let before = self.take_continued((step, input), is_rerun);
        if let Some(found) = before.and_then(|before| self.span(before)) {
            attempt = found.attempt + u32::from(found.outcome == Outcome::Failed);
        }
        let answer = match before {
            Some(before) => self.waits.iter().position(|wait| wait.parked == before),
            None => None,
        };
        let answer = answer.or_else(|| {
            let fits = match &state.input {
                Some(class) if !self.answers.is_empty() => self.answers.contains(class),
                _ => self.idle,
            };
            let returned = |wait: &Wait| wait.parked == NONE;
            if fits {
                self.waits.iter().position(returned)
            } else {
                None
            }
        });
        if let Some(answer) = answer {
            let wait = self.waits.remove(answer);
            self.close_span(wait.span, mark, Outcome::Answered);
        }
        let retry_of = before.filter(|before| {
            let before = self.span(*before);
            before.is_some_and(|before| before.outcome == Outcome::Failed)
        });
        let place = self.taken.add(step, input);
        self.open(
            Span {
                lane,
                input,
                output: NONE,
                from: mark,
                to: NONE,
                attempt,
                outcome: Outcome::Running,
            },
            place,
        );
        if let (Some(before), Some(counted)) = (retry_of, self.counted.last_mut()) {
            counted.retry_of = before;
        }
        self.busy += 1;
        self.just_ended = NONE;
    }

    fn stopped(&mut self, state: &StepState, mark: u32) {
        let step = self.intern(&state.name);
        let lane = self.lane_of(step, &state.worker_id);
        let outcome = if state.returned {
            Outcome::Returned
        } else {
            Outcome::Failed
        };
        self.release(step);
        self.just_ended = NONE;
        let Some(span) = self.close(lane, mark, outcome) else {
            return;
        };
        if state.returned {
            let output = state.output.as_deref().map_or(NONE, |class| self.intern(class));
            let place = self.given.add(step, output);
            if let (Some(known), Some(counted)) = (
                self.spans.get_mut(span as usize),
                self.counted.get_mut(span as usize),
            ) {
                known.output = output;
                counted.output = place;
            }
        } else {
            self.just_ended = span;
            if self.unfinished.len() >= UNFINISHED {
                self.unfinished.remove(0);
            }
            self.unfinished.push(span);
        }
    }

    fn ask(&mut self, event: &EventRef<'_>) {
        let mark = self.mark(event);
        let input = self.intern(&event.class.name);
        let place = self.asked.add(NONE, input);
        let is_free = |lane: &&u32| {
            self.lanes
                .get(**lane as usize)
                .is_none_or(|lane| lane.open == NONE)
        };
        let lane = match (
            self.question_lanes.iter().find(is_free),
            self.question_lanes.last(),
        ) {
            (Some(free), _) => *free,
            (None, Some(last)) if self.question_lanes.len() > QUESTIONS => *last,
            (None, _) => {
                let lane = self.lane_of(NONE, &number(self.question_lanes.len()));
                self.question_lanes.push(lane);
                lane
            }
        };
        if let Some(cut_off) = self.close(lane, mark, Outcome::CutOff) {
            // It is no longer waited for, so there are at most as many waiting prompts as lanes.
            self.waits.retain(|wait| wait.span != cut_off);
        }
        let parked = std::mem::replace(&mut self.just_ended, NONE);
        if let Some(span) = self.spans.get_mut(parked as usize) {
            span.outcome = Outcome::Parked;
        }
        let span = self.spans.len() as u32;
        self.waits.push(Wait { span, parked });
        self.open(
            Span {
                lane,
                input,
                output: NONE,
                from: mark,
                to: NONE,
                attempt: 1,
                outcome: Outcome::Waiting,
            },
            place,
        );
    }

    /// Whether a step just returned an event of this class, as far as steps are known.
    fn is_returned(&self, class: &str) -> bool {
        self.lanes.is_empty() || self.returned.as_deref() == Some(class)
    }

    /// A step failed permanently: the event contains the number of attempts.
    fn gave_up(&mut self, event: &EventRef<'_>) {
        let fields = event
            .value
            .and_then(|value| fields(value).ok())
            .unwrap_or_default();
        let get = |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, value)| value);
        let step = get("step_name").and_then(|name| self.find(&name.text()?));
        let attempts = get("attempts").and_then(|attempts| attempts.as_str().parse::<u32>().ok());
        let (Some(step), Some(attempts)) = (step, attempts) else {
            return;
        };
        let is_of_step = |span: &&u32| {
            let lane = self.span(**span).and_then(|span| self.lane(span.lane));
            lane.is_some_and(|lane| lane.step == step)
        };
        let last = self.unfinished.iter().rev().find(is_of_step).copied();
        let mut last = last.max(self.given_up.get(&step).copied());
        if let (Some(span), Some(error)) = (last, event.value.and_then(error_of))
            && let Err(at) = self.errors.binary_search_by_key(&span, |known| known.0)
        {
            self.errors.insert(at, (span, error));
        }
        while let Some(counted) = last.and_then(|span| self.counted.get_mut(span as usize)) {
            counted.attempts = attempts;
            last = (counted.retry_of != NONE).then_some(counted.retry_of);
        }
    }

    fn ended(&mut self, event: &EventRef<'_>) {
        if event.kind == EventKind::Failed {
            self.gave_up(event);
        }
        let mark = self.mark(event);
        for lane in 0..self.lanes.len() as u32 {
            self.close(lane, mark, Outcome::CutOff);
        }
        self.waits.clear();
        if self.end == NONE {
            self.end = mark;
        }
    }

    /// Starts a span. `place` is that of its input.
    fn open(&mut self, span: Span, place: u32) {
        let index = self.spans.len() as u32;
        let asked = span.outcome == Outcome::Waiting;
        if let Some(lane) = self.lanes.get_mut(span.lane as usize) {
            lane.open = index;
            lane.spans.push(index);
        }
        if let Some(mark) = self.marks.last_mut() {
            mark.span = index;
        }
        self.spans.push(span);
        self.counted.push(Counted {
            input: place,
            asked,
            ..Counted::default()
        });
    }

    /// Ends the open span of a lane.
    fn close(&mut self, lane: u32, mark: u32, outcome: Outcome) -> Option<u32> {
        let open = self.lanes.get(lane as usize)?.open;
        if open == NONE {
            return None;
        }
        self.close_span(open, mark, outcome);
        Some(open)
    }

    fn close_span(&mut self, index: u32, mark: u32, outcome: Outcome) {
        let Some(span) = self.spans.get_mut(index as usize).filter(|span| span.to == NONE) else {
            return;
        };
        span.to = mark;
        span.outcome = outcome;
        self.ends.push((mark, index));
        let Some(lane) = self.lanes.get_mut(span.lane as usize) else {
            return;
        };
        lane.open = NONE;
        if lane.step != NONE {
            self.busy = self.busy.saturating_sub(1);
        }
        if let Some(mark) = self.marks.last_mut() {
            mark.busy = self.busy;
            mark.span = index;
        }
    }

    fn intern(&mut self, name: &str) -> u32 {
        let name = beginning(name);
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        if self.names.len() >= MOST {
            return MOST as u32 - 1;
        }
        let number = self.names.len() as u32;
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        number
    }

    fn lane_of(&mut self, step: u32, worker: &str) -> u32 {
        let worker = beginning(worker);
        let known = self.lane_numbers.get(&step).and_then(|lanes| lanes.get(worker));
        if let Some(lane) = known {
            return *lane;
        }
        if self.lanes.len() >= MOST {
            return MOST as u32 - 1;
        }
        let lane = self.lanes.len() as u32;
        // Prompts on top; below them the steps in order of appearance, each with its workers in order.
        let mut row = if step == NONE { 0 } else { self.rows.len() };
        for (at, other) in self.rows.iter().enumerate() {
            if let Some(other) = self.lanes.get(*other as usize)
                && other.step == step
            {
                row = at + usize::from(before(&other.worker, worker));
                if row == at {
                    break;
                }
            }
        }
        self.rows.insert(row, lane);
        let lanes = self.lane_numbers.entry(step).or_default();
        lanes.insert(worker.to_owned(), lane);
        self.lanes.push(Lane {
            step,
            worker: worker.to_owned(),
            spans: Vec::new(),
            open: NONE,
        });
        lane
    }
}

/// The exception in the event of a failure: `ValueError: no space left`.
fn error_of(value: &str) -> Option<String> {
    let fields = fields(value).ok()?;
    let exception = fields.iter().find(|(key, _)| key == "exception");
    let exception = exception.map(|(_, exception)| exception.as_str())?;
    let class = field_str(exception, "exception_type").unwrap_or_default();
    let message = field_str(exception, "exception_message").unwrap_or_default();
    let mut error = class.rsplit('.').next().unwrap_or_default().to_owned();
    if !error.is_empty() && !message.is_empty() {
        error.push_str(": ");
    }
    error.push_str(&message);
    Some(beginning(&error).to_owned()).filter(|error| !error.is_empty())
}

/// Workers are numbers as text, so shorter ones come first.
fn before(a: &str, b: &str) -> bool {
    (a.len(), a) < (b.len(), b)
}

fn number(n: usize) -> String {
    n.to_string()
}

/// The part of a name that is kept.
fn beginning(name: &str) -> &str {
    let mut end = name.len().min(NAME_BYTES);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name.get(..end).unwrap_or(name)
}
