//! Following one task: its events, its prompts, and how it ended.

use futures::StreamExt as _;
use futures::future::{Either, select};
use workflow_protocol::legacy::{
    LegacyApi, LegacyEvent, LegacyOutcome, LegacyStreamEnd, LegacyTask, NewLegacyTask,
};
use workflow_protocol::{EventKind, RawJson, RunStatus};

use super::answers::no_reason;
use super::client::LegacyClient;
use super::prompt::LegacyPrompt;
use super::stream::LegacyStream;
use crate::Error;
use crate::reactive::*;

/// How long is waited until a stream that broke, or is not there yet, is opened again, in milliseconds.
const REOPEN_MS: u64 = 500;
/// How often a stream that brought nothing is opened again.
const REOPENINGS: u32 = 3;
/// The longest pause before the result is asked for again, in milliseconds.
const LONGEST_PAUSE_MS: u64 = 30_000;

/// What a hook shows of its task.
#[derive(Clone, Debug, Default)]
pub(super) struct View {
    pub(super) task: ArcRwSignal<Option<LegacyTask>>,
    pub(super) status: ArcRwSignal<RunStatus>,
    pub(super) events: ArcRwSignal<Vec<LegacyEvent>>,
    pub(super) dropped: ArcRwSignal<usize>,
    pub(super) prompts: ArcRwSignal<Vec<LegacyPrompt>>,
    pub(super) result: ArcRwSignal<Option<RawJson>>,
    pub(super) error: ArcRwSignal<Option<Error>>,
    pub(super) events_lost: ArcRwSignal<bool>,
}

impl View {
    fn clear(&self) {
        self.task.set(None);
        self.status.set(RunStatus::Starting);
        self.events.set(Vec::new());
        self.dropped.set(0);
        self.prompts.set(Vec::new());
        self.result.set(None);
        self.error.set(None);
        self.events_lost.set(false);
    }

    /// A prompt was answered.
    pub(super) fn answered(&self, id: u64) {
        self.prompts
            .update(|prompts| prompts.retain(|prompt| prompt.id != id));
        self.show_waiting();
    }

    fn show_waiting(&self) {
        if self.status.with_untracked(|status| status.is_terminal()) {
            return;
        }
        let waits = self.prompts.with_untracked(|prompts| !prompts.is_empty());
        let status = if waits {
            RunStatus::Waiting
        } else {
            RunStatus::Running
        };
        set_if_changed(&self.status, status);
    }
}

/// What is followed, and how.
#[derive(Clone, Debug)]
pub(super) struct Following {
    pub(super) client: LegacyClient,
    pub(super) view: View,
    /// Classes of prompts besides `InputRequiredEvent`, by their bare names.
    pub(super) prompt_classes: Vec<String>,
    /// The most events that are kept.
    pub(super) max_events: usize,
}

impl Following {
    /// Starts a task.
    pub(super) async fn start(&self, task: &NewLegacyTask) -> Result<LegacyTask, Error> {
        self.view.clear();
        match self.client.create(task).await {
            Ok(task) => {
                self.view.task.set(Some(task.clone()));
                self.view.status.set(RunStatus::Running);
                Ok(task)
            }
            Err(error) => {
                self.view.status.set(RunStatus::NotStarted);
                self.view.error.set(Some(error.clone()));
                Err(error)
            }
        }
    }

    /// Shows a task that was started before.
    pub(super) fn show(&self, task: &LegacyTask) {
        self.view.clear();
        self.view.task.set(Some(task.clone()));
        self.view.status.set(RunStatus::Running);
    }

