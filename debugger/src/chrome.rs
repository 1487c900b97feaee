//! The bar at the top: the page's name, the server, the inbox, the theme and the shortcuts.

use crate::address::{Server, as_api, short};
use crate::navigation::Navigation;
use crate::preferences::{Preferences, Theme};
use crate::server::{Health, Session, page};
use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;
use workflow_ui_components::icon::{Icon, icon};

/// What every part of the page can reach.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chrome {
    pub(crate) navigation: Navigation,
    pub(crate) preferences: RwSignal<Preferences>,
    pub(crate) server: Signal<Server>,
    /// Counted up to read token and agreement anew.
    pub(crate) renewed: RwSignal<u32>,
}

/// Shows a theme. The attribute belongs to the page; what it means stands in its stylesheet.
pub(crate) fn apply_theme(theme: Theme) {
    let Some(root) = document().document_element() else { return };
    // Setting an attribute of a known name can't fail.
    let _ = match theme {
        Theme::System => root.remove_attribute("data-theme"),
        theme => root.set_attribute("data-theme", theme.as_str()),
    };
}

/// The bar at the top.
#[component]
pub(crate) fn Header(chrome: Chrome, health: RwSignal<Health>, sheet: RwSignal<bool>, children: Children) -> impl IntoView {
    view! {
        <header class="wf-page__head">
            <span class="wf-page__logo" aria-hidden="true"></span>
            <h1 class="wf-page__name">"Workflow debugger"</h1>
            <ServerChip chrome=chrome health=health />
            <span class="wf-grow"></span>
            {children()}
            <ThemeSwitch preferences=chrome.preferences />
            <button
                type="button"
                class="wf-button wf-button--plain wf-button--icon wf-page__help"
                aria-label="Keyboard shortcuts"
                title="Keyboard shortcuts (?)"
                on:click=move |_| sheet.set(true)
            >
                "?"
            </button>
        </header>
    }
    .into_any()
}

#[component]
fn ThemeSwitch(preferences: RwSignal<Preferences>) -> impl IntoView {
    let name = move || ["Theme: ", preferences.with(|preferences| preferences.theme.as_str())].concat();
    view! {
        <button
            type="button"
            class="wf-button wf-button--plain wf-button--icon"
            aria-label=name
            title=name
            on:click=move |_| preferences.update(|preferences| preferences.theme = preferences.theme.next())
        >
            {icon(Icon::Theme)}
        </button>
    }
    .into_any()
}

#[component]
fn ServerChip(chrome: Chrome, health: RwSignal<Health>) -> impl IntoView {
    let Chrome { navigation, server, renewed, .. } = chrome;
    let panel = NodeRef::<html::Div>::new();
    let address = NodeRef::<html::Input>::new();
    let token = NodeRef::<html::Input>::new();
    let save = move |event: SubmitEvent| {
        event.prevent_default();
        let (Some(address), Some(token), Some(panel)) = (address.get(), token.get(), panel.get()) else { return };
        let page = page();
        let typed = address.value();
        let api = as_api(&page, &typed);
        let wanted = crate::address::resolve(&page, api.as_deref());
        // Typing an address and pressing the button is an agreement; following a link is none.
        Session::agree(&wanted.origin);
        Session::set_token(&wanted.base, token.value().trim());
        let _ = panel.hide_popover();
        if wanted == server.get_untracked() {
            renewed.update(|renewed| *renewed = renewed.wrapping_add(1));
        } else {
            navigation.push(move |state| state.switch_server(api));
        }
    };
    let reset = move |_| {
        if let Some(panel) = panel.get() {
            let _ = panel.hide_popover();
        }
        navigation.push(|state| state.switch_server(None));
    };
    let words = move || match health.get() {
        Health::Unknown => String::from("Asking the server…"),
        Health::Ok => String::from("The server is well."),
        Health::Down(reason) => reason,
    };
    view! {
        <div class="wf-server" data-part="server" data-health=move || health.with(Health::as_str)>
            <button type="button" class="wf-button wf-server__chip" popovertarget="wf-server-panel" title="Server">
                <span class="wf-server__dot"></span>
                <span class="wf-cut">{move || server.with(|server| short(&server.base).to_owned())}</span>
                <span class="wf-sr">{move || health.with(|health| [" is ", health.as_str()].concat())}</span>
                {icon(Icon::Chevron)}
            </button>
            <div class="wf-server__panel" id="wf-server-panel" popover="auto" node_ref=panel>
                <form class="wf-form" aria-label="Server" on:submit=save>
                    <p class="wf-note" role="status">{words}</p>
                    <label class="wf-field">
                        <span class="wf-field__label">"Server"</span>
                        <input
                            type="text"
                            class="wf-input wf-mono"
                            inputmode="url"
                            spellcheck="false"
                            autocomplete="off"
                            node_ref=address
                            prop:value=move || server.with(|server| server.base.clone())
                        />
                    </label>
                    <label class="wf-field">
                        <span class="wf-field__label">"Token"</span>
                        <input
                            type="password"
                            class="wf-input"
                            autocomplete="off"
                            placeholder="none"
                            aria-describedby="wf-token-hint"
                            node_ref=token
                            prop:value=move || {
                                renewed.track();
                                server.with(|server| Session::token(&server.base))
                            }
                        />
                    </label>
                    <p class="wf-field__hint" id="wf-token-hint">
                        "A bearer token for this address only. Kept until this tab is closed; never in links."
                    </p>
                    <div class="wf-form__foot">
                        <button type="button" class="wf-button wf-button--plain" on:click=reset>"This page's server"</button>
                        <span class="wf-grow"></span>
                        <button type="submit" class="wf-button wf-button--primary">"Connect"</button>
                    </div>
                </form>
            </div>
        </div>
    }
    .into_any()
}
