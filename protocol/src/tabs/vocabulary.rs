//! The inputs and commands of [`TabsMachine`](crate::TabsMachine).

use crate::StreamEnd;

/// What happened that a [`crate::TabsMachine`] must know.
#[derive(Clone, Debug)]
pub enum TabsInput<'a> {
    /// The lock of the leading tab is ours.
    Elected,
    /// The browser gives that lock to no tab: each streams by itself.
    Refused,
    /// A message came, on the channel of all tabs or on our own.
    Message(&'a [u8]),
    /// The lock of this tab is free: the tab is gone.
    TabGone(String),
    /// A stream is wanted here. Numbers are never used twice.
    Open {
        /// Its number.
        stream: u64,
        /// The handler.
        handler: String,
        /// The run whose events are expected.
        run_id: String,
        /// The cursor.
        after: i64,
        /// Only for a brief look, from a place that nobody else needs.
        peek: bool,
    },
    /// It is not wanted any longer, or it was opened directly.
    Close {
        /// Its number.
        stream: u64,
    },
    /// A piece of it was taken, so there is room for another.
    Taken {
        /// Its number.
        stream: u64,
    },
    /// The time of [`crate::TabsMachine::next_deadline`] has come.
    Tick,
}

/// What a [`crate::TabsMachine`] wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum TabsCommand {
    /// Send a message.
    Post {
        /// The tab whose own channel takes it. None: the channel of all tabs.
        to: Option<String>,
        /// The message.
        message: Vec<u8>,
    },
    /// Ask for the lock of this tab and give it back at once when it is ours: then it is gone.
    Mourn(String),
    /// This tab is of no interest any longer.
    Forget(String),
    /// Open this stream by yourself.
    Direct {
        /// Its number.
        stream: u64,
    },
    /// This stream is open.
    Opened {
        /// Its number.
        stream: u64,
    },
    /// Bytes of this stream; answer with [`TabsInput::Taken`] once they are taken.
    Bytes {
        /// Its number.
        stream: u64,
        /// Whole frames.
        bytes: Vec<u8>,
    },
    /// This stream is over.
    Ended {
        /// Its number.
        stream: u64,
        /// How it ended.
        end: StreamEnd,
    },
    /// We lead from now on: every stream that came through another tab must be opened again.
    Reopen,
    /// Another tab wants this run: watch it, events included. Takes the place of what was watched of it for others before.
    Watch {
        /// Its handler.
        handler: String,
        /// Only for a brief look.
        peek: bool,
    },
    /// No other tab does any longer.
    Unwatch(String),
    /// Call [`crate::TabsMachine::serve`] for this run.
    Serve(String),
    /// Another tab knows of another run of this handler: read it.
    Refresh(String),
}
