//! A dialog that asks before something is done to each of several things, and does it.

use super::Dialog;
use crate::icon::{Icon, IconView};
use futures::future::LocalBoxFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// What the dialog asks about, and what it does.
#[derive(Clone, Copy)]
pub(crate) struct Each {
    /// Whether the dialog is open. It closes when all is done.
    pub(crate) open: RwSignal<bool>,
    /// The ids of what it is about, in order.
    pub(crate) targets: RwSignal<Vec<String>>,
    /// The selected ids. Those that are done leave it, as they leave `targets`.
    pub(crate) selected: RwSignal<Vec<String>>,
    pub(crate) question: Signal<String>,
    /// The label and the icon of the button that does it.
    pub(crate) button: (&'static str, Icon),
    /// Does it to one, or says why not.
    pub(crate) act: UnsyncCallback<String, LocalBoxFuture<'static, Result<(), String>>>,
}

/// The dialog.
#[component]
pub(crate) fn EachDialog(title: &'static str, each: Each) -> impl IntoView {
    // They outlive the content of the dialog: closed and opened again, it starts nothing twice.
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<String>);
    view! {
        <Dialog open=each.open title>
            <EachForm each busy error />
        </Dialog>
    }
}

#[component]
fn EachForm(each: Each, busy: RwSignal<bool>, error: RwSignal<Option<String>>) -> impl IntoView {
    let Each {
        open,
        targets,
        selected,
        question,
        button: (label, icon),
        act,
    } = each;
    if !busy.get_untracked() {
        error.set(None);
    }
    // It ends with the form: closed to keep the rest, and not to go on when the dialog is opened again.
    let shown = StoredValue::new(());
    let run = move |_| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        error.set(None);
        let ids = targets.get_untracked();
        spawn_local(async move {
            for id in ids {
                if shown.is_disposed() {
                    break;
                }
                let Some(acting) = act.try_run(id.clone()) else {
                    return;
                };
                match acting.await {
                    Ok(()) => {
                        for list in [targets, selected] {
                            list.try_update(|list| list.retain(|known| *known != id));
                        }
                    }
                    Err(reason) => {
                        error.try_set(Some(reason));
                    }
                }
            }
            busy.try_set(false);
            if !shown.is_disposed() && targets.try_with_untracked(Vec::is_empty) == Some(true) {
                open.set(false);
            }
        });
    };
    view! {
        <div class="wf-part">
            <div class="wf-form">
                <p class="wf-note" translate="no">
                    {question}
                </p>
                <Show when=move || error.with(Option::is_some)>
                    <p class="wf-error" role="alert" translate="no">
                        {error}
                    </p>
                </Show>
            </div>
            <div class="wf-form__foot">
                <button type="button" class="wf-button" on:click=move |_| open.set(false)>
                    "Keep them"
                </button>
                <button type="button" class="wf-button wf-button--danger" disabled=busy on:click=run>
                    <IconView icon />
                    {label}
                </button>
            </div>
        </div>
    }
}
