//! Suspected stop events, and the checks for events after them.

use super::{Phase, RunMachine};
use crate::{Changes, Connection, EventKind, EventLog, Failure, HandlerStatus, Outcome, StepState, Time};

/// When the server is checked after a stop event that no step returned, in milliseconds; later every [`REPEAT_MS`].
const FORWARDED_MS: [u64; 3] = [1_000, 2_000, 5_000];
const REPEAT_MS: u64 = 10_000;
/// After this long without updates such a run counts as completed.
const GIVE_UP_MS: u64 = 10 * 60_000;
/// And after at least this many checks, because a suspended computer does not check.
const GIVE_UP_CHECKS: usize = 30;
/// How often it is still checked then.
const AFTERWARDS_MS: u64 = 60_000;
/// When the server is checked after a stop event in a stream that shows no steps.
const UNPROVEN_MS: [u64; 3] = [1_000, 5_000, 30_000];
/// How far before a stop event the end of its step is searched for. It comes directly before it (observed on llama-agents-server 0.8.0); a
/// concurrent store may put the events of other steps between them.
const LOOK_BACK: usize = 32;

/// A stop event that may not have ended the run.
///
/// A step can pass the events of a nested workflow on to its own stream, including the nested `StopEvent`. The server then ends the stream
/// and lists the run as completed, but stores later events, and changes the handler's result at the real end (observed on
/// llama-agents-server 0.8.0). A stop event of the run itself comes directly after the `StepStateChanged` of the step that returned it.
/// Otherwise the run counts as running, and the server is asked for more events: after 1, 2 and 5 s, then every 10 s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SuspectedStop {
    /// The stop event's sequence. `None`: events followed it, and then the server had no more.
    pub sequence: Option<u64>,
    /// The state of the checks.
    pub check: StopCheck,
}

/// The state of the checks of a [`SuspectedStop`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopCheck {
    /// The run counts as running; the server is asked for more events.
    Checking,
    /// Nothing arrived for ten minutes: the run counts as completed. The server is checked once a minute while the run is followed.
    GivenUp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Forwarded,
    /// The stream shows no steps, so there is no evidence for or against the stop event.
    Unproven,
    GivenUp,
}

#[derive(Clone, Debug)]
pub(super) struct Suspicion {
    kind: Kind,
    sequence: Option<u64>,
    since: Time,
    checks: usize,
    /// The handler's `updated_at` at the last check.
    row: Option<Option<String>>,
}

impl Suspicion {
    fn new(kind: Kind, now: Time, sequence: Option<u64>) -> Self {
        Self {
            kind,
            sequence,
            since: now,
            checks: 0,
            row: None,
        }
    }

    pub(super) const fn reported(&self) -> Option<SuspectedStop> {
        let check = match self.kind {
            Kind::Forwarded => StopCheck::Checking,
            Kind::GivenUp => StopCheck::GivenUp,
            Kind::Unproven => return None,
        };
        Some(SuspectedStop {
            sequence: self.sequence,
            check,
        })
    }

    /// When the next check is due. `None`: it was the last one.
    fn next_check(&mut self, now: Time) -> Option<Time> {
        let checks = self.checks;
        self.checks += 1;
        let after = match self.kind {
            Kind::GivenUp => return Some(now.plus(AFTERWARDS_MS)),
            Kind::Unproven => *UNPROVEN_MS.get(checks)?,
            Kind::Forwarded => FORWARDED_MS.get(checks).copied().unwrap_or_else(|| {
                let repeats = (checks + 1 - FORWARDED_MS.len()) as u64;
                FORWARDED_MS[FORWARDED_MS.len() - 1] + repeats * REPEAT_MS
            }),
        };
        // A check that was late, or took long, is followed by a full delay.
        let pause = if checks < FORWARDED_MS.len() {
            FORWARDED_MS[0]
        } else {
            REPEAT_MS
        };
        Some(self.since.plus(after).max(now.plus(pause / 2)))
    }
}

/// Whether a step returned the stop event at this index. `None`: the log does not show it.
fn is_returned(log: &EventLog, index: usize, class: &str) -> Option<bool> {
    if !log.has_kind(EventKind::StepState) {
        return None;
    }
    let mut next = log.get(index)?.sequence;
    for before in (index.saturating_sub(LOOK_BACK)..index).rev() {
        let event = log.get(before)?;
        if event.kind == EventKind::Undecodable || event.kind == EventKind::Oversized {
            return None;
        }
        if event.sequence.saturating_add(1) != next {
            return None;
        }
        next = event.sequence;
        match event.kind {
            EventKind::StepState => {
                let step = event.value.and_then(StepState::parse);
                if step.is_some_and(|step| step.is_stopped() && step.output.as_deref() == Some(class)) {
                    return Some(true);
                }
            }
            EventKind::Stop => break,
            _ => {}
        }
    }
    Some(false)
}

impl RunMachine {
    /// Decides whether the stop event at this index ends the run. Returns whether it counts as the end.
    pub(super) fn check_stop(&mut self, now: Time, index: usize) -> bool {
        let Some(event) = self.log.get(index).filter(|event| event.kind == EventKind::Stop) else {
            return true;
        };
        let sequence = Some(event.sequence);
        let kind = match is_returned(&self.log, index, &event.class.name) {
            Some(true) => return true,
            Some(false) => Kind::Forwarded,
            None => Kind::Unproven,
        };
        self.suspicion = Some(Suspicion::new(kind, now, sequence));
        kind != Kind::Forwarded
    }

