//! The inputs and commands of [`HandlersMachine`](crate::HandlersMachine).

use super::ListPace;
use crate::{Failure, Handler, HandlerList, RunStatus};

/// A handler and the status of its latest run, which is finer than the handler's own when the run's events are known.
#[derive(Clone, Debug, PartialEq)]
pub struct HandlerState {
    /// The handler as the server sent it.
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

/// An input of a [`HandlersMachine`](crate::HandlersMachine).
#[derive(Clone, Debug)]
pub enum HandlersInput {
    /// The list has a watcher.
    Watch,
    /// The list has no watcher. Its data stays.
    Unwatch,
    /// Request the whole list now.
    Refresh,
    /// How often to poll from now on.
    Pace(ListPace),
    /// The response to [`HandlersCommand::List`].
    Listed {
        /// The command's epoch.
        epoch: u32,
        /// The size of the response body, which determines the poll interval.
        bytes: u64,
        /// The handlers, or the failure.
        result: Result<HandlerList, Failure>,
    },
    /// The response to [`HandlersCommand::ReadHandler`].
    HandlerRead {
        /// The command's epoch.
        epoch: u32,
        /// The command's handler.
        id: String,
        /// The handler; 404 means that it is gone.
        result: Result<Handler, Failure>,
    },
    /// A handler from another source, for example the response to a start.
    HandlerSeen(Handler),
    /// A watched run reported its status.
    RunSeen {
        /// Its handler and status.
        state: HandlerState,
        /// Its events are followed, so its status is more precise than a listing.
        streamed: bool,
    },
    /// The events of a run are no longer followed.
    RunReleased(String),
    /// The server confirmed that it deleted the handler.
    Removed(String),
    /// [`HandlersMachine::next_deadline`](crate::HandlersMachine::next_deadline) was reached.
    Tick,
    /// The page is visible, or hidden.
    Visible(bool),
    /// The browser went offline or online.
    Online(bool),
}

/// A command of a [`HandlersMachine`](crate::HandlersMachine).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HandlersCommand {
    /// GET the handlers, all of them or those with `status=running`.
    List {
        /// To be returned with the response.
        epoch: u32,
        /// Whether only running ones are requested.
        running_only: bool,
    },
    /// GET one handler.
    ReadHandler {
        /// To be returned with the response.
        epoch: u32,
        /// Its id.
        id: String,
    },
}
