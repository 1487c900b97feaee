//! Tabs: locks, channels, and clients that share a stream.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use leptos::prelude::{GetUntracked as _, Owner};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;
use workflow_ui_core::protocol::Connection;
use workflow_ui_core::{
    BrowserClock, BrowserTabs, Clock as _, TabLink as _, UseWorkflowHandlerReturn, WorkflowClient,
    provide_workflow_client, use_workflow_handler,
};

use crate::{FakeFetch, executor, soon};

#[wasm_bindgen_test]
async fn locks_and_channels_are_given_back() {
    let (one, other) = (tabs(), tabs());
    let heard: Rc<RefCell<Vec<Vec<u8>>>> = Rc::default();
    let log = heard.clone();
    let guard = one.listen(
        "talk",
        Rc::new(move |message: &[u8]| log.borrow_mut().push(message.to_vec())),
    );
    other.post("talk", b"hello");
    one.post("talk", b"not to myself");
    let received = heard.clone();
    soon("a message", async {
        while received.borrow().is_empty() {
            BrowserClock::new().sleep(5).await;
        }
    })
    .await;
    assert_eq!(*heard.borrow(), [b"hello".to_vec()]);
    drop(guard);
    other.post("talk", b"anybody?");

    let order: Rc<RefCell<Vec<&str>>> = Rc::default();
    let lock = |tabs: &BrowserTabs, name: &'static str| {
        let order = order.clone();
        let refused = Box::new(|| panic!("no lock was forbidden"));
        tabs.lock(
            "the lock",
            Box::new(move || order.borrow_mut().push(name)),
            refused,
        )
    };
    let first = lock(&one, "first");
    let impatient = lock(&other, "impatient");
    let second = lock(&other, "second");
    BrowserClock::new().sleep(50).await;
    assert_eq!(*order.borrow(), ["first"]);
    drop(impatient);
    drop(first);
    let held = order.clone();
    soon("the lock", async {
        while held.borrow().len() < 2 {
            BrowserClock::new().sleep(5).await;
        }
    })
    .await;
    assert_eq!(
        *order.borrow(),
        ["first", "second"],
        "who does not wait any longer is passed over"
    );
    assert_eq!(heard.borrow().len(), 1, "nobody listens any longer");
    drop(second);
}

#[wasm_bindgen_test]
async fn names_are_derived_slowly_from_a_salt_of_the_origin() {
    let name = async |about: &str| soon("a name", tabs().name(about)).await.expect("a name");
    let first = name("http://a\0Include\0secret").await;
    assert_eq!(name("http://a\0Include\0secret").await, first, "for all tabs");
    assert_ne!(name("http://a\0Include\0secre").await, first);
    assert!(first.len() == "workflow-".len() + 32, "{first}");
    let window = js_sys::global();
    let storage = js_sys::Reflect::get(&window, &"localStorage".into()).expect("a storage");
    let storage: web_sys::Storage = wasm_bindgen::JsCast::unchecked_into(storage);
    let key = "workflow-tabs.salt.1";
    let salt = storage.get_item(key).expect("a storage").expect("a salt");
    storage.set_item(key, "not a salt").expect("a storage");
    assert_ne!(
        name("http://a\0Include\0secret").await,
        first,
        "another salt, another name"
    );
    storage.set_item(key, &salt).expect("a storage");
    assert_eq!(name("http://a\0Include\0secret").await, first);
}

fn tabs() -> BrowserTabs {
    BrowserTabs::new().expect("this page is a secure context")
}

/// How many locks this origin's pages hold.
async fn held_locks() -> usize {
    let query =
        js_sys::Function::new_no_args("return navigator.locks.query().then(({ held }) => held.length)");
    let count: js_sys::Promise = query
        .call0(&JsValue::UNDEFINED)
        .expect("a query")
        .unchecked_into();
    let count = wasm_bindgen_futures::JsFuture::from(count).await;
    count
        .ok()
        .and_then(|count| count.as_f64())
        .map_or(0, |count| count as usize)
}

#[wasm_bindgen_test]
async fn two_clients_share_one_stream_and_the_second_takes_over() {
    executor();
    // Streams that were asked for, and those that are open.
    let asked = Rc::new(Cell::new(0));
    let open_streams = Rc::new(Cell::new(0));
    let (counter, opened) = (asked.clone(), open_streams.clone());
    let closed = open_streams.clone();
    let closed = Closure::<dyn FnMut()>::new(move || closed.set(closed.get() - 1));
    let on_abort: JsValue = closed.as_ref().clone();
    let respond = js_sys::Function::new_with_args(
        "url",
        "const handler = JSON.stringify({ handler_id: 'h1', workflow_name: 'w', run_id: 'r1', status: 'running', started_at: '2026-11-20T11:28:10+00:00' });
         if (url.includes('/events/')) {
             const after = Number(/after_sequence=(-?\\d+)/.exec(url)[1]);
             return new Response(new ReadableStream({ start(c) { for (let n = after + 1; n < 50; n++) c.enqueue(new TextEncoder().encode(`id: ${n}\\ndata: {\"value\":{\"n\":${n}},\"type\":\"Progress\"}\\n\\n`)); } }), { headers: { 'content-type': 'text/event-stream' } });
         }
         return url.includes('/handlers/') ? new Response(handler, { status: 202 }) : new Response('{}', { status: 404 });",
    );
    let listen = js_sys::Function::new_with_args("init, on", "init.signal.addEventListener('abort', on)");
    let _fake = FakeFetch::new(move |url, init| {
        if url.as_string().is_some_and(|url| url.contains("/events/h1")) {
            counter.set(counter.get() + 1);
            opened.set(opened.get() + 1);
            listen
                .call2(&JsValue::UNDEFINED, &init, &on_abort)
                .expect("a signal");
        }
        js_sys::Promise::resolve(&respond.call1(&JsValue::UNDEFINED, &url).expect("a response")).into()
    });
    let open = || {
        let owner = Owner::new();
        let hook = owner.with(|| {
            provide_workflow_client(WorkflowClient::builder("/app").shared_tabs("ada").build());
            use_workflow_handler("h1", true)
        });
        (owner, hook)
    };
    let full = |hook: UseWorkflowHandlerReturn, what: &'static str| async move {
        soon(what, async {
            while hook.events.get_untracked().len() < 50
                || hook.connection.get_untracked() != Connection::Live
            {
                BrowserClock::new().sleep(5).await;
            }
        })
        .await;
    };
    let (first, one) = open();
    full(one, "the first").await;
    // One lock shows that it is there, the other that it leads.
    soon("the first leads", async {
        while held_locks().await < 2 {
            BrowserClock::new().sleep(5).await;
        }
    })
    .await;
    let (second, other) = open();
    full(other, "the second").await;
    // Until the shared name is derived, each streams by itself.
    soon("the second comes through the first", async {
        while open_streams.get() != 1 {
            BrowserClock::new().sleep(5).await;
        }
    })
    .await;
    let before = asked.get();
    assert!(before <= 2, "{before} streams");
    first.cleanup();
    drop(first);
    soon("another stream", async {
        while asked.get() == before {
            BrowserClock::new().sleep(5).await;
        }
    })
    .await;
    full(other, "after the change").await;
    assert_eq!(other.events.get_untracked().len(), 50, "nothing twice");
    second.cleanup();
}
