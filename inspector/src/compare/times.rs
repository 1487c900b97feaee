//! The duration of the steps of two runs.

use crate::steps::{NONE, Steps};

/// A step of two runs, each figure for the first and the second run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepTimes {
    /// The step's name.
    pub step: String,
    /// The number of its executions.
    pub turns: [u32; 2],
    /// Its total duration in milliseconds, over all ended executions; `None` without times.
    pub ms: [Option<u64>; 2],
}

/// The steps of two runs: those of the first in the order of their start, then those that only the second has.
pub fn step_times(left: &Steps, right: &Steps) -> Vec<StepTimes> {
    let mut times: Vec<StepTimes> = Vec::new();
    for (side, steps) in [left, right].into_iter().enumerate() {
        for span in steps.spans() {
            let step = steps.lane(span.lane).map_or(NONE, |lane| lane.step);
            if step == NONE {
                continue;
            }
            let name = steps.name(step);
            let at = times
                .iter()
                .position(|known| known.step == name)
                .unwrap_or_else(|| {
                    times.push(StepTimes {
                        step: name.to_owned(),
                        turns: [0; 2],
                        ms: [None; 2],
                    });
                    times.len() - 1
                });
            if let Some(known) = times.get_mut(at) {
                let ms = steps.duration(span, None);
                for (place, turns) in known.turns.iter_mut().enumerate() {
                    *turns += u32::from(place == side);
                }
                for (place, sum) in known.ms.iter_mut().enumerate() {
                    if let Some(ms) = ms.filter(|_| place == side) {
                        *sum = Some(sum.unwrap_or(0).saturating_add(ms));
                    }
                }
            }
        }
    }
    times
}
