//! The inputs and commands of [`TabsMachine`](crate::TabsMachine).

use crate::StreamEnd;

/// An input of a [`crate::TabsMachine`].
#[derive(Clone, Debug)]
pub enum TabsInput<'a> {
    /// This tab got the lock of the leading tab.
    Elected,
    /// The browser gives that lock to no tab: each streams directly.
    Refused,
    /// A message arrived, on the channel of all tabs or on this tab's.
    Message(&'a [u8]),
    /// The lock of this tab is free: the tab is gone.
    TabGone(String),
    /// A stream is wanted in this tab. Numbers are never reused.
    Open {
        /// Its number.
        stream: u64,
        /// The handler.
        handler: String,
        /// The run whose events are expected.
        run_id: String,
        /// The cursor.
        after: i64,
        /// Only for a short poll, with a slot that no other stream needs.
        peek: bool,
    },
    /// It is no longer wanted, or it was opened directly.
    Close {
        /// Its number.
        stream: u64,
    },
    /// A chunk of it was read, so there is room for another.
    Taken {
        /// Its number.
        stream: u64,
    },
    /// [`crate::TabsMachine::next_deadline`] was reached.
    Tick,
}

/// A command of a [`crate::TabsMachine`].
#[derive(Clone, Debug, PartialEq)]
pub enum TabsCommand {
    /// Send a message.
    Post {
        /// The tab whose channel receives it. `None`: the channel of all tabs.
        to: Option<String>,
        /// The message.
        message: Vec<u8>,
    },
    /// Request the lock of this tab and release it at once when granted: then the tab is gone.
    WatchLock(String),
    /// Stop watching this tab.
    Forget(String),
    /// Open this stream directly.
    Direct {
        /// Its number.
        stream: u64,
    },
    /// This stream is open.
    Opened {
        /// Its number.
        stream: u64,
    },
    /// Bytes of this stream; respond with [`TabsInput::Taken`] when they were read.
    Bytes {
        /// Its number.
        stream: u64,
        /// Complete frames.
        bytes: Vec<u8>,
    },
    /// This stream has ended.
    Ended {
        /// Its number.
        stream: u64,
        /// How it ended.
        end: StreamEnd,
    },
    /// This tab leads now: reopen every stream that came through another tab.
    Reopen,
    /// Another tab wants this run: watch it, including events. Replaces an earlier watch of it for others.
    Watch {
        /// Its handler.
        handler: String,
        /// Only for a short poll.
        peek: bool,
    },
    /// No other tab wants it any longer.
    Unwatch(String),
    /// Call [`crate::TabsMachine::serve`] for this run.
    Serve(String),
    /// Another tab knows a different run of this handler: read it.
    Refresh(String),
}
