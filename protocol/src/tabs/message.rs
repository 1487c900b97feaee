//! Messages between tabs: a line of JSON, followed by the bytes of frames.

use serde::{Deserialize, Serialize};

use crate::{Failure, FailureKind};

/// Messages of other versions are ignored.
const VERSION: u32 = 3;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Message {
    /// To all: who leads?
    Hello,
    /// This tab leads.
    Lead,
    /// To the leading tab: forward this run from this cursor.
    Join {
        join: u64,
        handler: String,
        run_id: String,
        after: i64,
        /// Only for a short poll.
        peek: bool,
    },
    /// Stop forwarding.
    Leave { join: u64 },
    /// A chunk was read.
    Ack { join: u64 },
    /// From the leading tab: the request was received.
    Noted { join: u64 },
    /// The run is available.
    Accepted { join: u64 },
    /// Frames up to this sequence.
    Frames { join: u64, after: i64 },
    /// There is nothing after the cursor, and nothing will arrive.
    Drained { join: u64 },
    /// The stream has ended.
    Failed { join: u64, failure: Failure },
    /// The data after the cursor was evicted: ask the server.
    Elsewhere { join: u64 },
}

impl Message {
    pub(super) fn failed(join: u64, failure: &Failure) -> Self {
        let mut failure = failure.clone();
        // Data that the leading tab could not read, or not in time, may work for another tab.
        if matches!(failure.kind, FailureKind::Timeout | FailureKind::Decode) {
            failure.kind = FailureKind::Network;
        }
        Self::Failed { join, failure }
    }

    pub(super) fn write(&self, from: &str, body: &[u8]) -> Vec<u8> {
        // Numbers and strings can always be serialised, and line breaks in strings are escaped.
        let mut bytes = serde_json::to_vec(&(VERSION, from, self)).unwrap_or_default();
        bytes.push(b'\n');
        bytes.extend_from_slice(body);
        bytes
    }

    /// The sender, its message, and the attached bytes. `None` for any other message of the channel.
    pub(super) fn read(bytes: &[u8]) -> Option<(String, Self, &[u8])> {
        let end = memchr::memchr(b'\n', bytes)?;
        let (head, body) = (bytes.get(..end)?, bytes.get(end + 1..)?);
        let (version, from, message) = serde_json::from_slice::<(u32, String, Self)>(head).ok()?;
        (version == VERSION).then_some((from, message, body))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_round_trips() {
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
    fn other_messages_are_ignored() {
        let hello = Message::Hello.write("tab", b"");
        let text = String::from_utf8(hello.clone()).unwrap();
        assert!(Message::read(&hello).is_some());
        let others = [
            text.replace("[3,", "[2,"),
            text.replace("hello", "dance"),
            text.replace("\"tab\"", "1"),
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
