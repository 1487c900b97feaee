//! A button that puts a text on the clipboard and says whether that worked.

use crate::dom::copy_text;
use crate::icon::{Icon, live_icon};
use crate::reactive::spawn_local;
use crate::theme::mount_style;
use crate::ui::{El, Var, after, button, span};
use wasm_bindgen::{JsCast, JsValue};

/// A button that copies a text. For two seconds after a click its mark says how that went.
///
/// With an empty `words` it shows its mark only; `label` is its name in any case.
pub fn copy_button(
    label: &str,
    words: &'static str,
    mark: Icon,
    text: impl Fn() -> String + 'static,
) -> Vec<El> {
    boxed(label, words, mark, Box::new(text))
}

fn boxed(label: &str, words: &'static str, mark: Icon, text: Box<dyn Fn() -> String>) -> Vec<El> {
    mount_style(crate::icon::STYLE);
    let outcome = Var::new(None::<bool>);
    let copy = move |_| {
        let text = text();
        spawn_local(async move {
            outcome.set(Some(copy_text(text).await));
            after(2000, move || outcome.set(None));
        });
    };
    let shown = move || match outcome.get() {
        None => mark,
        Some(true) => Icon::Check,
        Some(false) => Icon::Cross,
    };
    let said = move || match outcome.get() {
        None => "",
        Some(true) => "Copied",
        Some(false) => "The browser doesn't allow copying here",
    };
    let class = if words.is_empty() {
        "wf-button wf-button--plain wf-button--icon"
    } else {
        "wf-button"
    };
    vec![
        button(class)
            .attr("aria-label", label)
            .attr("title", label)
            .child(live_icon(shown))
            .text(words)
            .on("click", copy),
        span("wf-sr").attr("role", "status").text(said),
    ]
}

/// What is selected on the page, so that keys which copy it are left alone.
pub(crate) fn selected_text() -> String {
    let window = crate::dom::window();
    let selection = js_sys::Reflect::get(&window, &JsValue::from_str("getSelection"))
        .ok()
        .and_then(|ask| ask.dyn_into::<js_sys::Function>().ok())
        .and_then(|ask| ask.call0(&window).ok())
        .and_then(|selection| selection.dyn_into::<js_sys::Object>().ok());
    selection.map_or_else(String::new, |selection| selection.to_string().into())
}
