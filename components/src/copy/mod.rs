//! A button that puts a text on the clipboard and says whether that worked.

use crate::dom::copy_text;
use crate::icon::{Icon, icon};
use crate::theme::mount_style;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// A button that copies a text. For two seconds after a click its mark says how that went.
#[component]
pub fn CopyButton(
    /// The button's name; it is shown unless `compact`.
    #[prop(into)]
    label: String,
    /// Gives the text, when the button is pressed.
    text: Callback<(), String>,
    /// Show the mark only.
    #[prop(optional)]
    compact: bool,
    /// The mark before a click.
    #[prop(default = Icon::Copy)]
    mark: Icon,
) -> impl IntoView {
    mount_style(crate::icon::STYLE);
    let outcome = RwSignal::new(None::<bool>);
    let copy = move |_| {
        let text = text.run(());
        spawn_local(async move {
            outcome.try_set(Some(copy_text(text).await));
            set_timeout(move || { outcome.try_set(None); }, Duration::from_secs(2));
        });
    };
    let shown = move || match outcome.get() {
        None => icon(mark),
        Some(true) => icon(Icon::Check),
        Some(false) => icon(Icon::Cross),
    };
    let said = move || match outcome.get() {
        None => "",
        Some(true) => "Copied",
        Some(false) => "The browser doesn't allow copying here",
    };
    let class = if compact { "wf-button wf-button--plain wf-button--icon" } else { "wf-button" };
    let name = label.clone();
    view! {
        <button type="button" class=class aria-label=label.clone() title=label on:click=copy>
            {shown}
            {(!compact).then_some(name)}
        </button>
        <span class="wf-sr" role="status">{said}</span>
    }
    .into_any()
}
