//! Two runs side by side: corresponding events, the first difference, changed values, and the duration of steps.
//!
//! Events correspond if their step and class are equal. Timing is not compared: worker numbers, queueing, and idleness.

mod align;
mod changes;
mod myers;
mod times;
mod trail;

pub use align::{Comparison, Counts, Difference, Row, compare};
pub use changes::{Change, Changes, changes};
pub use times::{StepTimes, step_times};
pub use trail::{Trail, TrailItem, What};
