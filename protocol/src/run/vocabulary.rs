//! The inputs and commands of [`RunMachine`](crate::RunMachine).

use crate::{Claim, EventKind, Failure, Handler, RawJson, RetryPolicy, ServerClock, StopResult, Time};

/// Settings of a [`RunMachine`](crate::RunMachine).
#[derive(Clone, Copy, Debug)]
pub struct RunOptions {
    /// When a lost connection is tried again.
    pub retry: RetryPolicy,
    /// How many bytes of payloads are kept; the oldest are evicted beyond it. Defaults to 256 MiB.
    pub log_bytes: usize,
    /// The largest frame that is read; a larger one is skipped and shown as such. Defaults to 64 MiB.
    pub max_frame_bytes: usize,
    /// Seeds the jitter of retries. Two machines with the same seed and inputs do the same.
    pub seed: u64,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            retry: RetryPolicy::default(),
            log_bytes: 256 * 1024 * 1024,
            max_frame_bytes: 64 * 1024 * 1024,
            seed: 1,
        }
    }
}

/// What happened in the world that a [`RunMachine`](crate::RunMachine) must know.
#[derive(Clone, Debug)]
pub enum RunInput<'a> {
    /// Somebody wants the events.
    Watch,
    /// Nobody wants the events any longer. The run goes on.
    Unwatch,
    /// Look again now: something was done to the handler, or a person does not want to wait for the next attempt.
    Refresh,
    /// The answer to [`RunCommand::ReadHandler`].
    HandlerRead {
        /// The command's epoch.
        epoch: u32,
        /// The handler, or why it could not be read. A 404 means that the run is gone.
        result: Result<Handler, Failure>,
    },
    /// A handler that came another way, with a listing for example.
    HandlerSeen(Handler),
    /// The answer to a start that we made: if its events are followed at once, they are news from the first one on.
    Started {
        /// The handler.
        handler: Handler,
        /// When the answer came.
        at: Time,
    },
    /// The stream of [`RunCommand::OpenStream`] answered 200.
    StreamOpened {
        /// The command's epoch.
        epoch: u32,
    },
    /// Bytes of the stream's body, cut anywhere.
    StreamBytes {
        /// The command's epoch.
        epoch: u32,
        /// The bytes.
        bytes: &'a [u8],
    },
    /// The stream is over, or could not be opened.
    StreamEnded {
        /// The command's epoch.
        epoch: u32,
        /// How it ended.
        end: StreamEnd,
    },
    /// Others wait for a place: close the stream and ask for it again. Nothing is lost, it goes on at the cursor.
    Yield,
    /// The classes that answer this workflow's prompts, from [`response_classes`](crate::response_classes).
    ResponseClasses(Vec<String>),
    /// A person answers a prompt. Ignored unless the prompt takes an answer now, so a double click sends once.
    Respond {
        /// The prompt's sequence.
        prompt: u64,
        /// The class of the answer.
        class: String,
        /// Its fields.
        value: RawJson,
    },
    /// The answer to [`RunCommand::Answer`]: another tab was first, nothing was sent.
    AnswerDenied {
        /// The command's ticket.
        ticket: u64,
        /// What is said of the prompt now.
        claim: Option<Claim>,
    },
    /// What the tabs of this browser profile say of a prompt; the answer to [`RunCommand::LookUpClaim`] too.
    Claimed {
        /// The prompt's sequence.
        prompt: u64,
        /// None: no tab answers it.
        claim: Option<Claim>,
    },
    /// An event is sent that answers no prompt, so that the log of what was sent is complete. Settled by
    /// [`RunInput::SendSettled`].
    Sending {
        /// The sender's own, from 2⁶³ on.
        ticket: u64,
        /// The event's class.
        class: String,
        /// Its fields.
        value: RawJson,
        /// The one step that is to get it.
        step: Option<String>,
    },
    /// What [`RunMachine::sent_text`](crate::RunMachine::sent_text) gave before the page was loaded again.
    SentBefore(String),
    /// What is known of the server's clock. It tells when an earlier page sent something, also if the system's clock was set since.
    ServerClock(ServerClock),
    /// The answer to [`RunCommand::Answer`], and the end of a [`RunInput::Sending`].
    SendSettled {
        /// The command's ticket.
        ticket: u64,
        /// What the server said.
        result: Result<(), Failure>,
    },
    /// The time of [`RunMachine::next_deadline`](crate::RunMachine::next_deadline) has come.
    Tick,
    /// The browser lost its network, or has it back.
    Online(bool),
}

