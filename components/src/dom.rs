//! Small DOM helpers: focus, unique ids, clocks, keys, the clipboard.

use crate::element::child;
pub(crate) use leptos::prelude::{document, window};
use leptos::prelude::{on_cleanup, request_animation_frame, set_interval_with_handle};
use std::cell::Cell;
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event, HtmlElement, HtmlTextAreaElement, KeyboardEvent};
use workflow_protocol::Time;

/// Puts the focus onto the first element below `root` that one of the selectors finds, the first selector before the others.
pub fn focus_first(root: &Element, selectors: &[&str]) {
    let found = selectors
        .iter()
        .find_map(|selector| root.query_selector(selector).ok().flatten());
    if let Some(element) = found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let _ = element.focus();
    }
}

/// Whether no visible and enabled element has the focus.
#[must_use]
pub fn is_focus_lost() -> bool {
    let document = document();
    let focused = document.active_element();
    let Some(focused) = focused.and_then(|element| element.dyn_into::<HtmlElement>().ok()) else {
        return true;
    };
    document.body().is_some_and(|body| body == focused)
        || focused
            .matches(":disabled, [hidden], [hidden] *")
            .unwrap_or_default()
        || !is_visible(&focused)
}

/// Whether an element is rendered. `checkVisibility` needs styles only; reading `offsetParent` would force a layout.
fn is_visible(element: &HtmlElement) -> bool {
    let check = js_sys::Reflect::get(element, &JsValue::from_str("checkVisibility"));
    match check
        .ok()
        .and_then(|check| check.dyn_into::<js_sys::Function>().ok())
    {
        Some(check) => check.call0(element).is_ok_and(|visible| visible.is_truthy()),
        None => element.offset_parent().is_some(),
    }
}

/// An id that no other element of the page has: `wf-<what>-<number>`.
pub(crate) fn unique_id(what: &str) -> String {
    thread_local! {
        static NEXT: Cell<u32> = const { Cell::new(0) };
    }
    let number = NEXT.get();
    NEXT.set(number.wrapping_add(1));
    format!("wf-{what}-{number}")
}

/// Makes a text focusable if it is longer than its element, so that the keyboard can scroll it.
pub(crate) fn scrolls(element: &Element) {
    let element = element.clone();
    request_animation_frame(move || {
        if element.scroll_height() > element.client_height() {
            let _ = element.set_attribute("tabindex", "0");
        }
    });
}

/// Calls `f` at this interval while the page is visible, until the current owner is cleaned up.
pub(crate) fn set_interval_while_visible(f: impl Fn() + 'static, interval: Duration) {
    if cfg!(not(target_arch = "wasm32")) {
        return;
    }
    let tick = move || {
        if !document().hidden() {
            f();
        }
    };
    if let Ok(handle) = set_interval_with_handle(tick, interval) {
        on_cleanup(move || handle.clear());
    }
}

/// The current time of the page's clock.
pub(crate) fn this_moment() -> Time {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "milliseconds since 1970"
    )]
    Time(now() as u64)
}

/// The current time in milliseconds since the Unix epoch, as the hooks use it. It does not jump when the system's clock is set.
pub(crate) fn now() -> f64 {
    #[cfg(not(target_arch = "wasm32"))]
    return std::time::UNIX_EPOCH
        .elapsed()
        .map_or(0.0, |elapsed| elapsed.as_secs_f64() * 1000.0);
    #[cfg(target_arch = "wasm32")]
    window()
        .performance()
        .map_or_else(js_sys::Date::now, |performance| {
            performance.time_origin() + performance.now()
        })
}

/// The pressed key. `None` while an input method is composing: then the key belongs to the composition (Enter accepts it, the arrows
/// choose in it, Escape cancels it).
///
/// Call it first in every `keydown` listener. Safari reports the Enter that ends a composition afterwards, with the code 229.
#[must_use]
pub fn key_press(event: &Event) -> Option<&KeyboardEvent> {
    const PROCESSED: u32 = 229;
    let key = event.dyn_ref::<KeyboardEvent>()?;
    (!key.is_composing() && key.key_code() != PROCESSED).then_some(key)
}

/// Whether the focused element accepts typing. Check this before you handle a single-key shortcut.
#[must_use]
pub fn is_typing(event: &Event) -> bool {
    // The composed path looks into shadow roots, where `target` names only the host.
    let target = event.composed_path().get(0);
    let Ok(element) = target.dyn_into::<HtmlElement>() else {
        return false;
    };
    match element.tag_name().as_str() {
        "INPUT" => !matches!(
            element.get_attribute("type").as_deref(),
            Some("checkbox" | "button" | "radio" | "range")
        ),
        "TEXTAREA" | "SELECT" => true,
        _ => element.is_content_editable(),
    }
}

/// Copies `text` to the clipboard. Returns false if the browser does not allow it.
///
/// The asynchronous clipboard only exists in secure contexts. Elsewhere this tries a hidden text area and the old copy command.
pub async fn copy_text(text: String) -> bool {
    let clipboard = js_sys::Reflect::get(&window().navigator(), &JsValue::from_str("clipboard"))
        .unwrap_or(JsValue::UNDEFINED);
    if clipboard.is_object() {
        let promise = window().navigator().clipboard().write_text(&text);
        if wasm_bindgen_futures::JsFuture::from(promise).await.is_ok() {
            return true;
        }
    }
    copy_by_selection(&text)
}

fn copy_by_selection(text: &str) -> bool {
    let document = document();
    let Some(body) = document.body() else { return false };
    let before = document.active_element();
    let area: HtmlTextAreaElement = child(&body, "textarea", "wf-sr").unchecked_into();
    area.set_value(text);
    area.select();
    let command =
        js_sys::Reflect::get(&document, &JsValue::from_str("execCommand")).unwrap_or(JsValue::UNDEFINED);
    let copied = command
        .dyn_ref::<js_sys::Function>()
        .and_then(|command| command.call1(&document, &JsValue::from_str("copy")).ok())
        .is_some_and(|done| done.is_truthy());
    area.remove();
    if let Some(before) = before.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let _ = before.focus();
    }
    copied
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|end| end == "rs" || end == "js") {
                found.push(path);
            }
        }
    }

    // Symptom: Enter, pressed to accept a word of an input method, ran a command of the palette.
    // Cause: each handler of keys had to remember the composition by itself, and most did not.
    #[test]
    fn every_handler_of_keys_asks_for_the_composition() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut found = Vec::new();
        for folder in [
            "components/src",
            "debugger/src",
            "elements/src",
            "elements/npm",
            "gallery/src",
            "templates/basic/ui/src",
            "templates/review/ui/src",
        ] {
            sources(&root.join(folder), &mut found);
        }
        assert!(found.len() > 100, "the sources are there");
        for path in found
            .into_iter()
            .filter(|path| !path.ends_with("components/src/dom.rs"))
        {
            let text = fs::read_to_string(&path).expect("a source");
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            let text = code.collect::<Vec<_>>().join("\n");
            for own in ["<KeyboardEvent>", ".is_composing()", "isComposing"] {
                assert!(
                    !text.contains(own),
                    "{} has {own}: use `key_press`",
                    path.display()
                );
            }
            let listeners = text.matches("ev::keydown").count() + text.matches("on:keydown").count();
            assert!(
                listeners <= text.matches("key_press(").count(),
                "{} listens to keys without `key_press`",
                path.display()
            );
        }
    }
}
