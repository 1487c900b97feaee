use crate::recorded;
use workflow_protocol::{Envelope, EventKind, StepState, class_name, field_str, fields};

fn envelope(json: &str) -> Envelope<'_> {
    Envelope::parse(json).unwrap_or_else(|error| panic!("{json}: {error}"))
}

#[test]
fn kinds_by_class_or_ancestor() {
    for (name, types, kind) in [
        ("StopEvent", "null", EventKind::Stop),
        ("GreetStop", r#"["StopEvent"]"#, EventKind::Stop),
        ("WorkflowFailedEvent", r#"["StopEvent"]"#, EventKind::Failed),
        ("WorkflowTimedOutEvent", r#"["StopEvent"]"#, EventKind::TimedOut),
        ("WorkflowCancelledEvent", r#"["StopEvent"]"#, EventKind::Cancelled),
        (
            "MyFailure",
            r#"["WorkflowFailedEvent","StopEvent"]"#,
            EventKind::Failed,
        ),
        ("InputRequiredEvent", "null", EventKind::InputRequired),
        ("Ask", r#"["InputRequiredEvent"]"#, EventKind::InputRequired),
        ("Answer", r#"["HumanResponseEvent"]"#, EventKind::HumanResponse),
        ("StartEvent", "null", EventKind::Start),
        ("GreetStart", r#"["StartEvent"]"#, EventKind::Start),
        (
            "StepStateChanged",
            r#"["InternalDispatchEvent"]"#,
            EventKind::StepState,
        ),
        (
            "WorkflowIdleEvent",
            r#"["InternalDispatchEvent"]"#,
            EventKind::Idle,
        ),
        (
            "UnhandledEvent",
            r#"["InternalDispatchEvent"]"#,
            EventKind::Unhandled,
        ),
        ("Newer", r#"["InternalDispatchEvent"]"#, EventKind::Internal),
        ("Event", "null", EventKind::Plain),
        ("Progress", "[]", EventKind::Plain),
        ("NotAStopEvent", "null", EventKind::Plain),
    ] {
        let json =
            format!(r#"{{"value":{{}},"qualified_name":"app.{name}","type":"{name}","types":{types}}}"#);
        let envelope = envelope(&json);
        assert_eq!(envelope.kind(), kind, "{name}");
        assert_eq!(envelope.class().kind(), kind, "{name}, owned");
        assert_eq!(
            kind.is_terminal(),
            json.contains("Stop") && name != "NotAStopEvent" || name == "MyFailure",
            "{name}"
        );
        assert_eq!(kind.is_internal(), types.contains("Internal"), "{name}");
        assert!(
            envelope.is(name) && envelope.class().is(name) && !envelope.is("Even"),
            "{name}"
        );
    }
}

#[test]
fn names_where_older_servers_leave_them_out() {
    for (json, name) in [
        (r#"{"value":{},"qualified_name":"a.b.Tick"}"#, "Tick"),
        (
            r#"{"value":{},"qualified_name":"a.b.Tick","type":null,"types":null}"#,
            "Tick",
        ),
        (r#"{"value":{},"qualified_name":"a.b.Tick","type":""}"#, "Tick"),
        (r#"{"value":{},"qualified_name":"a.b.Tick","type":7}"#, "Tick"),
        (r#"{"value":{},"qualified_name":"Tick"}"#, "Tick"),
        (r#"{"value":{},"qualified_name":null,"type":"Tick"}"#, "Tick"),
        (
            r#"{"__is_pydantic":true,"value":{},"qualified_name":"app.Tick"}"#,
            "Tick",
        ),
        (r#"{"value":{},"type":"T\u0069ck"}"#, "Tick"),
        (r#"{"type":"Old","value":{},"type":"Tick"}"#, "Tick"),
    ] {
        assert_eq!(envelope(json).name, name, "{json}");
    }
}

#[test]
fn values_are_borrowed_as_they_are() {
    let json =
        r#"{ "value" : { "b":1.0, "a": 1e400, "a":"\ud83d", "n":12345678901234567890 } , "type":"X" }"#;
    let value = r#"{ "b":1.0, "a": 1e400, "a":"\ud83d", "n":12345678901234567890 }"#;
    assert_eq!(envelope(json).value, value);
    assert!(
        json.as_bytes()
            .as_ptr_range()
            .contains(&envelope(json).value.as_ptr()),
        "not copied"
    );
    assert_eq!(envelope(r#"{"type":"X"}"#).value, "null", "a missing value");
    for value in ["null", "7", "[1]", r#""x""#] {
        assert_eq!(
            envelope(&format!(r#"{{"value":{value},"type":"X"}}"#)).value,
            value
        );
    }
    let deep = format!(
        r#"{{"value":{}{},"type":"X"}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    assert_eq!(envelope(&deep).value.len(), 200_000, "nesting costs no stack");
}

#[test]
fn ancestors() {
    let types = |json| {
        envelope(json)
            .types
            .map(|types| types.iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    assert_eq!(types(r#"{"type":"X","types":null}"#), None);
    assert_eq!(types(r#"{"type":"X"}"#), None);
    assert_eq!(types(r#"{"type":"X","types":"Y"}"#), None, "not a list");
    assert_eq!(types(r#"{"type":"X","types":[]}"#), Some(vec![]));
    assert_eq!(
        types(r#"{"type":"X","types":["A",null,7,"B"]}"#),
        Some(vec!["A".to_owned(), "B".to_owned()])
    );
}

#[test]
fn what_is_no_event() {
    for json in [
        "",
        "null",
        "7",
        "[]",
        "{",
        r#"{"value":{}}"#,
        "{}",
        r#"{"type":"X""#,
        r#"{"type":"X"}}"#,
        "<html>",
        "\u{feff}{}",
    ] {
        let error = Envelope::parse(json).expect_err("no event");
        assert_eq!((error.what, error.body.as_str()), ("event", json));
        assert!(!error.message.is_empty(), "{json:?}: it says why");
    }
    let long = format!(r#"{{"value":"{}"}}"#, "é".repeat(3000));
    let kept = Envelope::parse(&long).expect_err("no class").body;
    assert!(
        kept.len() <= 2048 && long.starts_with(&kept),
        "{} bytes kept",
        kept.len()
    );
}

#[test]
fn steps() {
    let parse = |json: &str| StepState::parse(json).unwrap_or_else(|| panic!("{json} is a step's state"));
    let running = parse(
        r#"{"name":"hello","step_state":"running","worker_id":"0","input_event_name":"GreetStart","output_event_name":null}"#,
    );
    assert!(running.is_running() && !running.is_queued() && !running.is_stopped());
    assert_eq!(
        (running.input.as_deref(), running.output),
        (Some("GreetStart"), None)
    );
    let stopped = parse(
        r#"{"name":"hello","step_state":"not_running","worker_id":"0","input_event_name":"<class 'app.GreetStart'>","output_event_name":"<class 'app.GreetStop'>"}"#,
    );
    assert!(stopped.is_stopped());
    assert_eq!(
        (stopped.input.as_deref(), stopped.output.as_deref()),
        (Some("GreetStart"), Some("GreetStop"))
    );
    let queued = parse(
        r#"{"name":"work","step_state":"preparing","worker_id":"<enqueued>","input_event_name":"Work","output_event_name":null}"#,
    );
    assert!(queued.is_queued() && !queued.is_stopped());
    assert_eq!(queued.worker_id, "<enqueued>");
    for (state, running) in [
        ("in_progress", true),
        ("not_in_progress", false),
        ("exited", false),
    ] {
        let step = parse(&format!(r#"{{"name":"a","step_state":"{state}"}}"#));
        assert_eq!(
            (step.is_running(), step.is_stopped()),
            (running, !running),
            "{state}"
        );
    }
    let silent = parse(
        r#"{"name":"a","step_state":"not_running","worker_id":3,"output_event_name":"<class 'NoneType'>"}"#,
    );
    assert_eq!((silent.output, silent.worker_id.as_str()), (None, "3"));
    for broken in [
        "",
        "{}",
        "null",
        r#"{"name":"a"}"#,
        r#"{"step_state":"running"}"#,
        r#"{"name":1,"step_state":"x"}"#,
    ] {
        assert_eq!(StepState::parse(broken), None, "{broken:?}");
    }
}

#[test]
fn every_recorded_step_is_read() {
    let mut steps = 0;
    for line in recorded("streams/fan.sse")
        .lines()
        .filter_map(|line| line.strip_prefix("data: "))
    {
        let envelope = envelope(line);
        if envelope.kind() == EventKind::StepState {
            let step = StepState::parse(envelope.value).unwrap_or_else(|| panic!("{line}"));
            let plain = |name: &String| !name.contains(['<', '.', '\'']);
            assert!(step.input.iter().chain(&step.output).all(plain), "{step:?}");
            steps += 1;
        }
    }
    assert_eq!(steps, 20);
}

#[test]
fn class_names() {
    for (text, name) in [
        ("Work", "Work"),
        ("app.Work", "Work"),
        ("<class 'app.models.Work'>", "Work"),
        ("<class 'Work'>", "Work"),
        ("<class 'app.f.<locals>.Work'>", "Work"),
        ("<enqueued>", "<enqueued>"),
        ("", ""),
        ("<class '", "<class '"),
    ] {
        assert_eq!(class_name(text), name, "{text}");
    }
}

#[test]
fn dynamic_fields() {
    let prompt = r#"{"_data":{"prefix":"What is your name? ","user_id":"u1"}}"#;
    let names = |value| {
        fields(value)
            .expect("fields")
            .into_iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        names(prompt),
        [r#"prefix="What is your name? ""#, r#"user_id="u1""#]
    );
    assert_eq!(
        field_str(prompt, "prefix").as_deref(),
        Some("What is your name? ")
    );
    assert_eq!(field_str(prompt, "_data"), None);
    assert_eq!(
        names(r#"{"b":1,"_data":{"c":2,"b":3},"a":4}"#),
        ["b=1", "a=4", "c=2"],
        "own keys first and foremost"
    );
    assert_eq!(
        names(r#"{"b":1,"b":2,"a":0}"#),
        ["b=2", "a=0"],
        "the last of equal keys"
    );
    assert_eq!(
        names(r#"{"_data":7,"a":1}"#),
        ["_data=7", "a=1"],
        "a field that only looks like it"
    );
    assert_eq!(
        names(r#"{"_data":{"_data":{"x":1}}}"#),
        [r#"_data={"x":1}"#],
        "one level"
    );
    assert_eq!(names("{}"), Vec::<String>::new());
    assert_eq!(
        field_str(r#"{"a":1,"_data":{"a":"x"}}"#, "a"),
        None,
        "an own key hides, whatever it holds"
    );
    assert_eq!(
        field_str(r#"{"a":"\u00e9\n\ud83d\ude00 \ud83d."}"#, "a").as_deref(),
        Some("é\n😀 \u{fffd}.")
    );
    for broken in ["", "null", "[]", "7", "{", r#"{"a":}"#] {
        assert!(fields(broken).is_err(), "{broken:?}");
        assert_eq!(field_str(broken, "a"), None, "{broken:?}");
    }
    // Beyond the number of keys up to which they are searched one by one.
    let many: Vec<String> = (0..40).map(|n| format!(r#""k{n}":{n}"#)).collect();
    let json = format!(
        r#"{{{},"k3":"own","_data":{{"k5":0,"new":1,"new":2,"k39":0}}}}"#,
        many.join(",")
    );
    let all = names(&json);
    assert_eq!(all.len(), 41);
    assert_eq!(
        (all[3].as_str(), all[5].as_str(), all[40].as_str()),
        (r#"k3="own""#, "k5=5", "new=2")
    );
}
