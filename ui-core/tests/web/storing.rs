//! Storage and locks of the browser profile.

use std::cell::RefCell;
use std::rc::Rc;

use futures::future::join_all;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_test::wasm_bindgen_test;
use workflow_ui_core::protocol::{Claim, ClaimState, Time};
use workflow_ui_core::{BrowserClock, BrowserStorage, Clock as _, Storage as _, StorageArea, WorkflowClient};

use crate::soon;

fn claim(nonce: u64) -> Claim {
    Claim {
        state: ClaimState::Sending,
        at: Time(js_sys::Date::now() as u64),
        nonce,
        after: None,
    }
}

#[wasm_bindgen_test]
async fn of_many_that_claim_at_once_one_succeeds() {
    let storage = BrowserStorage::new();
    let key = "workflow-claim test r1 0";
    let _ = storage.set(StorageArea::Local, key, None);
    let tries = (0..20).map(|nonce| storage.claim(key, None, claim(nonce)));
    let mut results = soon("claims", join_all(tries)).await;
    let won: Vec<usize> = (0..20).filter(|at| results[*at].is_ok()).collect();
    assert_eq!(won.len(), 1, "{won:?}");
    let stored = storage
        .get(StorageArea::Local, key)
        .and_then(|text| Claim::parse(&text))
        .expect("a claim");
    assert_eq!(stored.nonce, won[0] as u64);
    results.clear();
    // What was claimed stays when the lock is given back.
    let late = soon("a late claim", storage.claim(key, None, claim(99))).await;
    assert_eq!(late.err(), Some(Some(stored)));
    let sent = Claim {
        state: ClaimState::Sent,
        ..stored
    };
    let _ = storage.set(StorageArea::Local, key, Some(&sent.to_string()));
    assert!(
        soon("an old view", storage.claim(key, Some(stored), claim(99)))
            .await
            .is_err()
    );
    let _ = storage.set(StorageArea::Local, key, None);
    assert!(
        soon("given back", storage.claim(key, Some(sent), claim(99)))
            .await
            .is_ok()
    );
    let _ = storage.set(StorageArea::Local, key, None);
    BrowserClock::new().sleep(300).await;
}

#[wasm_bindgen_test]
async fn what_another_document_claims_is_heard_until_the_guard_is_dropped() {
    let storage = BrowserStorage::new();
    let heard: Rc<RefCell<Vec<String>>> = Rc::default();
    let log = heard.clone();
    let guard = storage.listen(Rc::new(move |key: &str| log.borrow_mut().push(key.to_owned())));
    let document = web_sys::window()
        .and_then(|window| window.document())
        .expect("a document");
    let frame: web_sys::Element = document.create_element("iframe").expect("a frame");
    document
        .document_element()
        .expect("a root")
        .append_child(&frame)
        .expect("put in");
    let write = |key: &str| {
        let write = js_sys::Function::new_with_args(
            "frame, key",
            "frame.contentWindow.localStorage.setItem(key, 'sent 1 1' + Math.random())",
        );
        write
            .call2(&wasm_bindgen::JsValue::UNDEFINED, &frame, &key.into())
            .expect("written");
    };
    write("something else");
    write("workflow-claim test r2 1");
    let received = heard.clone();
    soon("news of another document", async {
        while received.borrow().is_empty() {
            BrowserClock::new().sleep(5).await;
        }
    })
    .await;
    assert_eq!(*heard.borrow(), ["workflow-claim test r2 1"], "claims only");
    drop(guard);
    write("workflow-claim test r2 2");
    BrowserClock::new().sleep(100).await;
    assert_eq!(heard.borrow().len(), 1, "nobody listens any longer");
    frame.unchecked_into::<web_sys::Element>().remove();
    for key in [
        "something else",
        "workflow-claim test r2 1",
        "workflow-claim test r2 2",
    ] {
        let _ = storage.set(StorageArea::Local, key, None);
    }
}

#[wasm_bindgen_test]
fn old_claims_are_removed_when_a_client_is_made() {
    let storage = BrowserStorage::new();
    let fresh = claim(1).to_string();
    let old = Claim {
        at: Time(1000),
        ..claim(1)
    }
    .to_string();
    let claims = [
        ("workflow-claim test old 0", old.as_str()),
        ("workflow-claim test odd 0", "what?"),
        ("workflow-claim test new 0", &fresh),
    ];
    for (key, text) in claims {
        assert_eq!(storage.set(StorageArea::Local, key, Some(text)), Some(()));
    }
    let _client = WorkflowClient::new("/");
    assert_eq!(
        storage.keys(StorageArea::Local, "workflow-claim test "),
        ["workflow-claim test new 0"]
    );
    let _ = storage.set(StorageArea::Local, "workflow-claim test new 0", None);
}

#[wasm_bindgen_test]
fn the_areas_are_apart_and_a_text_is_removed_by_none() {
    let storage = BrowserStorage::new();
    let key = "workflow-sent test h";
    assert_eq!(storage.set(StorageArea::Session, key, Some("text")), Some(()));
    assert_eq!(storage.get(StorageArea::Session, key).as_deref(), Some("text"));
    assert_eq!(storage.get(StorageArea::Local, key), None);
    assert_eq!(storage.set(StorageArea::Session, key, None), Some(()));
    assert_eq!(storage.get(StorageArea::Session, key), None);
}

// gloo-storage panics here, and a panic ends the page.
#[wasm_bindgen_test]
fn denied_and_full_storage_is_none() {
    let storage = BrowserStorage::new();
    let key = "workflow-sent test denied";
    assert_eq!(
        storage.set(StorageArea::Session, key, Some(&"x".repeat(64 << 20))),
        None,
        "full"
    );
    let deny = "window.allowed = Object.getOwnPropertyDescriptor(window, 'sessionStorage');
        Object.defineProperty(window, 'sessionStorage', {
            configurable: true,
            get() { throw new DOMException('denied', 'SecurityError'); },
        });";
    js_sys::eval(deny).expect("denied");
    let answers = (
        storage.get(StorageArea::Session, key),
        storage.set(StorageArea::Session, key, Some("text")),
        storage.keys(StorageArea::Session, ""),
    );
    js_sys::eval("Object.defineProperty(window, 'sessionStorage', window.allowed)").expect("allowed again");
    assert_eq!(answers, (None, None, Vec::new()));
}
