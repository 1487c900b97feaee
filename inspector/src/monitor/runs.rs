//! The runs of all deployments as one list.

use std::sync::Arc;

use workflow_protocol::{HandlerState, Time};

use crate::needle::Needle;

/// The maximum length of the merged list.
pub const MAX_RUNS: usize = 10_000;

/// The statuses of runs, in the order of counts and filters.
pub const STATUSES: [&str; 6] = [
    "running",
    "waiting",
    "completed",
    "failed",
    "timed_out",
    "cancelled",
];

/// The runs of one deployment.
#[derive(Clone, Copy, Debug)]
pub struct RunsOf<'a> {
    /// The deployment's name.
    pub deployment: &'a Arc<str>,
    /// How many milliseconds the server's clock is ahead of the page's.
    pub ahead_ms: i64,
    /// Its runs, newest first.
    pub runs: &'a [Arc<HandlerState>],
}

/// A run and its deployment.
#[derive(Clone, Debug)]
pub struct MonitorRun {
    /// The name of its deployment.
    pub deployment: Arc<str>,
    /// The run.
    pub run: Arc<HandlerState>,
    /// When it was started; 0 if the server's time can't be read.
    pub started_at: Time,
    /// When it ended, if it did and that is known.
    pub ended_at: Option<Time>,
}

impl MonitorRun {
    fn of(source: &RunsOf<'_>, run: &Arc<HandlerState>) -> Self {
        let handler = &run.handler;
        let time = |text: &str| {
            let time = Time::parse(text)?;
            Some(Time(
                time.0.saturating_add_signed(source.ahead_ms.saturating_neg()),
            ))
        };
        let ended_at = handler
            .completed_at
            .as_deref()
            .or(handler.updated_at.as_deref())
            .filter(|_| run.status.is_terminal())
            .and_then(time);
        Self {
            deployment: Arc::clone(source.deployment),
            run: Arc::clone(run),
            started_at: time(&handler.started_at).unwrap_or_default(),
            ended_at,
        }
    }

    /// Whether it is the same run of the same deployment.
    #[must_use]
    pub fn is(&self, deployment: &str, handler_id: &str) -> bool {
        *self.deployment == *deployment && self.run.handler.handler_id == handler_id
    }

    /// Its duration, or the duration until `now`, in milliseconds; `None` if its start is unknown.
    #[must_use]
    pub fn took(&self, now: Time) -> Option<u64> {
        let is_known = self.started_at != Time::default();
        is_known.then(|| self.ended_at.unwrap_or(now).since(self.started_at))
    }

    /// The server's message about its failure.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        let error = self.run.handler.error.as_deref();
        error.filter(|error| !error.is_empty() && self.run.status.is_terminal())
    }
}

impl PartialEq for MonitorRun {
    fn eq(&self, other: &Self) -> bool {
        self.deployment == other.deployment && Arc::ptr_eq(&self.run, &other.run)
    }
}

/// The runs of all deployments, newest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MergedRuns {
    /// At most [`MAX_RUNS`].
    pub runs: Vec<MonitorRun>,
    /// How many older runs were left out.
    pub left_out: usize,
}

/// Merges the lists of all deployments. Running runs are never left out in favour of ended ones.
#[must_use]
pub fn merge(sources: &[RunsOf<'_>]) -> MergedRuns {
    let all: usize = sources.iter().map(|source| source.runs.len()).sum();
    let is_running = |run: &&Arc<HandlerState>| !run.status.is_terminal();
    let running: usize = sources
        .iter()
        .map(|source| source.runs.iter().filter(is_running).count())
        .sum();
    let mut room = (MAX_RUNS.saturating_sub(running), MAX_RUNS.min(running));
    let mut runs = Vec::with_capacity(all.min(MAX_RUNS));
    let mut heads: Vec<(usize, Option<MonitorRun>)> =
        sources.iter().map(|source| (0, head(source, 0))).collect();
    // Each list is sorted, so the newest run is the newest of the first ones.
    while let Some(newest) = newest(&heads) {
        let (Some((at, head_run)), Some(source)) = (heads.get_mut(newest), sources.get(newest)) else {
            break;
        };
        *at += 1;
        let Some(run) = std::mem::replace(head_run, head(source, *at)) else {
            break;
        };
        let room = if run.run.status.is_terminal() {
            &mut room.0
        } else {
            &mut room.1
        };
        if *room > 0 {
            *room -= 1;
            runs.push(run);
        }
    }
    MergedRuns {
        left_out: all - runs.len(),
        runs,
    }
}

fn head(source: &RunsOf<'_>, at: usize) -> Option<MonitorRun> {
    source.runs.get(at).map(|run| MonitorRun::of(source, run))
}

/// The list whose first run was started last; the first of equal ones.
fn newest(heads: &[(usize, Option<MonitorRun>)]) -> Option<usize> {
    let mut found: Option<(usize, Time)> = None;
    for (at, (_, run)) in heads.iter().enumerate() {
        let Some(run) = run else { continue };
        if found.is_none_or(|(_, time)| run.started_at > time) {
            found = Some((at, run.started_at));
        }
    }
    found.map(|(at, _)| at)
}

/// The number of runs of each status, in the order of [`STATUSES`].
#[must_use]
pub fn status_counts(runs: &[MonitorRun]) -> [usize; STATUSES.len()] {
    let mut counts = [0; STATUSES.len()];
    for run in runs {
        let word = run.run.status.as_str();
        for (status, count) in STATUSES.iter().zip(&mut counts) {
            *count += usize::from(*status == word);
        }
    }
    counts
}

/// A filter of merged runs. An empty field matches every run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MonitorFilter {
    /// A part of the handler's or the run's id, of the workflow's name, or of the failure's message. Case-insensitive.
    pub text: String,
    /// One of [`STATUSES`].
    pub status: String,
    /// The full name of a workflow.
    pub workflow: String,
    /// The full name of a deployment.
    pub deployment: String,
}

impl MonitorFilter {
    /// The runs that match all fields, in order.
    #[must_use]
    pub fn select(&self, runs: &[MonitorRun]) -> Vec<MonitorRun> {
        let text = self.text.trim();
        let needle = Needle::new(text);
        let is = |wanted: &str, value: &str| wanted.is_empty() || wanted == value;
        let matches = |run: &&MonitorRun| {
            let handler = &run.run.handler;
            let texts = [
                Some(handler.handler_id.as_str()),
                handler.run_id.as_deref(),
                Some(&handler.workflow_name),
                handler.error.as_deref(),
            ];
            is(&self.deployment, &run.deployment)
                && is(&self.status, run.run.status.as_str())
                && is(&self.workflow, &handler.workflow_name)
                && (needle.is_empty()
                    || texts
                        .into_iter()
                        .flatten()
                        .any(|text| needle.is_in(text.as_bytes())))
        };
        runs.iter().filter(matches).cloned().collect()
    }
}

/// The names of all workflows of the runs, sorted.
#[must_use]
pub fn workflow_names(runs: &[MonitorRun]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for run in runs {
        let name = &run.run.handler.workflow_name;
        if let Err(at) = names.binary_search(name) {
            names.insert(at, name.clone());
        }
    }
    names
}
