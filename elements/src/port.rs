//! What the JavaScript class of an element does for this program.

use js_sys::Promise;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// An object of the element's class. Its functions throw nothing.
    #[derive(Debug)]
    pub type Port;

    /// Dispatches the event of this name, whose `detail` is this JSON.
    #[wasm_bindgen(method)]
    pub(crate) fn dispatch(this: &Port, event: &str, detail: &str);

    /// The headers of the next request: names and values in turn.
    #[wasm_bindgen(method)]
    pub(crate) fn headers(this: &Port) -> Promise;
}
