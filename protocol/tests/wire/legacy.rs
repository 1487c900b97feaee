//! The older deployments API, on answers recorded from llama-deploy 0.9.2 and 0.2.2 and from llama-agents-appserver 0.12.2.

use workflow_protocol::legacy::{
    LegacyApi, LegacyEvent, LegacyOutcome, LegacyReader, LegacyResult, LegacySession, LegacyStatus,
    LegacyStreamEnd, LegacyTask, NdjsonDecoder, NdjsonItem, NewLegacyTask, endpoint, parse_deployments,
    parse_id, parse_result, parse_services, parse_session_map, parse_sessions, parse_tasks,
};
use workflow_protocol::{EventKind, RawJson};

fn recorded(name: &str) -> String {
    crate::recorded(&format!("legacy/{name}"))
}

fn json(text: &str) -> RawJson {
    RawJson::parse(text).unwrap()
}

/// Reads a recorded stream in chunks of so many bytes.
fn read(name: &str, api: LegacyApi, chunk: usize, is_whole: bool) -> (Vec<LegacyEvent>, LegacyStreamEnd) {
    let mut reader = LegacyReader::new(api);
    let mut events = Vec::new();
    let text = recorded(name);
    for chunk in text.as_bytes().chunks(chunk) {
        reader.feed(chunk, &mut |event| events.push(event.unwrap()));
    }
    let end = reader.finish(is_whole, &mut |event| events.push(event.unwrap()));
    (events, end)
}

fn result(name: &str) -> LegacyResult {
    parse_result(&recorded(name)).unwrap().unwrap()
}

#[test]
fn a_stream_is_the_same_however_it_is_cut() {
    for (name, api, count, stop) in [
        ("092_stream.ndjson", LegacyApi::Deployment, 3, "{}"),
        ("092_stream_bare.ndjson", LegacyApi::Deployment, 3, "{}"),
        (
            "092_stream_interview.ndjson",
            LegacyApi::Deployment,
            6,
            r#"{"n": 2}"#,
        ),
        (
            "appserver_stream_ask.ndjson",
            LegacyApi::Deployment,
            1,
            r#"{"result": "hi Bo"}"#,
        ),
        (
            "022_stream.ndjson",
            LegacyApi::ControlPlane,
            3,
            r#"{"result": "x_result"}"#,
        ),
    ] {
        let whole = read(name, api, usize::MAX, true);
        assert_eq!(whole.0.len(), count, "events of {name}");
        assert_eq!(
            whole.1.stop.as_ref().map(RawJson::as_str),
            Some(stop),
            "the end of {name}"
        );
        for chunk in [1, 2, 7, 80, 4096] {
            assert_eq!(read(name, api, chunk, true), whole, "{name} in chunks of {chunk}");
        }
    }
}

#[test]
fn an_empty_event_before_others_is_an_event() {
    let mut reader = LegacyReader::new(LegacyApi::Deployment);
    let mut events = Vec::new();
    reader.feed(b"{}\n{\"n\": 1}\n{}\n", &mut |event| events.push(event.unwrap()));
    assert_eq!(
        events.len(),
        2,
        "the first {{}} is an event, the last one may be the end"
    );
    assert_eq!(reader.lines(), 2);
    let end = reader.finish(true, &mut |event| panic!("{event:?}"));
    assert_eq!(end.stop, Some(RawJson::empty_object()));
}

#[test]
fn a_line_that_is_no_json_ends_nothing() {
    let mut reader = LegacyReader::new(LegacyApi::Deployment);
    let mut seen = Vec::new();
    reader.feed(b"{\"n\": 1}\nnot json\n\r\n[1, 2]\n", &mut |event| {
        seen.push(event.is_ok())
    });
    assert_eq!(seen, [true, false, true]);
    // What broke off in the middle of a line is no event.
    reader.feed(b"{\"n\":", &mut |event| panic!("{event:?}"));
    let end = reader.finish(false, &mut |event| panic!("{event:?}"));
    assert_eq!(end, LegacyStreamEnd::default());
}

