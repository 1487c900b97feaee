//! What can be done to a run.

use crate::copy::copy_button;
use crate::dialog::dialog;
use crate::icon::{Icon, icon};
use crate::reactive::spawn_local;
use crate::send::send_form;
use crate::ui::{Call, Dynamic, El, Live, Var, button, div, dynamic, effect, el, memo, span};
use leptos::prelude::{Get as _, GetUntracked as _, With as _};
use std::sync::Arc;
use workflow_protocol::{HandlerState, RunStatus};
use workflow_ui_core::CancelOutcome;
use workflow_ui_core::UseWorkflowHandlerReturn;

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
    let deed = Deed::new(handler_id);
    let Deed { busy, trouble, .. } = deed;
    let confirm = Var::new(false);
    // A question about one run is nothing of the next.
    effect(move || {
        let _ = handler_id.get();
        confirm.set(false);
        sending.set(false);
    });
    let ended = memo(move || status.get().is_terminal());
    let known = memo(move || run.handler.with(Option::is_some));
    let gone = memo(move || status.get() == RunStatus::Gone);
    let delete = move || {
        if busy.peek() {
            return;
        }
        busy.set(true);
        let id = handler_id.peek();
        let asked = run.cancel.delete();
        spawn_local(async move {
            let answer = asked.await;
            let is_open = handler_id.peek() == id;
            if is_open {
                busy.set(false);
                confirm.set(false);
            }
            match answer {
                Ok(_) => {
                    if let Some(actions) = actions {
                        actions.deleted.run(id);
                    }
                }
                Err(error) if is_open => trouble.set(Some(error.to_string())),
                // Of a run that is no longer looked at the list tells that it is still there.
                Err(_) => {}
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
        let words = if ended.peek() {
            ": the server forgets the run and its events. This can't be undone."
        } else {
            ": the run is cancelled, and the server forgets it and its events. This can't be undone."
        };
        let id = span("wf-mono").text(handler_id.peek());
        el("p").class("wf-note").child(id).text(words)
    };
    let plain = move |mark: Icon, words: &'static str| button("wf-button").child(icon(mark)).text(words);
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
            deed.button(Icon::Bin, "Delete run")
                .flag("hidden", move || gone.get() || !known.get())
                .on("click", move |_| confirm.set(true)),
        )
        .child(cancel_button(run, deed));
    let delete = std::rc::Rc::new(delete);
    let sure = dialog(confirm, "Delete this run?", move || {
        let delete = std::rc::Rc::clone(&delete);
        let keep = button("wf-button")
            .text("Keep it")
            .on("click", move |_| confirm.set(false));
        let go = deed
            .button(Icon::Bin, "Delete run")
            .on("click", move |_| delete());
        vec![question(), div("wf-form__foot").child(keep).child(go)]
    });
    let send = dialog(sending, "Send event", move || send_form(run));
    div("wf-run__deeds")
        .child(buttons)
        .child(deed.said())
        .child(sure)
        .child(send)
}

/// The one action of a run that needs nothing of the page: it can be cancelled.
pub(super) fn cancel_bar(run: UseWorkflowHandlerReturn, handler_id: Live<String>) -> El {
    let deed = Deed::new(handler_id);
    div("wf-run__deeds")
        .child(div("wf-run__actions").child(cancel_button(run, deed)))
        .child(deed.said())
}

/// Whether something is being done to the run, and why it could not be done.
#[derive(Clone, Copy)]
struct Deed {
    handler_id: Live<String>,
    busy: Var<bool>,
    trouble: Var<Option<String>>,
}

impl Deed {
    fn new(handler_id: Live<String>) -> Self {
        let trouble = Var::new(None);
        let busy = Var::new(false);
        // What is done to one run, and what went wrong with it, is nothing of the next.
        effect(move || {
            let _ = handler_id.get();
            trouble.set(None);
            busy.set(false);
        });
        Self {
            handler_id,
            busy,
            trouble,
        }
    }

    /// A button for something that can't be undone.
    fn button(self, mark: Icon, words: &'static str) -> El {
        button("wf-button wf-button--danger")
            .flag("disabled", move || self.busy.get())
            .child(icon(mark))
            .text(words)
    }

    fn said(self) -> Dynamic {
        dynamic(move || {
            self.trouble.get().map(|words| {
                el("p")
                    .class("wf-error wf-run__news")
                    .attr("role", "alert")
                    .text(words)
            })
        })
    }
}

fn cancel_button(run: UseWorkflowHandlerReturn, deed: Deed) -> El {
    let Deed {
        handler_id,
        busy,
        trouble,
    } = deed;
    let cancel = move |_| {
        if busy.peek() {
            return;
        }
        busy.set(true);
        trouble.set(None);
        let id = handler_id.peek();
        let asked = run.cancel.call();
        spawn_local(async move {
            let answer = asked.await;
            if handler_id.peek() != id {
                return;
            }
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
    deed.button(Icon::Stop, "Cancel run")
        .flag("hidden", move || {
            run.status.get().is_terminal() || run.handler.with(Option::is_none)
        })
        .on("click", cancel)
}
