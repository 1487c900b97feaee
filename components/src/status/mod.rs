//! A run's status as a shape and a word: never colour alone.

use crate::dom::child;
use crate::icon::{Icon, icon, icon_element, set_icon};
use crate::theme::mount_style;
use leptos::prelude::*;
use leptos::tachys::renderer::dom::Dom;
use web_sys::Element;

pub(crate) const STYLE: &str = include_str!("status.css");

/// The shape that stands for a status word of the contract (`running`, `timed_out`, …); unknown words get a dashed circle.
#[must_use]
pub fn status_icon(status: &str) -> Icon {
    match status {
        "starting" | "running" => Icon::Arc,
        "waiting" => Icon::Hourglass,
        "completed" => Icon::Check,
        "failed" => Icon::Cross,
        "timed_out" => Icon::Clock,
        "cancelled" => Icon::Slash,
        _ => Icon::Ghost,
    }
}

/// A status word as people read it: `timed_out` → `timed out`.
#[must_use]
pub fn status_word(status: &str) -> &str {
    match status {
        "timed_out" => "timed out",
        "not_started" => "not started",
        other => other,
    }
}

/// A pill with the status' shape, word and colour; `data-status` holds the word of the contract.
#[component]
pub fn StatusPill(
    /// The status word of the contract.
    #[prop(into)]
    status: Signal<String>,
) -> impl IntoView {
    mount_style(STYLE);
    mount_style(crate::icon::STYLE);
    view! {
        <span class="wf-status wf-status--pill" data-status=move || status.get()>
            {move || icon(status.with(|status| status_icon(status)))}
            <span>{move || status.with(|status| status_word(status).to_owned())}</span>
        </span>
    }
    .into_any()
}

/// A status cell for rows that are drawn without views.
pub(crate) fn status_cell(parent: &Element, class: &str) -> Element {
    let cell = child(parent, "span", class);
    let _ = cell.append_child(&icon_element());
    child(&cell, "span", "wf-cut");
    cell.into()
}

/// Redraws a cell made by [`status_cell`].
pub(crate) fn draw_status(cell: &Element, status: &str) {
    Dom::set_attribute(cell, "data-status", status);
    if let Some(svg) = cell.first_element_child() {
        set_icon(&svg, status_icon(status));
        if let Some(word) = svg.next_element_sibling() {
            word.set_text_content(Some(status_word(status)));
        }
    }
}
