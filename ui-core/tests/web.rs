//! The browser's shell: `fetch`, timers, frames. Runs in a headless browser; asks nothing but `data:` addresses and the
//! page's own origin.
#![cfg(target_arch = "wasm32")]
// A test that cannot go on panics.
#![allow(clippy::expect_used, clippy::panic)]

#[path = "addresses/mod.rs"]
mod addresses;
#[path = "web/delivering.rs"]
mod delivering;
#[path = "delivery/mod.rs"]
mod delivery;
#[path = "web/sharing.rs"]
mod sharing;
#[path = "web/storing.rs"]
mod storing;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures::future::{Either, select};
use futures::{FutureExt as _, StreamExt as _};
use leptos::prelude::{Get as _, GetUntracked as _, Owner, RwSignal, Set as _};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use workflow_ui_core::protocol::{FailureKind, Method};
use workflow_ui_core::{
    BrowserClock, Clock as _, Credentials, Error, FetchTransport, HttpRequest, Transport, WorkflowClient,
    provide_workflow_client, use_workflows,
};

wasm_bindgen_test_configure!(run_in_browser);

fn get(url: &str) -> HttpRequest {
    HttpRequest {
        method: Method::Get,
        url: url.to_owned(),
        headers: vec![("accept".to_owned(), "text/event-stream".to_owned())],
        body: None,
        credentials: Credentials::SameOrigin,
    }
}

/// Replaces the page's `fetch` until dropped: what a server would do, without one.
struct FakeFetch {
    before: JsValue,
    _fake: Closure<dyn FnMut(JsValue, JsValue) -> JsValue>,
}

impl FakeFetch {
    fn new(fake: impl FnMut(JsValue, JsValue) -> JsValue + 'static) -> Self {
        let fake: Closure<dyn FnMut(JsValue, JsValue) -> JsValue> = Closure::new(fake);
        let before = js_sys::Reflect::get(&js_sys::global(), &"fetch".into()).expect("fetch");
        js_sys::Reflect::set(&js_sys::global(), &"fetch".into(), fake.as_ref()).expect("set fetch");
        Self { before, _fake: fake }
    }
}

impl Drop for FakeFetch {
    fn drop(&mut self) {
        let _ = js_sys::Reflect::set(&js_sys::global(), &"fetch".into(), &self.before);
    }
}

/// A promise rejected with anything.
fn rejected(reason: &JsValue) -> JsValue {
    js_sys::Promise::reject(reason).into()
}

/// `future`, or a panic after five seconds.
async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    match select(Box::pin(future), BrowserClock::new().sleep(5_000)).await {
        Either::Left((value, _)) => value,
        Either::Right(_) => panic!("{what}: nothing within five seconds"),
    }
}

// The native tests check the same table with the crate `url`, which stands for the browser there.
#[wasm_bindgen_test]
fn addresses_are_read_as_the_browser_reads_them() {
    addresses::check_table();
    let location = js_sys::Reflect::get(&js_sys::global(), &"location".into()).expect("a location");
    let origin = js_sys::Reflect::get(&location, &"origin".into()).expect("an origin");
    let origin = origin.as_string().expect("a text");
    for (base, address) in [
        ("", origin.clone()),
        ("/a/", [&origin, "/a"].concat()),
        ("http://A.org:80/", "http://a.org".to_owned()),
    ] {
        assert_eq!(WorkflowClient::new(base).address().base(), address, "{base:?}");
    }
}

// Symptom: a client of "/\t/evil.example", a path of this page by its looks, sent its requests, with their token, to evil.example.
// Cause: browsers strip tabs and line breaks from addresses.
#[wasm_bindgen_test]
async fn nothing_is_sent_to_an_address_with_control_characters() {
    let asked = Rc::new(RefCell::new(Vec::new()));
    let log = asked.clone();
    let _fake = FakeFetch::new(move |url, _| {
        log.borrow_mut().push(url);
        rejected(&JsValue::from_str("asked"))
    });
    for base in ["/\t/evil.example", "/\n\\evil.example", "\u{1}"] {
        let answer = soon("an answer", WorkflowClient::new(base).workflows()).await;
        assert!(matches!(answer, Err(Error::Network(_))), "{answer:?}");
    }
    assert!(asked.borrow().is_empty(), "{asked:?}");
}

