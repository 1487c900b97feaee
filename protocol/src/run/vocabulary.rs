//! The inputs and commands of [`RunMachine`](crate::RunMachine).

use crate::{Claim, EventKind, Failure, Handler, RawJson, RetryPolicy, ServerClock, StopResult, Time};

/// Settings of a [`RunMachine`](crate::RunMachine).
#[derive(Clone, Copy, Debug)]
pub struct RunOptions {
    /// The delays between attempts to reconnect.
    pub retry: RetryPolicy,
    /// How many bytes of payloads are kept; beyond it the oldest are evicted. Defaults to 256 MiB.
    pub log_bytes: usize,
    /// The largest frame that is read; larger ones are skipped and shown as such. Defaults to 64 MiB.
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

/// An input of a [`RunMachine`](crate::RunMachine).
#[derive(Clone, Debug)]
pub enum RunInput<'a> {
    /// The events have a watcher.
    Watch,
    /// The events have no watcher. The run continues.
    Unwatch,
    /// Check now: the handler was changed, or a person does not want to wait for the next attempt.
    Refresh,
    /// The response to [`RunCommand::ReadHandler`].
    HandlerRead {
        /// The command's epoch.
        epoch: u32,
        /// The handler, or the failure. A 404 means that the run is gone.
        result: Result<Handler, Failure>,
    },
    /// A handler from another source, for example a listing.
    HandlerSeen(Handler),
    /// The response to our own start: if its events are followed at once, they are live from the first one on.
    Started {
        /// The handler.
        handler: Handler,
        /// When the response arrived.
        at: Time,
    },
    /// The stream of [`RunCommand::OpenStream`] was accepted with 200.
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
    /// The stream has ended, or could not be opened.
    StreamEnded {
        /// The command's epoch.
        epoch: u32,
        /// How it ended.
        end: StreamEnd,
    },
    /// Others wait for a slot: close the stream and request it again. It resumes at the cursor, so nothing is lost.
    Yield,
    /// The classes that answer this workflow's prompts, from [`response_classes`](crate::response_classes) with its graph: a step that
    /// starts with one of them is evidence of an answer. Without the graph they are only a guess, so do not pass them.
    ResponseClasses(Vec<String>),
    /// A person answers a prompt. Ignored unless the prompt accepts an answer now, so a double click sends once.
    Respond {
        /// The prompt's sequence.
        prompt: u64,
        /// The class of the answer.
        class: String,
        /// Its fields.
        value: RawJson,
    },
    /// The response to [`RunCommand::Answer`]: another tab was first, nothing was sent.
    AnswerDenied {
        /// The command's ticket.
        ticket: u64,
        /// The current claim of the prompt.
        claim: Option<Claim>,
    },
    /// The claim of a prompt from the tabs of this browser profile; also the response to [`RunCommand::LookUpClaim`].
    Claimed {
        /// The prompt's sequence.
        prompt: u64,
        /// `None`: no tab answers it.
        claim: Option<Claim>,
    },
    /// An event is sent that answers no prompt, so that the log of sent events is complete. Settled by [`RunInput::SendSettled`].
    Sending {
        /// The sender's ticket, from 2⁶³ on.
        ticket: u64,
        /// The event's class.
        class: String,
        /// Its fields.
        value: RawJson,
        /// The only step that receives it.
        step: Option<String>,
    },
    /// The text from [`RunMachine::sent_text`](crate::RunMachine::sent_text) before the page was reloaded.
    SentBefore(String),
    /// The server's clock. It dates events of an earlier page load, even if the system's clock was changed since.
    ServerClock(ServerClock),
    /// The response to [`RunCommand::Answer`], and the end of a [`RunInput::Sending`].
    SendSettled {
        /// The command's ticket.
        ticket: u64,
        /// The server's response.
        result: Result<(), Failure>,
    },
    /// [`RunMachine::next_deadline`](crate::RunMachine::next_deadline) was reached.
    Tick,
    /// The browser went offline or online.
    Online(bool),
}