#[test]
fn a_reader_that_goes_on_skips_what_was_read() {
    let text = recorded("022_stream.ndjson");
    let mut reader = LegacyReader::resumed(LegacyApi::ControlPlane, 2);
    let mut seen = Vec::new();
    reader.feed(text.as_bytes(), &mut |event| {
        seen.push(event.unwrap().value.to_string())
    });
    assert_eq!(seen, [r#"{"progress": "p2"}"#]);
    assert_eq!(reader.lines(), 3);
}

#[test]
fn a_line_beyond_the_bound_is_skipped() {
    let mut decoder = NdjsonDecoder::with_limit(4);
    let mut seen = Vec::new();
    for chunk in ["12345\n1234\n12", "3456", "\n\n1"] {
        decoder.feed(chunk.as_bytes(), &mut |item| {
            seen.push(match item {
                NdjsonItem::Line(line) => line.into_owned(),
                NdjsonItem::Oversized(bytes) => format!("{bytes} bytes"),
            });
        });
    }
    decoder.finish(&mut |item| assert_eq!(item, NdjsonItem::Line("1".into())));
    assert_eq!(seen, ["5 bytes", "1234", "6 bytes"]);
}

#[test]
fn events_have_their_class_and_their_dynamic_fields() {
    let (events, _) = read("appserver_stream_ask.ndjson", LegacyApi::Deployment, 9, true);
    let [ask] = &events[..] else { panic!("{events:?}") };
    assert_eq!(ask.kind(), EventKind::InputRequired);
    assert_eq!(ask.name(), Some("InputRequiredEvent"));
    assert_eq!(
        ask.fields().unwrap(),
        [("prefix".to_owned(), RawJson::string("Name? "))]
    );
    let (events, _) = read("092_stream_interview.ndjson", LegacyApi::Deployment, 9, true);
    let names: Vec<_> = events.iter().filter_map(LegacyEvent::name).collect();
    assert_eq!(
        names,
        ["Empty", "Progress", "Progress", "Progress", "Question", "Done"]
    );
    assert_eq!(
        events[4].kind(),
        EventKind::Plain,
        "a derived class can't be recognised"
    );
}

#[test]
fn how_a_task_ended() {
    use LegacyOutcome::{Completed, Failed};
    let deployment = |stream: &str, is_whole| read(stream, LegacyApi::Deployment, 64, is_whole).1;
    let control = |stream: &str| read(stream, LegacyApi::ControlPlane, 64, true).1;
    let text = |text: &str| Completed(Some(RawJson::string(text)));
    let good = deployment("092_stream.ndjson", true);
    let broken = deployment("092_stream.ndjson", false);
    for (outcome, expected, what) in [
        (
            LegacyOutcome::of_deployment(Some(&result("092_result.json")), Some(&good)),
            text("_result 1"),
            "a text",
        ),
        (
            LegacyOutcome::of_deployment(None, Some(&good)),
            Completed(None),
            "a result that is no text",
        ),
        (
            LegacyOutcome::of_deployment(None, Some(&broken)),
            Failed(None),
            "0.9.2 breaks off",
        ),
        (
            LegacyOutcome::of_deployment(None, None),
            Failed(None),
            "the stream was not read",
        ),
        (
            LegacyOutcome::of_deployment(None, Some(&deployment("092_stream_interview.ndjson", true))),
            Completed(Some(json(r#"{"n": 2}"#))),
            "a stop event of its own",
        ),
        (
            LegacyOutcome::of_deployment(None, Some(&deployment("appserver_stream_failed.ndjson", true))),
            Failed(Some("kaput".to_owned())),
            "the app server sends why",
        ),
        (
            LegacyOutcome::of_control_plane(&result("022_result.json"), Some(&control("022_stream.ndjson"))),
            text("x_result"),
            "0.2.2",
        ),
        (
            LegacyOutcome::of_control_plane(
                &result("022_result_object.json"),
                Some(&control("022_stream_object.ndjson")),
            ),
            Completed(Some(json(r#"{"a": 1}"#))),
            "the stream has the value",
        ),
        (
            LegacyOutcome::of_control_plane(
                &result("022_result_failed.json"),
                Some(&control("022_stream_failed.ndjson")),
            ),
            Failed(Some("kaput".to_owned())),
            "0.2.2 answers with the reason",
        ),
        (
            LegacyOutcome::of_control_plane(&result("022_result_failed.json"), None),
            text("kaput"),
            "which without the stream is a result",
        ),
    ] {
        assert_eq!(outcome, expected, "{what}");
    }
}

#[test]
fn recorded_answers() {
    let task = LegacyTask::parse(&recorded("092_created.json")).unwrap();
    assert_eq!(task.service_id.as_deref(), Some("greet"));
    assert_eq!(
        task.session_id.as_deref(),
        Some("00288e30-42ca-435e-b19e-ca470c0a3349")
    );
    let tasks = parse_tasks(&recorded("092_tasks.json")).unwrap();
    assert_eq!((tasks.len(), tasks[1].input.as_str()), (2, r#"{"boom": 1}"#));
    assert_eq!(tasks[1].session_id, None);
    let tasks = parse_tasks(&recorded("022_tasks.json")).unwrap();
    assert_eq!(tasks[0].service_id.as_deref(), Some("my_workflow"));
    assert_eq!(parse_sessions(&recorded("092_sessions.json")).unwrap().len(), 2);
    let session = LegacySession::parse(&recorded("092_session.json")).unwrap();
    assert!(session.session_id.starts_with("1203") && session.task_ids.is_empty());
    let sessions = parse_session_map(&recorded("022_sessions.json")).unwrap();
    assert_eq!(sessions[0].task_ids, ["b767daa9-6887-4763-8fb2-c072b50f04f7"]);
    let services = parse_services(&recorded("022_services.json")).unwrap();
    assert_eq!(
        (services[0].service_name.as_str(), services[0].port),
        ("my_workflow", Some(4722))
    );
    let status = LegacyStatus::parse(&recorded("092_status.json")).unwrap();
    assert!(status.is_healthy() && status.deployments == ["toy"]);
    assert_eq!(
        parse_deployments(&recorded("092_deployments.json")).unwrap(),
        ["toy"]
    );
    assert_eq!(parse_id("\"c7215eb1\"").unwrap(), "c7215eb1");
    assert_eq!(parse_result("null").unwrap(), None);
}

#[test]
fn what_is_no_such_answer_is_an_error() {
    for text in [
        "",
        "null",
        "<html>",
        "{}",
        "[1]",
        "{\"detail\":\"Not Found\"}",
        "\u{0}",
        "[{}]",
    ] {
        assert!(LegacyTask::parse(text).is_err(), "{text}");
        assert!(parse_tasks(text).is_err(), "{text}");
        assert!(parse_sessions(text).is_err(), "{text}");
        assert!(LegacyStatus::parse(text).is_err(), "{text}");
        assert!(parse_id(text).is_err(), "{text}");
        assert!(parse_deployments(text).is_err(), "{text}");
        assert!(text == "null" || parse_result(text).is_err(), "{text}");
    }
    for text in ["", "[]", "<html>", "{\"detail\":\"Not Found\"}"] {
        assert!(parse_services(text).is_err(), "{text}");
        assert!(parse_session_map(text).is_err(), "{text}");
    }
}

#[test]
fn requests() {
    let task = LegacyTask {
        task_id: "t/1".to_owned(),
        session_id: Some("s 1".to_owned()),
        service_id: Some("ask".to_owned()),
        input: String::new(),
    };
    let new = NewLegacyTask::new(json(r#"{"a":"\""}"#))
        .service("greet")
        .session("s 1");
    let create = endpoint::deployment::create(&new);
    assert_eq!(create.path, "/tasks/create?session_id=s%201");
    assert_eq!(
        create.body.as_deref(),
        Some(r#"{"input":"{\"a\":\"\\\"\"}","service_id":"greet","session_id":"s 1"}"#)
    );
    let run = endpoint::deployment::run(&NewLegacyTask::default());
    assert_eq!(
        (run.path.as_str(), run.body.as_deref()),
        ("/tasks/run", Some(r#"{"input":"{}"}"#))
    );
    assert_eq!(
        endpoint::deployment::events(&task).path,
        "/tasks/t%2F1/events?session_id=s%201&raw_event=true"
    );
    let answer = LegacyEvent::new(
        "workflows.events.HumanResponseEvent",
        json(r#"{"response":"Bo"}"#),
    );
    let sent = endpoint::deployment::send_event(&task, &answer);
    assert_eq!(
        sent.body,
        Some(recorded("092_sent.json")),
        "the body that the server repeated"
    );
    let start = endpoint::control_plane::create("s", &NewLegacyTask::default().service("my_workflow"));
    assert_eq!(
        (start.path.as_str(), start.body.as_deref()),
        (
            "/sessions/s/tasks",
            Some(r#"{"input":"{}","agent_id":"my_workflow","session_id":"s"}"#)
        )
    );
    assert_eq!(
        endpoint::control_plane::result(&task).path,
        "/sessions/s%201/tasks/t%2F1/result"
    );
    for request in [endpoint::apiserver::status(), endpoint::apiserver::deployments()] {
        assert_eq!(request.unaddressable(), None, "{}", request.path);
    }
    let nameless = endpoint::control_plane::tasks("");
    assert_eq!(
        nameless.unaddressable().as_deref(),
        Some(""),
        "a session without an id"
    );
}