#[wasm_bindgen_test]
async fn an_answer_has_status_type_and_body() {
    let answer = soon(
        "data",
        FetchTransport::new().send(get("data:application/json,%7B%22a%22%3A%22%C3%BC%22%7D")),
    )
    .await;
    let answer = answer.expect("an answer");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.content_type.as_deref(), Some("application/json"));
    assert_eq!(answer.body, r#"{"a":"ü"}"#);
}

#[wasm_bindgen_test]
async fn a_stream_hands_on_its_bytes_and_ends() {
    let stream = soon(
        "open",
        FetchTransport::new().open(get("data:text/event-stream,id%3A%200%0A%0A")),
    )
    .await;
    let stream = stream.expect("a stream");
    assert_eq!(stream.status, 200);
    let chunks: Vec<_> = soon("body", stream.body.collect()).await;
    let bytes: Vec<u8> = chunks
        .into_iter()
        .flat_map(|chunk| chunk.expect("bytes"))
        .collect();
    assert_eq!(bytes, b"id: 0\n\n");
}

#[wasm_bindgen_test]
async fn the_test_servers_own_404_is_an_answer() {
    let answer = soon("404", FetchTransport::new().send(get("/no/such/path")))
        .await
        .expect("an answer");
    assert_eq!(answer.status, 404);
}

#[wasm_bindgen_test]
async fn rejections_of_any_kind_are_failures_in_words() {
    // A wrapper that expected an `Error` has brought down a whole page when something else was thrown.
    let object = js_sys::eval("({ message: 7 })").expect("an object");
    let null_prototype = js_sys::eval("Object.create(null)").expect("an object");
    for (reason, words) in [
        (
            JsValue::from(js_sys::Error::new("Failed to fetch")),
            "Failed to fetch",
        ),
        (JsValue::from_str("x"), "x"),
        (JsValue::UNDEFINED, "the request failed"),
        (JsValue::NULL, "the request failed"),
        (JsValue::from_f64(7.0), "the request failed"),
        (object, "the request failed"),
        (null_prototype, "the request failed"),
    ] {
        let _fake = FakeFetch::new(move |_, _| rejected(&reason));
        let failure = soon("send", FetchTransport::new().send(get("/x")))
            .await
            .expect_err("a failure");
        assert_eq!(
            (failure.kind, failure.detail.as_str()),
            (FailureKind::Network, words)
        );
        let failure = soon("open", FetchTransport::new().open(get("/x")))
            .await
            .expect_err("a failure");
        assert_eq!(failure.detail, words);
    }
}

/// Symptom: a wrapper of `fetch` that threw stopped the page's program. Cause: the call went through an import that does not catch.
#[wasm_bindgen_test]
async fn a_fetch_that_throws_is_a_failure_in_words() {
    let fake = js_sys::eval(
        "(() => { const real = fetch; globalThis.fetch = () => { throw 'x' }; return () => { globalThis.fetch = real; }; })()",
    );
    let restore: js_sys::Function = fake.expect("a fake").dyn_into().expect("a function");
    let failure = soon("send", FetchTransport::new().send(get("/x"))).await;
    restore.call0(&JsValue::UNDEFINED).expect("restored");
    let failure = failure.expect_err("a failure");
    assert_eq!(
        (failure.kind, failure.detail.as_str()),
        (FailureKind::Network, "x")
    );
}

