//! The two states of a watched run: its status on the server, and our connection to it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Time;

/// What the server knows of a run, as far as it has reported it.
///
/// The server itself has four words (`running`, `completed`, `failed`, `cancelled`). A run that waits for a person and
/// a run that timed out are told apart by their events. The state of the connection never shows here: a lost
/// connection does not fail a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RunStatus {
    /// There is no run yet, or nobody has asked the server about it.
    #[default]
    NotStarted,
    /// The run was asked for; the server has not described it yet.
    Starting,
    /// The run is running.
    Running,
    /// The run is running and at least one of its prompts is open.
    Waiting,
    /// The run ended with its stop event.
    Completed,
    /// The run ended with an exception.
    Failed,
    /// The run ended because the workflow's timeout passed. The server calls this `failed`.
    TimedOut,
    /// The run was cancelled.
    Cancelled,
    /// The server no longer knows the handler: deleted, evicted, or lost with a restart. What was received stays.
    Gone,
}

impl RunStatus {
    /// Every status.
    pub const ALL: [Self; 9] = [
        Self::NotStarted,
        Self::Starting,
        Self::Running,
        Self::Waiting,
        Self::Completed,
        Self::Failed,
        Self::TimedOut,
        Self::Cancelled,
        Self::Gone,
    ];

    /// The status as one lower-case word, as shown in `data-status`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotStarted => "not_started",
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::TimedOut => "timed_out",
            Self::Cancelled => "cancelled",
            Self::Gone => "gone",
        }
    }

    /// Whether nothing more can happen to the run.
    pub const fn is_terminal(self) -> bool {
        matches!(
            self,
            Self::Completed | Self::Failed | Self::TimedOut | Self::Cancelled | Self::Gone
        )
    }
}

/// A text that is no [`RunStatus`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is no status of a run")]
pub struct UnknownRunStatus(pub String);

/// Reads what [`as_str`](RunStatus::as_str) gives.
///
/// ```
/// use workflow_protocol::RunStatus;
///
/// for status in RunStatus::ALL {
///     assert_eq!(status.as_str().parse(), Ok(status));
/// }
/// assert!("done".parse::<RunStatus>().is_err());
/// ```
impl FromStr for RunStatus {
    type Err = UnknownRunStatus;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|status| status.as_str() == text);
        known.ok_or_else(|| UnknownRunStatus(text.to_owned()))
    }
}

impl fmt::Display for RunStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What we know of our own connection to a run's event stream.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Connection {
    /// Nobody watches the stream.
    #[default]
    Idle,
    /// A connection is being made, or it is not yet sure which run it serves.
    Connecting,
    /// Events arrive as the server stores them.
    Live,
    /// The stream brings nothing although it should: neither events nor the heartbeats that it brought before. The handler is read
    /// every 3 s instead, so the end of the run is known in time; its events come late.
    Stalled {
        /// When the last byte arrived, or the stream was opened.
        since: Time,
        /// No heartbeat was ever heard, but events must exist: something between us and the server, a proxy, probably holds the
        /// stream back.
        buffered: bool,
    },
    /// The connection was lost, or could not be made, and will be tried again.
    Retrying {
        /// How many attempts have failed in a row, counting from 1.
        attempt: u32,
        /// When the next attempt is made. While the browser is offline this is when the last attempt failed.
        at: Time,
        /// Why the last attempt failed.
        cause: Failure,
    },
    /// Nothing more will come: the run ended and its events are here, the server no longer knows it, or the server
    /// refuses for good.
    Closed,
}

impl Connection {
    /// The state as one lower-case word, as shown in `data-connection`.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Connecting => "connecting",
            Self::Live => "live",
            Self::Stalled { .. } => "stalled",
            Self::Retrying { .. } => "retrying",
            Self::Closed => "closed",
        }
    }
}

/// Why a request or a stream failed, in the words of the server or of the system.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[error("{detail}")]
pub struct Failure {
    /// The cause, for decisions.
    pub kind: FailureKind,
    /// The server's `detail`, or what the system said. For people.
    pub detail: String,
    /// What the server asked for in `Retry-After`, in milliseconds. It is granted a minute at most.
    pub retry_after: Option<u64>,
}

/// The cause of a [`Failure`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// No answer: refused, unreachable, cut, or blocked by the browser.
    Network,
    /// No answer within the time allowed.
    Timeout,
    /// The server answered with this HTTP status.
    Status(u16),
    /// The server answered with something that could not be read.
    Decode,
    /// The server, or something in front of it, wants the user to sign in first.
    SignIn,
    /// No URL can hold the id or the name that was asked for, so this server cannot be asked for it.
    Unaddressable,
    /// The way does not tell: it shows neither status nor words (EventSource). It may be a 204 or a 404 as well as a broken
    /// connection, so the handler is asked.
    Unknown,
}

impl Failure {
    /// A failure without an answer from the server.
    pub fn network(detail: impl Into<String>) -> Self {
        Self {
            kind: FailureKind::Network,
            detail: detail.into(),
            retry_after: None,
        }
    }

    /// A failure of this kind, without a wish of the server's when to try again.
    pub fn of(kind: FailureKind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            retry_after: None,
        }
    }

    /// A failure of which nothing is known, not even whether the server answered.
    pub fn unknown(detail: impl Into<String>) -> Self {
        Self {
            kind: FailureKind::Unknown,
            ..Self::network(detail)
        }
    }

    /// An answer with an HTTP status that is not a success.
    pub fn status(status: u16, detail: impl Into<String>) -> Self {
        Self {
            kind: FailureKind::Status(status),
            detail: detail.into(),
            retry_after: None,
        }
    }

    /// Whether the server said that it does not know the handler.
    pub const fn is_not_found(&self) -> bool {
        matches!(self.kind, FailureKind::Status(404))
    }

    /// Whether the user has to sign in before anything can be asked for.
    pub const fn needs_sign_in(&self) -> bool {
        matches!(self.kind, FailureKind::SignIn | FailureKind::Status(401 | 511))
    }

    /// Whether trying the same again cannot help.
    ///
    /// 408, 425, 429 and all of 5xx are worth another try, and so is 401: headers are requested again at every attempt,
    /// and a token may have been refreshed.
    pub const fn is_permanent(&self) -> bool {
        match self.kind {
            FailureKind::Network | FailureKind::Timeout | FailureKind::Decode | FailureKind::Unknown => false,
            FailureKind::SignIn | FailureKind::Unaddressable => true,
            FailureKind::Status(status) => {
                !matches!(status, 401 | 408 | 425 | 429) && status >= 300 && status < 500
            }
        }
    }

    /// Whether a request that failed like this may have reached the server all the same.
    ///
    /// Gateways answer 502 to 504 when the connection behind them broke, which says nothing about what the server
    /// behind them did.
    pub const fn is_unsettled(&self) -> bool {
        match self.kind {
            FailureKind::Network | FailureKind::Timeout | FailureKind::Decode | FailureKind::Unknown => true,
            FailureKind::SignIn | FailureKind::Unaddressable => false,
            FailureKind::Status(status) => matches!(status, 408 | 502..=504),
        }
    }
}
