//! What tabs say to each other: a line of JSON, and after it the bytes that are handed on.

use crate::json::Object;
use crate::{Failure, FailureKind, push_quoted};

/// Tabs of another version are not understood, and not answered.
const VERSION: &str = "2";

#[derive(Clone, Debug, PartialEq)]
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
        /// Only for a brief look.
        peek: bool,
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
#[derive(Clone, Debug, PartialEq)]
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
            "sign_in" => Self::of(FailureKind::SignIn, cause.detail),
            "unaddressable" => Self::of(FailureKind::Unaddressable, cause.detail),
            _ => Self::network(cause.detail),
        }
    }
}

impl Message {
    pub(super) fn failed(join: u64, failure: &Failure) -> Self {
        let (kind, status) = match failure.kind {
            FailureKind::Status(status) => ("status", status),
            FailureKind::Unknown => ("unknown", 0),
            FailureKind::SignIn => ("sign_in", 0),
            FailureKind::Unaddressable => ("unaddressable", 0),
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
        let (is, join) = match self {
            Self::Hello => ("hello", 0),
            Self::Lead => ("lead", 0),
            Self::Join { join, .. } => ("join", *join),
            Self::Leave { join } => ("leave", *join),
            Self::Ack { join } => ("ack", *join),
            Self::Noted { join } => ("noted", *join),
            Self::Accepted { join } => ("accepted", *join),
            Self::Frames { join, .. } => ("frames", *join),
            Self::Drained { join } => ("drained", *join),
            Self::Failed { join, .. } => ("failed", *join),
            Self::Elsewhere { join } => ("elsewhere", *join),
        };
        let mut head = [
            "{\"v\":",
            VERSION,
            ",\"is\":\"",
            is,
            "\",\"join\":",
            &join.to_string(),
        ]
        .concat();
        let mut text = |name: &str, text: &str| {
            head.push_str(name);
            push_quoted(&mut head, text);
        };
        text(",\"from\":", from);
        match self {
            Self::Join {
                handler,
                run_id,
                after,
                peek,
                ..
            } => {
                text(",\"handler\":", handler);
                text(",\"run_id\":", run_id);
                text(",\"after\":", &after.to_string());
                if *peek {
                    head.push_str(",\"peek\":true");
                }
            }
            Self::Frames { after, .. } => text(",\"after\":", &after.to_string()),
            Self::Failed { failure, .. } => {
                text(",\"kind\":", &failure.kind);
                text(",\"status\":", &failure.status.to_string());
                text(",\"detail\":", &failure.detail);
            }
            _ => {}
        }
        head.push_str("}\n");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(body);
        bytes
    }

    /// Who says what, and the bytes with it. None for anything else that is said on the channel.
    pub(super) fn read(bytes: &[u8]) -> Option<(String, Self, &[u8])> {
        let end = memchr::memchr(b'\n', bytes)?;
        let (head, body) = (bytes.get(..end)?, bytes.get(end + 1..)?);
        let head = std::str::from_utf8(head).ok()?;
        let mut head = Object::read("message of a tab", head, &["from", "is"]).ok()?;
        if head.get("v") != Some(VERSION) {
            return None;
        }
        let from = head.text("from")?;
        let is = head.text("is")?;
        let join = head.number("join")?;
        let message = match is.as_str() {
            "hello" => Self::Hello,
            "lead" => Self::Lead,
            "join" => Self::Join {
                join,
                handler: head.text("handler")?,
                run_id: head.text("run_id")?,
                after: head.text("after")?.parse().ok()?,
                peek: head.flag("peek"),
            },
            "leave" => Self::Leave { join },
            "ack" => Self::Ack { join },
            "noted" => Self::Noted { join },
            "accepted" => Self::Accepted { join },
            "frames" => Self::Frames {
                join,
                after: head.text("after")?.parse().ok()?,
            },
            "drained" => Self::Drained { join },
            "failed" => Self::Failed {
                join,
                failure: Cause {
                    kind: head.text("kind")?,
                    status: head.text("status")?.parse().ok()?,
                    detail: head.text("detail")?,
                },
            },
            "elsewhere" => Self::Elsewhere { join },
            _ => return None,
        };
        Some((from, message, body))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_is_read_as_it_was_written() {
        let failure = Failure::status(503, "\"busy\"\n\u{1}é".to_owned());
        let messages = [
            Message::Hello,
            Message::Lead,
            Message::Join {
                join: u64::MAX,
                handler: "h \"1\"".to_owned(),
                run_id: "r\\1".to_owned(),
                after: -1,
                peek: false,
            },
            Message::Join {
                join: 0,
                handler: "h".to_owned(),
                run_id: "r".to_owned(),
                after: 7,
                peek: true,
            },
            Message::Leave { join: 1 },
            Message::Ack { join: 2 },
            Message::Noted { join: 3 },
            Message::Accepted { join: 4 },
            Message::Frames {
                join: 5,
                after: i64::MAX,
            },
            Message::Drained { join: 6 },
            Message::failed(7, &failure),
            Message::failed(8, &Failure::network("gone".to_owned())),
            Message::Elsewhere { join: 9 },
        ];
        for message in messages {
            let bytes = message.write("tab\n1", b"a\n\nb");
            let read = Message::read(&bytes);
            assert_eq!(read, Some(("tab\n1".to_owned(), message, &b"a\n\nb"[..])));
        }
    }

    #[test]
    fn what_is_no_message_of_this_version_is_not_read() {
        let hello = Message::Hello.write("tab", b"");
        let text = String::from_utf8(hello.clone()).unwrap();
        assert!(Message::read(&hello).is_some());
        let others = [
            text.replace("\"v\":2", "\"v\":1"),
            text.replace("hello", "dance"),
            text.replace("\"from\":\"tab\"", "\"from\":1"),
            text.trim_end().to_owned(),
            "\n".to_owned(),
            "[]\n".to_owned(),
            "{\n".to_owned(),
        ];
        for other in others {
            assert_eq!(Message::read(other.as_bytes()), None, "{other}");
        }
        assert_eq!(Message::read(b"\xff\n"), None);
    }
}
