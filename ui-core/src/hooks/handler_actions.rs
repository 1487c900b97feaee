//! The actions on a watched run. All are `Copy`. They do nothing after their hook's owner is cleaned up.

use crate::reactive::*;
use futures::FutureExt as _;
use futures::future::LocalBoxFuture;
use serde::Serialize;
use workflow_protocol::{Prompt, RawJson, class_name};

use super::watching::{Cleared, WatchMemo, WatchRef};
use crate::api::to_json;
use crate::store::{Run, RunCall};
use crate::task::spawn_detached;
use crate::{CancelOutcome, Error, SendEvent, WorkflowClient};

/// `None` without a run, and after the hook's owner is cleaned up.
fn watched(watch: WatchMemo) -> Option<WatchRef> {
    watch.try_get_untracked().flatten()
}

/// The handler that a hook's actions apply to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target {
    pub(super) watch: WatchMemo,
    pub(super) no_client: bool,
    /// The error of the last dispatched action.
    pub(super) error: RwSignal<Option<Error>>,
}

impl Target {
    /// The current client and handler id of the hook.
    fn get(self) -> Result<(WorkflowClient, String), Error> {
        let watch = watched(self.watch).ok_or(if self.no_client {
            Error::NoClient
        } else {
            Error::NoHandler
        })?;
        let client = watch.run().store().ok_or(Error::NoClient)?;
        Ok((WorkflowClient::from_store(client), watch.run().id().to_owned()))
    }

    /// Runs an action to its end, even after the hook's owner is cleaned up, and reports its error.
    fn dispatch<T: 'static>(self, action: LocalBoxFuture<'static, Result<T, Error>>) {
        let _ = self.error.try_set(None);
        spawn_detached(async move {
            if let Err(error) = action.await {
                let _ = self.error.try_set(Some(error));
            }
        });
    }
}

/// Stops following a run's events, for one hook.
#[derive(Clone, Copy, Debug)]
pub struct StopStreaming(WatchMemo);

impl StopStreaming {
    pub(super) const fn new(watch: WatchMemo) -> Self {
        Self(watch)
    }

    /// Stops following. The stream closes if no other hook follows it. The events stay, and the run continues.
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

    /// Follows, starting after the last event received. Does nothing if the hook already follows.
    pub fn call(&self) {
        if let Some(watch) = watched(self.0) {
            watch.start();
        }
    }
}

/// Reads a run's handler again.
#[derive(Clone, Copy, Debug)]
pub struct RefreshHandler(WatchMemo);

impl RefreshHandler {
    pub(super) const fn new(watch: WatchMemo) -> Self {
        Self(watch)
    }

    /// Reads the handler again. Reconnects now if a lost connection waits for its next attempt.
    pub fn call(&self) {
        if let Some(watch) = watched(self.0) {
            watch.run().input(RunCall::Refresh);
        }
    }
}

/// Hides the events received so far, for one hook.
#[derive(Clone, Copy, Debug)]
pub struct ClearEvents(WatchMemo, RwSignal<Option<Cleared>>);

impl ClearEvents {
    pub(super) const fn new(watch: WatchMemo, cleared: RwSignal<Option<Cleared>>) -> Self {
        Self(watch, cleared)
    }

