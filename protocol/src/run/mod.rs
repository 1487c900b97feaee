//! The state machine of one watched run: inputs in, state and commands out.

mod answering;
mod connecting;
mod describing;
mod ending;
mod stalling;
mod streaming;
mod vocabulary;

pub use ending::{StopCheck, SuspectedStop};
pub use vocabulary::{Changes, Outcome, RunCommand, RunInput, RunOptions, StreamEnd, WireStats};

use ending::Suspicion;
use stalling::{Silence, Stall};

use crate::log::ArrivingFrame;
use crate::prompts::Prompts;
use crate::{
    Connection, EventKind, EventLog, Failure, Handler, Prompt, Rng, RunStatus, SentEvent, ServerClock,
    SseDecoder, StopResult, Time,
};

/// How long after the first bytes of a connection the bulk of it is still taken for history, in milliseconds.
const RUSH_MS: u64 = 150;
/// A piece of the stream of at least this size is still history: live events don't come in such pieces.
const RUSH_BYTES: usize = 16 * 1024;
/// How long a stream of a quiet run may be silent before another one is opened, as long as no heartbeat was heard on it.
const PATIENCE_MS: u64 = 90_000;
/// The longest that such silence is ever waited for.
const MAX_PATIENCE_MS: u64 = 15 * 60_000;
/// How long a stream may bring heartbeats and no event before it is replaced; twice as long each time that this brings nothing. A heartbeat
/// proves that the connection lives, not that events still find their way to it.
const DEAF_MS: u64 = 120_000;
/// How long a stream may still be silent after the handler was seen to have ended.
const LAST_EVENT_MS: u64 = 5_000;
/// How often the stream of a run that has ended is tried when it fails without a word.
const LAST_TRIES: u32 = 5;
/// How many streams in a row must have died at once before the event that they should begin with is suspected.
const DEATHS: u32 = 3;
/// How long after its start, in milliseconds, the first connection to a run that we started still brings no history. What happened before a
/// later one happened when nobody knows.
const FRESH_MS: u64 = 5_000;
/// A connection that lived this long, or brought an event, resets the count of failed attempts.
const HEALTHY_MS: u64 = 10_000;

/// Where the machine stands with its connection. What may arrive, and what it means, depends on it.
#[derive(Clone, Debug, PartialEq)]
enum Phase {
    /// Not watched.
    Idle,
    /// The handler is read to learn which run the stream will serve.
    Reading,
    /// The stream was asked for.
    Opening,
    /// The stream is open. Its bytes wait until a second read says that it is still the same run.
    /// If the stream ends meanwhile, its end waits with them.
    Confirming { held: Vec<u8>, end: Option<StreamEnd> },
    /// Events are taken as they come.
    Live,
    /// The stream is over and the handler is read for the end of the story. `drained`: the server said that nothing is
    /// left after our cursor.
    Settling { drained: bool },
    /// The stream failed in a way that tells nothing, and the handler is read for what it knows of it.
    Asking { cause: Failure },
    /// A failed attempt; the next one is at the deadline.
    Waiting,
    /// Nothing more will come.
    Done,
}

/// The suspicion that the server cannot send the next event: it breaks each stream that begins with it.
///
/// (llama-agents-server 0.8.0 does so for a text with half a surrogate pair, which it stores and cannot encode.) A bad network looks the
/// same for a while, so the event is only given up when streams from the cursor died without a single byte, streams from just behind the
/// event did not, and that twice in alternation: three dead, one alive, one dead, one alive. Had the event been readable, the dead one in
/// between would have brought it.
#[derive(Clone, Copy, Debug, Default)]
struct Doubt {
    /// The cursor before the event.
    cursor: i64,
    dead: u32,
    alive: u32,
    /// The stream is one from behind the event.
    behind: bool,
}

