//! Two runs side by side: which events correspond, where the runs first differ, which values changed, how long steps took.
//!
//! Events correspond if their step and class are the same. What depends on timing alone is not compared: worker numbers, steps that wait
//! for a worker, and idleness.

mod align;
mod changes;
mod myers;
mod times;
mod trail;

pub use align::{Comparison, Counts, Difference, Row, compare};
pub use changes::{Change, Changes, changes};
pub use times::{StepTimes, step_times};
pub use trail::{Trail, TrailItem, What};
