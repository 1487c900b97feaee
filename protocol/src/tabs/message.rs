//! What tabs say to each other: a line of JSON, and after it the bytes that are handed on.

use serde::{Deserialize, Serialize};

use crate::{Failure, FailureKind};

/// Tabs of another version are not understood, and not answered.
const VERSION: u32 = 1;

#[derive(Deserialize, Serialize)]
struct Head<'a> {
    v: u32,
    from: std::borrow::Cow<'a, str>,
    #[serde(flatten)]
    message: std::borrow::Cow<'a, Message>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub(super) enum Message {
    /// To all: who leads?
    Hello,
    /// I do.
    Lead,
    /// To the leading tab: hand on this run from this cursor.
    Join {
        join: u64,
        handler: String,
        run_id: String,
        after: i64,
    },
    /// No longer.
    Leave { join: u64 },
    /// A piece was taken.
    Ack { join: u64 },
    /// From the leading tab: you were heard.
    Noted { join: u64 },
    /// The run is at hand.
    Accepted { join: u64 },
    /// Frames up to this sequence.
    Frames { join: u64, after: i64 },
    /// There is nothing after your cursor, and nothing will come.
    Drained { join: u64 },
    /// The stream is over.
    Failed { join: u64, failure: Cause },
    /// What comes after your cursor is no longer here: ask the server.
    Elsewhere { join: u64 },
}

/// A [`Failure`] on its way.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct Cause {
    kind: String,
    status: u16,
    detail: String,
}

impl From<Cause> for Failure {
    fn from(cause: Cause) -> Self {
        match cause.kind.as_str() {
            "status" => Self::status(cause.status, cause.detail),
            "unknown" => Self::unknown(cause.detail),
            _ => Self::network(cause.detail),
        }
    }
}

impl Message {
    pub(super) fn failed(join: u64, failure: &Failure) -> Self {
        let (kind, status) = match failure.kind {
            FailureKind::Status(status) => ("status", status),
            FailureKind::Unknown => ("unknown", 0),
            FailureKind::Network | FailureKind::Timeout | FailureKind::Decode => ("network", 0),
        };
        Self::Failed {
            join,
            failure: Cause {
                kind: kind.to_owned(),
                status,
                detail: failure.detail.clone(),
            },
        }
    }

    pub(super) fn write(&self, from: &str, body: &[u8]) -> Vec<u8> {
        let head = Head {
            v: VERSION,
            from: from.into(),
            message: std::borrow::Cow::Borrowed(self),
        };
        // Names and numbers always become JSON.
        let mut bytes = serde_json::to_vec(&head).unwrap_or_default();
        bytes.push(b'\n');
        bytes.extend_from_slice(body);
        bytes
    }

    /// Who says what, and the bytes with it. None for anything else that is said on the channel.
    pub(super) fn read(bytes: &[u8]) -> Option<(String, Self, &[u8])> {
        let end = memchr::memchr(b'\n', bytes)?;
        let (head, body) = (bytes.get(..end)?, bytes.get(end + 1..)?);
        let head: Head<'_> = serde_json::from_slice(head).ok()?;
        (head.v == VERSION).then(|| (head.from.into_owned(), head.message.into_owned(), body))
    }
}