/// One run and the connection to its events: a state machine without I/O, without a clock and without tasks.
///
/// # Contract
/// 1. [`handle`](Self::handle) never blocks and never panics, whatever it is given.
/// 2. After each `handle`, take [`poll_command`](Self::poll_command) until it gives none.
/// 3. [`next_deadline`](Self::next_deadline) is the only timer; when it has come, hand in [`RunInput::Tick`].
/// 4. Inputs that belong to an older command are recognised by their epoch and ignored.
/// 5. While [`is_holding`](Self::is_holding), read no further from the stream: its bytes are kept until it is sure whose they are.
///
/// # Which run
/// A stream's address names a handler, and a handler serves its latest run only. So a stream is opened for a run that an
/// earlier answer of the server named, and the handler is read once more when it is open; only when both name the same run
/// are the stream's frames taken (a handler never returns to an earlier run). When the run changed, the log restarts
/// with the new run's first event.
///
/// The answer to our own start is trusted: the frames of the first stream after it are taken at once, while the handler is
/// read. If that read names another run, they are discarded.
///
/// # Which end
/// A stop event ends the run if a step of this run returned it. Any other stop event may belong to a nested workflow whose
/// events were passed on; see [`SuspectedStop`].
#[derive(Debug)]
pub struct RunMachine {
    handler_id: String,
    options: RunOptions,
    rng: Rng,
    commands: Vec<RunCommand>,
    /// How many of the commands were polled.
    polled: usize,
    epoch: u32,
    /// The epoch of the handler read that the phase waits for.
    awaited_read: Option<u32>,
    /// The epoch of a read that nobody waits for.
    side_read: Option<u32>,
    /// The epoch of the open stream.
    stream: Option<u32>,

    handler: Option<Handler>,
    gone: bool,
    problem: Option<Failure>,
    run_id: Option<String>,
    log: EventLog,
    prompts: Prompts,
    /// What we sent to runs of this handler before the page was loaded, and to its earlier runs.
    sent_before: Vec<SentEvent>,
    server_clock: ServerClock,
    outcome: Option<Outcome>,
    /// The outcome is doubted: more events may come after it.
    suspicion: Option<Suspicion>,
    /// `updated_at` of a row that says that the run has ended, although events came after that end.
    stale_end: Option<Option<String>>,
    /// The handler was described after the outcome was received, so its result is the later one.
    described_end: bool,
    wire: WireStats,

    watched: bool,
    online: bool,
    phase: Phase,
    connection: Connection,
    decoder: SseDecoder,
    /// The check of a large frame that is not complete.
    arriving: Option<ArrivingFrame>,
    attempt: u32,
    refused: bool,
    /// The stream answered 404 although the handler was there when we last looked.
    doubted: bool,
    doubt: Doubt,
    /// The stream has brought a byte.
    heard: bool,
    silence: Silence,
    stall: Option<Stall>,
    deadline: Option<Time>,
    /// When we started this run.
    started_at: Option<Time>,
    opened_at: Time,
    last_bytes_at: Time,
    rush_until: Option<Time>,
    patience: u64,
    /// When the stream went live or brought its last event.
    event_at: Time,
    deaf: u64,
    /// The heartbeat's interval belongs to the server, not to the run.
    heartbeat: Option<u64>,
}

impl RunMachine {
    /// A machine for the handler with this id, about which nothing is known yet.
    pub fn new(handler_id: impl Into<String>, options: RunOptions) -> Self {
        let handler_id = handler_id.into();
        Self {
            prompts: Prompts::new(&handler_id),
            handler_id,
            rng: Rng::new(options.seed),
            commands: Vec::new(),
            polled: 0,
            epoch: 0,
            awaited_read: None,
            side_read: None,
            stream: None,
            handler: None,
            gone: false,
            problem: None,
            run_id: None,
            log: EventLog::new(options.log_bytes),
            sent_before: Vec::new(),
            server_clock: ServerClock::default(),
            outcome: None,
            suspicion: None,
            stale_end: None,
            described_end: false,
            wire: WireStats::default(),
            watched: false,
            online: true,
            phase: Phase::Idle,
            connection: Connection::Idle,
            decoder: SseDecoder::with_limit(options.max_frame_bytes),
            arriving: None,
            attempt: 0,
            refused: false,
            doubted: false,
            doubt: Doubt::default(),
            heard: false,
            silence: Silence::default(),
            stall: None,
            deadline: None,
            started_at: None,
            opened_at: Time::default(),
            last_bytes_at: Time::default(),
            rush_until: None,
            patience: PATIENCE_MS,
            event_at: Time::default(),
            deaf: DEAF_MS,
            heartbeat: None,
            options,
        }
    }

    /// Takes one input. See the contract above.
    pub fn handle(&mut self, now: Time, input: RunInput<'_>) -> Changes {
        let before = (self.status(), self.connection.clone());
        let (stop, wire, problem) = (self.suspected_stop(), self.wire, self.problem.clone());
        let mut changes = Changes::default();
        self.prompts.set_now(now);
        self.take(now, input, &mut changes);
        self.prompts.remove_replaced();
        changes.sent |= changes.prompts;
        while let Some((prompt, claim)) = self.prompts.poll_outbox() {
            self.commands.push(RunCommand::KeepClaim { prompt, claim });
        }
        while let Some(prompt) = self.prompts.poll_unlooked() {
            self.commands.push(RunCommand::LookUpClaim { prompt });
        }
        changes.handler |= before.0 != self.status() || stop != self.suspected_stop();
        changes.connection |= before.1 != self.connection || problem != self.problem;
        changes.wire |= wire != self.wire;
        changes
    }

