//! A modal dialog on the browser's own `dialog` element: focus trap, Escape and the return of the focus are the browser's.

use crate::dom::unique_id;
use crate::icon::{Icon, icon};
use crate::theme::mount_style;
use leptos::html;
use leptos::prelude::*;

const STYLE: &str = include_str!("dialog.css");

/// A modal dialog. Its children exist only while it is open.
#[component]
pub fn Dialog(
    /// Is it open? Set to false by Escape, by the close button and by a click beside the dialog.
    open: RwSignal<bool>,
    /// The dialog's heading and name.
    #[prop(into)]
    title: String,
    /// What is inside, made anew at each opening.
    children: ChildrenFn,
) -> impl IntoView {
    mount_style(STYLE);
    let id = unique_id("dialog");
    let title_id = id.clone();
    let node = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let open = open.get();
        let Some(dialog) = node.get() else { return };
        if open && !dialog.open() {
            // Refused only when the element isn't in a document: then there is nobody to show it to.
            let _ = dialog.show_modal();
        } else if !open && dialog.open() {
            dialog.close();
        }
    });
    let on_backdrop = move |event: leptos::ev::MouseEvent| {
        // The backdrop belongs to the dialog element itself; everything inside has a target of its own.
        if event.target() == event.current_target() {
            open.set(false);
        }
    };
    view! {
        <dialog class="wf-dialog wf-root" node_ref=node aria-labelledby=title_id on:close=move |_| open.set(false) on:click=on_backdrop>
            <div class="wf-dialog__head">
                <h2 class="wf-dialog__title" id=id>{title}</h2>
                <button type="button" class="wf-button wf-button--plain wf-button--icon" aria-label="Close" on:click=move |_| open.set(false)>
                    {icon(Icon::Cross)}
                </button>
            </div>
            <div class="wf-dialog__body wf-scroll">{move || open.get().then(|| children())}</div>
        </dialog>
    }
    .into_any()
}
