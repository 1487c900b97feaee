//! The health of the server in use.

use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;
use workflow_ui_core::{SignIn, UseServerStateReturn, WorkflowClient, use_server_state};

/// Delay between two probes of a healthy server.
const HEALTHY_INTERVAL: Duration = Duration::from_secs(20);
/// Delay between two probes of an unhealthy server.
const UNHEALTHY_INTERVAL: Duration = Duration::from_secs(2);
/// Timeout of a probe after another request got no answer.
const PROBE_TIMEOUT: Duration = Duration::from_secs(2);

/// The result of the last probe.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Health {
    /// No probe was answered yet.
    #[default]
    Unknown,
    /// The server answered.
    Ok,
    /// The server did not answer; contains the reason.
    Down(String),
    /// The user has to sign in.
    SignIn(SignIn),
}

impl Health {
    /// The value of `data-health`.
    pub(crate) const fn as_str(&self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Ok => "ok",
            Self::Down(_) => "down",
            Self::SignIn(_) => "signin",
        }
    }

    /// Whether requests currently fail.
    pub(crate) const fn is_failing(&self) -> bool {
        matches!(self, Self::Down(_) | Self::SignIn(_))
    }
}

/// Probes the server until the current owner is cleaned up: every 20 seconds while it is healthy, every 2 seconds while it is not, at once
/// when another request of the client gets no answer, and never while the user has to sign in.
pub(crate) fn use_health(client: WorkflowClient) -> Signal<Health> {
    let unanswered = client.unanswered();
    let poller = HealthPoller {
        client: StoredValue::new(client),
        health: RwSignal::new(Health::Unknown),
        sent: StoredValue::new(0),
        answered: StoredValue::new(0),
        is_signed_out: StoredValue::new(false),
        next: StoredValue::new(None),
    };
    on_cleanup(move || poller.cancel_next());
    poller.probe();
    let UseServerStateReturn { sign_in, .. } = use_server_state();
    Effect::new(move |_| match sign_in.get() {
        Some(sign_in) => {
            poller.is_signed_out.set_value(true);
            poller.show(Health::SignIn(sign_in));
        }
        None if poller.is_signed_out.get_value() => {
            poller.is_signed_out.set_value(false);
            poller.probe();
        }
        None => {}
    });
    let count = unanswered.get_untracked();
    Effect::new(move |before: Option<u32>| {
        let now = unanswered.get();
        if before.unwrap_or(count) != now {
            poller.recheck();
        }
        now
    });
    poller.health.into()
}

/// Its values are disposed with the owner: a later response to a probe changes nothing.
#[derive(Clone, Copy)]
struct HealthPoller {
    client: StoredValue<WorkflowClient>,
    health: RwSignal<Health>,
    /// Number of the last probe that was sent.
    sent: StoredValue<u32>,
    /// Number of the last probe that was answered.
    answered: StoredValue<u32>,
    is_signed_out: StoredValue<bool>,
    /// The timer of the next probe.
    next: StoredValue<Option<TimeoutHandle>>,
}

impl HealthPoller {
    fn probe(self) {
        let Some(client) = self.client.try_get_value().filter(|_| !self.is_paused()) else {
            return;
        };
        self.cancel_next();
        let number = self.sent.get_value() + 1;
        self.sent.set_value(number);
        spawn_local(async move {
            let health = match client.health().await {
                Ok(()) => Health::Ok,
                Err(error) => Health::Down(error.to_string()),
            };
            self.answered.try_set_value(number);
            if self.is_paused() || self.sent.try_get_value() != Some(number) {
                return;
            }
            let pause = if health == Health::Ok {
                HEALTHY_INTERVAL
            } else {
                UNHEALTHY_INTERVAL
            };
            self.show(health);
            let next = set_timeout_with_handle(move || self.probe(), pause);
            self.next.try_set_value(next.ok());
        });
    }

    fn cancel_next(self) {
        if let Some(timer) = self.next.try_update_value(Option::take).flatten() {
            timer.clear();
        }
    }

    /// Stops probing: the user has to sign in, or another server is in use.
    fn is_paused(self) -> bool {
        self.is_signed_out.try_get_value().unwrap_or(true)
    }

    fn show(self, health: Health) {
        if self.health.try_with_untracked(|shown| *shown != health) == Some(true) {
            self.health.set(health);
        }
    }

    /// Another request got no answer, so the server may have failed since the last probe.
    fn recheck(self) {
        let is_down = self
            .health
            .with_untracked(|health| matches!(health, Health::Down(_)));
        if self.is_paused() || is_down {
            return;
        }
        if self.answered.get_value() == self.sent.get_value() {
            self.probe();
        }
        let number = self.sent.get_value();
        // A hanging server answers no probe at all.
        set_timeout(
            move || {
                let is_unanswered = self
                    .answered
                    .try_get_value()
                    .is_some_and(|answered| answered < number);
                if is_unanswered && !self.is_paused() {
                    self.show(Health::Down(String::from("The server does not answer.")));
                }
            },
            PROBE_TIMEOUT,
        );
    }
}
