//! A button that opens a menu. The menu is the browser's own popover: it is above everything, and closes on Escape and on a click beside it.

use crate::dom::{key_press, unique_id};
use crate::icon::{Icon, IconView};
use crate::theme::mount_style;
use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

const STYLE: &str = include_str!("menu.css");

/// The least height of an open menu in pixels: with less room below its button, it moves up.
const LEAST: f64 = 320.0;
/// The width in `menu.css`, and the distance from the window's edges.
const WIDTH: f64 = 260.0;
const EDGE: f64 = 8.0;

/// One entry of a menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MenuItem {
    /// The key that is reported when the entry is chosen, and its `data-key`.
    pub key: &'static str,
    /// The visible label.
    pub label: &'static str,
    /// The name of its group. Entries of a group follow each other; a line is between two groups.
    pub group: &'static str,
}

/// A button with a menu.
///
/// Enter, Space, an arrow key or a click opens it. Arrow keys, Home, End and first letters move in it, Enter and Space choose, Escape and
/// Tab close it.
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::icon::Icon;
/// use workflow_ui_components::menu::{Menu, MenuItem};
///
/// const ITEMS: [MenuItem; 2] = [
///     MenuItem { key: "up", label: "Move up", group: "Move" },
///     MenuItem { key: "down", label: "Move down", group: "Move" },
/// ];
///
/// #[component]
/// fn Move() -> impl IntoView {
///     let on_choose = |key| leptos::logging::log!("{key}");
///     view! { <Menu label="Move" icon=Icon::List items=ITEMS.to_vec() on_choose /> }
/// }
/// ```
#[component]
pub fn Menu(
    /// The label of the button, and the name of the menu.
    label: &'static str,
    /// The icon of the button.
    icon: Icon,
    /// The entries, in order.
    items: Vec<MenuItem>,
    /// Whether the entry with a key can be chosen. Read while the menu is open. Defaults to all.
    #[prop(optional, into)]
    enabled: Option<Callback<&'static str, bool>>,
    /// Called when the menu is opened.
    #[prop(optional, into)]
    on_open: Option<Callback<()>>,
    /// Called with the key of the entry that was chosen.
    #[prop(into)]
    on_choose: Callback<&'static str>,
) -> impl IntoView {
    mount_style(STYLE);
    let id = unique_id("menu");
    let button = NodeRef::<html::Button>::new();
    let list = NodeRef::<html::Div>::new();
    let open = RwSignal::new(false);
    // The entries are built when the menu is opened for the first time.
    let built = RwSignal::new(false);
    let prepare = move || {
        if !open.get_untracked() {
            built.set(true);
            if let Some(on_open) = on_open {
                on_open.run(());
            }
            if let (Some(button), Some(list)) = (button.get_untracked(), list.get_untracked()) {
                place(&button, &list);
            }
        }
    };
    let on_button_key = move |event: ev::KeyboardEvent| {
        if let Some(event) = key_press(&event)
            && event.key() == "ArrowDown"
        {
            event.prevent_default();
            prepare();
            if let Some(list) = list.get_untracked() {
                // Refused if it is open already.
                let _ = list.show_popover();
            }
        }
    };
    let on_toggle = move |_| {
        let is_open = list
            .get_untracked()
            .is_some_and(|list| list.matches(":popover-open").unwrap_or_default());
        open.try_set(is_open);
        if is_open && let Some(list) = list.get_untracked() {
            focus_item(&list, |_, _| Some(0));
        }
    };
    let close = move || {
        if let Some(list) = list.get_untracked() {
            let _ = list.hide_popover();
        }
        if let Some(button) = button.get_untracked() {
            let _ = button.focus();
        }
    };
    let on_key = move |event: ev::KeyboardEvent| {
        let Some(event) = key_press(&event) else { return };
        // Single-key shortcuts of the page are not for the menu.
        event.stop_propagation();
        match event.key().as_str() {
            "Escape" | "Tab" => close(),
            "Enter" | " " => return,
            key => {
                let Some(list) = list.get_untracked() else { return };
                focus_item(&list, |labels, at| next_item(key, labels, at));
            }
        }
        if event.key() != "Tab" {
            event.prevent_default();
        }
    };
    let choose = Callback::new(move |key| {
        close();
        on_choose.run(key);
    });
    let items = StoredValue::new(items);
    view! {
        <button
            type="button"
            class="wf-button"
            title=label
            aria-haspopup="menu"
            aria-expanded=move || open.get().to_string()
            aria-controls=id.clone()
            popovertarget=id.clone()
            node_ref=button
            on:click=move |_| prepare()
            on:keydown=on_button_key
        >
            <IconView icon />
            <span class="wf-button__text">{label}</span>
        </button>
        <div
            class="wf-menu wf-root"
            id=id
            role="menu"
            aria-label=label
            data-part="menu"
            part="menu"
            popover="auto"
            node_ref=list
            on:toggle=on_toggle
            on:keydown=on_key
        >
            <Show when=move || built.get()>{items.with_value(|items| groups(items, enabled, choose))}</Show>
        </div>
    }
}

