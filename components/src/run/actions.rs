//! The actions on a run.

use super::pending::PendingAction;
use crate::copy::CopyButton;
use crate::dialog::Dialog;
use crate::icon::{Icon, IconView};
use crate::replay::Replay;
use crate::save::{RunStart, SaveMenu};
use crate::send::SendForm;
use leptos::prelude::*;
use std::sync::Arc;
use workflow_protocol::{HandlerState, RunStatus};
use workflow_ui_core::UseWorkflowHandlerReturn;

/// The buttons beside a run's head, or below it where there is no room.
#[component]
pub(super) fn ActionBar(
    run: UseWorkflowHandlerReturn,
    replay: Replay,
    on_run_again: Option<Callback<Arc<HandlerState>>>,
    on_continue: Option<Callback<Arc<HandlerState>>>,
    on_compare: Option<Callback<Arc<HandlerState>>>,
    on_deleted: Option<Callback<String>>,
    link: Option<Signal<String>>,
    curl: Option<Signal<String>>,
    start: Option<Signal<RunStart>>,
) -> impl IntoView {
    let action = PendingAction::new(run);
    let sending = RwSignal::new(false);
    let confirming = RwSignal::new(false);
    // Close the dialogs when another run is opened.
    Effect::new(move |_| {
        run.handler_id.track();
        confirming.set(false);
        sending.set(false);
    });
    let is_unknown = Memo::new(move |_| run.handler.with(Option::is_none));
    let has_ended = Memo::new(move |_| run.status.get().is_terminal());
    let is_gone = Memo::new(move |_| run.status.get() == RunStatus::Gone);
    let with_handler = move |callback: Callback<Arc<HandlerState>>| {
        move |()| {
            if let Some(handler) = run.handler.get_untracked() {
                callback.run(handler);
            }
        }
    };
    view! {
        <div class="wf-run__deeds">
            <div class="wf-run__actions" role="group" aria-label="Actions">
                {on_run_again
                    .map(|callback| {
                        let on_click = with_handler(callback);
                        view! { <ActionButton icon=Icon::Again label="Run again" disabled=is_unknown on_click /> }
                    })}
                {on_continue
                    .map(|callback| {
                        view! {
                            <ActionButton
                                icon=Icon::Forward
                                label="Continue"
                                title="Start a new run in the same handler, with the state of this one"
                                hidden=move || !has_ended.get() || is_gone.get() || is_unknown.get()
                                on_click=with_handler(callback)
                            />
                        }
                    })}
                <ActionButton
                    icon=Icon::Send
                    label="Send event"
                    hidden=move || has_ended.get() || is_unknown.get()
                    on_click=move |()| sending.set(true)
                />
                <ReplayButton run replay />
                {link
                    .map(|link| {
                        view! { <CopyButton label="Copy link" text="Copy link" icon=Icon::Link value=link /> }
                    })}
                {curl
                    .map(|curl| {
                        view! { <CopyButton label="Copy as curl" text="curl" icon=Icon::Shell value=curl /> }
                    })}
                <SaveMenu run nostrip:start=start />
                {on_compare
                    .map(|callback| {
                        let on_click = with_handler(callback);
                        view! { <ActionButton icon=Icon::Compare label="Compare" minor=true disabled=is_unknown on_click /> }
                    })}
                <span class="wf-grow"></span>
                <ActionButton
                    icon=Icon::Bin
                    label="Delete run"
                    danger=true
                    minor=true
                    disabled=action.busy
                    hidden=move || is_gone.get() || is_unknown.get()
                    on_click=move |()| confirming.set(true)
                />
                <CancelButton run action />
            </div>
            <ActionError action />
            <LazyDialog open=confirming title="Delete this run?">
                <ConfirmDelete run action open=confirming on_deleted />
            </LazyDialog>
            <LazyDialog open=sending title="Send event">
                <SendForm run />
            </LazyDialog>
        </div>
    }
}

