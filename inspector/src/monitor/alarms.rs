//! Alarms: unreachable deployments, many failures, prompts that wait for a long time.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use workflow_protocol::Time;

use crate::text;

/// The period in which failures are counted, in minutes.
const FAILURE_MINUTES: usize = 10;

/// When to raise an alarm. `None` turns an alarm off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AlarmSettings {
    /// A deployment does not respond for so many seconds. Defaults to 30.
    pub silent_s: Option<u32>,
    /// So many runs of a deployment failed within ten minutes, while this page watched. Defaults to 5.
    pub failures: Option<u32>,
    /// A prompt has waited for so many seconds. Defaults to 300.
    pub prompt_s: Option<u32>,
    /// Whether the browser shows a notification, without names and contents. Defaults to `false`.
    pub notify: bool,
}

impl Default for AlarmSettings {
    fn default() -> Self {
        Self {
            silent_s: Some(30),
            failures: Some(5),
            prompt_s: Some(300),
            notify: false,
        }
    }
}

/// The state of one deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeploymentFacts {
    /// Its name.
    pub deployment: Arc<str>,
    /// Since when it has not responded; `None` while it does.
    pub silent_since: Option<Time>,
    /// How many of its runs failed in the last [`AlarmSettings::failures`] minutes.
    pub failures: u32,
    /// Since when its open prompts have been waiting.
    pub prompts: Vec<Time>,
}

impl DeploymentFacts {
    /// The period in which failures are counted, in minutes.
    pub const MINUTES: usize = FAILURE_MINUTES;
}

/// The kind of an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlarmKind {
    /// A deployment does not respond.
    Silent,
    /// Many runs failed.
    Failures,
    /// A prompt needs an answer.
    Prompt,
}

impl AlarmKind {
    /// The kind as one word, as shown in `data-alarm`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::Failures => "failures",
            Self::Prompt => "prompt",
        }
    }
}

/// An alarm of a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// Its kind.
    pub kind: AlarmKind,
    /// The deployment's name.
    pub deployment: Arc<str>,
    /// The description.
    pub text: String,
}

impl Alarm {
    /// Whether it is the same alarm with other numbers.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.kind == other.kind && self.deployment == other.deployment
    }
}

/// The current alarms, in the order of the deployments.
#[must_use]
pub fn alarms(settings: AlarmSettings, now: Time, facts: &[DeploymentFacts]) -> Vec<Alarm> {
    let mut found = Vec::new();
    for fact in facts {
        let name = &fact.deployment;
        let mut raise = |kind, text| {
            found.push(Alarm {
                kind,
                deployment: Arc::clone(name),
                text,
            });
        };
        let silent = fact.silent_since.map(|since| now.since(since));
        if let Some(ms) = silent.filter(|ms| is_reached(settings.silent_s, *ms)) {
            raise(
                AlarmKind::Silent,
                format!("{name} has not answered for {}", text::duration(ms)),
            );
        }
        if settings
            .failures
            .is_some_and(|most| most > 0 && fact.failures >= most)
        {
            let failed = text::count(u64::from(fact.failures));
            raise(
                AlarmKind::Failures,
                format!("{failed} runs of {name} failed in the last {FAILURE_MINUTES} minutes"),
            );
        }
        let waiting = fact.prompts.iter().map(|since| now.since(*since));
        let late: Vec<u64> = waiting.filter(|ms| is_reached(settings.prompt_s, *ms)).collect();
        if let Some(longest) = late.iter().max() {
            let what = match late.len() {
                1 => String::from("A prompt"),
                many => format!("{many} prompts"),
            };
            let (has, longest) = (
                if late.len() == 1 { "has" } else { "have" },
                text::duration(*longest),
            );
            raise(
                AlarmKind::Prompt,
                format!("{what} of {name} {has} been waiting for up to {longest}"),
            );
        }
    }
    found
}

fn is_reached(limit_s: Option<u32>, ms: u64) -> bool {
    limit_s.is_some_and(|seconds| ms >= u64::from(seconds) * 1_000)
}
