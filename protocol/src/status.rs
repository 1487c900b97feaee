//! The two states of a watched run: its status on the server, and the state of our connection.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Time;

/// The status of a run, as far as the server has reported it.
///
/// The server itself has four values (`running`, `completed`, `failed`, `cancelled`). A run that waits for a person and a run that timed
/// out are distinguished by their events. The status does not depend on the connection: a lost connection does not fail a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RunStatus {
    /// There is no run yet, or it was not requested yet.
    #[default]
    NotStarted,
    /// The run was requested; the server has not described it yet.
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
    /// The server no longer knows the handler: deleted, evicted, or lost in a restart. Received data stays.
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

    /// Whether the run has ended.
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

/// Parses the output of [`as_str`](RunStatus::as_str).
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

/// The state of our connection to a run's event stream.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Connection {
    /// The stream has no watcher.
    #[default]
    Idle,
    /// A connection is being opened, or its run is not confirmed yet.
    Connecting,
    /// Events arrive as the server stores them.
    Live,
    /// The stream delivers nothing although it should: neither events nor the heartbeats that it delivered before. The handler is read
    /// every 3 s instead, so the end of the run is known in time; its events come late.
    Stalled {
        /// When the last byte arrived, or the stream was opened.
        since: Time,
        /// No heartbeat was ever received, but events must exist: something between us and the server, probably a proxy, buffers the
        /// stream.
        buffered: bool,
    },
    /// The connection was lost or failed, and will be tried again.
    Retrying {
        /// How many attempts have failed in a row, counting from 1.
        attempt: u32,
        /// When the next attempt is made. While the browser is offline this is when the last attempt failed.
        at: Time,
        /// Why the last attempt failed.
        cause: Failure,
    },
    /// Nothing more will arrive: the run ended and its events were received, the server no longer knows it, or the server refuses
    /// permanently.
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

/// Why a request or a stream failed, with the message of the server or the system.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[error("{detail}")]
pub struct Failure {
    /// The cause, for decisions.
    pub kind: FailureKind,
    /// The server's `detail`, or the system's message. For people.
    pub detail: String,
    /// The server's `Retry-After`, in milliseconds. At most a minute is accepted.
    pub retry_after: Option<u64>,
}

/// The cause of a [`Failure`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// No response: refused, unreachable, cut, or blocked by the browser.
    Network,
    /// No response within the timeout.
    Timeout,
    /// The server answered with this HTTP status.
    Status(u16),
    /// The server's response could not be read.
    Decode,
    /// The server, or something in front of it, requires sign-in.
    SignIn,
    /// No URL can contain the id or the name.
    Unaddressable,
    /// The transport shows neither status nor message (EventSource). It may be a 204 or a 404 as well as a broken connection, so the
    /// handler is read.
    Unknown,
}

impl Failure {
    /// A failure without a response from the server.
    pub fn network(detail: impl Into<String>) -> Self {
        Self {
            kind: FailureKind::Network,
            detail: detail.into(),
            retry_after: None,
        }
    }

    /// A failure of this kind, without a `Retry-After`.
    pub fn of(kind: FailureKind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            retry_after: None,
        }
    }

    /// A failure without details, not even whether the server responded.
    pub fn unknown(detail: impl Into<String>) -> Self {
        Self {
            kind: FailureKind::Unknown,
            ..Self::network(detail)
        }
    }

    /// A response with an HTTP status that is not a success.
    pub fn status(status: u16, detail: impl Into<String>) -> Self {
        Self {
            kind: FailureKind::Status(status),
            detail: detail.into(),
            retry_after: None,
        }
    }

    /// Whether the server does not know the handler.
    pub const fn is_not_found(&self) -> bool {
        matches!(self.kind, FailureKind::Status(404))
    }

    /// Whether the user has to sign in first.
    pub const fn needs_sign_in(&self) -> bool {
        matches!(self.kind, FailureKind::SignIn | FailureKind::Status(401 | 511))
    }

    /// Whether a retry cannot help.
    ///
    /// 408, 425, 429 and all of 5xx can be retried, and so can 401: headers are computed for every attempt, and a token may have been
    /// refreshed.
    pub const fn is_permanent(&self) -> bool {
        match self.kind {
            FailureKind::Network | FailureKind::Timeout | FailureKind::Decode | FailureKind::Unknown => false,
            FailureKind::SignIn | FailureKind::Unaddressable => true,
            FailureKind::Status(status) => {
                !matches!(status, 401 | 408 | 425 | 429) && status >= 300 && status < 500
            }
        }
    }

    /// Whether a request that failed like this may have reached the server.
    ///
    /// Gateways send 502 to 504 when the connection to their server broke, which says nothing about that server.
    pub const fn is_unsettled(&self) -> bool {
        match self.kind {
            FailureKind::Network | FailureKind::Timeout | FailureKind::Decode | FailureKind::Unknown => true,
            FailureKind::SignIn | FailureKind::Unaddressable => false,
            FailureKind::Status(status) => matches!(status, 408 | 502..=504),
        }
    }
}