    /// The next thing to do, if any.
    pub fn poll_command(&mut self) -> Option<RunCommand> {
        let Some(command) = self.commands.get_mut(self.polled) else {
            self.commands.clear();
            self.polled = 0;
            return None;
        };
        self.polled += 1;
        // Thousands of prompts give as many commands: none is moved for another.
        Some(std::mem::replace(command, RunCommand::CloseStream))
    }

    /// When [`RunInput::Tick`] is due.
    pub fn next_deadline(&self) -> Option<Time> {
        let prompts = self.prompts.deadline().filter(|_| self.watched);
        let stall = self.stall.as_ref().map(Stall::deadline).filter(|_| self.watched);
        self.deadline.into_iter().chain(prompts).chain(stall).min()
    }

    /// Whether bytes of the stream wait for the confirmation of their run; read no further meanwhile.
    pub const fn is_holding(&self) -> bool {
        matches!(self.phase, Phase::Confirming { .. })
    }

    /// The handler's id.
    pub fn handler_id(&self) -> &str {
        &self.handler_id
    }

    /// The run whose events the log holds.
    pub fn run_id(&self) -> Option<&str> {
        self.run_id.as_deref()
    }

    /// The handler as the server last described it.
    pub const fn handler(&self) -> Option<&Handler> {
        self.handler.as_ref()
    }

    /// What the server knows of the run.
    pub fn status(&self) -> RunStatus {
        if self.gone {
            return RunStatus::Gone;
        }
        match self.outcome.as_ref().map(|outcome| outcome.kind) {
            Some(EventKind::Stop) if self.is_checking_stop() => return self.running(),
            Some(EventKind::Failed) => return RunStatus::Failed,
            Some(EventKind::TimedOut) => return RunStatus::TimedOut,
            Some(EventKind::Cancelled) => return RunStatus::Cancelled,
            Some(_) => return RunStatus::Completed,
            None => {}
        }
        let Some(handler) = &self.handler else {
            return if self.watched {
                RunStatus::Starting
            } else {
                RunStatus::NotStarted
            };
        };
        match handler.run_status() {
            RunStatus::Running => self.running(),
            RunStatus::Completed if !self.has_ended() => self.running(),
            status => status,
        }
    }

    fn running(&self) -> RunStatus {
        if self.prompts.any_open() {
            RunStatus::Waiting
        } else {
            RunStatus::Running
        }
    }

    /// What we know of our connection to the run's events.
    pub const fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The run's events.
    pub const fn log(&self) -> &EventLog {
        &self.log
    }

    /// The run's prompts, answered ones included, oldest first.
    pub fn prompts(&self) -> &[Prompt] {
        self.prompts.all()
    }

    /// What this client sent to the run, oldest first. The server echoes none of it.
    pub fn sent(&self) -> &[SentEvent] {
        self.prompts.sent()
    }

    /// Everything that was sent to the handler as text that outlives the page; see [`RunInput::SentBefore`]. Bounded: the oldest
    /// go first.
    pub fn sent_text(&self) -> String {
        crate::sent::to_text(
            self.sent_before.iter().chain(self.prompts.sent()),
            &self.server_clock,
        )
    }

    /// The event that ended the run, once it was received.
    pub const fn outcome(&self) -> Option<&Outcome> {
        self.outcome.as_ref()
    }

    /// The run's stop event: the last one that the server named, in the handler or in the log. None for runs without a result.
    pub fn result(&self) -> Option<&StopResult> {
        let described = self.handler.as_ref().and_then(|handler| handler.result.as_ref());
        match &self.outcome {
            Some(outcome) if outcome.kind != EventKind::Stop => None,
            Some(_) if self.described_end && described.is_some() => described,
            Some(outcome) => Some(&outcome.event),
            None => described,
        }
    }

    /// The stop event of which it is not sure that it ended the run.
    pub fn suspected_stop(&self) -> Option<SuspectedStop> {
        self.suspicion.as_ref().and_then(Suspicion::reported)
    }

    /// The server's words about a run that failed or timed out.
    pub fn error(&self) -> Option<&str> {
        self.handler.as_ref().and_then(|handler| handler.error.as_deref())
    }

