//! Asks one server for its health again and again.

use std::cell::Cell;
use std::rc::Rc;

use futures::future::{Either, select};

use super::other::{self, Kind, OtherServer};
use super::{DeploymentHealth, DeploymentState};
use crate::api::SignIn;
use crate::reactive::*;
use crate::{Error, WorkflowClient};

/// How long a server may take to say that it is well, in milliseconds.
const PROBE_MS: u64 = 8_000;
/// The same for the first probe: others have not been asked yet.
const FIRST_PROBE_MS: u64 = 3_000;
/// The first pause after a probe that failed; each further one is twice as long, up to the longest.
const FAILED_MS: u64 = 2_000;
/// The longest pause of a server that is not well.
const FAILED_MOST_MS: u64 = 15_000;
/// How often the failures of other requests are checked.
const SLICE_MS: u64 = 1_000;
/// How many servers that are not well are probed at a time: they share the browser's few connections with all others.
const FAILED_PROBES: u32 = 2;
/// The same together with servers that were never asked: those that hang must not keep the others waiting.
const FIRST_PROBES: u32 = 3;

/// Asks one server for its health again and again.
pub(super) struct Prober {
    pub(super) client: WorkflowClient,
    pub(super) health: ArcRwSignal<DeploymentHealth>,
    pub(super) workflows: ArcRwSignal<Vec<String>>,
    pub(super) other: ArcRwSignal<Option<OtherServer>>,
    pub(super) probe_every_ms: u64,
    /// How many probes of servers that were not well are under way.
    pub(super) gate: Rc<Cell<u32>>,
}

/// A probe of a server that was not well, until this is dropped.
struct Turn(Rc<Cell<u32>>);

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.set(self.0.get().saturating_sub(1));
    }
}

impl Prober {
    pub(super) async fn run(self, first_after_ms: u64) {
        let http = self.client.store().http().clone();
        if first_after_ms > 0 {
            http.clock.sleep(first_after_ms).await;
        }
        let mut failed_ms = FAILED_MS;
        let mut kind = None;
        loop {
            let was_well = self.state() == DeploymentState::Ok;
            let was_watched = was_well && !self.is_other();
            let turn = if was_well { None } else { Some(self.turn().await) };
            self.probe(&mut kind).await;
            drop(turn);
            let is_well = self.state() == DeploymentState::Ok;
            let is_watched = is_well && !self.is_other();
            self.client.store().pause(!is_watched);
            if is_watched && !was_watched {
                self.read_workflows().await;
            }
            if is_well {
                failed_ms = FAILED_MS;
                self.pause(self.probe_every_ms).await;
            } else {
                self.pause(failed_ms).await;
                failed_ms = (failed_ms * 2).min(FAILED_MOST_MS);
            }
        }
    }

    fn state(&self) -> DeploymentState {
        self.health.with_untracked(|health| health.state)
    }

    fn is_other(&self) -> bool {
        self.other.with_untracked(Option::is_some)
    }

    /// The turn of a server that was not well.
    async fn turn(&self) -> Turn {
        let most = match self.state() {
            DeploymentState::Unknown => FIRST_PROBES,
            _ => FAILED_PROBES,
        };
        while self.gate.get() >= most {
            self.client.store().http().clock.sleep(SLICE_MS).await;
        }
        self.gate.set(self.gate.get() + 1);
        Turn(self.gate.clone())
    }

    /// Asks for its health; a server without one, what it is.
    async fn ask(&self, kind: &mut Option<Kind>) -> Result<Option<OtherServer>, Error> {
        if let Some(known) = *kind {
            let answer = known.read(&self.client).await;
            if answer.as_ref().is_err_and(Error::is_not_found) {
                *kind = None;
            }
            return answer.map(Some);
        }
        let Err(error) = self.client.health().await else {
            return Ok(None);
        };
        if !other::is_possible(&error) {
            return Err(error);
        }
        match other::find(&self.client).await {
            Some(found) => {
                *kind = Some(found);
                found.read(&self.client).await.map(Some)
            }
            None => Err(error),
        }
    }

    async fn probe(&self, kind: &mut Option<Kind>) {
        let clock = &self.client.store().http().clock;
        let sent = clock.now();
        let limit = match self.state() {
            DeploymentState::Unknown => FIRST_PROBE_MS,
            _ => PROBE_MS,
        };
        let asked = Box::pin(self.ask(kind));
        let answer = match select(asked, clock.sleep(limit)).await {
            Either::Left((answer, _)) => answer,
            Either::Right(_) => Err(Error::Timeout { after_ms: limit }),
        };
        let now = clock.now();
        let mut health = self.health.get_untracked();
        health.sign_in = self.sign_in();
        health.reason.clear();
        match answer {
            Ok(other) => {
                set_if_changed(&self.other, other);
                health.state = DeploymentState::Ok;
                health.latency_ms = Some(now.since(sent));
            }
            Err(error) => {
                health.state = DeploymentState::Down;
                health.reason = error.to_string();
            }
        }
        if health.sign_in.is_some() {
            health.state = DeploymentState::SignIn;
        }
        if health.state == DeploymentState::Down {
            health.silent_since = health.silent_since.or(health.answered_at).or(Some(sent));
        } else {
            health.silent_since = None;
            health.answered_at = Some(now);
        }
        set_if_changed(&self.health, health);
    }

    fn sign_in(&self) -> Option<SignIn> {
        self.client.store().http().state.sign_in.get_untracked()
    }

    async fn read_workflows(&self) {
        // The next time that it begins to answer they are read again.
        if let Ok(names) = self.client.workflows().await {
            set_if_changed(&self.workflows, names);
        }
    }

    /// Waits until the next probe is due: less long when another request of this client fails, or when the user has to sign in, or has
    /// done so.
    async fn pause(&self, ms: u64) {
        let http = self.client.store().http().clone();
        let unanswered = http.unanswered.get_untracked();
        let signed_out = self.sign_in().is_some();
        let mut waited = 0;
        loop {
            http.clock.sleep(SLICE_MS).await;
            waited += SLICE_MS;
            let has_changed =
                http.unanswered.get_untracked() != unanswered || self.sign_in().is_some() != signed_out;
            let patience = if http.clock.presence().visible { ms } else { ms * 3 };
            if has_changed || (waited >= patience && !signed_out) {
                return;
            }
        }
    }
}
