//! The button with the server and its health, and the panel that it opens.

use super::server_form::ServerForm;
use crate::address::short;
use crate::health::Health;
use crate::server::CurrentServer;
use crate::state::WorkspaceState;
use leptos::{html, prelude::*};
use workflow_ui_components::icon::{Icon, IconView};

/// The id of the panel. The button's `popovertarget` refers to it.
const PANEL: &str = "wf-server-panel";

/// A button with the server's address and health. It opens the panel to choose another server.
#[component]
pub(super) fn ServerChip() -> impl IntoView {
    let CurrentServer { server, .. } = expect_context();
    let WorkspaceState { health, .. } = expect_context();
    view! {
        <div class="wf-server" data-part="server" part="server" data-health=move || health.with(Health::as_str)>
            <button type="button" class="wf-button wf-server__chip" popovertarget=PANEL title="Server">
                <span class="wf-server__dot"></span>
                <span class="wf-cut">{move || server.with(|server| short(&server.base).to_owned())}</span>
                <span class="wf-sr">{move || format!(" is {}", health.with(Health::as_str))}</span>
                <IconView icon=Icon::Chevron />
            </button>
            <ServerPanel />
        </div>
    }
}

/// The popover with the form. The form is mounted when the popover opens for the first time.
#[component]
fn ServerPanel() -> impl IntoView {
    let WorkspaceState { token_requested, .. } = expect_context();
    let was_opened = RwSignal::new(false);
    let panel = NodeRef::<html::Div>::new();
    let token_field = NodeRef::<html::Input>::new();
    let close = Callback::new(move |()| {
        if let Some(panel) = panel.get_untracked() {
            let _ = panel.hide_popover();
        }
    });
    Effect::new(move |_| {
        let (Some(panel), true) = (panel.get(), token_requested.get()) else {
            return;
        };
        // Fails if it is already open.
        let _ = panel.show_popover();
        // Runs again when the form is mounted.
        if let Some(field) = token_field.get() {
            let _ = field.focus();
            token_requested.set(false);
        }
    });
    view! {
        <div
            class="wf-server__panel"
            id=PANEL
            popover="auto"
            node_ref=panel
            on:beforetoggle=move |_: web_sys::Event| was_opened.set(true)
        >
            <Show when=move || was_opened.get()>
                <ServerForm token_field close />
            </Show>
        </div>
    }
}
