//! Tabs: a `tablist` with one stop in the tab order and arrow keys between the tabs.

use crate::theme::mount_style;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

const STYLE: &str = include_str!("tabs.css");

/// One tab: its key and its label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tab {
    /// The key that [`Tabs`] reports, and the end of the ids of tab and panel.
    pub key: &'static str,
    /// What the person reads.
    pub label: &'static str,
}

/// The id of a tab's button.
#[must_use]
pub fn tab_id(prefix: &str, key: &str) -> String {
    [prefix, "-tab-", key].concat()
}

/// The id that the panel of a tab must have.
#[must_use]
pub fn panel_id(prefix: &str, key: &str) -> String {
    [prefix, "-panel-", key].concat()
}

/// A row of tabs. The panels are the caller's: elements of role `tabpanel` with the id [`panel_id`] and
/// `aria-labelledby` [`tab_id`].
#[component]
pub fn Tabs(
    /// The name of the list of tabs.
    label: &'static str,
    /// Prefix of the ids.
    prefix: String,
    /// The tabs, in order.
    tabs: Vec<Tab>,
    /// The key of the selected tab.
    #[prop(into)]
    selected: Signal<&'static str>,
    /// Called with the key of the tab that was chosen.
    on_select: Callback<&'static str>,
) -> impl IntoView {
    mount_style(STYLE);
    let keys: Vec<&'static str> = tabs.iter().map(|tab| tab.key).collect();
    let focus_prefix = prefix.clone();
    let on_key = move |event: KeyboardEvent| {
        let Some(at) = keys.iter().position(|key| *key == selected.get_untracked()) else { return };
        let to = match event.key().as_str() {
            "ArrowRight" => (at + 1) % keys.len(),
            "ArrowLeft" => (at + keys.len() - 1) % keys.len(),
            "Home" => 0,
            "End" => keys.len() - 1,
            _ => return,
        };
        event.prevent_default();
        if let Some(key) = keys.get(to) {
            on_select.run(key);
            let tab = document().get_element_by_id(&tab_id(&focus_prefix, key));
            if let Some(tab) = tab.and_then(|tab| tab.dyn_into::<HtmlElement>().ok()) {
                let _ = tab.focus();
            }
        }
    };
    let buttons = tabs
        .into_iter()
        .map(|Tab { key, label }| {
            let chosen = move || selected.get() == key;
            view! {
                <button
                    type="button"
                    class="wf-tabs__tab"
                    role="tab"
                    id=tab_id(&prefix, key)
                    aria-controls=panel_id(&prefix, key)
                    aria-selected=move || if chosen() { "true" } else { "false" }
                    tabindex=move || if chosen() { "0" } else { "-1" }
                    on:click=move |_| on_select.run(key)
                >
                    {label}
                </button>
            }
            .into_any()
        })
        .collect_view();
    view! {
        <div class="wf-tabs" role="tablist" aria-label=label on:keydown=on_key>
            {buttons}
        </div>
    }
    .into_any()
}