    /// Why the connection was given up, when the server refused for good.
    pub const fn problem(&self) -> Option<&Failure> {
        self.problem.as_ref()
    }

    /// How many sequence numbers were skipped by the server's stream. With internal events on, sequences are contiguous,
    /// so each of them is an event that this client never got.
    pub const fn missing(&self) -> u64 {
        self.wire.missing
    }

    /// What the run's streams have carried so far.
    pub const fn wire(&self) -> WireStats {
        self.wire
    }

    fn take(&mut self, now: Time, input: RunInput<'_>, changes: &mut Changes) {
        match input {
            RunInput::Watch => {
                if !std::mem::replace(&mut self.watched, true) {
                    self.attempt = 0;
                    match self.phase {
                        // More may have come after an end that was doubted.
                        Phase::Done if self.suspicion.is_some() => self.check_end(now),
                        // A finished run may have been continued, a lost one may be back: ask.
                        Phase::Done if self.outcome.is_some() => self.take(now, RunInput::Refresh, changes),
                        Phase::Idle | Phase::Done => self.connect(now),
                        _ => {}
                    }
                }
            }
            RunInput::Unwatch => {
                self.watched = false;
                self.stall = None;
                if self.phase == Phase::Done {
                    self.deadline = None;
                } else if self.is_checking_quietly() {
                    self.finish();
                } else {
                    self.close_stream();
                    let awaited = self.awaited_read.take();
                    if self.handler().is_none() {
                        // A caller without interest in events may still want the description of the run.
                        self.side_read = awaited.or(self.side_read);
                    }
                    self.deadline = None;
                    self.phase = Phase::Idle;
                    self.connection = Connection::Idle;
                }
            }
            RunInput::Refresh => {
                let open_end = self.outcome.is_none() || self.is_checking_stop();
                let gave_up = self.phase == Phase::Done && open_end;
                if self.watched && self.stall.is_some() {
                    self.reopen_stalled(now);
                } else if self.watched && (self.phase == Phase::Waiting || gave_up) {
                    self.refused = false;
                    self.connect(now);
                } else {
                    self.side_read = Some(self.read());
                }
            }
            RunInput::HandlerRead { epoch, result } if self.awaited_read == Some(epoch) => {
                self.awaited_read = None;
                self.awaited(now, result, changes);
            }
            RunInput::HandlerRead { epoch, result } if self.side_read == Some(epoch) => {
                self.side_read = None;
                match result {
                    Ok(handler) => self.seen(now, handler, changes),
                    Err(failure) if failure.is_not_found() => self.lose(changes),
                    // The server can't be reached at all, so it is not the stream alone.
                    Err(failure) if self.stall.is_some() => {
                        self.stall = None;
                        self.retry(now, failure);
                    }
                    Err(_) => {}
                }
            }
            // It may have been asked for before the server forgot the run: what we have of it is not given up for that.
            RunInput::HandlerSeen(handler) if self.gone && handler.run_id == self.run_id => {
                if self.side_read.is_none() {
                    self.side_read = Some(self.read());
                }
            }
            RunInput::HandlerSeen(handler) => self.seen(now, handler, changes),
            RunInput::Started { handler, at } => {
                let named = handler.run_id.clone();
                self.seen(now, handler, changes);
                let ours = named.is_some() && self.run_id == named && self.log.is_empty();
                self.started_at = ours.then_some(at);
            }
            RunInput::StreamOpened { epoch } if self.stream == Some(epoch) => self.opened(now),
            RunInput::StreamBytes { epoch, bytes } if self.stream == Some(epoch) => {
                if let Phase::Confirming { held, .. } = &mut self.phase {
                    held.extend_from_slice(bytes);
                } else if self.phase == Phase::Live {
                    self.bytes(now, bytes, changes);
                }
            }
            RunInput::StreamEnded { epoch, end } if self.stream == Some(epoch) => {
                self.stream_ended(now, end);
            }
            RunInput::Yield => {
                if self.stream.is_some() {
                    self.awaited_read = None;
                    self.deadline = None;
                    self.stall = None;
                    self.connection = Connection::Connecting;
                    self.open();
                }
            }
            RunInput::Tick => {
                let live = self.connection == Connection::Live;
                changes.prompts |= self.prompts.tick(now, live);
                self.tick_stall(now);
                self.tick(now, changes);
            }
            RunInput::Online(online) => self.set_online(now, online),
            input => self.take_answer(now, input, changes),
        }
    }
}
