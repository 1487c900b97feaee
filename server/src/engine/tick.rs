//! The inputs of a run's control loop.

use super::context::Aside;
use super::{Event, StepResult};

/// What happens to a run.
#[derive(Debug)]
pub(crate) enum Tick {
    /// An event came; with a step's name only that step may take it.
    Add { event: Event, step: Option<String> },
    /// A step ended.
    Done {
        step: usize,
        invocation: u64,
        result: StepResult,
        aside: Aside,
    },
    /// A delayed attempt is due.
    Due { step: usize, attempt: u64 },
    /// Somebody wants it to end.
    Cancel,
    /// As if the server had been killed and had replayed its journal: what was running runs again from its
    /// start.
    Restart,
    /// Is there nothing left to do?
    IdleCheck,
}
