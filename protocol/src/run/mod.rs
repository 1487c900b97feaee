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

/// How long after the first bytes of a connection large chunks still count as history, in milliseconds.
const RUSH_MS: u64 = 150;
/// A chunk of at least this size counts as history: live events do not arrive in such chunks.
const RUSH_BYTES: usize = 16 * 1024;
/// How long a stream of a quiet run may be silent before another one is opened, if no heartbeat was received on it.
const PATIENCE_MS: u64 = 90_000;
/// The longest accepted silence.
const MAX_PATIENCE_MS: u64 = 15 * 60_000;
/// How long a stream may receive heartbeats and no event before it is replaced; doubled each time that finds nothing. A heartbeat proves
/// that the connection works, not that events still reach it.
const DEAF_MS: u64 = 120_000;
/// How long a stream may still be silent after the handler reported the end.
const LAST_EVENT_MS: u64 = 5_000;
/// How often the stream of an ended run is tried if it fails without a reason.
const LAST_TRIES: u32 = 5;
/// How many streams in a row must fail at once before the event that they should start with is suspected.
const DEATHS: u32 = 3;
/// How long after the start of our own run, in milliseconds, its first connection delivers no history. Events before a later connection
/// have no known time.
const FRESH_MS: u64 = 5_000;
/// A connection that lived this long, or received an event, resets the count of failed attempts.
const HEALTHY_MS: u64 = 10_000;

/// The phase of the connection. It determines which inputs are valid, and their meaning.
#[derive(Clone, Debug, PartialEq)]
enum Phase {
    /// Not watched.
    Idle,
    /// The handler is read to learn which run the stream will serve.
    Reading,
    /// The stream was requested.
    Opening,
    /// The stream is open. Its bytes are buffered until a second read confirms the run. If the stream ends meanwhile, its end is buffered
    /// with them.
    Confirming { held: Vec<u8>, end: Option<StreamEnd> },
    /// Events are processed as they arrive.
    Live,
    /// The stream has ended and the handler is read for the outcome. `drained`: the server reported that nothing is left after the cursor.
    Settling { drained: bool },
    /// The stream failed without a reason, and the handler is read.
    Asking { cause: Failure },
    /// A failed attempt; the next one is at the deadline.
    Waiting,
    /// Nothing more will arrive.
    Done,
}

/// A suspected poison event: the server breaks each stream that starts with it.
///
/// (llama-agents-server 0.8.0 does so for a text with half a surrogate pair, which it stores and cannot encode.) A bad network looks the
/// same for a while, so the event is skipped only if streams from the cursor failed without a single byte and streams from just after the
/// event did not, twice in alternation: three failures, one success, one failure, one success. If the event were readable, the failed
/// stream in between would have delivered it.
#[derive(Clone, Copy, Debug, Default)]
struct PoisonCheck {
    /// The cursor before the event.
    cursor: i64,
    dead: u32,
    alive: u32,
    /// The stream is one from after the event.
    behind: bool,
}

/// One run and the connection to its events: a state machine without I/O, without a clock and without tasks.
///
/// # Contract
/// 1. [`handle`](Self::handle) never blocks and never panics, for any input.
/// 2. After each `handle`, call [`poll_command`](Self::poll_command) until it returns `None`.
/// 3. [`next_deadline`](Self::next_deadline) is the only timer; when it is reached, pass in [`RunInput::Tick`].
/// 4. Inputs for an older command are recognised by their epoch and ignored.
/// 5. While [`is_buffering`](Self::is_buffering) is true, stop reading from the stream: its bytes are buffered until its run is confirmed.
///
/// # Confirmation of the run
/// A stream's address names a handler, and a handler serves only its latest run. So a stream is opened for a run that an earlier response
/// named, and the handler is read again when it is open; only if both name the same run are the stream's frames processed (a handler never
/// returns to an earlier run). If the run changed, the log restarts with the new run's first event.
///
/// The response to our own start is trusted: the frames of the first stream after it are processed at once, while the handler is read. If
/// that read names another run, they are discarded.
///
/// # Recognition of the end
/// A stop event ends the run if a step of this run returned it. Any other stop event may belong to a nested workflow whose events were
/// passed on; see [`SuspectedStop`].
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
    /// The epoch of a read that no phase waits for.
    side_read: Option<u32>,
    /// The epoch of the open stream.
    stream: Option<u32>,

    handler: Option<Handler>,
    gone: bool,
    problem: Option<Failure>,
    run_id: Option<String>,
    log: EventLog,
    prompts: Prompts,
    /// Events that were sent to runs of this handler before the page was loaded, and to its earlier runs.
    sent_before: Vec<SentEvent>,
    server_clock: ServerClock,
    outcome: Option<Outcome>,
    /// The outcome is suspected: more events may follow.
    suspicion: Option<Suspicion>,
    /// `updated_at` of a record that reports the end, although events followed it.
    stale_end: Option<Option<String>>,
    /// The handler was read after the outcome was received, so its result is the later one.
    described_end: bool,
    wire: WireStats,

    watched: bool,
    online: bool,
    phase: Phase,
    connection: Connection,
    decoder: SseDecoder,
    /// The check of an incomplete large frame.
    arriving: Option<ArrivingFrame>,
    attempt: u32,
    refused: bool,
    /// The stream gave 404 although the handler existed at the last read.
    reread_after_404: bool,
    poison: PoisonCheck,
    /// The stream has received a byte.
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
    /// When the stream went live or received its last event.
    event_at: Time,
    deaf: u64,
    /// The heartbeat interval belongs to the server, not to the run.
    heartbeat: Option<u64>,
}

