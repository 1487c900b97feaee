//! Tabs: a `tablist` with one stop in the tab order and arrow keys between the tabs.

use crate::dom::key_press;
use crate::theme::mount_style;
use crate::ui::{Call, El, Live, button, div};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

const STYLE: &str = include_str!("tabs.css");

/// One tab: its key and its label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tab {
    /// The key that is reported, and the end of the ids of tab and panel.
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

/// A row of tabs, named `label`. The panels are the caller's: elements of role `tabpanel` with the id [`panel_id`] and
/// `aria-labelledby` [`tab_id`].
pub fn tabs(
    label: &'static str,
    prefix: &str,
    tabs: &'static [Tab],
    selected: Live<&'static str>,
    on_select: Call<&'static str>,
) -> El {
    mount_style(STYLE);
    let owned = prefix.to_owned();
    let on_key = move |event: web_sys::Event| {
        let Some(event) = key_press(&event) else {
            return;
        };
        let Some(at) = tabs.iter().position(|tab| tab.key == selected.peek()) else {
            return;
        };
        let to = match event.key().as_str() {
            "ArrowRight" => (at + 1) % tabs.len(),
            "ArrowLeft" => (at + tabs.len() - 1) % tabs.len(),
            "Home" => 0,
            "End" => tabs.len() - 1,
            _ => return,
        };
        event.prevent_default();
        if let Some(tab) = tabs.get(to) {
            on_select.run(tab.key);
            // Asked of the row itself: the document doesn't find what is in a shadow root.
            let row = event.current_target().map(JsCast::unchecked_into::<Element>);
            let button = row.and_then(|row| {
                row.query_selector(&["#", &tab_id(&owned, tab.key)].concat())
                    .ok()?
            });
            if let Some(button) = button.and_then(|button| button.dyn_into::<HtmlElement>().ok()) {
                let _ = button.focus();
            }
        }
    };
    let buttons: Vec<El> = tabs
        .iter()
        .map(|tab| one(prefix, *tab, selected, on_select))
        .collect();
    div("wf-tabs")
        .attr("role", "tablist")
        .attr("aria-label", label)
        .on("keydown", on_key)
        .child(buttons)
}

fn one(prefix: &str, tab: Tab, selected: Live<&'static str>, on_select: Call<&'static str>) -> El {
    let Tab { key, label } = tab;
    let chosen = move || selected.get() == key;
    button("wf-tabs__tab")
        .attr("role", "tab")
        .attr("id", tab_id(prefix, key))
        .attr("aria-controls", panel_id(prefix, key))
        .attr("aria-selected", chosen)
        .attr("tabindex", move || if chosen() { "0" } else { "-1" })
        .text(label)
        .on("click", move |_| on_select.run(key))
}