    /// An event arrived after the assumed end.
    pub(super) fn supersede(&mut self, changes: &mut Changes) {
        if self.suspicion.take().is_some() && self.phase == Phase::Live {
            self.connection = Connection::Live;
        }
        if self.outcome.take().is_some() {
            self.described_end = false;
            self.stale_end = self
                .handler
                .as_ref()
                .filter(|handler| handler.status.is_terminal())
                .map(|handler| handler.updated_at.clone());
        }
        changes.handler = true;
    }

    pub(super) fn conclude(&mut self, outcome: Outcome) {
        self.stale_end = None;
        self.described_end = false;
        self.outcome = Some(outcome);
    }

    /// Whether the run counts as running although a stop event was received.
    pub(super) fn is_checking_stop(&self) -> bool {
        self.is_suspected(Kind::Forwarded)
    }

    /// Whether a run that counts as completed is checked for more.
    pub(super) fn is_checking_quietly(&self) -> bool {
        self.suspicion.is_some() && !self.is_checking_stop()
    }

    fn is_suspected(&self, kind: Kind) -> bool {
        self.suspicion
            .as_ref()
            .is_some_and(|suspicion| suspicion.kind == kind)
    }

    /// Whether the handler reports an end that was followed by events.
    pub(super) fn is_end_stale(&self) -> bool {
        let handler = self
            .handler
            .as_ref()
            .filter(|handler| handler.status.is_terminal());
        handler.is_some_and(|handler| self.stale_end.as_ref() == Some(&handler.updated_at))
    }

    /// Suspects an end that was accepted before.
    pub(super) fn suspect_end(&mut self, now: Time) {
        let kind = if self.is_end_stale() {
            Kind::Forwarded
        } else {
            Kind::Unproven
        };
        let sequence = self.outcome.as_ref().map(|outcome| outcome.sequence);
        self.suspicion = Some(Suspicion::new(kind, now, sequence));
    }

    /// The server has no more events for now: checks again later, or at once if the handler contradicts the stop event.
    pub(super) fn await_more(&mut self, now: Time, changes: &mut Changes) {
        let row = self
            .handler
            .as_ref()
            .and_then(|handler| handler.updated_at.clone());
        let contradicted = self.is_stop_contradicted();
        let Some(suspicion) = self.suspicion.as_mut() else {
            return self.finish();
        };
        let known = suspicion.row.replace(row.clone());
        let moved = known.as_ref().is_some_and(|known| *known != row);
        if moved {
            suspicion.since = now;
            suspicion.checks = 0;
        }
        if moved || (known.is_none() && contradicted) {
            return self.check_end(now);
        }
        let waited = now.since(suspicion.since) >= GIVE_UP_MS && suspicion.checks >= GIVE_UP_CHECKS;
        if suspicion.kind == Kind::Forwarded && waited {
            suspicion.kind = Kind::GivenUp;
            self.stale_end = None;
            changes.handler = true;
            changes.prompts |= self.prompts.close_all();
        }
        self.check_later(now);
    }

    /// Whether the handler reports another end than the received stop event.
    fn is_stop_contradicted(&self) -> bool {
        let (Some(outcome), Some(handler)) = (&self.outcome, &self.handler) else {
            return false;
        };
        match handler.status {
            HandlerStatus::Failed | HandlerStatus::Cancelled => true,
            HandlerStatus::Completed => handler.result.as_ref().is_some_and(|result| {
                result.class.is_some() && result.value.as_str() != outcome.event.value.as_str()
            }),
            HandlerStatus::Running | HandlerStatus::Other(_) => false,
        }
    }

    /// Sets the time of the next check.
    pub(super) fn check_later(&mut self, now: Time) {
        let next = self
            .suspicion
            .as_mut()
            .and_then(|suspicion| Some((suspicion.next_check(now)?, suspicion.kind, suspicion.checks)));
        match next {
            Some((at, Kind::Forwarded, checks)) => {
                self.close_stream();
                self.phase = Phase::Waiting;
                self.deadline = Some(at);
                self.connection = Connection::Retrying {
                    attempt: checks as u32,
                    at,
                    cause: Failure::network(
                        "The stream ended with a stop event that no step of this run returned; it may be a nested workflow's.",
                    ),
                };
            }
            Some((at, ..)) => {
                self.finish();
                self.deadline = self.watched.then_some(at);
            }
            None => {
                self.suspicion = None;
                self.finish();
            }
        }
    }

    /// A check failed, so it does not count.
    pub(super) fn check_again(&mut self, now: Time) {
        self.finish();
        self.deadline = self.watched.then_some(now.plus(AFTERWARDS_MS));
        if let Some(suspicion) = self.suspicion.as_mut() {
            suspicion.checks = suspicion.checks.saturating_sub(1);
        }
    }

    /// Requests events after the stop event.
    pub(super) fn check_end(&mut self, now: Time) {
        if self.is_checking_quietly() && !self.online {
            self.check_again(now);
        } else {
            self.connect(now);
        }
    }
}