impl RunMachine {
    /// A machine for the handler with this id, without data.
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
            reread_after_404: false,
            poison: PoisonCheck::default(),
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

    /// Handles one input. See the contract above.
    pub fn handle(&mut self, now: Time, input: RunInput<'_>) -> Changes {
        let before = (self.status(), self.connection.clone());
        let (stop, wire, problem) = (self.suspected_stop(), self.wire, self.problem.clone());
        let mut changes = Changes::default();
        self.prompts.set_now(now);
        self.take(now, input, &mut changes);
        self.prompts.remove_replaced();
        changes.sent |= changes.prompts;
        while let Some((prompt, claim)) = self.prompts.poll_outbox() {
            self.commands.push(RunCommand::StoreClaim { prompt, claim });
        }
        while let Some(prompt) = self.prompts.poll_unlooked() {
            self.commands.push(RunCommand::LookUpClaim { prompt });
        }
        changes.handler |= before.0 != self.status() || stop != self.suspected_stop();
        changes.connection |= before.1 != self.connection || problem != self.problem;
        changes.wire |= wire != self.wire;
        changes
    }

    /// The next command, if any.
    pub fn poll_command(&mut self) -> Option<RunCommand> {
        let Some(command) = self.commands.get_mut(self.polled) else {
            self.commands.clear();
            self.polled = 0;
            return None;
        };
        self.polled += 1;
        // Thousands of prompts give as many commands, so none is moved.
        Some(std::mem::replace(command, RunCommand::CloseStream))
    }

    /// When [`RunInput::Tick`] is due.
    pub fn next_deadline(&self) -> Option<Time> {
        let prompts = self.prompts.deadline().filter(|_| self.watched);
        let stall = self.stall.as_ref().map(Stall::deadline).filter(|_| self.watched);
        self.deadline.into_iter().chain(prompts).chain(stall).min()
    }

    /// Whether bytes of the stream wait for the confirmation of their run; stop reading meanwhile.
    pub const fn is_buffering(&self) -> bool {
        matches!(self.phase, Phase::Confirming { .. })
    }

    /// The handler's id.
    pub fn handler_id(&self) -> &str {
        &self.handler_id
    }

    /// The run whose events are in the log.
    pub fn run_id(&self) -> Option<&str> {
        self.run_id.as_deref()
    }

    /// The handler as last sent by the server.
    pub const fn handler(&self) -> Option<&Handler> {
        self.handler.as_ref()
    }

    /// The run's status on the server.
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

    /// The state of our connection to the run's events.
    pub const fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The run's events.
    pub const fn log(&self) -> &EventLog {
        &self.log
    }

    /// The run's prompts, including answered ones, oldest first.
    pub fn prompts(&self) -> &[Prompt] {
        self.prompts.all()
    }

    /// The events that this client sent to the run, oldest first. The server does not return them.
    pub fn sent(&self) -> &[SentEvent] {
        self.prompts.sent()
    }

    /// All events that were sent to the handler, as text that survives a reload; see [`RunInput::SentBefore`]. Bounded: the oldest are
    /// dropped first.
    pub fn sent_text(&self) -> String {
        crate::sent::to_text(
            self.sent_before.iter().chain(self.prompts.sent()),
            &self.server_clock,
        )
    }

    /// The event that ended the run, if it was received.
    pub const fn outcome(&self) -> Option<&Outcome> {
        self.outcome.as_ref()
    }

    /// The run's stop event: the latest one in the handler or in the log. `None` for runs without a result.
    pub fn result(&self) -> Option<&StopResult> {
        let described = self.handler.as_ref().and_then(|handler| handler.result.as_ref());
        match &self.outcome {
            Some(outcome) if outcome.kind != EventKind::Stop => None,
            Some(_) if self.described_end && described.is_some() => described,
            Some(outcome) => Some(&outcome.event),
            None => described,
        }
    }

    /// The stop event that may not have ended the run.
    pub fn suspected_stop(&self) -> Option<SuspectedStop> {
        self.suspicion.as_ref().and_then(Suspicion::reported)
    }

    /// The server's message about a run that failed or timed out.
    pub fn error(&self) -> Option<&str> {
        self.handler.as_ref().and_then(|handler| handler.error.as_deref())
    }

    /// Why the connection was given up, if the server refuses permanently.
    pub const fn problem(&self) -> Option<&Failure> {
        self.problem.as_ref()
    }

    /// How many sequence numbers were missing in the server's stream. With internal events, sequences are contiguous, so each of them is an
    /// event that this client did not receive.
    pub const fn missing(&self) -> u64 {
        self.wire.missing
    }

    /// Statistics of the run's streams.
    pub const fn wire(&self) -> WireStats {
        self.wire
    }

    fn take(&mut self, now: Time, input: RunInput<'_>, changes: &mut Changes) {
        match input {
            RunInput::Watch => {
                if !std::mem::replace(&mut self.watched, true) {
                    self.attempt = 0;
                    match self.phase {
                        // More events may have followed a suspected end.
                        Phase::Done if self.suspicion.is_some() => self.check_end(now),
                        // A finished run may have been continued, a lost one may be back: read the handler.
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
                        // A caller without interest in events may still need the run's description.
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
                    // The server cannot be reached at all, so it is not only the stream.
                    Err(failure) if self.stall.is_some() => {
                        self.stall = None;
                        self.retry(now, failure);
                    }
                    Err(_) => {}
                }
            }
            // It may have been requested before the server forgot the run: keep the events.
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
