//! Requests that cancel or delete a run.

use leptos::prelude::*;
use leptos::task::spawn_local;
use workflow_ui_core::{CancelOutcome, UseWorkflowHandlerReturn};

const LOST_TASK: &str = "The server agreed, and the run goes on: its task was lost. Deleting the run works.";

/// Whether something is being done to the shown run, and why it failed.
#[derive(Clone, Copy)]
pub(super) struct PendingAction {
    pub(super) busy: RwSignal<bool>,
    pub(super) error: RwSignal<Option<String>>,
}

impl PendingAction {
    /// Is reset when another run is opened.
    pub(super) fn new(run: UseWorkflowHandlerReturn) -> Self {
        let action = Self {
            busy: RwSignal::new(false),
            error: RwSignal::new(None),
        };
        Effect::new(move |_| {
            run.handler_id.track();
            action.busy.set(false);
            action.error.set(None);
        });
        action
    }

    pub(super) fn cancel(self, run: UseWorkflowHandlerReturn) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.error.set(None);
        let id = run.handler_id.get_untracked();
        let cancelling = run.cancel.call();
        spawn_local(async move {
            let result = cancelling.await;
            if !is_shown(run, id.as_ref()) {
                return;
            }
            self.busy.try_set(false);
            self.error.try_set(match result {
                Ok(CancelOutcome::StillRunning) => Some(LOST_TASK.to_owned()),
                Ok(_) => None,
                Err(error) => Some(error.to_string()),
            });
        });
    }

    /// Deletes the run, and closes the dialog afterwards.
    pub(super) fn delete(
        self,
        run: UseWorkflowHandlerReturn,
        dialog: RwSignal<bool>,
        on_deleted: Option<Callback<String>>,
    ) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        let id = run.handler_id.get_untracked();
        let deleting = run.cancel.delete();
        spawn_local(async move {
            let result = deleting.await;
            let is_shown = is_shown(run, id.as_ref());
            if is_shown {
                self.busy.try_set(false);
                dialog.try_set(false);
            }
            match result {
                Ok(_) => {
                    if let (Some(on_deleted), Some(id)) = (on_deleted, id) {
                        on_deleted.try_run(id);
                    }
                }
                Err(error) if is_shown => {
                    self.error.try_set(Some(error.to_string()));
                }
                // The list shows that a run which is no longer open still exists.
                Err(_) => {}
            }
        });
    }
}

/// Whether this run is still shown.
fn is_shown(run: UseWorkflowHandlerReturn, id: Option<&String>) -> bool {
    run.handler_id
        .try_get_untracked()
        .is_some_and(|shown| shown.as_ref() == id)
}