/// A fake `fetch` whose answer's body never ends, and the signal that it was given.
fn endless() -> (FakeFetch, Rc<RefCell<Option<web_sys::AbortSignal>>>) {
    let given: Rc<RefCell<Option<web_sys::AbortSignal>>> = Rc::default();
    let seen = given.clone();
    let fake = FakeFetch::new(move |_, init| {
        let signal = js_sys::Reflect::get(&init, &"signal".into()).expect("a signal");
        *seen.borrow_mut() = signal.dyn_into().ok();
        let source = js_sys::eval(
            "new Response(new ReadableStream({ start(c) { c.enqueue(new TextEncoder().encode(': hello\\n\\n')); } }), { status: 200, headers: { 'content-type': 'text/event-stream', 'retry-after': '3' } })",
        );
        js_sys::Promise::resolve(&source.expect("a response")).into()
    });
    (fake, given)
}

#[wasm_bindgen_test]
async fn dropping_a_stream_aborts_its_request() {
    let (_fake, given) = endless();
    let mut stream = soon("open", FetchTransport::new().open(get("/events/x")))
        .await
        .expect("a stream");
    assert_eq!(stream.retry_after, Some(3_000));
    let chunk = soon("chunk", stream.body.next())
        .await
        .expect("a chunk")
        .expect("bytes");
    assert_eq!(chunk, b": hello\n\n");
    let signal = given.borrow().clone().expect("a signal");
    assert!(!signal.aborted(), "not before it is dropped");
    // Also with a read under way.
    assert!(stream.body.next().now_or_never().is_none(), "nothing more comes");
    drop(stream);
    assert!(signal.aborted(), "the server sees the connection close");
    BrowserClock::new().sleep(20).await;
}

#[wasm_bindgen_test]
async fn dropping_a_request_on_its_way_aborts_it() {
    let given: Rc<RefCell<Option<web_sys::AbortSignal>>> = Rc::default();
    let seen = given.clone();
    let _fake = FakeFetch::new(move |_, init| {
        let signal = js_sys::Reflect::get(&init, &"signal".into()).expect("a signal");
        *seen.borrow_mut() = signal.dyn_into().ok();
        js_sys::Promise::new(&mut |_, _| {}).into()
    });
    let mut sending = FetchTransport::new().send(get("/handlers/x"));
    assert!((&mut sending).now_or_never().is_none());
    let signal = given.borrow().clone().expect("a signal");
    assert!(!signal.aborted());
    drop(sending);
    assert!(signal.aborted());
}

#[wasm_bindgen_test]
async fn a_request_carries_what_it_was_given() {
    let url = Rc::new(RefCell::new(String::new()));
    let given: Rc<RefCell<JsValue>> = Rc::new(RefCell::new(JsValue::UNDEFINED));
    let (seen_url, seen) = (url.clone(), given.clone());
    let _fake = FakeFetch::new(move |address, init| {
        *seen_url.borrow_mut() = address.as_string().unwrap_or_default();
        *seen.borrow_mut() = init;
        rejected(&JsValue::from_str("enough"))
    });
    let request = HttpRequest {
        method: Method::Post,
        url: "/x".to_owned(),
        headers: vec![("authorization".to_owned(), "Bearer t".to_owned())],
        body: Some("{}".to_owned()),
        credentials: Credentials::Include,
    };
    let _ = soon("send", FetchTransport::new().send(request)).await;
    let init = given.borrow().clone();
    let field = |name: &str| js_sys::Reflect::get(&init, &name.into()).expect("a field");
    assert_eq!(*url.borrow(), "/x");
    assert_eq!(field("method").as_string().as_deref(), Some("POST"));
    assert_eq!(field("body").as_string().as_deref(), Some("{}"));
    assert_eq!(field("credentials").as_string().as_deref(), Some("include"));
    assert_eq!(field("cache").as_string().as_deref(), Some("no-store"));
    let headers: web_sys::Headers = field("headers").dyn_into().expect("headers");
    assert_eq!(headers.get("authorization"), Ok(Some("Bearer t".to_owned())));
}

#[wasm_bindgen_test]
async fn a_header_that_cannot_be_sent_is_a_failure() {
    for (name, value) in [("authorization", "a\nb"), ("authorization", "€"), ("a b", "c")] {
        let mut request = get("/x");
        request.headers.push((name.to_owned(), value.to_owned()));
        let failure = soon("send", FetchTransport::new().send(request))
            .await
            .expect_err("a failure");
        assert_eq!(failure.kind, FailureKind::Network, "{value:?}");
        assert!(!failure.detail.is_empty(), "{value:?}");
    }
}

