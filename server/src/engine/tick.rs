//! The inputs of a run's control loop.

use super::context::Aside;
use super::{Event, StepResult};

/// An input of a run.
#[derive(Debug)]
pub(crate) enum Tick {
    /// An event arrived. With a step's name, only that step may accept it.
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
    /// A client cancels the run.
    Cancel,
    /// Simulates a killed server that replays its journal: running steps run again from their start.
    Restart,
    /// Check whether any work is left.
    IdleCheck,
}
