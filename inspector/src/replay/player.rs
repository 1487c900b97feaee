//! How fast a replay plays.

use workflow_protocol::Time;

/// The speeds that are offered, as multiples of the time that events took.
pub const SPEEDS: [f64; 9] = [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0];

/// The place of the run's own speed among them.
pub const NORMAL: usize = 2;

/// Milliseconds between two events of which a time is unknown.
const STEP: f64 = 100.0;

/// The longest pause between two events, in milliseconds: nobody watches a run that waits for a person.
const PAUSE: f64 = 2_000.0;

/// Events that pass at once, at most.
const AT_ONCE: usize = 2_000;

/// Time that has passed in a replay and is not used up by events.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Player {
    rest: f64,
}

impl Player {
    /// The row at which a replay is after `passed` milliseconds of its own time, from `row` on. `seen` gives the time at which the event
    /// of a row arrived; `rows` is how many there are.
    pub fn play(
        &mut self,
        passed: f64,
        row: usize,
        rows: usize,
        seen: impl Fn(usize) -> Option<Time>,
    ) -> usize {
        self.rest += passed.max(0.0);
        let mut at = row;
        let mut from = seen(at);
        while at + 1 < rows && at - row < AT_ONCE {
            let to = seen(at + 1);
            let pause = match (from, to) {
                (Some(from), Some(to)) => (to.since(from) as f64).min(PAUSE),
                _ => STEP,
            };
            if pause > self.rest {
                return at;
            }
            self.rest -= pause;
            at += 1;
            from = to;
        }
        // What is left over is not caught up with later.
        self.rest = 0.0;
        at
    }
}