/// The one action that a card offers.
#[component]
pub(super) fn CancelBar(run: UseWorkflowHandlerReturn) -> impl IntoView {
    let action = PendingAction::new(run);
    view! {
        <div class="wf-run__deeds">
            <div class="wf-run__actions">
                <CancelButton run action />
            </div>
            <ActionError action />
        </div>
    }
}

/// A dialog that is built when it is opened for the first time.
#[component]
fn LazyDialog(open: RwSignal<bool>, title: &'static str, children: ChildrenFn) -> impl IntoView {
    let was_open = Memo::new(move |before| before == Some(&true) || open.get());
    let children = StoredValue::new(children);
    view! {
        <Show when=move || was_open.get()>
            <Dialog open title>
                {children.with_value(|children| children())}
            </Dialog>
        </Show>
    }
}

/// A button with an icon and a label.
#[component]
fn ActionButton(
    icon: Icon,
    label: &'static str,
    #[prop(optional)] title: Option<&'static str>,
    /// Whether the action cannot be undone.
    #[prop(optional)]
    danger: bool,
    /// Whether the label is hidden where all actions are to fit beside the run's head. It is then the button's tooltip.
    #[prop(optional)]
    minor: bool,
    #[prop(optional, into)] hidden: Signal<bool>,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(into)] on_click: Callback<()>,
) -> impl IntoView {
    let class = if danger {
        "wf-button wf-button--danger"
    } else {
        "wf-button"
    };
    view! {
        <button
            type="button"
            class=class
            title=title.or_else(|| minor.then_some(label))
            hidden=hidden
            disabled=disabled
            on:click=move |_| on_click.run(())
        >
            <IconView icon />
            <span class=minor.then_some("wf-button__text")>{label}</span>
        </button>
    }
}

/// Opens the replay of the run, and closes it.
#[component]
fn ReplayButton(run: UseWorkflowHandlerReturn, replay: Replay) -> impl IntoView {
    let is_open = replay.is_open();
    view! {
        <button
            type="button"
            class="wf-button"
            data-part="replay-button"
            part="replay-button"
            title="Show the run as it was at any of its events"
            aria-expanded=move || is_open.get().to_string()
            hidden=move || run.events.with(|events| events.count_all() == 0)
            on:click=move |_| replay.toggle()
        >
            <IconView icon=Icon::Rewind />
            <span class="wf-button__text">"Replay"</span>
        </button>
    }
}

/// Cancels the run, unless it has ended.
#[component]
fn CancelButton(run: UseWorkflowHandlerReturn, action: PendingAction) -> impl IntoView {
    view! {
        <ActionButton
            icon=Icon::Stop
            label="Cancel run"
            danger=true
            disabled=action.busy
            hidden=move || run.status.get().is_terminal() || run.handler.with(Option::is_none)
            on_click=move |()| action.cancel(run)
        />
    }
}

/// Asks whether the run should be deleted.
#[component]
fn ConfirmDelete(
    run: UseWorkflowHandlerReturn,
    action: PendingAction,
    /// Whether the dialog is open.
    open: RwSignal<bool>,
    on_deleted: Option<Callback<String>>,
) -> impl IntoView {
    let id = run.handler_id.get_untracked();
    let text = if run.status.get_untracked().is_terminal() {
        ": the server forgets the run and its events. This can't be undone."
    } else {
        ": the run is cancelled, and the server forgets it and its events. This can't be undone."
    };
    view! {
        <p class="wf-note">
            <span class="wf-mono" translate="no">
                {id}
            </span>
            {text}
        </p>
        <div class="wf-form__foot">
            <button type="button" class="wf-button" on:click=move |_| open.set(false)>
                "Keep it"
            </button>
            <ActionButton
                icon=Icon::Bin
                label="Delete run"
                danger=true
                disabled=action.busy
                on_click=move |()| action.delete(run, open, on_deleted)
            />
        </div>
    }
}

/// Why the last action failed.
#[component]
fn ActionError(action: PendingAction) -> impl IntoView {
    move || {
        action.error.get().map(|error| {
            view! {
                <p class="wf-error wf-run__news" role="alert">
                    {error}
                </p>
            }
        })
    }
}
