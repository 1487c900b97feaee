//! What can be done to a run.

use crate::copy::CopyButton;
use crate::dialog::Dialog;
use crate::icon::{Icon, icon};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::sync::Arc;
use workflow_protocol::{HandlerState, RunStatus};
use workflow_ui_core::{CancelOutcome, UseWorkflowHandlerReturn};

/// Actions that need more than the run itself: they belong to whoever embeds the view.
#[derive(Clone, Copy, Debug)]
pub struct RunActions {
    /// Start the same workflow again.
    pub again: Callback<Arc<HandlerState>>,
    /// Continue the handler with a new run.
    pub go_on: Callback<Arc<HandlerState>>,
    /// The run was deleted.
    pub deleted: Callback<String>,
    /// The address that opens this run.
    pub link: Callback<(), String>,
}

/// The bar of buttons below a run's first line.
pub(super) fn bar(run: UseWorkflowHandlerReturn, handler_id: Signal<String>, actions: RunActions) -> AnyView {
    let RunActions { again, go_on, deleted, link } = actions;
    let status = run.status;
    let busy = RwSignal::new(false);
    let trouble = RwSignal::new(None::<String>);
    let confirm = RwSignal::new(false);
    let ended = Memo::new(move |_| status.get().is_terminal());
    let known = Memo::new(move |_| run.handler.with(Option::is_some));
    let gone = Memo::new(move |_| status.get() == RunStatus::Gone);
    Effect::new(move |_| {
        handler_id.track();
        trouble.set(None);
    });
    let cancel = move |_| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        trouble.set(None);
        let asked = run.cancel.call();
        spawn_local(async move {
            let answer = asked.await;
            busy.try_set(false);
            trouble.try_set(match answer {
                Ok(CancelOutcome::StillRunning) => Some(String::from(
                    "The server agreed, and the run goes on: its task was lost. Deleting the run works.",
                )),
                Ok(_) => None,
                Err(error) => Some(error.to_string()),
            });
        });
    };
    let delete = move |_| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let id = handler_id.get_untracked();
        let asked = run.cancel.delete();
        spawn_local(async move {
            let answer = asked.await;
            busy.try_set(false);
            match answer {
                Ok(_) => {
                    confirm.try_set(false);
                    deleted.try_run(id);
                }
                Err(error) => {
                    confirm.try_set(false);
                    trouble.try_set(Some(error.to_string()));
                }
            }
        });
    };
    let with_state = move |callback: Callback<Arc<HandlerState>>| {
        move |_| {
            if let Some(state) = run.handler.get_untracked() {
                callback.run(state);
            }
        }
    };
    let question = move || {
        if ended.get_untracked() {
            "The server forgets the run and its events. This can't be undone."
        } else {
            "The run is cancelled, and the server forgets it and its events. This can't be undone."
        }
    };
    view! {
        <div class="wf-run__actions" role="group" aria-label="Actions">
            <button type="button" class="wf-button" disabled=move || !known.get() on:click=with_state(again)>
                {icon(Icon::Again)} "Run again"
            </button>
            <button type="button" class="wf-button" hidden=move || !ended.get() || gone.get() || !known.get() on:click=with_state(go_on)
                title="Start a new run in the same handler, with the state of this one">
                {icon(Icon::Forward)} "Continue"
            </button>
            <CopyButton label="Copy link" mark=Icon::Link text=link />
            <span class="wf-grow"></span>
            <button type="button" class="wf-button wf-button--danger" hidden=move || gone.get() || !known.get() disabled=move || busy.get() on:click=move |_| confirm.set(true)>
                {icon(Icon::Bin)} "Delete run"
            </button>
            <button type="button" class="wf-button wf-button--danger" hidden=move || ended.get() || !known.get() disabled=move || busy.get() on:click=cancel>
                {icon(Icon::Stop)} "Cancel run"
            </button>
        </div>
        {move || trouble.get().map(|words| view! { <p class="wf-error wf-run__news" role="alert">{words}</p> }.into_any())}
        <Dialog open=confirm title="Delete this run?">
            <p class="wf-note">{question()}</p>
            <div class="wf-form__foot">
                <button type="button" class="wf-button" on:click=move |_| confirm.set(false)>"Keep it"</button>
                <button type="button" class="wf-button wf-button--danger" disabled=move || busy.get() on:click=delete>"Delete run"</button>
            </div>
        </Dialog>
    }
    .into_any()
}
