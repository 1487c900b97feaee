//! The delivery tests over `fetch` and `EventSource`.

use futures::FutureExt as _;
use futures::future::LocalBoxFuture;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;
use workflow_ui_core::protocol::FailureKind;
use workflow_ui_core::{
    BrowserClock, Clock as _, Credentials, EventSourceTransport, FetchTransport, HttpRequest, Transport,
};

use crate::{delivery, executor, get, soon};

/// Blobs as a server: each is an event stream that ends after its bytes.
struct Blobs<T>(T);

impl<T: Transport + Copy> delivery::Host for Blobs<T> {
    type Transport = T;
    type Clock = BrowserClock;

    fn transport(&self) -> T {
        self.0
    }

    fn clock(&self) -> BrowserClock {
        BrowserClock::new()
    }

    fn serve(&self, bytes: &[u8]) -> String {
        let parts = js_sys::Array::of1(&js_sys::Uint8Array::from(bytes));
        let make = js_sys::Function::new_with_args(
            "parts",
            "return URL.createObjectURL(new Blob(parts, { type: 'text/event-stream' }))",
        );
        make.call1(&JsValue::UNDEFINED, &parts)
            .ok()
            .and_then(|address| address.as_string())
            .expect("an address")
    }

    fn nothing(&self) -> String {
        "blob:http://127.0.0.1/nothing".to_owned()
    }

    fn unknown(&self) -> String {
        "/no/such/stream".to_owned()
    }

    fn pass(&self) -> LocalBoxFuture<'static, ()> {
        BrowserClock::new().sleep(5)
    }
}

#[wasm_bindgen_test]
async fn fetch_delivers_everything() {
    executor();
    delivery::a_history_arrives_at_once(Blobs(FetchTransport::new())).await;
    delivery::cuts_lose_nothing(Blobs(FetchTransport::new()), 31).await;
    delivery::refusals_are_tried_again(Blobs(FetchTransport::new())).await;
    delivery::a_deleted_handler_is_gone(Blobs(FetchTransport::new())).await;
}

#[wasm_bindgen_test]
async fn event_source_delivers_everything() {
    executor();
    delivery::a_history_arrives_at_once(Blobs(EventSourceTransport::new())).await;
    delivery::cuts_lose_nothing(Blobs(EventSourceTransport::new()), 31).await;
    delivery::refusals_are_tried_again(Blobs(EventSourceTransport::new())).await;
    delivery::a_deleted_handler_is_gone(Blobs(EventSourceTransport::new())).await;
}

#[wasm_bindgen_test]
async fn an_event_source_is_closed_when_its_stream_is_dropped() {
    // Counts what is made and closed.
    let counts = js_sys::eval(
        "(() => { const c = { made: 0, closed: 0, options: [] }; const Real = EventSource; c.restore = () => { globalThis.EventSource = Real; }; \
         globalThis.EventSource = class extends Real { constructor(u, o) { super(u, o); c.made += 1; c.options.push(o.withCredentials); } close() { if (this.readyState !== 2) c.closed += 1; super.close(); } }; return c; })()",
    )
    .expect("counts");
    let count = |name: &str| {
        js_sys::Reflect::get(&counts, &name.into())
            .ok()
            .and_then(|count| count.as_f64())
            .unwrap_or(-1.0)
    };
    let opening = EventSourceTransport::new().open(HttpRequest {
        credentials: Credentials::Include,
        ..get("/no/such/stream")
    });
    let failure = soon("an error", opening).await.expect_err("404");
    assert_eq!(failure.kind, FailureKind::Unknown, "{failure}");
    assert_eq!(count("made"), 1.0);

    let mut opening =
        EventSourceTransport::new().open(get("data:text/event-stream,id%3A%200%0Adata%3A%20x%0A%0A"));
    assert!((&mut opening).now_or_never().is_none());
    drop(opening);
    assert_eq!(
        (count("made"), count("closed")),
        (2.0, 1.0),
        "a stream on its way is closed too"
    );
    let restore: js_sys::Function = js_sys::Reflect::get(&counts, &"restore".into())
        .expect("a function")
        .dyn_into()
        .expect("a function");
    restore.call0(&JsValue::UNDEFINED).expect("restored");
    let options = js_sys::Reflect::get(&counts, &"options".into()).expect("options");
    let options: js_sys::Array = options.dyn_into().expect("an array");
    assert_eq!((options.get(0), options.get(1)), (JsValue::TRUE, JsValue::FALSE));
}
