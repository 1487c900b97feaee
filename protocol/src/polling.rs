//! Chooses the run to poll next: finds the prompts of all running runs without following each of them.

use std::sync::Arc;

use crate::{HandlerState, Time};

/// A stream that received nothing for this long, in milliseconds, has sent everything.
const QUIET_MS: u64 = 400;
/// How long a stream may take to open.
const OPENING_MS: u64 = 10_000;
/// The maximum duration of a poll after its stream is open: some runs are never quiet.
const STAY_MS: u64 = 5_000;
/// The delay between two polls.
const PAUSE_MS: u64 = 200;
/// A run is not polled again for this many times the duration of its last poll: each makes the server read the run's whole history.
const REST: u64 = 10;
/// The delay after a failed poll: the next one would probably fail as well.
const FAILED_PAUSE_MS: u64 = 5_000;
/// How long a run is not polled after a failure.
const FAILED_REST_MS: u64 = 60_000;

/// An input of a [`PollMachine`].
#[derive(Clone, Debug)]
pub enum PollInput {
    /// All relevant running handlers, newest first. Others are forgotten.
    Running(Vec<Arc<HandlerState>>),
    /// The run probably changed, for example because it was answered.
    Moved(String),
    /// When the stream of the poll was opened, or last received something.
    Progress(Time),
    /// The poll has ended.
    Ended {
        /// The stream was not read, or not completely.
        failed: bool,
    },
    /// [`PollMachine::next_deadline`] was reached. During a poll, report its progress first.
    Tick,
}

/// A command of a [`PollMachine`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PollCommand {
    /// Follow this handler, with a stream slot that no other stream needs.
    Start(String),
    /// The poll has ended: stop following it.
    Stop,
}

#[derive(Debug)]
struct Known {
    state: Arc<HandlerState>,
    /// It may have changed since the last poll.
    news: bool,
    rests_until: Time,
}

#[derive(Debug)]
struct Look {
    id: String,
    since: Time,
    over_at: Time,
    progress_at: Option<Time>,
    check_at: Time,
}

/// Polls running runs briefly, one after the other, so that all their prompts are known while hardly any connections are used: a state
/// machine without I/O, with the same contract as [`RunMachine`](crate::RunMachine).
///
/// A run is polled when it is new and whenever its `updated_at` changed, which happens when the run becomes idle, so also when it waits for
/// a person. The most recently changed run comes first. A poll lasts until the stream has been quiet for 0.4 s, and 5 s at most once it is
/// open; then the run is not polled for ten times as long. The prompt of a run whose other steps are busy is found when they are done.
#[derive(Debug, Default)]
pub struct PollMachine {
    runs: Vec<Known>,
    look: Option<Look>,
    /// No poll starts before this time.
    free_at: Time,
    commands: Vec<PollCommand>,
}

impl PollMachine {
    /// A machine without runs.
    pub fn new() -> Self {
        Self::default()
    }

    /// Handles one input.
    pub fn handle(&mut self, now: Time, input: PollInput) {
        match input {
            PollInput::Running(states) => self.running(now, states),
            PollInput::Moved(id) => {
                if let Some(run) = self.runs.iter_mut().find(|run| run.is(&id)) {
                    run.news = true;
                }
            }
            PollInput::Progress(at) => {
                if let Some(look) = &mut self.look {
                    if look.progress_at.is_none() {
                        look.over_at = now.plus(STAY_MS);
                    }
                    look.progress_at = look.progress_at.max(Some(at));
                }
            }
            PollInput::Ended { failed } => self.end(now, failed),
            PollInput::Tick => {}
        }
        self.arrange(now);
    }

    /// The next command, if any.
    pub fn poll_command(&mut self) -> Option<PollCommand> {
        (!self.commands.is_empty()).then(|| self.commands.remove(0))
    }

    /// When [`PollInput::Tick`] is due.
    pub fn next_deadline(&self) -> Option<Time> {
        match &self.look {
            Some(look) => Some(look.check_at),
            None => self
                .due()
                .map(|run| run.rests_until)
                .min()
                .map(|at| at.max(self.free_at)),
        }
    }

    fn due(&self) -> impl Iterator<Item = &Known> {
        self.runs.iter().filter(|run| run.news)
    }

    fn running(&mut self, now: Time, states: Vec<Arc<HandlerState>>) {
        let before = std::mem::take(&mut self.runs);
        let mut next = 0;
        for state in states {
            let id = &state.handler.handler_id;
            // The order is the same each time, so the search starts at the last match.
            let at = (next..before.len()).chain(0..next).find(|at| before[*at].is(id));
            let known = at.map(|at| &before[at]);
            next = at.map_or(next, |at| at + 1);
            let moved = known.is_none_or(|known| known.state.handler.updated_at != state.handler.updated_at);
            let look = self.look.as_mut().filter(|look| look.id == *id);
            let news = match look {
                // A change during the poll is read by it; it only takes a little longer.
                Some(look) => {
                    if moved && let Some(progress_at) = &mut look.progress_at {
                        *progress_at = now;
                    }
                    false
                }
                None => moved || known.is_some_and(|known| known.news),
            };
            self.runs.push(Known {
                news,
                rests_until: known.map(|known| known.rests_until).unwrap_or_default(),
                state,
            });
        }
    }

    fn arrange(&mut self, now: Time) {
        if let Some(look) = &mut self.look {
            let quiet_at = look.progress_at.map(|at| at.plus(QUIET_MS));
            if now < look.over_at && quiet_at.is_none_or(|at| now < at) {
                look.check_at = quiet_at.unwrap_or_else(|| now.plus(QUIET_MS)).min(look.over_at);
                return;
            }
            let failed = look.progress_at.is_none();
            self.end(now, failed);
        }
        if now < self.free_at {
            return;
        }
        // The server's times sort as text.
        let next = self
            .runs
            .iter_mut()
            .filter(|run| run.news && run.rests_until <= now)
            .min_by(|a, b| b.state.handler.updated_at.cmp(&a.state.handler.updated_at));
        if let Some(run) = next {
            run.news = false;
            let id = &run.state.handler.handler_id;
            self.look = Some(Look {
                id: id.clone(),
                since: now,
                over_at: now.plus(OPENING_MS),
                progress_at: None,
                check_at: now.plus(QUIET_MS),
            });
            self.commands.push(PollCommand::Start(id.clone()));
        }
    }

    fn end(&mut self, now: Time, failed: bool) {
        let Some(look) = self.look.take() else { return };
        self.commands.push(PollCommand::Stop);
        let (pause, rest) = if failed {
            (FAILED_PAUSE_MS, FAILED_REST_MS)
        } else {
            (PAUSE_MS, now.since(look.since).saturating_mul(REST))
        };
        self.free_at = now.plus(pause);
        if let Some(run) = self.runs.iter_mut().find(|run| run.is(&look.id)) {
            run.news |= failed;
            run.rests_until = now.plus(rest);
        }
    }
}

impl Known {
    fn is(&self, id: &str) -> bool {
        self.state.handler.handler_id == id
    }
}
