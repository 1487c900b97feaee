//! How many runs of each workflow were started, completed and failed in each of the last minutes, as observed by this page.

use std::sync::Arc;

use workflow_protocol::{HandlerState, RunStatus, Time};

use super::runs::RunsOf;

/// How many minutes are kept.
pub const MINUTES: usize = 30;

const MINUTE_MS: u64 = 60_000;
/// The maximum number of workflows; further ones are not counted.
const MAX_TRENDS: usize = 300;
/// How many durations of a workflow its median is computed from: the newest ones.
const MAX_DURATIONS: usize = 256;

/// The counts of one minute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Minute {
    /// Runs that were started.
    pub started: u32,
    /// Runs that were completed.
    pub completed: u32,
    /// Runs that failed or timed out.
    pub failed: u32,
}

/// The recent activity of one workflow of one deployment.
#[derive(Clone, Debug, PartialEq)]
pub struct Trend {
    /// The name of the deployment.
    pub deployment: Arc<str>,
    /// The workflow's name.
    pub workflow: String,
    /// The last [`MINUTES`] minutes, oldest first.
    minutes: Vec<Minute>,
    /// When runs ended, and their durations, in milliseconds.
    durations: Vec<(Time, u64)>,
}

impl Trend {
    fn new(deployment: &Arc<str>, workflow: &str) -> Self {
        Self {
            deployment: Arc::clone(deployment),
            workflow: workflow.to_owned(),
            minutes: vec![Minute::default(); MINUTES],
            durations: Vec::new(),
        }
    }

    /// The minutes, oldest first; the last one is the current one.
    #[must_use]
    pub fn minutes(&self) -> &[Minute] {
        &self.minutes
    }

    /// The sum of all minutes.
    #[must_use]
    pub fn total(&self) -> Minute {
        self.minutes.iter().fold(Minute::default(), |sum, minute| Minute {
            started: sum.started + minute.started,
            completed: sum.completed + minute.completed,
            failed: sum.failed + minute.failed,
        })
    }

    /// The median duration of completed runs, in milliseconds; `None` if there were none.
    #[must_use]
    pub fn median_ms(&self) -> Option<u64> {
        let mut durations: Vec<u64> = self.durations.iter().map(|(_, ms)| *ms).collect();
        let middle = durations.len() / 2;
        let (_, median, _) = (!durations.is_empty()).then(|| durations.select_nth_unstable(middle))?;
        Some(*median)
    }

    fn minute(&mut self, back: usize) -> Option<&mut Minute> {
        let at = MINUTES.checked_sub(back + 1)?;
        self.minutes.get_mut(at)
    }
}

/// The previous state of a deployment.
#[derive(Debug)]
struct Seen {
    deployment: Arc<str>,
    /// When its whole list was first received. Earlier runs are history.
    since: Time,
    runs: Vec<Arc<HandlerState>>,
}

/// Counts the changes in the lists of deployments. Runs of the first list are history and not counted; later starts, ends and failures are
/// counted in their minute by the server's clock.
#[derive(Debug, Default)]
pub struct Trends {
    trends: Vec<Trend>,
    seen: Vec<Seen>,
    /// The number of the current minute.
    minute: u64,
}

impl Trends {
    /// Without data.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The trends, in the order of their workflows' first appearance.
    #[must_use]
    pub fn trends(&self) -> &[Trend] {
        &self.trends
    }

    /// How many runs of a deployment failed in the last `minutes` minutes, including the current one.
    #[must_use]
    pub fn failures(&self, deployment: &str, minutes: usize) -> u32 {
        let of_it = self
            .trends
            .iter()
            .filter(|trend| *trend.deployment == *deployment);
        of_it
            .flat_map(|trend| trend.minutes.iter().rev().take(minutes))
            .map(|minute| minute.failed)
            .sum()
    }

    /// Advances to the minute of `now`.
    pub fn tick(&mut self, now: Time) {
        let minute = now.0 / MINUTE_MS;
        let passed = minute.saturating_sub(self.minute);
        if self.minute != 0 && passed > 0 {
            let passed = usize::try_from(passed).unwrap_or(MINUTES).min(MINUTES);
            let oldest = now.0.saturating_sub(MINUTES as u64 * MINUTE_MS);
            for trend in &mut self.trends {
                trend.minutes.rotate_left(passed);
                for minute in trend.minutes.iter_mut().rev().take(passed) {
                    *minute = Minute::default();
                }
                trend.durations.retain(|(at, _)| at.0 >= oldest);
            }
        }
        self.minute = self.minute.max(minute);
    }