    /// Follows a task to its end.
    pub(super) async fn follow(self, task: LegacyTask) {
        let end = self.read_stream(&task).await;
        let mut pause = REOPEN_MS * 2;
        let outcome = loop {
            match self.client.outcome(&task, end.as_ref()).await {
                Err(error) if error.is_transient() => {
                    self.view.error.set(Some(error));
                    self.client.http().clock.sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE_MS);
                }
                outcome => break outcome,
            }
        };
        self.settle(outcome);
    }

    fn settle(&self, outcome: Result<LegacyOutcome, Error>) {
        let (status, result, error) = match outcome {
            Ok(LegacyOutcome::Completed(result)) => (RunStatus::Completed, result, None),
            Ok(LegacyOutcome::Failed(Some(words))) => {
                (RunStatus::Failed, None, Some(Error::RunFailed(words)))
            }
            Ok(LegacyOutcome::Failed(None)) => (RunStatus::Failed, None, Some(no_reason())),
            Err(error) if error.is_not_found() => (RunStatus::Gone, None, Some(error)),
            // The server refuses to answer; the task may go on.
            Err(error) => (RunStatus::Running, None, Some(error)),
        };
        if status != RunStatus::Running {
            self.view.prompts.set(Vec::new());
        }
        self.view.result.set(result);
        self.view.error.set(error);
        self.view.status.set(status);
    }

    /// Reads the task's events. How the stream ended; none if it could not be read.
    async fn read_stream(&self, task: &LegacyTask) -> Option<LegacyStreamEnd> {
        let clock = self.client.http().clock.clone();
        let replays = self.client.api() == LegacyApi::ControlPlane;
        let (mut lines, mut empty) = (0, 0);
        let mut has_result = false;
        loop {
            let after = if replays { lines } else { 0 };
            match self.client.stream_after(task, after).await {
                Ok(Some(mut stream)) => {
                    self.view.error.set(None);
                    let begun = stream.lines();
                    self.read(&mut stream).await;
                    let end = stream.end().cloned().unwrap_or_default();
                    if end.is_whole || end.stop.is_some() {
                        return Some(end);
                    }
                    empty = if stream.lines() > begun { 0 } else { empty + 1 };
                    lines = lines.max(stream.lines());
                    if !replays {
                        set_if_changed(&self.view.events_lost, true);
                    }
                    if empty >= REOPENINGS {
                        return None;
                    }
                }
                // Read by another reader of this page, or by the task that this one just replaced.
                Ok(None) if empty >= REOPENINGS => return None,
                Ok(None) => empty += 1,
                // llama-deploy 0.2.2 has no stream until the first event, and none of a task without events.
                Err(error) if replays && error.is_not_found() => {
                    if has_result {
                        return None;
                    }
                    has_result = matches!(self.client.result_so_far(task).await, Ok(Some(_)));
                }
                Err(error) if error.is_transient() && !LegacyClient::gave_no_reason(&error) => {
                    self.view.error.set(Some(error));
                }
                // The result request gives the same error, or the result.
                Err(_) => return None,
            }
            clock.sleep(REOPEN_MS).await;
        }
    }

    /// Reads a stream to its end and publishes once a frame.
    async fn read(&self, stream: &mut LegacyStream) {
        let clock = self.client.http().clock.clone();
        let mut fresh = Vec::new();
        let mut frame = None;
        loop {
            let event = match frame.take() {
                None => stream.next().await,
                Some(due) => match select(stream.next(), due).await {
                    Either::Left((event, due)) => {
                        frame = Some(due);
                        event
                    }
                    Either::Right(((), _)) => {
                        self.publish(&mut fresh);
                        continue;
                    }
                },
            };
            let Some(event) = event else { break };
            fresh.push(event);
            if frame.is_none() {
                frame = Some(clock.frame());
            }
        }
        self.publish(&mut fresh);
    }

    fn publish(&self, fresh: &mut Vec<Result<LegacyEvent, Error>>) {
        if fresh.is_empty() {
            return;
        }
        let mut prompts = Vec::new();
        let kept =
            self.view.events.with_untracked(Vec::len) + self.view.dropped.with_untracked(|dropped| *dropped);
        let mut events = Vec::with_capacity(fresh.len());
        for event in fresh.drain(..) {
            match event {
                Ok(event) => {
                    if self.is_prompt(&event) {
                        let id = (kept + events.len()) as u64;
                        prompts.push(LegacyPrompt {
                            id,
                            event: event.clone(),
                        });
                    }
                    events.push(event);
                }
                Err(error) => self.view.error.set(Some(error)),
            }
        }
        self.view.events.update(|all| {
            all.append(&mut events);
            // Removed in blocks, not one by one.
            if all.len() > self.max_events + self.max_events / 4 {
                let surplus = all.len() - self.max_events;
                all.drain(..surplus);
                self.view.dropped.update(|dropped| *dropped += surplus);
            }
        });
        if !prompts.is_empty() {
            self.view.prompts.update(|all| all.append(&mut prompts));
            self.view.show_waiting();
        }
    }

    fn is_prompt(&self, event: &LegacyEvent) -> bool {
        event.kind() == EventKind::InputRequired
            || event
                .name()
                .is_some_and(|name| self.prompt_classes.iter().any(|class| class == name))
    }
}
