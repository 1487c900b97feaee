//! The inputs and commands of [`HandlersMachine`](crate::HandlersMachine).

use super::ListPace;
use crate::{Failure, Handler, HandlerList, RunStatus};

/// A handler and the status of its latest run, which is finer than the handler's own when the run's events are known.
#[derive(Clone, Debug, PartialEq)]
pub struct HandlerState {
    /// The handler as the server described it.
    pub handler: Handler,
    /// The run's status.
    pub status: RunStatus,
}

impl HandlerState {
    /// Whether the run counts as running although the server lists it as ended; see [`SuspectedStop`](crate::SuspectedStop).
    pub(super) const fn is_suspected(&self) -> bool {
        self.handler.status.is_terminal() && !self.status.is_terminal()
    }
}

/// What happened in the world that a [`HandlersMachine`](crate::HandlersMachine) must know.
#[derive(Clone, Debug)]
pub enum HandlersInput {
    /// Somebody looks at the list.
    Watch,
    /// Nobody does. What is known stays.
    Unwatch,
    /// Ask for the whole list now.
    Refresh,
    /// How often to poll from now on.
    Pace(ListPace),
    /// The answer to [`HandlersCommand::List`].
    Listed {
        /// The command's epoch.
        epoch: u32,
        /// The size of the answer's body, which decides how often the list is polled.
        bytes: u64,
        /// The handlers, or why there are none.
        result: Result<HandlerList, Failure>,
    },
    /// The answer to [`HandlersCommand::ReadHandler`].
    HandlerRead {
        /// The command's epoch.
        epoch: u32,
        /// The command's handler.
        id: String,
        /// The handler; 404 means that it is gone.
        result: Result<Handler, Failure>,
    },
    /// A handler that came another way: as the answer to a start, for example.
    HandlerSeen(Handler),
    /// A watched run reported its status.
    RunSeen {
        /// What is known of it.
        state: HandlerState,
        /// Its events are followed, so it knows more than a listing.
        streamed: bool,
    },
    /// The events of a run are no longer followed.
    RunReleased(String),
    /// The server confirmed that it deleted the handler.
    Removed(String),
    /// The time of [`HandlersMachine::next_deadline`](crate::HandlersMachine::next_deadline) has come.
    Tick,
    /// The page is visible, or hidden.
    Visible(bool),
    /// The browser lost its network, or has it back.
    Online(bool),
}

/// What a [`HandlersMachine`](crate::HandlersMachine) wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HandlersCommand {
    /// GET the handlers, all of them or those with `status=running`.
    List {
        /// To be given back.
        epoch: u32,
        /// Whether only running ones are asked for.
        running_only: bool,
    },
    /// GET one handler.
    ReadHandler {
        /// To be given back.
        epoch: u32,
        /// Its id.
        id: String,
    },
}
