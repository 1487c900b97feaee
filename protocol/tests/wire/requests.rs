use workflow_protocol::{
    HandlerQuery, HandlerStatus, Method, RawJson, Request, endpoint, event_body, is_addressable, join_base,
    start_body,
};

fn get(path: &str) -> Request {
    Request {
        method: Method::Get,
        path: path.to_owned(),
        body: None,
    }
}

fn post(path: &str, body: Option<&str>) -> Request {
    Request {
        method: Method::Post,
        path: path.to_owned(),
        body: body.map(ToOwned::to_owned),
    }
}

#[test]
fn every_endpoint() {
    assert_eq!(endpoint::health(), get("/health"));
    assert_eq!(endpoint::workflows(), get("/workflows"));
    assert_eq!(endpoint::schema("greet"), get("/workflows/greet/schema"));
    assert_eq!(endpoint::events("greet"), get("/workflows/greet/events"));
    assert_eq!(
        endpoint::representation("greet"),
        get("/workflows/greet/representation")
    );
    assert_eq!(
        endpoint::run("greet", "{}".to_owned()),
        post("/workflows/greet/run", Some("{}"))
    );
    assert_eq!(
        endpoint::run_nowait("greet", "{}".to_owned()),
        post("/workflows/greet/run-nowait", Some("{}"))
    );
    assert_eq!(endpoint::handler("h-1_A"), get("/handlers/h-1_A"));
    assert_eq!(
        endpoint::cancel("h", false),
        post("/handlers/h/cancel?purge=false", None)
    );
    assert_eq!(
        endpoint::cancel("h", true),
        post("/handlers/h/cancel?purge=true", None)
    );
    assert_eq!(
        endpoint::send_event("h", "{}".to_owned()),
        post("/events/h", Some("{}"))
    );
    assert_eq!(endpoint::result("h"), get("/results/h"));
    assert_eq!(
        endpoint::stream("h", -1, false),
        get("/events/h?sse=true&after_sequence=-1")
    );
    assert_eq!(
        endpoint::stream("h", 41, true),
        get("/events/h?sse=true&after_sequence=41&include_internal=true")
    );
    assert_eq!((Method::Get.as_str(), Method::Post.as_str()), ("GET", "POST"));
}

#[test]
fn names_stay_one_segment() {
    for (name, segment) in [
        ("a b", "a%20b"),
        ("a/b", "a%2Fb"),
        ("a?b#c", "a%3Fb%23c"),
        ("100%", "100%25"),
        ("é😀", "%C3%A9%F0%9F%98%80"),
        ("a+b&c=d", "a%2Bb%26c%3Dd"),
        ("\\\"<>\n\0", "%5C%22%3C%3E%0A%00"),
        ("A-z_0.~", "A-z_0.~"),
    ] {
        assert_eq!(
            endpoint::schema(name).path,
            format!("/workflows/{segment}/schema"),
            "{name:?}"
        );
        assert_eq!(
            endpoint::stream(name, 0, false).path,
            format!("/events/{segment}?sse=true&after_sequence=0"),
            "{name:?}"
        );
    }
}

#[test]
fn filters_repeat_their_key() {
    let query = |status: &[&str], names: &[&str]| HandlerQuery {
        status: status.iter().map(|word| HandlerStatus::from(*word)).collect(),
        workflow_name: names.iter().map(|name| (*name).to_owned()).collect(),
    };
    assert_eq!(endpoint::handlers(&HandlerQuery::default()), get("/handlers"));
    assert_eq!(
        endpoint::handlers(&query(&["running"], &[])),
        get("/handlers?status=running")
    );
    assert_eq!(
        endpoint::handlers(&query(&["failed", "cancelled"], &["a b", "c&d"])),
        get("/handlers?status=failed&status=cancelled&workflow_name=a%20b&workflow_name=c%26d")
    );
    assert_eq!(
        endpoint::handlers(&query(&["a=b,c"], &[])),
        get("/handlers?status=a%3Db%2Cc")
    );
}

#[test]
fn bases() {
    for (base, url) in [
        ("", "/health"),
        ("/", "/health"),
        ("/deployments/app", "/deployments/app/health"),
        ("/deployments/app//", "/deployments/app/health"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/health"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000/health"),
    ] {
        assert_eq!(join_base(base, "/health"), url, "{base:?}");
    }
}

#[test]
fn ids_that_can_be_addressed() {
    for id in ["3v86PAPfjq", "-", "A_b-9", "order.42", "a b", "é", "a%2F"] {
        assert!(is_addressable(id), "{id}");
    }
    for id in ["", ".", "..", "a/b"] {
        assert!(!is_addressable(id), "{id:?}");
    }
}

fn json(text: &str) -> RawJson {
    RawJson::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn bodies_that_start_runs() {
    for (class, value, id, body) in [
        (
            Some("Greet"),
            r#"{"name":"Ada"}"#,
            None,
            r#"{"start_event":{"type":"Greet","value":{"name":"Ada"}}}"#,
        ),
        (
            Some("Greet"),
            "{}",
            Some("h"),
            r#"{"start_event":{"type":"Greet","value":{}},"handler_id":"h"}"#,
        ),
        (
            None,
            r#"{"name":"Ada"}"#,
            None,
            r#"{"start_event":{"name":"Ada"}}"#,
        ),
        // `start_event: null` leaves a run behind that never ends.
        (None, "null", None, "{}"),
        (None, "null", Some("h"), r#"{"handler_id":"h"}"#),
        (
            Some("Greet"),
            "null",
            None,
            r#"{"start_event":{"type":"Greet","value":{}}}"#,
        ),
        (
            Some("A\"\\\n"),
            r#"{"n":12345678901234567890}"#,
            None,
            r#"{"start_event":{"type":"A\"\\\n","value":{"n":12345678901234567890}}}"#,
        ),
    ] {
        assert_eq!(start_body(class, &json(value), id), body);
        json(body);
    }
}

#[test]
fn bodies_that_send_events() {
    let value = json(r#"{"choice":"a"}"#);
    assert_eq!(
        event_body("Answer", &value, None),
        r#"{"event":{"type":"Answer","value":{"choice":"a"}}}"#
    );
    assert_eq!(
        event_body("Answer", &value, Some("got \"it\"")),
        r#"{"event":{"type":"Answer","value":{"choice":"a"}},"step":"got \"it\""}"#
    );
    assert_eq!(
        event_body("Answer", &RawJson::null(), None),
        r#"{"event":{"type":"Answer","value":{}}}"#
    );
}
