//! What can be done to a run.

use crate::copy::copy_button;
use crate::dialog::dialog;
use crate::icon::{Icon, icon};
use crate::reactive::spawn_local;
use crate::send::send_form;
use crate::ui::{Call, El, Live, Var, button, div, dynamic, effect, el, memo, span};
use std::sync::Arc;
use workflow_protocol::{HandlerState, RunStatus};
use workflow_ui_core::CancelOutcome;
use workflow_ui_core::readings::UseWorkflowHandlerReturn;

/// Actions that need more than the run itself: they belong to whoever embeds the view.
#[derive(Clone, Copy, Debug)]
pub struct RunActions {
    /// Start the same workflow again.
    pub again: Call<Arc<HandlerState>>,
    /// Continue the handler with a new run.
    pub go_on: Call<Arc<HandlerState>>,
    /// The run was deleted.
    pub deleted: Call<String>,
    /// The address that opens this run.
    pub link: Call<(), String>,
    /// A command that asks the server for this run's events.
    pub curl: Call<(), String>,
}

/// The bar of buttons below a run's first line.
pub(super) fn bar(
    run: UseWorkflowHandlerReturn,
    handler_id: Live<String>,
    actions: Option<RunActions>,
) -> El {
    let sending = Var::new(false);
    let status = run.status;
    let busy = Var::new(false);
    let trouble = Var::new(None::<String>);
    let confirm = Var::new(false);
    let ended = memo(move || status.get().is_terminal());
    let known = memo(move || run.handler.with(Option::is_some));
    let gone = memo(move || status.get() == RunStatus::Gone);
    effect(move || {
        let _ = handler_id.get();
        trouble.set(None);
    });
    let cancel = move |_| {
        if busy.peek() {
            return;
        }
        busy.set(true);
        trouble.set(None);
        let asked = run.cancel.call();
        spawn_local(async move {
            let answer = asked.await;
            busy.set(false);
            trouble.set(match answer {
                Ok(CancelOutcome::StillRunning) => Some(String::from(
                    "The server agreed, and the run goes on: its task was lost. Deleting the run works.",
                )),
                Ok(_) => None,
                Err(error) => Some(error.to_string()),
            });
        });
    };
    let delete = move || {
        if busy.peek() {
            return;
        }
        busy.set(true);
        let id = handler_id.peek();
        let asked = run.cancel.delete();
        spawn_local(async move {
            let answer = asked.await;
            busy.set(false);
            match answer {
                Ok(_) => {
                    confirm.set(false);
                    if let Some(actions) = actions {
                        actions.deleted.run(id);
                    }
                }
                Err(error) => {
                    confirm.set(false);
                    trouble.set(Some(error.to_string()));
                }
            }
        });
    };
    let with_state = move |callback: Call<Arc<HandlerState>>| {
        move |_| {
            if let Some(state) = run.handler.get_untracked() {
                callback.run(state);
            }
        }
    };
    let question = move || {
        if ended.peek() {
            "The server forgets the run and its events. This can't be undone."
        } else {
            "The run is cancelled, and the server forgets it and its events. This can't be undone."
        }
    };
    let plain = move |mark: Icon, words: &'static str| button("wf-button").child(icon(mark)).text(words);
    let danger = move |mark: Icon, words: &'static str| {
        button("wf-button wf-button--danger")
            .flag("disabled", move || busy.get())
            .child(icon(mark))
            .text(words)
    };
    let buttons = div("wf-run__actions")
        .attr("role", "group")
        .attr("aria-label", "Actions")
        .child(actions.map(|actions| {
            plain(Icon::Again, "Run again")
                .flag("disabled", move || !known.get())
                .on("click", with_state(actions.again))
        }))
        .child(actions.map(|actions| {
            plain(Icon::Forward, "Continue")
                .flag("hidden", move || !ended.get() || gone.get() || !known.get())
                .attr(
                    "title",
                    "Start a new run in the same handler, with the state of this one",
                )
                .on("click", with_state(actions.go_on))
        }))
        .child(
            plain(Icon::Send, "Send event")
                .flag("hidden", move || ended.get() || !known.get())
                .on("click", move |_| sending.set(true)),
        )
        .child(
            actions.map(|actions| {
                copy_button("Copy link", "Copy link", Icon::Link, move || actions.link.run(()))
            }),
        )
        .child(
            actions
                .map(|actions| copy_button("Copy as curl", "curl", Icon::Copy, move || actions.curl.run(()))),
        )
        .child(span("wf-grow"))
        .child(
            danger(Icon::Bin, "Delete run")
                .flag("hidden", move || gone.get() || !known.get())
                .on("click", move |_| confirm.set(true)),
        )
        .child(
            danger(Icon::Stop, "Cancel run")
                .flag("hidden", move || ended.get() || !known.get())
                .on("click", cancel),
        );
    let delete = std::rc::Rc::new(delete);
    let sure = dialog(confirm, "Delete this run?", move || {
        let delete = std::rc::Rc::clone(&delete);
        let keep = button("wf-button")
            .text("Keep it")
            .on("click", move |_| confirm.set(false));
        let go = danger(Icon::Bin, "Delete run").on("click", move |_| delete());
        vec![
            el("p").class("wf-note").text(question()),
            div("wf-form__foot").child(keep).child(go),
        ]
    });
    let said = dynamic(move || {
        trouble.get().map(|words| {
            el("p")
                .class("wf-error wf-run__news")
                .attr("role", "alert")
                .text(words)
        })
    });
    let send = dialog(sending, "Send event", move || send_form(run));
    div("wf-run__deeds")
        .child(buttons)
        .child(said)
        .child(sure)
        .child(send)
}
