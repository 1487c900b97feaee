use crate::recorded;
use workflow_protocol::{Handler, HandlerStatus, RawJson, StopResult, Time};

fn parse(name: &str) -> Handler {
    Handler::parse(&recorded(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn a_run_just_started() {
    let handler = parse("handler_started.json");
    assert_eq!(handler.workflow_name, "greet");
    assert_eq!(handler.status, HandlerStatus::Running);
    assert!(handler.run_id.is_some(), "it has a run");
    assert_eq!(
        (handler.completed_at, handler.error, handler.result),
        (None, None, None)
    );
    assert!(
        Time::parse(&handler.started_at).is_some(),
        "{} is a time",
        handler.started_at
    );
}

#[test]
fn how_runs_end() {
    for (name, status, error) in [
        ("handler_running.json", HandlerStatus::Running, None),
        ("handler_completed.json", HandlerStatus::Completed, None),
        (
            "handler_failed.json",
            HandlerStatus::Failed,
            Some("kaput: disk full"),
        ),
        (
            "handler_timed_out.json",
            HandlerStatus::Failed,
            Some("Workflow timed out after 0.6s"),
        ),
        ("handler_cancelled.json", HandlerStatus::Cancelled, None),
    ] {
        let handler = parse(name);
        assert_eq!(handler.status, status, "{name}");
        assert_eq!(handler.error.as_deref(), error, "{name}");
        assert_eq!(handler.completed_at.is_some(), status.is_terminal(), "{name}");
        assert!(!handler.result_unreadable, "{name}");
    }
}

#[test]
fn results_as_readers_take_them() {
    for (name, class, shown) in [
        (
            "handler_completed.json",
            "GreetStop",
            r#"{"greeting":"Hello Ada","n":2}"#,
        ),
        ("handler_plain_result.json", "StopEvent", r#""Ada""#),
        ("handler_no_result.json", "StopEvent", "null"),
    ] {
        let result = parse(name)
            .result
            .unwrap_or_else(|| panic!("{name} has a result"));
        assert_eq!(result.class.as_deref(), Some(class), "{name}");
        assert_eq!(result.shown().as_str(), shown, "{name}");
    }
    let typed = parse("handler_completed.json").result.expect("a result");
    assert_eq!(typed.types, Some(vec!["StopEvent".to_owned()]));
    assert_eq!(typed.qualified_name.as_deref(), Some("app.GreetStop"));
}

fn result(json: &str) -> StopResult {
    let handler = format!(r#"{{"handler_id":"a","status":"completed","result":{json}}}"#);
    Handler::parse(&handler)
        .expect("a handler")
        .result
        .expect("a result")
}

#[test]
fn results_of_older_servers() {
    // Without `type` the class is the last part of the qualified name.
    let stop = result(r#"{"value":{"result":[1]},"qualified_name":"workflows.events.StopEvent"}"#);
    assert_eq!(
        (stop.class.as_deref(), stop.shown().as_str()),
        (Some("StopEvent"), "[1]")
    );
    // A bare result is kept whole, also one with a field called `value`.
    for bare in [
        r#""done""#,
        "7",
        "[1,2]",
        r#"{"value":1}"#,
        r#"{"a":{"value":2}}"#,
    ] {
        let stop = result(bare);
        assert_eq!(
            (stop.class.as_deref(), stop.value.as_str(), stop.shown().as_str()),
            (None, bare, bare)
        );
    }
}

#[test]
fn digits_of_results_survive() {
    let stop = result(r#"{"value":{"result":12345678901234567890123},"type":"StopEvent","types":null}"#);
    assert_eq!(stop.shown().as_str(), "12345678901234567890123");
    let json = serde_json::to_string(&stop).expect("it can be written");
    assert!(json.contains("12345678901234567890123"), "{json}");
}

#[test]
fn the_least_that_makes_a_handler() {
    let handler =
        Handler::parse(r#"{"handler_id":"a","status":"paused","future":{"x":1}}"#).expect("a handler");
    assert_eq!(handler.status, HandlerStatus::Other("paused".to_owned()));
    assert_eq!(handler.status.as_str(), "paused");
    assert!(!handler.status.is_terminal(), "an unknown word is no end");
    assert_eq!(
        (handler.workflow_name.as_str(), handler.started_at.as_str()),
        ("", "")
    );
    let nulls = r#"{"handler_id":"a","status":"running","workflow_name":null,"run_id":null,"started_at":null,
        "updated_at":null,"completed_at":null,"error":null,"result":null,"result_unreadable":null}"#;
    let handler = Handler::parse(nulls).expect("nulls are no reason to refuse it");
    assert_eq!((handler.result, handler.result_unreadable), (None, false));
    for broken in [
        "",
        "{}",
        "[]",
        "null",
        r#"{"handler_id":"a"}"#,
        r#"{"status":"running"}"#,
        r#"{"detail":"x"}"#,
    ] {
        let error = Handler::parse(broken).expect_err("no handler");
        assert_eq!((error.what, error.body.as_str()), ("handler", broken));
    }
}

#[test]
fn a_handler_survives_being_written() {
    for name in [
        "handler_completed.json",
        "handler_failed.json",
        "handler_plain_result.json",
    ] {
        let handler = parse(name);
        let json = serde_json::to_string(&handler).expect("it can be written");
        assert_eq!(Handler::parse(&json).expect("and read again"), handler, "{name}");
        let ours: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        let theirs: serde_json::Value = serde_json::from_str(&recorded(name)).expect("JSON");
        assert_eq!(ours, theirs, "{name}: the wire's own names and words");
    }
}

#[test]
fn lists() {
    let list = Handler::parse_list(&recorded("handlers.json")).expect("a list");
    assert!(list.unreadable.is_empty(), "{:?}", list.unreadable);
    let statuses: Vec<_> = list
        .handlers
        .iter()
        .map(|handler| (handler.workflow_name.as_str(), handler.status.as_str()))
        .collect();
    assert_eq!(
        statuses,
        [
            ("greet", "completed"),
            ("boom", "failed"),
            ("late", "failed"),
            ("slow", "cancelled"),
            ("fan", "completed"),
            ("odd", "completed"),
            ("stock", "completed"),
            ("hitl", "running"),
        ]
    );
    assert_eq!(
        Handler::parse_list(r#"{"handlers":[]}"#)
            .expect("an empty list")
            .handlers,
        []
    );
}

#[test]
fn a_broken_row_does_not_hide_the_others() {
    let json = r#"{"handlers":[{"handler_id":"a","status":"running"},{"status":"running"},7,
        {"handler_id":"b","status":"completed","result":null,"result_unreadable":true}]}"#;
    let list = Handler::parse_list(json).expect("the frame is right");
    let ids: Vec<_> = list
        .handlers
        .iter()
        .map(|handler| handler.handler_id.as_str())
        .collect();
    assert_eq!(ids, ["a", "b"]);
    assert!(list.handlers[1].result_unreadable, "as the server reports it");
    assert_eq!(list.unreadable.len(), 2, "{:?}", list.unreadable);
    assert_eq!(
        list.unreadable[0].body, r#"{"status":"running"}"#,
        "which row it was"
    );
    for broken in ["", "[]", "{}", r#"{"handlers":7}"#, r#"{"handlers":[}"#, "<html>"] {
        assert!(Handler::parse_list(broken).is_err(), "{broken:?} is no list");
    }
}

#[test]
fn statuses_use_the_wires_names() {
    for word in ["running", "completed", "failed", "cancelled", "paused"] {
        let status = HandlerStatus::from(word);
        assert_eq!(status.as_str(), word);
        assert_eq!(status.to_string(), word);
        let json = serde_json::to_string(&status).expect("it can be written");
        assert_eq!(
            serde_json::from_str::<HandlerStatus>(&json).expect("and read"),
            status
        );
    }
}

#[test]
fn the_deprecated_result_is_read_whole() {
    let handler = parse("result_deprecated.json");
    assert_eq!(
        handler.result.map(|result| result.shown()),
        RawJson::parse(r#"{"greeting":"Hello Ada","n":2}"#).ok()
    );
}