/// The entries in their groups.
fn groups(
    items: &[MenuItem],
    enabled: Option<Callback<&'static str, bool>>,
    choose: Callback<&'static str>,
) -> impl IntoView + use<> {
    let groups = items.chunk_by(|a, b| a.group == b.group);
    let groups = groups.map(|items| {
        let entries = items.iter().map(|&MenuItem { key, label, .. }| {
            let is_disabled = Memo::new(move |_| enabled.is_some_and(|enabled| !enabled.run(key)));
            let on_click = move |_| {
                if !is_disabled.get_untracked() {
                    choose.run(key);
                }
            };
            view! {
                <button
                    type="button"
                    class="wf-menu__item"
                    role="menuitem"
                    tabindex="-1"
                    data-part="menu-item"
                    part="menu-item"
                    data-key=key
                    aria-disabled=move || is_disabled.get().then_some("true")
                    on:click=on_click
                >
                    {label}
                </button>
            }
        });
        let name = items.first().map(|item| item.group);
        view! {
            <div class="wf-menu__group" role="group" aria-label=name>
                {entries.collect_view()}
            </div>
        }
    });
    groups.collect_view()
}

/// The entry that a key moves to: labels of all entries, and the entry that has the focus.
fn next_item(key: &str, labels: &[String], at: usize) -> Option<usize> {
    let count = labels.len();
    match key {
        "ArrowDown" => Some((at + 1) % count),
        "ArrowUp" => Some((at + count - 1) % count),
        "Home" => Some(0),
        "End" => Some(count - 1),
        letter if letter.chars().count() == 1 => {
            let letter = letter.to_lowercase();
            (1..=count).map(|step| (at + step) % count).find(|at| {
                labels
                    .get(*at)
                    .is_some_and(|label| label.to_lowercase().starts_with(&letter))
            })
        }
        _ => None,
    }
}

/// Focuses the entry that `pick` chooses of the labels and the place of the focus.
fn focus_item(list: &HtmlElement, pick: impl FnOnce(&[String], usize) -> Option<usize>) {
    let Ok(found) = list.query_selector_all("[role='menuitem']") else {
        return;
    };
    let items: Vec<HtmlElement> = (0..found.length())
        .filter_map(|at| found.get(at)?.dyn_into().ok())
        .collect();
    if items.is_empty() {
        return;
    }
    let at = items
        .iter()
        .position(|item| item.matches(":focus").unwrap_or_default());
    let labels: Vec<String> = items
        .iter()
        .map(|item| item.text_content().unwrap_or_default())
        .collect();
    let to = pick(&labels, at.unwrap_or(0));
    if let Some(item) = to.and_then(|to| items.get(to)) {
        let _ = item.focus();
    }
}

/// Puts the list below its button, inside the window.
fn place(button: &HtmlElement, list: &HtmlElement) {
    let bounds = button.get_bounding_client_rect();
    let size =
        |size: Result<wasm_bindgen::JsValue, _>| size.ok().and_then(|size| size.as_f64()).unwrap_or(0.0);
    let (width, height) = (size(window().inner_width()), size(window().inner_height()));
    let left = bounds.left().min(width - WIDTH - EDGE).max(EDGE);
    let top = (bounds.bottom() + 4.0).min(height - LEAST).max(EDGE);
    let style = list.style();
    for (name, value) in [("left", left), ("top", top), ("max-height", height - top - EDGE)] {
        let _ = style.set_property(name, &format!("{value}px"));
    }
}

#[cfg(test)]
mod tests {
    use super::next_item;

    #[test]
    fn keys_move_in_a_circle_and_letters_find_the_next_entry() {
        let labels = ["Events", "Graph", "Errors"].map(str::to_owned);
        for (key, at, to) in [
            ("ArrowDown", 2, Some(0)),
            ("ArrowUp", 0, Some(2)),
            ("Home", 1, Some(0)),
            ("End", 0, Some(2)),
            ("e", 0, Some(2)),
            ("E", 2, Some(0)),
            ("g", 1, Some(1)),
            ("x", 0, None),
            ("Shift", 0, None),
        ] {
            assert_eq!(next_item(key, &labels, at), to, "{key} at {at}");
        }
    }
}
