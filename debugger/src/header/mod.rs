//! The bar at the top: the page's name, the server, the inbox, the palette, the theme and the shortcuts.

mod server_chip;
mod server_form;

use crate::preferences::Preferences;
use crate::state::WorkspaceState;
use leptos::prelude::*;
use server_chip::ServerChip;
use workflow_ui_components::icon::{Icon, IconView};

/// The bar at the top. Its children are placed between the server and the buttons.
#[component]
pub(crate) fn Header(children: Children) -> impl IntoView {
    let WorkspaceState {
        shortcuts_open,
        palette_open,
        navigation,
        ..
    } = expect_context();
    view! {
        <header class="wf-page__head">
            <Brand name="Workflow debugger" />
            <ServerChip />
            <span class="wf-grow"></span>
            {children()}
            <button
                type="button"
                class="wf-button wf-button--plain wf-button--icon"
                aria-label="Monitor"
                title="Monitor of several servers (m)"
                on:click=move |_| navigation.push(|state| state.show_monitor(true))
            >
                <IconView icon=Icon::Pulse />
            </button>
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

/// The mark and the name of the page.
#[component]
pub(crate) fn Brand(name: &'static str) -> impl IntoView {
    view! {
        <span class="wf-page__logo" aria-hidden="true"></span>
        <h1 class="wf-page__name">{name}</h1>
    }
}

/// Switches between the system's theme, light and dark.
#[component]
pub(crate) fn ThemeSwitch() -> impl IntoView {
    let preferences = expect_context::<RwSignal<Preferences>>();
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
