//! The state of a run after any of its events.
//!
//! The events are folded once, into [`Steps`], which stores when each span started and ended. A [`Moment`] moves over these marks in both
//! directions: it applies or reverts the changes of a mark, so both directions cost the same. [`Replay`] stores copies of some moments as
//! starting points of jumps.

mod log;
mod moment;
mod player;
mod prompts;

pub use log::{Line, attempt, line};
pub use moment::Moment;
pub use player::{NORMAL, Player, SPEEDS};
pub use prompts::open_prompts;

use crate::steps::Steps;

/// Marks between two checkpoints.
const EVERY: usize = 4_096;

/// The current moment of a replay.
#[derive(Clone, Debug, Default)]
pub struct Replay {
    moment: Moment,
    /// The moments after [`EVERY`] marks, after twice as many, and so on, as far as they were reached.
    checkpoints: Vec<Moment>,
}

impl Replay {
    /// The moment before the first event.
    pub fn new() -> Self {
        Self::default()
    }

    /// Moves to the moment after the event of a sequence, or after the last one before it. The steps must be those of earlier calls, plus
    /// later additions.
    pub fn seek(&mut self, steps: &Steps, sequence: u64) {
        let target = steps.marks_until(sequence);
        // From the nearest checkpoint, if it is nearer than the current moment.
        let nearest = (target / EVERY).min(self.checkpoints.len());
        let start = nearest.checked_sub(1).and_then(|at| self.checkpoints.get(at));
        let distance = |moment: &Moment| moment.passed().abs_diff(target);
        match start {
            Some(start) if distance(start) < distance(&self.moment) => self.moment.clone_from(start),
            None if target < distance(&self.moment) => self.moment = Moment::default(),
            _ => {}
        }
        while self.moment.passed() < target {
            self.moment.forward(steps);
            if self.moment.passed() == (self.checkpoints.len() + 1) * EVERY {
                self.checkpoints.push(self.moment.clone());
            }
        }
        while self.moment.passed() > target {
            self.moment.back(steps);
        }
    }

    /// The current moment.
    pub fn moment(&self) -> &Moment {
        &self.moment
    }
}

/// The sequence of the next event that moved a step or asked a person; `None` after the last one.
pub fn next_step(steps: &Steps, sequence: u64) -> Option<u64> {
    let mark = steps.marks().get(steps.marks_until(sequence))?;
    Some(mark.sequence)
}

/// The sequence of the previous event that moved a step or asked a person; `None` before the first one.
pub fn previous_step(steps: &Steps, sequence: u64) -> Option<u64> {
    let before = steps.marks_until(sequence.checked_sub(1)?);
    Some(steps.marks().get(before.checked_sub(1)?)?.sequence)
}