/// A fake `fetch` that resolves with what this JavaScript expression gives.
fn resolving(expression: &'static str) -> FakeFetch {
    FakeFetch::new(move |_, _| js_sys::Promise::resolve(&js_sys::eval(expression).expect("a value")).into())
}

#[wasm_bindgen_test]
async fn what_is_no_response_is_a_failure() {
    for expression in ["undefined", "null", "7", "'x'", "({ status: 200 })"] {
        let _fake = resolving(expression);
        let failure = soon("send", FetchTransport::new().send(get("/x")))
            .await
            .expect_err("a failure");
        assert_eq!(failure.detail, "fetch gave no response", "{expression}");
    }
}

#[wasm_bindgen_test]
async fn a_body_that_is_not_bytes_is_a_failure_and_ends() {
    for source in ["start(c) { c.enqueue('text'); }", "start(c) { c.error('x'); }"] {
        let script = ["new Response(new ReadableStream({ ", source, " }))"].concat();
        let _fake = FakeFetch::new(move |_, _| {
            js_sys::Promise::resolve(&js_sys::eval(&script).expect("a response")).into()
        });
        let mut stream = soon("open", FetchTransport::new().open(get("/events/x")))
            .await
            .expect("a stream");
        let chunk = soon("a chunk", stream.body.next()).await;
        assert!(matches!(chunk, Some(Err(_))), "{source}: {chunk:?}");
        assert_eq!(soon("the end", stream.body.next()).await, None, "{source}");
    }
}

#[wasm_bindgen_test]
async fn a_body_without_bytes_is_empty() {
    let _fake = resolving("new Response(null, { status: 204 })");
    let answer = soon("send", FetchTransport::new().send(get("/x")))
        .await
        .expect("an answer");
    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
}

// A browser hands over megabytes at once; copied whole, they would let WebAssembly's memory grow for good.
#[wasm_bindgen_test]
async fn a_large_chunk_comes_in_pieces() {
    let _fake = resolving(
        "new Response(new ReadableStream({ start(c) { c.enqueue(new Uint8Array(200000).fill(7)); c.close(); } }))",
    );
    let stream = soon("open", FetchTransport::new().open(get("/events/x")))
        .await
        .expect("a stream");
    let chunks: Vec<_> = soon("body", stream.body.collect()).await;
    let lengths: Vec<usize> = chunks
        .into_iter()
        .map(|chunk| chunk.expect("bytes").len())
        .collect();
    assert_eq!(lengths, [65_536, 65_536, 65_536, 3_392]);
}

#[wasm_bindgen_test]
async fn retry_after_is_seconds_or_a_date_by_the_servers_clock() {
    for (headers, wait) in [
        ("{ 'retry-after': ' 3 ' }", Some(3_000)),
        (
            "{ 'retry-after': 'Wed, 21 Oct 2015 07:28:10 GMT', 'date': 'Wed, 21 Oct 2015 07:28:00 GMT' }",
            Some(10_000),
        ),
        ("{ 'retry-after': 'soon' }", None),
        ("{}", None),
    ] {
        let script = ["new Response('', { status: 503, headers: ", headers, " })"].concat();
        let _fake = FakeFetch::new(move |_, _| {
            js_sys::Promise::resolve(&js_sys::eval(&script).expect("a response")).into()
        });
        let answer = soon("send", FetchTransport::new().send(get("/x")))
            .await
            .expect("an answer");
        assert_eq!(answer.retry_after, wait, "{headers}");
    }
}

