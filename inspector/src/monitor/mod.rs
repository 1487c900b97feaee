//! The model of a monitor of several deployments: one list of runs, filters, counts, trends and alarms.
//!
//! Times are of the page's clock, in milliseconds, unless they are marked as the server's.

mod alarms;
mod runs;
mod trends;

pub use alarms::{Alarm, AlarmKind, AlarmSettings, DeploymentFacts, alarms};
pub use runs::{
    MAX_RUNS, MergedRuns, MonitorFilter, MonitorRun, RunsOf, STATUSES, merge, status_counts, workflow_names,
};
pub use trends::{MINUTES, Minute, Trend, Trends, bars};

/// The maximum number of deployments of a monitor.
pub const MAX_DEPLOYMENTS: usize = 50;
