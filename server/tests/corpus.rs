//! The fuzzer's kept inputs for bodies of requests, replayed on a stable compiler.

#![allow(clippy::expect_used, clippy::panic, unreachable_pub)]

#[path = "../../fuzz/src/replay.rs"]
mod replay;
#[path = "../../fuzz/src/request.rs"]
mod request;

#[test]
fn bodies() {
    assert!(
        replay::replay("request", request::request) > 0,
        "an empty corpus proves nothing"
    );
}

#[test]
fn good_bodies_get_past_everything_before_the_workflows() {
    assert_eq!(
        request::statuses(br#"1{"start_event":{"name":"Ada"}}"#),
        [200],
        "a start"
    );
    let event = br#"3{"event":{"type":"HumanResponseEvent","value":{"response":"Ada"}}}"#;
    assert_eq!(request::statuses(event), [200, 200], "an event");
    assert_eq!(request::statuses(b"1[]"), [400], "a list");
}