    /// Processes the current list of a deployment. Call it when the whole list was received, and whenever it changes.
    pub fn observe(&mut self, now: Time, source: &RunsOf<'_>) {
        self.tick(now);
        let known = self
            .seen
            .iter()
            .position(|seen| seen.deployment == *source.deployment);
        let Some(at) = known else {
            return self.seen.push(Seen {
                deployment: Arc::clone(source.deployment),
                since: now,
                runs: source.runs.to_vec(),
            });
        };
        let Some(seen) = self.seen.get_mut(at) else { return };
        let mut pairs = seen.runs.iter().zip(source.runs);
        if seen.runs.len() == source.runs.len() && pairs.all(|(before, now)| Arc::ptr_eq(before, now)) {
            return;
        }
        let (since, before) = (
            seen.since,
            std::mem::replace(&mut seen.runs, source.runs.to_vec()),
        );
        // Both lists have the same order, so one pass finds the previous state of a run.
        let mut at = 0;
        for run in source.runs {
            while before.get(at).is_some_and(|other| is_newer(other, run)) {
                at += 1;
            }
            match before.get(at).filter(|other| is_same(other, run)) {
                Some(other) if Arc::ptr_eq(other, run) => {}
                Some(other) => self.changed(now, source, run, Some(other.status)),
                None => {
                    let started = page_time(&run.handler.started_at, source.ahead_ms);
                    if started.is_none_or(|started| started >= since) {
                        self.changed(now, source, run, None);
                    }
                }
            }
        }
    }

    /// Removes the deployments that are no longer watched.
    pub fn keep(&mut self, is_watched: impl Fn(&str) -> bool) {
        self.trends.retain(|trend| is_watched(&trend.deployment));
        self.seen.retain(|seen| is_watched(&seen.deployment));
    }

    fn changed(&mut self, now: Time, source: &RunsOf<'_>, run: &HandlerState, before: Option<RunStatus>) {
        let handler = &run.handler;
        let started = page_time(&handler.started_at, source.ahead_ms);
        let has_ended = run.status.is_terminal() && !before.is_some_and(RunStatus::is_terminal);
        if before.is_some() && !has_ended {
            return;
        }
        let minute = self.minute;
        let back = |at: Option<Time>| {
            let at = at.unwrap_or(now).0 / MINUTE_MS;
            usize::try_from(minute.saturating_sub(at)).unwrap_or(MINUTES)
        };
        let Some(trend) = self.trend(source.deployment, &handler.workflow_name) else {
            return;
        };
        if let (None, Some(minute)) = (before, trend.minute(back(started))) {
            minute.started += 1;
        }
        if !has_ended {
            return;
        }
        let ended = handler.completed_at.as_deref().or(handler.updated_at.as_deref());
        let ended = ended.and_then(|text| page_time(text, source.ahead_ms));
        let Some(minute) = trend.minute(back(ended)) else {
            return;
        };
        match run.status {
            RunStatus::Completed => minute.completed += 1,
            RunStatus::Failed | RunStatus::TimedOut => minute.failed += 1,
            _ => return,
        }
        if let (RunStatus::Completed, Some(started), Some(ended)) = (run.status, started, ended) {
            trend.durations.push((ended, ended.since(started)));
            let surplus = trend.durations.len().saturating_sub(MAX_DURATIONS);
            trend.durations.drain(..surplus);
        }
    }

    fn trend(&mut self, deployment: &Arc<str>, workflow: &str) -> Option<&mut Trend> {
        let is_it = |trend: &Trend| trend.workflow == workflow && trend.deployment == *deployment;
        let at = match self.trends.iter().position(is_it) {
            Some(at) => at,
            None if self.trends.len() < MAX_TRENDS => {
                self.trends.push(Trend::new(deployment, workflow));
                self.trends.len() - 1
            }
            None => return None,
        };
        self.trends.get_mut(at)
    }
}

/// Whether a run precedes another one in a list.
fn is_newer(run: &HandlerState, other: &HandlerState) -> bool {
    let (run, other) = (&run.handler, &other.handler);
    (&run.started_at, &run.handler_id) > (&other.started_at, &other.handler_id)
}

fn is_same(run: &HandlerState, other: &HandlerState) -> bool {
    let (run, other) = (&run.handler, &other.handler);
    run.started_at == other.started_at && run.handler_id == other.handler_id
}

fn page_time(text: &str, ahead_ms: i64) -> Option<Time> {
    let time = Time::parse(text)?;
    Some(Time(time.0.saturating_add_signed(ahead_ms.saturating_neg())))
}

/// The bars of a small chart as the `d` of an SVG path: `values` from left to right, each one unit wide, above `below` of the same index,
/// upwards from 100, with `highest` at 0. Nothing is drawn for zeros.
#[must_use]
pub fn bars(values: impl Iterator<Item = (u32, u32)>, highest: u32) -> String {
    let highest = u64::from(highest.max(1));
    let height = |value: u32| u64::from(value) * 100 / highest;
    let mut path = String::new();
    for (at, (value, below)) in values.enumerate() {
        if value > 0 {
            let (base, top) = (
                height(below),
                height(below.saturating_add(value)).max(height(below) + 4),
            );
            let y = 100_u64.saturating_sub(top);
            path.push_str(&format!("M{at}.1 {y}h.8v{}h-.8z", top - base));
        }
    }
    path
}
