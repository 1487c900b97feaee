//! What can be done to a watched run. All are `Copy`, and do nothing once their hook's owner is cleaned up.

use crate::reactive::{Slot, StoredValue, WithValue as _};
use futures::FutureExt as _;
use futures::future::LocalBoxFuture;
use serde::Serialize;
use workflow_protocol::{RawJson, class_name};

use super::use_workflow_handler::{Cleared, WatchMemo, WatchRef};
use crate::client::to_json;
use crate::driver::RunCall;
use crate::{CancelOutcome, Error, SendEvent, WorkflowClient};

fn watched(watch: WatchMemo) -> Option<WatchRef> {
    watch.peek()
}

/// The client and the id of the hook's handler at this moment.
fn target(watch: WatchMemo, no_client: bool) -> Result<(WorkflowClient, String), Error> {
    let watch = watched(watch).ok_or(if no_client {
        Error::NoClient
    } else {
        Error::NoHandler
    })?;
    let client = watch.run().store().ok_or(Error::NoClient)?;
    Ok((WorkflowClient::from_store(client), watch.run().id().to_owned()))
}

/// Stops following a run's events, for one hook.
#[derive(Clone, Copy, Debug)]
pub struct StopStreaming(WatchMemo);

impl StopStreaming {
    pub(super) const fn new(watch: WatchMemo) -> Self {
        Self(watch)
    }

    /// Stops. The stream is closed when no other hook follows it; the events stay, and the run goes on.
    pub fn call(&self) {
        if let Some(watch) = watched(self.0) {
            watch.stop();
        }
    }
}

/// Follows a run's events, for one hook.
#[derive(Clone, Copy, Debug)]
pub struct StartStreaming(WatchMemo);

impl StartStreaming {
    pub(super) const fn new(watch: WatchMemo) -> Self {
        Self(watch)
    }

    /// Follows, from where the log ends. Does nothing if the hook already does.
    pub fn call(&self) {
        if let Some(watch) = watched(self.0) {
            watch.start();
        }
    }
}

/// Asks the server about a run.
#[derive(Clone, Copy, Debug)]
pub struct RefreshHandler(WatchMemo);

impl RefreshHandler {
    pub(super) const fn new(watch: WatchMemo) -> Self {
        Self(watch)
    }

    /// Reads the handler again, and connects at once if a lost connection waits for its next attempt.
    pub fn call(&self) {
        if let Some(watch) = watched(self.0) {
            watch.run().input(RunCall::Refresh);
        }
    }
}

/// Hides the events received so far, for one hook.
#[derive(Clone, Copy, Debug)]
pub struct ClearEvents(WatchMemo, StoredValue<Slot<Option<Cleared>>>);

impl ClearEvents {
    pub(super) fn new(watch: WatchMemo, cleared: Slot<Option<Cleared>>) -> Self {
        Self(watch, StoredValue::new(cleared))
    }

    /// Hides them. Nothing is lost: other hooks still have them, and counts of the run include them.
    pub fn call(&self) {
        if let Some(watch) = watched(self.0) {
            let cleared = Cleared::of(&watch, watch.run().view.log.get_untracked());
            self.1.try_with_value(|signal| signal.set(Some(cleared)));
        }
    }
}

/// Answers a prompt.
#[derive(Clone, Copy, Debug)]
pub struct Respond(WatchMemo);

impl Respond {
    pub(super) const fn new(watch: WatchMemo) -> Self {
        Self(watch)
    }

    /// Sends the answer to the prompt with this sequence, unless the prompt does not take one now: a second click
    /// sends nothing. What comes of it is the prompt's state.
    ///
    /// # Errors
    /// [`Error::Decode`] if `value` cannot be written as JSON; [`Error::NoHandler`] without a run.
    pub fn call(&self, sequence: u64, class: &str, value: impl Serialize) -> Result<(), Error> {
        self.call_json(sequence, class, to_json("answer", &value)?)
    }

    /// The same with fields that are JSON already. A page that uses nothing else carries no serialiser.
    ///
    /// # Errors
    /// [`Error::NoHandler`] without a run.
    pub fn call_json(&self, sequence: u64, class: &str, value: RawJson) -> Result<(), Error> {
        let watch = watched(self.0).ok_or(Error::NoHandler)?;
        watch.run().input(RunCall::Respond {
            prompt: sequence,
            class: class_name(class).to_owned(),
            value,
        });
        Ok(())
    }
}

/// Sends events to a run.
#[derive(Clone, Copy, Debug)]
pub struct SendEventToRun(WatchMemo, bool);

impl SendEventToRun {
    pub(super) const fn new(watch: WatchMemo, no_client: bool) -> Self {
        Self(watch, no_client)
    }

    /// Sends an event of this class (short or qualified) with these fields to every step that accepts it.
    ///
    /// Answers to prompts are better sent with [`Respond`], which never sends one twice.
    ///
    /// # Errors
    /// As [`WorkflowClient::send_event`]; [`Error::NoHandler`] without a run.
    pub fn call(
        &self,
        class: impl Into<String>,
        value: impl Serialize,
    ) -> LocalBoxFuture<'static, Result<(), Error>> {
        let event = SendEvent::new(class, &value);
        let target = target(self.0, self.1);
        async move {
            let (client, id) = target?;
            client.send_event(&id, &event?).await
        }
        .boxed_local()
    }

    /// The same with a step, or with what was built before.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub fn call_with(&self, event: SendEvent) -> LocalBoxFuture<'static, Result<(), Error>> {
        let target = target(self.0, self.1);
        async move {
            let (client, id) = target?;
            client.send_event(&id, &event).await
        }
        .boxed_local()
    }
}

/// Cancels or deletes a run.
#[derive(Clone, Copy, Debug)]
pub struct CancelRun(WatchMemo, bool);

impl CancelRun {
    pub(super) const fn new(watch: WatchMemo, no_client: bool) -> Self {
        Self(watch, no_client)
    }

    /// Cancels the run and says what came of it. Cancelling a run that has ended is no error.
    ///
    /// Only the result tells of a refusal, and of [`StillRunning`](CancelOutcome::StillRunning): show them, the latter with an offer
    /// to [`delete`](Self::delete). That the run was cancelled is its status, too.
    ///
    /// # Errors
    /// As [`WorkflowClient::cancel`]; [`Error::NoHandler`] without a run.
    pub fn call(&self) -> LocalBoxFuture<'static, Result<CancelOutcome, Error>> {
        self.ask(false)
    }

    /// Deletes the handler and its events at the server, cancelling the run first if it has not ended.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub fn delete(&self) -> LocalBoxFuture<'static, Result<CancelOutcome, Error>> {
        self.ask(true)
    }

    fn ask(&self, purge: bool) -> LocalBoxFuture<'static, Result<CancelOutcome, Error>> {
        let target = target(self.0, self.1);
        async move {
            let (client, id) = target?;
            client.cancel(&id, purge).await
        }
        .boxed_local()
    }
}
