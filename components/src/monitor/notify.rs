//! Notifications of the system, where the browser has them and the user allows them.

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    /// <https://notifications.spec.whatwg.org/#notification>
    type Notification;

    #[wasm_bindgen(constructor, catch)]
    fn new(title: &str, options: &JsValue) -> Result<Notification, JsValue>;
}

/// The constructor, which some browsers lack.
fn class() -> Option<JsValue> {
    if cfg!(not(target_arch = "wasm32")) {
        return None;
    }
    let class = Reflect::get(&js_sys::global(), &JsValue::from_str("Notification")).ok()?;
    class.is_function().then_some(class)
}

fn is_granted(class: &JsValue) -> bool {
    let permission = Reflect::get(class, &JsValue::from_str("permission"));
    permission.is_ok_and(|word| word.as_string().as_deref() == Some("granted"))
}

/// Whether the browser has notifications.
pub(super) fn is_supported() -> bool {
    class().is_some()
}

/// Asks the user whether the page may show notifications. Browsers ask only where the user pressed something.
pub(super) async fn request_permission() -> bool {
    let Some(class) = class() else { return false };
    let request = Reflect::get(&class, &JsValue::from_str("requestPermission"));
    let request: Option<Function> = request.ok().and_then(|it| it.dyn_into().ok());
    let promise = request.and_then(|request| request.call0(&class).ok());
    if let Some(promise) = promise.and_then(|it| it.dyn_into::<Promise>().ok()) {
        // The answer is read below.
        let _ = JsFuture::from(promise).await;
    }
    is_granted(&class)
}

/// Shows a notification in the place of the last one, if that is allowed.
pub(super) fn notify(title: &str, text: &str) {
    let Some(class) = class() else { return };
    if !is_granted(&class) {
        return;
    }
    let options = Object::new();
    for (name, value) in [("body", text), ("tag", "workflow-monitor")] {
        let _ = Reflect::set(&options, &JsValue::from_str(name), &JsValue::from_str(value));
    }
    // Browsers on phones refuse notifications of pages.
    let _ = Notification::new(title, &options);
}