/// The end of a stream.
#[derive(Clone, Debug, PartialEq)]
pub enum StreamEnd {
    /// The body is complete.
    Closed,
    /// 204: the run has ended and nothing is stored after the cursor.
    NoContent,
    /// The connection broke or failed, or the server responded with another status. After
    /// [`FailureKind::Unknown`](crate::FailureKind::Unknown) the handler is read first; also if a stream of a running run could not be
    /// opened repeatedly.
    Failed(Failure),
}

/// A command of a [`RunMachine`](crate::RunMachine).
#[derive(Clone, Debug, PartialEq)]
pub enum RunCommand {
    /// GET the handler; respond with [`RunInput::HandlerRead`].
    ReadHandler {
        /// To be returned with the response.
        epoch: u32,
    },
    /// Open the event stream, including internal events; respond with [`RunInput::StreamOpened`], then bytes, then
    /// [`RunInput::StreamEnded`]. There is never more than one: close an earlier stream first.
    OpenStream {
        /// To be returned with the response.
        epoch: u32,
        /// The cursor for `after_sequence`.
        after: i64,
    },
    /// Drop the stream. Its late inputs are ignored.
    CloseStream,
    /// Claim a prompt, replacing the current claim, then POST the event to the handler; respond with [`RunInput::SendSettled`]. If the
    /// current claim is not the expected one, do not send, and respond with [`RunInput::AnswerDenied`].
    Answer {
        /// To be returned with the response.
        ticket: u64,
        /// The request's body.
        body: String,
        /// The prompt's sequence.
        prompt: u64,
        /// The expected current claim of the prompt.
        before: Option<Claim>,
        /// The new claim.
        claim: Claim,
    },
    /// Store this claim of a prompt where other tabs read it, or remove it.
    StoreClaim {
        /// The prompt's sequence.
        prompt: u64,
        /// `None`: remove the claim.
        claim: Option<Claim>,
    },
    /// Look up the claim of a new prompt; respond with [`RunInput::Claimed`] if there is one.
    LookUpClaim {
        /// The prompt's sequence.
        prompt: u64,
    },
}

/// What one input changed. Signals follow these.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The handler, the run's id, its status, its outcome or its suspected stop.
    pub handler: bool,
    /// The connection, or why it was given up.
    pub connection: bool,
    /// The log has more events.
    pub events: bool,
    /// A prompt was added, changed or closed.
    pub prompts: bool,
    /// The log of sent events: store [`RunMachine::sent_text`](crate::RunMachine::sent_text).
    pub sent: bool,
    /// Another run replaced the current one, or a lost one is back: the log was restarted.
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
    /// The kind of end.
    pub kind: EventKind,
    /// Its sequence.
    pub sequence: u64,
    /// The stop event itself.
    pub event: StopResult,
}

/// Statistics of the streams of one run, over all their connections. A continued handler starts at zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WireStats {
    /// Bytes of the streams' bodies, including heartbeats and repeated frames. With transports that show no bytes (EventSource), those of
    /// the frames as the server writes them.
    pub bytes: u64,
    /// Frames, including repeated ones.
    pub frames: u64,
    /// Frames that were ignored because their sequence was known.
    pub repeated: u64,
    /// Missing sequences. Streams carry internal events, so each of them is a lost event.
    pub missing: u64,
    /// Connections that the server accepted.
    pub connects: u32,
    /// Heartbeats heard.
    pub heartbeats: u64,
    /// When the last heartbeat was heard.
    pub last_heartbeat: Option<Time>,
    /// The observed heartbeat interval of the server, in milliseconds. The watchdog uses it.
    pub heartbeat_interval: Option<u64>,
    /// When data last arrived.
    pub last_bytes: Option<Time>,
}

impl WireStats {
    /// How often the stream was reconnected, including slots given to other streams.
    pub const fn reconnects(&self) -> u32 {
        self.connects.saturating_sub(1)
    }
}