/// How a stream ended.
#[derive(Clone, Debug, PartialEq)]
pub enum StreamEnd {
    /// The body came to its end.
    Closed,
    /// 204: the run has ended and nothing is stored after the cursor.
    NoContent,
    /// The connection broke, could not be made, or the server answered with another status. After
    /// [`FailureKind::Unknown`](crate::FailureKind::Unknown) the handler is read before anything else is tried.
    Failed(Failure),
}

/// What a [`RunMachine`](crate::RunMachine) wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum RunCommand {
    /// GET the handler; answer with [`RunInput::HandlerRead`].
    ReadHandler {
        /// To be given back.
        epoch: u32,
    },
    /// Open the event stream, internal events included; answer with [`RunInput::StreamOpened`], then bytes, then
    /// [`RunInput::StreamEnded`]. There is never more than one: an earlier stream is closed first.
    OpenStream {
        /// To be given back.
        epoch: u32,
        /// The cursor for `after_sequence`.
        after: i64,
    },
    /// Drop the stream. Its late inputs are ignored.
    CloseStream,
    /// Claim a prompt, which replaces what was claimed before, then POST the event to the handler; answer with
    /// [`RunInput::SendSettled`]. If something else is claimed by now, don't send, and answer with [`RunInput::AnswerDenied`].
    Answer {
        /// To be given back.
        ticket: u64,
        /// The request's body.
        body: String,
        /// The prompt's sequence.
        prompt: u64,
        /// What must be claimed for the prompt now.
        before: Option<Claim>,
        /// What to claim.
        claim: Claim,
    },
    /// Keep this word about a prompt where other tabs read it, or remove it.
    KeepClaim {
        /// The prompt's sequence.
        prompt: u64,
        /// None: nothing is claimed any longer.
        claim: Option<Claim>,
    },
    /// Look up what tabs say of a prompt that was just asked; answer with [`RunInput::Claimed`] if they say anything.
    LookUpClaim {
        /// The prompt's sequence.
        prompt: u64,
    },
}

/// What changed with one input. Signals follow these.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The handler, the run's id, its status, its outcome or its suspected stop.
    pub handler: bool,
    /// The connection, or why it was given up.
    pub connection: bool,
    /// The log has more events.
    pub events: bool,
    /// A prompt was asked, changed or closed.
    pub prompts: bool,
    /// The log of what was sent: keep [`RunMachine::sent_text`](crate::RunMachine::sent_text).
    pub sent: bool,
    /// Another run took the place of the one before, or the same one is back after it was gone: the log was restarted.
    pub run: bool,
    /// The [`WireStats`].
    pub wire: bool,
}

impl Changes {
    /// Whether anything changed.
    pub const fn any(self) -> bool {
        self.handler || self.connection || self.events || self.prompts || self.sent || self.run || self.wire
    }

    /// Adds what another input changed.
    pub const fn merge(&mut self, other: Self) {
        self.handler |= other.handler;
        self.connection |= other.connection;
        self.events |= other.events;
        self.prompts |= other.prompts;
        self.sent |= other.sent;
        self.run |= other.run;
        self.wire |= other.wire;
    }
}

/// The event that ended a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Which kind of end.
    pub kind: EventKind,
    /// Its sequence.
    pub sequence: u64,
    /// The stop event itself.
    pub event: StopResult,
}

/// What the streams of one run have carried, over all their connections. A continued handler starts at zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WireStats {
    /// Bytes of the streams' bodies, heartbeats and repeated frames included. With transports that show no bytes
    /// (EventSource), those of the frames as the server writes them.
    pub bytes: u64,
    /// Frames, repeated ones included.
    pub frames: u64,
    /// Frames that were left out because their sequence was known.
    pub repeated: u64,
    /// Sequences that never came. Streams carry internal events, so each of them is an event that was lost before it got
    /// here.
    pub missing: u64,
    /// Connections that the server accepted.
    pub connects: u32,
    /// Heartbeats heard.
    pub heartbeats: u64,
    /// When the last heartbeat was heard.
    pub last_heartbeat: Option<Time>,
    /// The server's heartbeat interval as far as it was observed, in milliseconds. The watchdog lives by it.
    pub heartbeat_interval: Option<u64>,
    /// When anything arrived last.
    pub last_bytes: Option<Time>,
}

impl WireStats {
    /// How often the stream was connected again, turns with other streams included.
    pub const fn reconnects(&self) -> u32 {
        self.connects.saturating_sub(1)
    }
}
