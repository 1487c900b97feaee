//! The bar at the top: the page's name, the server, the inbox, the palette, the theme and the shortcuts.

mod server_chip;
mod server_form;

use crate::state::WorkspaceState;
use leptos::prelude::*;
use server_chip::ServerChip;
use workflow_ui_components::icon::{Icon, IconView};

/// The bar at the top. Its children stand between the server and the buttons.
#[component]
pub(crate) fn Header(children: Children) -> impl IntoView {
    let WorkspaceState {
        shortcuts_open,
        palette_open,
        ..
    } = expect_context();
    view! {
        <header class="wf-page__head">
            <span class="wf-page__logo" aria-hidden="true"></span>
            <h1 class="wf-page__name">"Workflow debugger"</h1>
            <ServerChip />
            <span class="wf-grow"></span>
            {children()}
            <button
                type="button"
                class="wf-button wf-button--plain wf-button--icon"
                aria-label="Commands"
                title="Commands (Ctrl K)"
                on:click=move |_| palette_open.set(true)
            >
                <IconView icon=Icon::Keyboard />
            </button>
            <ThemeSwitch />
            <button
                type="button"
                class="wf-button wf-button--plain wf-button--icon wf-page__help"
                aria-label="Keyboard shortcuts"
                title="Keyboard shortcuts (?)"
                on:click=move |_| shortcuts_open.set(true)
            >
                "?"
            </button>
        </header>
    }
}

/// Switches between the system's theme, light and dark.
#[component]
fn ThemeSwitch() -> impl IntoView {
    let WorkspaceState { preferences, .. } = expect_context();
    let label = move || {
        format!(
            "Theme: {}",
            preferences.with(|preferences| preferences.theme.as_str())
        )
    };
    view! {
        <button
            type="button"
            class="wf-button wf-button--plain wf-button--icon"
            aria-label=label
            title=label
            on:click=move |_| preferences.update(|preferences| preferences.theme = preferences.theme.next())
        >
            <IconView icon=Icon::Theme />
        </button>
    }
}
