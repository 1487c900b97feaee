//! The guard that keeps a run watched.

use std::rc::Rc;

use workflow_protocol::{Connection, HandlersInput};

use super::{Run, RunCall};
use crate::reactive::*;

/// Keeps a run watched. Dropping the last guard closes the stream and removes the run from the store; the run itself continues on the
/// server.
#[must_use = "a run is watched only as long as its guard lives"]
#[derive(Debug)]
pub(crate) struct Watch {
    run: Rc<Run>,
    streaming: ArcRwSignal<bool>,
    /// It only polls.
    polls: bool,
}

impl Watch {
    /// Keeps a run in the store without requesting its handler or events.
    pub(in crate::store) fn keep_alive(run: Rc<Run>) -> Self {
        run.watchers.set(run.watchers.get() + 1);
        Self {
            run,
            streaming: ArcRwSignal::new(false),
            polls: false,
        }
    }

    /// Requests the events only with a slot that no other stream needs.
    pub(in crate::store) fn peek(run: Rc<Run>) -> Self {
        let mut watch = Self::keep_alive(run);
        watch.polls = true;
        watch.start();
        watch
    }

    pub(in crate::store) fn new(run: Rc<Run>, stream: bool) -> Self {
        let watch = Self::keep_alive(run);
        if stream {
            watch.start();
        } else if watch.run.read(|machine| machine.handler().is_none()) == Some(true) {
            watch.run.input(RunCall::Refresh);
        }
        watch
    }

    pub(crate) fn run(&self) -> &Rc<Run> {
        &self.run
    }

    /// Whether this guard requests the events.
    pub(crate) const fn streaming(&self) -> &ArcRwSignal<bool> {
        &self.streaming
    }

    /// Requests the events.
    pub(crate) fn start(&self) {
        if self.streaming.with_untracked(|streaming| *streaming) {
            return;
        }
        self.streaming.set(true);
        let (streamers, pollers) = (self.run.streamers.get(), self.run.pollers.get());
        self.run.streamers.set(streamers + 1);
        self.run.pollers.set(pollers + usize::from(self.polls));
        if streamers > 0 {
            if streamers == pollers && !self.polls {
                self.run.promote();
            }
        } else {
            self.run.input(RunCall::Watch);
            let known = self.run.read(|machine| {
                let handler = machine
                    .handler()
                    .filter(|_| *machine.connection() == Connection::Closed);
                handler.map(|handler| handler.workflow_name.clone())
            });
            if let Some(Some(workflow)) = known {
                self.run.ask_classes(&workflow);
            }
        }
    }

    /// Stops requesting the events. Other guards of the run keep them.
    pub(crate) fn stop(&self) {
        if self.streaming.with_untracked(|streaming| *streaming) {
            self.streaming.set(false);
            self.leave();
        }
    }

    fn leave(&self) {
        let streamers = self.run.streamers.get().saturating_sub(1);
        self.run.streamers.set(streamers);
        let pollers = self.run.pollers.get();
        self.run.pollers.set(pollers - usize::from(self.polls));
        if streamers == 0 {
            self.run.input(RunCall::Unwatch);
            if let Some(store) = self.run.store() {
                let id = self.run.id().to_owned();
                store.list().input(HandlersInput::RunReleased(id));
            }
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if self.streaming.with_untracked(|streaming| *streaming) {
            self.leave();
        }
        let watchers = self.run.watchers.get().saturating_sub(1);
        self.run.watchers.set(watchers);
        if watchers == 0
            && let Some(store) = self.run.store()
        {
            store.release(&self.run);
        }
    }
}
