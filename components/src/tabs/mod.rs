//! Tabs: a `tablist` with one stop in the tab order and arrow keys between the tabs.

use crate::dom::key_press;
use crate::theme::mount_style;
use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

const STYLE: &str = include_str!("tabs.css");

/// One tab: its key and its label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tab {
    /// The key that is reported, and the end of the ids of tab and panel.
    pub key: &'static str,
    /// The visible label.
    pub label: &'static str,
}

/// The id of a tab's button.
#[must_use]
pub fn tab_id(prefix: &str, key: &str) -> String {
    format!("{prefix}-tab-{key}")
}

/// The id that the panel of a tab must have.
#[must_use]
pub fn panel_id(prefix: &str, key: &str) -> String {
    format!("{prefix}-panel-{key}")
}

/// A row of tabs. Each has a [`TabPanel`], or an element of role `tabpanel` with the id [`panel_id`] and `aria-labelledby` [`tab_id`].
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::tabs::{Tab, TabPanel, Tabs};
///
/// const TABS: [Tab; 2] = [Tab { key: "one", label: "One" }, Tab { key: "two", label: "Two" }];
///
/// #[component]
/// fn Pages() -> impl IntoView {
///     let selected = RwSignal::new("one");
///     view! {
///         <Tabs label="Pages" prefix="pages" tabs=&TABS selected on_select=move |key| selected.set(key) />
///         <TabPanel prefix="pages" key="one" selected>"The first page"</TabPanel>
///         <TabPanel prefix="pages" key="two" selected>"The second page"</TabPanel>
///     }
/// }
/// ```
#[component]
pub fn Tabs(
    /// The name of the row.
    label: &'static str,
    /// The beginning of the ids of tabs and panels.
    #[prop(into)]
    prefix: String,
    /// The tabs, in order.
    tabs: &'static [Tab],
    /// The key of the selected tab.
    #[prop(into)]
    selected: Signal<&'static str>,
    /// Called with the key of the tab that is to be selected.
    #[prop(into)]
    on_select: Callback<&'static str>,
) -> impl IntoView {
    mount_style(STYLE);
    let buttons = tabs
        .iter()
        .map(|&Tab { key, label }| {
            let is_selected = move || selected.get() == key;
            view! {
                <button
                    type="button"
                    class="wf-tabs__tab"
                    role="tab"
                    id=tab_id(&prefix, key)
                    aria-controls=panel_id(&prefix, key)
                    aria-selected=move || is_selected().to_string()
                    tabindex=move || if is_selected() { "0" } else { "-1" }
                    on:click=move |_| on_select.run(key)
                >
                    {label}
                </button>
            }
        })
        .collect_view();
    let on_key = move |event: ev::KeyboardEvent| {
        let Some(event) = key_press(&event) else {
            return;
        };
        let at = tabs.iter().position(|tab| tab.key == selected.get_untracked());
        let to = at.and_then(|at| neighbor(&event.key(), at, tabs.len()));
        if let Some(tab) = to.and_then(|to| tabs.get(to)) {
            event.prevent_default();
            on_select.run(tab.key);
            focus(event, &tab_id(&prefix, tab.key));
        }
    };
    view! {
        <div class="wf-tabs" role="tablist" aria-label=label on:keydown=on_key>
            {buttons}
        </div>
    }
}

/// The panel of a tab, hidden while another tab is selected.
#[allow(clippy::needless_pass_by_value, reason = "properties are values")]
#[component]
pub fn TabPanel(
    /// The beginning of the ids, as in [`Tabs`].
    #[prop(into)]
    prefix: String,
    /// The key of its tab.
    key: &'static str,
    /// The key of the selected tab.
    #[prop(into)]
    selected: Signal<&'static str>,
    /// Its classes. Defaults to none.
    #[prop(optional)]
    class: &'static str,
    /// The content.
    children: Children,
) -> impl IntoView {
    view! {
        <div
            class=class
            role="tabpanel"
            id=panel_id(&prefix, key)
            aria-labelledby=tab_id(&prefix, key)
            hidden=move || selected.get() != key
        >
            {children()}
        </div>
    }
    .into_any()
}

/// The position of the tab that a key moves to.
fn neighbor(key: &str, at: usize, count: usize) -> Option<usize> {
    match key {
        "ArrowRight" => Some((at + 1) % count),
        "ArrowLeft" => Some((at + count - 1) % count),
        "Home" => Some(0),
        "End" => Some(count - 1),
        _ => None,
    }
}

/// Focuses the tab of this id in the row that listens to the event: the document does not find elements in a shadow root.
fn focus(event: &ev::KeyboardEvent, id: &str) {
    let row = event.current_target().map(JsCast::unchecked_into::<Element>);
    let tab = row.and_then(|row| row.query_selector(&format!("#{id}")).ok().flatten());
    if let Some(tab) = tab.and_then(|tab| tab.dyn_into::<HtmlElement>().ok()) {
        let _ = tab.focus();
    }
}