    /// Hides the events. Other hooks still show them, and counts of the run still include them.
    pub fn call(&self) {
        if let Some(watch) = watched(self.0) {
            let cleared = Cleared::of(&watch, watch.run().view.log.get_untracked());
            let _ = self.1.try_set(Some(cleared));
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

    /// Answers the prompt with an event of this class. Does nothing if the prompt takes no answer now, so a second click sends nothing.
    /// The state of the prompt shows the outcome: see [`live`](crate::UseWorkflowHandlerReturn::live).
    ///
    /// # Errors
    /// [`Error::Decode`] if `value` cannot be serialised; [`Error::NoHandler`] without a run; [`Error::AnotherRun`] if the hook has moved
    /// to a run that the prompt does not belong to.
    pub fn call(&self, prompt: &Prompt, class: &str, value: impl Serialize) -> Result<(), Error> {
        let value = to_json("answer", &value)?;
        respond(
            watched(self.0).ok_or(Error::NoHandler)?.run(),
            prompt,
            class,
            value,
        )
    }

    /// The current state of the prompt. `None` while the hook watches another run.
    pub(super) fn find(&self, prompt: &Prompt) -> Option<Prompt> {
        let watch = self.0.try_get().flatten()?;
        watch.run().view.prompts.with(|prompts| {
            let at = prompts.binary_search_by_key(&prompt.sequence, |known| known.sequence);
            let found = prompts.get(at.ok()?)?;
            found.is_same(prompt).then(|| found.clone())
        })
    }
}

/// Answers a prompt if its run is still the current run of the handler.
pub(super) fn respond(run: &Run, prompt: &Prompt, class: &str, value: RawJson) -> Result<(), Error> {
    let run_id = run.read(|machine| machine.run_id().unwrap_or_default() == &*prompt.run_id);
    if run.id() != &*prompt.handler_id || run_id != Some(true) {
        return Err(Error::AnotherRun);
    }
    run.input(RunCall::Respond {
        prompt: prompt.sequence,
        class: class_name(class).to_owned(),
        value,
    });
    Ok(())
}

/// Sends events to a run.
#[derive(Clone, Copy, Debug)]
pub struct SendEventToRun(Target);

impl SendEventToRun {
    pub(super) const fn new(target: Target) -> Self {
        Self(target)
    }

    /// Sends an event of this class (short or qualified name) with these fields to every step that accepts it.
    ///
    /// Use [`Respond`] to answer prompts: it never sends an answer twice.
    ///
    /// # Errors
    /// As [`WorkflowClient::send_event`]; [`Error::NoHandler`] without a run.
    pub fn call(
        &self,
        class: impl Into<String>,
        value: impl Serialize,
    ) -> LocalBoxFuture<'static, Result<(), Error>> {
        let event = SendEvent::new(class, &value);
        let target = self.0.get();
        async move {
            let (client, id) = target?;
            client.send_event(&id, &event?).await
        }
        .boxed_local()
    }

    /// Sends an event that was built before, for example one for a single step.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub fn call_with(&self, event: SendEvent) -> LocalBoxFuture<'static, Result<(), Error>> {
        let target = self.0.get();
        async move {
            let (client, id) = target?;
            client.send_event(&id, &event).await
        }
        .boxed_local()
    }

    /// Sends an event at once, for event listeners that do not wait. A refusal is in
    /// [`action_error`](crate::UseWorkflowHandlerReturn::action_error).
    pub fn dispatch(&self, class: impl Into<String>, value: impl Serialize) {
        self.0.dispatch(self.call(class, value));
    }

    /// The same with a step, or with what was built before.
    pub fn dispatch_with(&self, event: SendEvent) {
        self.0.dispatch(self.call_with(event));
    }
}

/// Cancels or deletes a run.
#[derive(Clone, Copy, Debug)]
pub struct CancelRun(Target);

impl CancelRun {
    pub(super) const fn new(target: Target) -> Self {
        Self(target)
    }

    /// Cancels the run and returns the outcome. Cancelling a run that has ended is not an error.
    ///
    /// Show refusals, and [`StillRunning`](CancelOutcome::StillRunning) with a button to [`delete`](Self::delete) the run: only this result
    /// reports them. A cancelled run also changes its status.
    ///
    /// # Errors
    /// As [`WorkflowClient::cancel`]; [`Error::NoHandler`] without a run.
    pub fn call(&self) -> LocalBoxFuture<'static, Result<CancelOutcome, Error>> {
        self.ask(false)
    }

    /// Deletes the handler and its events on the server. Cancels the run first if it has not ended.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub fn delete(&self) -> LocalBoxFuture<'static, Result<CancelOutcome, Error>> {
        self.ask(true)
    }

    /// Cancels the run at once, for event listeners that do not wait. The run's status shows that it was cancelled, and
    /// [`action_error`](crate::UseWorkflowHandlerReturn::action_error) has a refusal. [`StillRunning`](CancelOutcome::StillRunning) is
    /// not reported.
    pub fn dispatch(&self) {
        self.0.dispatch(self.call());
    }

    /// Deletes the handler at once, for event listeners that do not wait.
    pub fn dispatch_delete(&self) {
        self.0.dispatch(self.delete());
    }

    fn ask(&self, purge: bool) -> LocalBoxFuture<'static, Result<CancelOutcome, Error>> {
        let target = self.0.get();
        async move {
            let (client, id) = target?;
            client.cancel(&id, purge).await
        }
        .boxed_local()
    }
}
