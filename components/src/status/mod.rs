//! The status of a run as an icon and a word, never by colour alone; notices about the server.
mod notice;
mod server;

use crate::element::{attribute, child};
use crate::icon::{Icon, IconView, icon_element, set_icon};
use crate::theme::mount_style;
use leptos::prelude::*;
pub use notice::*;
pub use server::NextTry;
pub(crate) use server::{page_now, server_now};
use web_sys::Element;
use workflow_protocol::RunStatus;

pub(crate) const STYLE: &str = include_str!("status.css");

/// The icon for a status word of the contract (`running`, `timed_out`, …). Unknown words get a dashed circle.
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

/// The label of a status word: `timed_out` → `timed out`.
#[must_use]
pub fn status_word(status: &str) -> &str {
    match status {
        "timed_out" => "timed out",
        "not_started" => "not started",
        other => other,
    }
}

/// A pill with the icon, label and colour of a status. `data-status` has the word of the contract.
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::status::StatusPill;
/// use workflow_ui_core::use_workflow_handler;
///
/// #[component]
/// fn Badge(id: Signal<Option<String>>) -> impl IntoView {
///     let run = use_workflow_handler(id, false);
///     view! { <StatusPill status=run.status /> }
/// }
/// ```
#[component]
pub fn StatusPill(
    /// The run's status.
    #[prop(into)]
    status: Signal<RunStatus>,
) -> impl IntoView {
    mount_style(STYLE);
    view! {
        <span class="wf-status wf-status--pill" data-status=move || status.get().as_str()>
            <IconView icon=move || status_icon(status.get().as_str()) />
            <span translate="no">{move || status_word(status.get().as_str())}</span>
        </span>
    }
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
    attribute(cell, "data-status", Some(status));
    if let Some(svg) = cell.first_element_child() {
        set_icon(&svg, status_icon(status));
        if let Some(word) = svg.next_element_sibling() {
            word.set_text_content(Some(status_word(status)));
        }
    }
}
