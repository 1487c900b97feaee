//! The speed of a replay.

use workflow_protocol::Time;

/// The available speeds, as multiples of the real speed.
pub const SPEEDS: [f64; 9] = [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0];

/// The index of the real speed.
pub const NORMAL: usize = 2;

/// Milliseconds between two events if a time is unknown.
const STEP: f64 = 100.0;

/// The longest delay between two events, in milliseconds, so that waiting for a person is short.
const PAUSE: f64 = 2_000.0;

/// How many events may pass at once.
const AT_ONCE: usize = 2_000;

/// The unused time of a replay.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Player {
    rest: f64,
}

impl Player {
    /// The row of a replay after `passed` milliseconds of replay time, starting from `row`. `seen` returns when the event of a row arrived;
    /// `rows` is their number.
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
        // A backlog is not caught up later.
        self.rest = 0.0;
        at
    }
}
