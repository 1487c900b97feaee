//! Storage and locks of the browser profile.

use std::cell::RefCell;
use std::rc::Rc;

use futures::future::join_all;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_test::wasm_bindgen_test;
use workflow_ui_core::protocol::{Claim, ClaimState, Time};
use workflow_ui_core::{BrowserClock, BrowserKeep, Clock as _, Keep as _};

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
    let keep = BrowserKeep::new();
    let key = "workflow-claim test r1 0";
    keep.share(key, None);
    let tries = (0..20).map(|nonce| keep.claim(key, None, claim(nonce)));
    let mut results = soon("claims", join_all(tries)).await;
    let won: Vec<usize> = (0..20).filter(|at| results[*at].is_ok()).collect();
    assert_eq!(won.len(), 1, "{won:?}");
    let stored = keep
        .shared(key)
        .and_then(|text| Claim::parse(&text))
        .expect("a claim");
    assert_eq!(stored.nonce, won[0] as u64);
    results.clear();
    // What was claimed stays when the lock is given back.
    let late = soon("a late claim", keep.claim(key, None, claim(99))).await;
    assert_eq!(late.err(), Some(Some(stored)));
    let sent = Claim {
        state: ClaimState::Sent,
        ..stored
    };
    keep.share(key, Some(&sent.to_string()));
    assert!(
        soon("an old view", keep.claim(key, Some(stored), claim(99)))
            .await
            .is_err()
    );
    keep.share(key, None);
    assert!(
        soon("given back", keep.claim(key, Some(sent), claim(99)))
            .await
            .is_ok()
    );
    keep.share(key, None);
    BrowserClock::new().sleep(300).await;
}

#[wasm_bindgen_test]
async fn what_another_document_claims_is_heard_until_the_guard_is_dropped() {
    let keep = BrowserKeep::new();
    let heard: Rc<RefCell<Vec<String>>> = Rc::default();
    let log = heard.clone();
    let guard = keep.listen(Rc::new(move |key: &str| log.borrow_mut().push(key.to_owned())));
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
    let told = heard.clone();
    soon("news of another document", async {
        while told.borrow().is_empty() {
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
        keep.share(key, None);
    }
}

#[wasm_bindgen_test]
async fn old_claims_are_forgotten_and_texts_of_the_tab_are_kept() {
    let keep = BrowserKeep::new();
    keep.share("workflow-claim test old 0", Some("sent 1000 1"));
    keep.share("workflow-claim test odd 0", Some("what?"));
    let fresh = claim(1).to_string();
    keep.share("workflow-claim test new 0", Some(&fresh));
    keep.keep_in_tab("workflow-sent test h", Some("text"));
    let keep = BrowserKeep::new();
    assert_eq!(keep.shared("workflow-claim test old 0"), None);
    assert_eq!(keep.shared("workflow-claim test odd 0"), None);
    assert_eq!(keep.shared("workflow-claim test new 0"), Some(fresh));
    assert_eq!(keep.of_tab("workflow-sent test h").as_deref(), Some("text"));
    keep.keep_in_tab("workflow-sent test h", None);
    assert_eq!(keep.of_tab("workflow-sent test h"), None);
    keep.share("workflow-claim test new 0", None);
}