#[wasm_bindgen_test]
async fn frames_come_whether_or_not_the_page_is_shown() {
    // A page that becomes hidden between the request and the callback never gets its animation frame.
    let clock = BrowserClock::new();
    soon("frame", clock.frame()).await;
    let raf = js_sys::Reflect::get(&js_sys::global(), &"requestAnimationFrame".into()).expect("a function");
    let silent = js_sys::Function::new_no_args("return 1");
    js_sys::Reflect::set(&js_sys::global(), &"requestAnimationFrame".into(), &silent).expect("replaced");
    let before = clock.now();
    soon("frame of a hidden page", clock.frame()).await;
    js_sys::Reflect::set(&js_sys::global(), &"requestAnimationFrame".into(), &raf).expect("restored");
    assert!(clock.now().since(before) >= 900, "at most once a second");
}

#[wasm_bindgen_test]
async fn a_dropped_frame_is_given_back() {
    let cancelled = Rc::new(Cell::new(0));
    let counter = cancelled.clone();
    let before = js_sys::Reflect::get(&js_sys::global(), &"cancelAnimationFrame".into()).expect("a function");
    let fake: Closure<dyn FnMut(JsValue)> = Closure::new(move |_| counter.set(counter.get() + 1));
    js_sys::Reflect::set(&js_sys::global(), &"cancelAnimationFrame".into(), fake.as_ref()).expect("replaced");
    let frame = BrowserClock::new().frame();
    drop(frame);
    js_sys::Reflect::set(&js_sys::global(), &"cancelAnimationFrame".into(), &before).expect("restored");
    assert_eq!(cancelled.get(), 1);
}

#[wasm_bindgen_test]
async fn turns_let_timers_go_first_and_do_not_run_out() {
    let clock = BrowserClock::new();
    let fired = Rc::new(Cell::new(false));
    let flag = fired.clone();
    let timer = clock.sleep(1);
    wasm_bindgen_futures::spawn_local(async move {
        timer.await;
        flag.set(true);
    });
    let started = clock.now();
    let mut turns = 0_u32;
    while !fired.get() && clock.now().since(started) < 5_000 {
        clock.turn().await;
        turns += 1;
    }
    assert!(fired.get(), "a timer never came to its turn in {turns} turns");
    soon(
        "turns at once",
        futures::future::join_all((0..100).map(|_| clock.turn())),
    )
    .await;
}

#[wasm_bindgen_test]
async fn time_is_since_the_epoch_and_never_goes_back() {
    let clock = BrowserClock::new();
    let first = clock.now();
    assert!(first.0.abs_diff(js_sys::Date::now() as u64) < 60_000, "{first:?}");
    clock.sleep(5).await;
    assert!(clock.now() >= first);
    assert_ne!(clock.seed(), clock.seed());
}

#[wasm_bindgen_test]
async fn presence_is_listened_to_until_the_guard_is_dropped() {
    let clock = BrowserClock::new();
    let heard: Rc<RefCell<Vec<bool>>> = Rc::default();
    let log = heard.clone();
    let guard = clock.on_presence(Rc::new(move |presence| log.borrow_mut().push(presence.online)));
    let window = web_sys::window().expect("a window");
    let fire = |name: &str| {
        window
            .dispatch_event(&web_sys::Event::new(name).expect("an event"))
            .expect("dispatched")
    };
    fire("offline");
    fire("online");
    assert_eq!(*heard.borrow(), [false, true]);
    drop(guard);
    fire("offline");
    assert_eq!(heard.borrow().len(), 2, "nobody listens any longer");
}

#[wasm_bindgen_test]
async fn hooks_work_over_fetch_with_an_owner_only() {
    let _ = any_spawner::Executor::init_wasm_bindgen();
    let owner = Owner::new();
    let hook = owner.with(|| {
        provide_workflow_client(WorkflowClient::new("/no/server/here"));
        use_workflows()
    });
    let done = RwSignal::new(false);
    soon("an answer", async {
        while hook.loading.get_untracked() {
            BrowserClock::new().sleep(10).await;
        }
        done.set(true);
    })
    .await;
    assert!(done.get());
    assert!(
        matches!(
            hook.error.get_untracked(),
            Some(Error::Status { status: 404, .. })
        ),
        "{:?}",
        hook.error.get_untracked()
    );
    owner.cleanup();
}

fn executor() {
    let _ = any_spawner::Executor::init_wasm_bindgen();
}
