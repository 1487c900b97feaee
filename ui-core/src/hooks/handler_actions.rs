//! What can be done to a watched run. All are `Copy`, and do nothing once their hook's owner is cleaned up.

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

/// None without a run, and once the hook's owner is cleaned up.
fn watched(watch: WatchMemo) -> Option<WatchRef> {
    watch.try_get_untracked().flatten()
}

/// The handler that a hook's actions are about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target {
    pub(super) watch: WatchMemo,
    pub(super) no_client: bool,
    /// Why the last dispatched action failed.
    pub(super) error: RwSignal<Option<Error>>,
}

impl Target {
    /// The client and the id of the hook's handler at this moment.
    fn get(self) -> Result<(WorkflowClient, String), Error> {
        let watch = watched(self.watch).ok_or(if self.no_client {
            Error::NoClient
        } else {
            Error::NoHandler
        })?;
        let client = watch.run().store().ok_or(Error::NoClient)?;
        Ok((WorkflowClient::from_store(client), watch.run().id().to_owned()))
    }

    /// Runs an action to its end, whether or not the hook's owner lives, and shows why it failed.
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
pub struct ClearEvents(WatchMemo, RwSignal<Option<Cleared>>);

impl ClearEvents {
    pub(super) const fn new(watch: WatchMemo, cleared: RwSignal<Option<Cleared>>) -> Self {
        Self(watch, cleared)
    }

    /// Hides them. Nothing is lost: other hooks still have them, and counts of the run include them.
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

    /// Answers this prompt with an event of this class, unless the prompt does not take an answer now: a second click
    /// sends nothing. What comes of it is the prompt's state, see [`live`](crate::UseWorkflowHandlerReturn::live).
    ///
    /// # Errors
    /// [`Error::Decode`] if `value` cannot be written as JSON; [`Error::NoHandler`] without a run; [`Error::AnotherRun`] if the hook
    /// has moved to another run than the prompt's.
    pub fn call(&self, prompt: &Prompt, class: &str, value: impl Serialize) -> Result<(), Error> {
        let value = to_json("answer", &value)?;
        respond(
            watched(self.0).ok_or(Error::NoHandler)?.run(),
            prompt,
            class,
            value,
        )
    }

    /// The prompt as it is from now on. None as long as the hook watches another run.
    pub(super) fn find(&self, prompt: &Prompt) -> Option<Prompt> {
        let watch = self.0.try_get().flatten()?;
        watch.run().view.prompts.with(|prompts| {
            let at = prompts.binary_search_by_key(&prompt.sequence, |known| known.sequence);
            let found = prompts.get(at.ok()?)?;
            found.is_same(prompt).then(|| found.clone())
        })
    }
}

/// Answers a prompt if the run that it belongs to is still the handler's.
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
        let target = self.0.get();
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
        let target = self.0.get();
        async move {
            let (client, id) = target?;
            client.send_event(&id, &event).await
        }
        .boxed_local()
    }

    /// Sends an event at once, for event handlers that need no answer. A refusal is shown by
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

    /// Cancels the run at once, for event handlers that need no answer. The run's status shows that it was cancelled,
    /// [`action_error`](crate::UseWorkflowHandlerReturn::action_error) a refusal, and nothing that the run is
    /// [`StillRunning`](CancelOutcome::StillRunning).
    pub fn dispatch(&self) {
        self.0.dispatch(self.call());
    }

    /// Deletes the handler at once, for event handlers that need no answer.
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
