//! A modal dialog on the browser's own `dialog` element: focus trap, Escape and the return of the focus are the browser's.

mod each;

pub(crate) use each::{Each, EachDialog};

use crate::dom::unique_id;
use crate::icon::{Icon, IconView};
use crate::theme::mount_style;
use leptos::{html, prelude::*};

const STYLE: &str = include_str!("dialog.css");

/// A modal dialog with a heading, which is its name.
///
/// The children are mounted while the dialog is open.
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::dialog::Dialog;
///
/// #[component]
/// fn About() -> impl IntoView {
///     let open = RwSignal::new(false);
///     view! {
///         <button type="button" on:click=move |_| open.set(true)>"About"</button>
///         <Dialog open title="About">
///             <p>"An app over workflows."</p>
///         </Dialog>
///     }
/// }
/// ```
#[component]
pub fn Dialog(
    /// Whether the dialog is open. Escape, the close button and a click on the backdrop set it to false.
    open: RwSignal<bool>,
    /// The heading.
    title: &'static str,
    /// The content.
    children: ChildrenFn,
) -> impl IntoView {
    // Most dialogs end with the buttons of a form.
    for style in [crate::form::STYLE, STYLE] {
        mount_style(style);
    }
    let title_id = unique_id("dialog");
    let labelled_by = title_id.clone();
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else { return };
        match (open.get(), dialog.open()) {
            (true, false) => {
                // Fails only if the element is not in a document.
                let _ = dialog.show_modal();
            }
            (false, true) => dialog.close(),
            _ => {}
        }
    });
    // The dialog element itself is the target on its backdrop. It is also the target of the click after a press inside that was released
    // outside, for example when text is selected.
    let is_on_backdrop = |event: &web_sys::Event| event.target() == event.current_target();
    let pressed_backdrop = StoredValue::new(false);
    let close_on_backdrop = move |event: web_sys::MouseEvent| {
        if pressed_backdrop.get_value() && is_on_backdrop(&event) {
            open.set(false);
        }
    };
    view! {
        <dialog
            class="wf-dialog wf-root"
            aria-labelledby=labelled_by
            node_ref=dialog
            on:close=move |_| open.set(false)
            on:pointerdown=move |event| pressed_backdrop.set_value(is_on_backdrop(&event))
            on:click=close_on_backdrop
        >
            <div class="wf-dialog__head">
                <h2 class="wf-dialog__title" id=title_id>
                    {title}
                </h2>
                <button
                    type="button"
                    class="wf-button wf-button--plain wf-button--icon"
                    aria-label="Close"
                    on:click=move |_| open.set(false)
                >
                    <IconView icon=Icon::Cross />
                </button>
            </div>
            <Show when=move || open.get()>
                <div class="wf-dialog__body wf-scroll">{children()}</div>
            </Show>
        </dialog>
    }
}
