//! Answers are decoded as serde_json alone would decode them, from any text, and a little more tolerantly.

use crate::all_recorded;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use workflow_protocol::{
    EventLog, EventSchemas, Graph, Handler, RawJson, WorkflowSchema, members, parse_workflows,
};

fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Option::deserialize(from).map(Option::unwrap_or_default)
}

#[derive(Debug, Deserialize)]
struct SerdeHandler {
    handler_id: String,
    #[serde(default, deserialize_with = "or_default")]
    workflow_name: String,
    run_id: Option<String>,
    status: String,
    #[serde(default, deserialize_with = "or_default")]
    started_at: String,
    updated_at: Option<String>,
    completed_at: Option<String>,
    error: Option<String>,
    result: Option<Box<RawValue>>,
    #[serde(default, deserialize_with = "or_default")]
    result_unreadable: bool,
}

#[derive(Debug, Deserialize)]
struct SerdeNode {
    id: String,
    #[serde(default, deserialize_with = "or_default")]
    label: String,
    #[serde(default, deserialize_with = "or_default")]
    node_type: String,
    description: Option<String>,
    event_type: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    event_types: Vec<String>,
    event_schema: Option<Box<RawValue>>,
    #[serde(default, deserialize_with = "or_default")]
    produced_by: Vec<String>,
    type_name: Option<String>,
    getter_name: Option<String>,
    source_file: Option<String>,
    source_line: Option<u64>,
    config_file: Option<String>,
    path_selector: Option<String>,
    config_schema: Option<Box<RawValue>>,
    config_value: Option<Box<RawValue>>,
}

#[derive(Debug, Deserialize)]
struct SerdeEdge {
    source: String,
    target: String,
    label: Option<String>,
}

fn raw(json: &Option<Box<RawValue>>) -> Option<&str> {
    json.as_ref().map(|json| json.get())
}

fn same_json(ours: Option<&RawJson>, theirs: &Option<Box<RawValue>>) -> bool {
    ours.map(RawJson::as_str) == raw(theirs)
}

/// An object, which derived decoders alone would take as a list too.
fn object<'a, T: Deserialize<'a>>(text: &'a str) -> Option<T> {
    text.trim_start()
        .starts_with('{')
        .then(|| serde_json::from_str(text).ok())?
}

/// serde_json refuses what has a key twice, and halves of surrogate pairs. We take both, as JavaScript does.
fn is_plain(text: &str) -> bool {
    !text.contains("\\u") && !text.contains("\\\"")
}

fn check_handler(text: &str) {
    let ours = Handler::parse(text);
    let Some(theirs) = object::<SerdeHandler>(text) else {
        return;
    };
    let ours = ours.unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(ours.handler_id, theirs.handler_id, "{text}");
    assert_eq!(ours.workflow_name, theirs.workflow_name, "{text}");
    assert_eq!(ours.run_id, theirs.run_id, "{text}");
    assert_eq!(ours.status.as_str(), theirs.status, "{text}");
    assert_eq!(ours.started_at, theirs.started_at, "{text}");
    assert_eq!(ours.updated_at, theirs.updated_at, "{text}");
    assert_eq!(ours.completed_at, theirs.completed_at, "{text}");
    assert_eq!(ours.error, theirs.error, "{text}");
    assert_eq!(ours.result_unreadable, theirs.result_unreadable, "{text}");
    match (&ours.result, raw(&theirs.result)) {
        (Some(result), Some(json)) if result.class.is_none() => assert_eq!(result.value.as_str(), json),
        (ours, theirs) => assert_eq!(ours.is_some(), theirs.is_some(), "{text}"),
    }
}

fn check_graph(text: &str) {
    #[derive(Deserialize)]
    struct Lists<'a> {
        #[serde(borrow, default)]
        nodes: Vec<&'a RawValue>,
        #[serde(borrow, default)]
        edges: Vec<&'a RawValue>,
    }
    let ours = Graph::parse(text);
    let Some(lists) = object::<Lists<'_>>(text) else {
        return;
    };
    let Ok(ours) = ours else { return };
    let nodes: Vec<SerdeNode> = lists.nodes.iter().filter_map(|node| object(node.get())).collect();
    let edges: Vec<SerdeEdge> = lists.edges.iter().filter_map(|edge| object(edge.get())).collect();
    if is_plain(text) {
        assert_eq!(ours.nodes.len(), nodes.len(), "{text}");
        assert_eq!(ours.edges.len(), edges.len(), "{text}");
    }
    for theirs in nodes {
        let found = ours.nodes.iter().any(|ours| {
            ours.id == theirs.id
                && ours.label == theirs.label
                && ours.kind.as_str() == theirs.node_type
                && ours.description == theirs.description
                && ours.event_type == theirs.event_type
                && ours.event_types == theirs.event_types
                && same_json(ours.event_schema.as_ref(), &theirs.event_schema)
                && ours.produced_by == theirs.produced_by
                && ours.type_name == theirs.type_name
                && ours.getter_name == theirs.getter_name
                && ours.source_file == theirs.source_file
                && ours.source_line == theirs.source_line
                && ours.config_file == theirs.config_file
                && ours.path_selector == theirs.path_selector
                && same_json(ours.config_schema.as_ref(), &theirs.config_schema)
                && same_json(ours.config_value.as_ref(), &theirs.config_value)
        });
        assert!(found, "{theirs:?} of {text}");
    }
    for theirs in edges {
        let found = ours.edges.iter().any(|ours| {
            (&ours.source, &ours.target, &ours.label) == (&theirs.source, &theirs.target, &theirs.label)
        });
        assert!(found, "{theirs:?} of {text}");
    }
}

fn check_schemas(text: &str) {
    #[derive(Deserialize)]
    struct Schema {
        start: Option<Box<RawValue>>,
        stop: Option<Box<RawValue>>,
    }
    #[derive(Deserialize)]
    struct Events<'a> {
        #[serde(borrow)]
        events: Vec<&'a RawValue>,
    }
    #[derive(Deserialize)]
    struct Workflows {
        workflows: Vec<String>,
    }
    if let Some(theirs) = object::<Schema>(text) {
        let ours = WorkflowSchema::parse(text).expect("a schema");
        assert_eq!(
            ours.start.as_str(),
            raw(&theirs.start).unwrap_or("null"),
            "{text}"
        );
        assert_eq!(ours.stop.as_str(), raw(&theirs.stop).unwrap_or("null"), "{text}");
    }
    if let Some(theirs) = object::<Events<'_>>(text) {
        let ours = EventSchemas::parse(text).expect("schemas").events;
        let ours: Vec<&str> = ours.iter().map(RawJson::as_str).collect();
        let theirs: Vec<&str> = theirs.events.into_iter().map(RawValue::get).collect();
        assert_eq!(ours, theirs, "{text}");
    }
    if let Some(theirs) = object::<Workflows>(text) {
        assert_eq!(parse_workflows(text).expect("names"), theirs.workflows, "{text}");
    }
}

fn check(text: &str) {
    let theirs = serde_json::from_str::<&RawValue>(text).ok().map(RawValue::get);
    let ours = RawJson::parse(text);
    assert_eq!(ours.as_ref().ok().map(RawJson::as_str), theirs, "{text}");
    assert_eq!(
        members(text).is_ok(),
        theirs.is_some_and(|json| json.starts_with('{')),
        "{text}"
    );
    check_handler(text);
    check_graph(text);
    check_schemas(text);
}

/// JSON of the fields that our readers know, with values of every shape.
fn document() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        select(vec![
            "null",
            "true",
            "false",
            "7",
            "-1",
            "1.5",
            "12345678901234567890",
            "\"\"",
            "\"word\"",
            "\"a\\nb\"",
            "[]",
            "{}",
            "[\"a\",\"b\"]",
            "[1]",
            "[null]",
            "\"\\ud83d\\ude00\"",
            "{\"value\":{},\"type\":\"StopEvent\"}",
        ])
        .prop_map(str::to_owned),
        any::<String>().prop_map(|text| RawJson::string(&text).to_string()),
    ];
    let key = select(vec![
        "handler_id",
        "workflow_name",
        "run_id",
        "status",
        "started_at",
        "updated_at",
        "completed_at",
        "error",
        "result",
        "result_unreadable",
        "label",
        "node_type",
        "description",
        "event_type",
        "event_types",
        "event_schema",
        "produced_by",
        "type_name",
        "source_file",
        "source_line",
        "config_value",
        "start",
        "stop",
        "other",
        "events",
        "workflows",
    ]);
    let object = prop::collection::btree_map(key, value, 0..9).prop_map(|fields| {
        let fields: Vec<String> = fields
            .iter()
            .map(|(key, value)| format!("\"{key}\": {value}"))
            .collect();
        format!("{{{}}}", fields.join(" , "))
    });
    let named =
        object.prop_map(|object| object.replacen('{', "{\"id\":\"a\",\"source\":\"a\",\"target\":\"b\",", 1));
    let named = named.prop_map(|object| object.replace(",}", "}"));
    let started = prop::collection::btree_map(
        select(vec!["error", "result", "run_id", "result_unreadable"]),
        select(vec!["null", "true", "\"x\"", "3", "[ 1 ]"]),
        0..4,
    )
    .prop_map(|fields| {
        let fields: String = fields
            .iter()
            .map(|(key, value)| format!(",\"{key}\":{value}"))
            .collect();
        format!("{{\"handler_id\":\"h\",\"status\":\"running\"{fields}}}")
    });
    prop_oneof![
        started,
        named.clone(),
        prop::collection::vec(named, 0..4).prop_map(|list| format!(
            "{{\"nodes\":[{0}],\"edges\":[{0}],\"events\":[{0}]}}",
            list.join(",")
        )),
    ]
}

fn recordings() -> Vec<String> {
    all_recorded().into_iter().map(|(_, text)| text).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn any_text(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn objects_of_every_shape(text in document()) {
        check(&text);
    }

    #[test]
    fn recordings_with_a_piece_missing_or_doubled(
        text in select(recordings()),
        at in any::<Index>(),
        length in 0_usize..9,
        doubled in any::<bool>(),
    ) {
        let bytes = text.as_bytes();
        let at = at.index(bytes.len());
        let end = (at + length).min(bytes.len());
        let (head, rest) = if doubled { (end, at) } else { (at, end) };
        let changed = [&bytes[..head], &bytes[rest..]].concat();
        check(&String::from_utf8_lossy(&changed));
    }

    #[test]
    fn strings_are_quoted_alike(text in any::<String>()) {
        let theirs = serde_json::to_string(&text).expect("a string");
        prop_assert_eq!(RawJson::string(&text).to_string(), theirs);
    }
}

#[test]
fn every_recording_whole() {
    for (_, text) in all_recorded() {
        check(&text);
    }
}

#[test]
fn errors_have_position_and_reason() {
    for (text, words) in [
        (
            "{\"handler_id\":\"a\",\n \"status\" 1}",
            "no valid JSON at line 2 column 11",
        ),
        ("{\"handler_id\":", "the text ends too early at line 1 column 15"),
        ("[]", "an object was expected"),
        ("{\"handler_id\":\"a\"}", "missing field `status`"),
        ("{\"handler_id\":\"a\",\"status\":null}", "missing field `status`"),
        (
            "{\"handler_id\":\"a\",\"status\":\"x\",\"error\":7}",
            "`error`: invalid type: integer `7`, expected a string",
        ),
    ] {
        let error = Handler::parse(text).expect_err(text);
        assert_eq!((error.message.as_str(), error.what), (words, "handler"), "{text}");
    }
}

/// JavaScript accepts all of these, and so do we: they must not make an answer or a frame unreadable.
#[test]
fn repeated_keys_lone_surrogates_and_deep_nesting_are_harmless() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let text = format!(
        r#"{{"handler_id":"old","status":"running","handler_id":"new","status":"failed","error":"half \ud83d.",
        "run_id":"r","run_id":null,"unknown":{deep},"k\udc00":1,"k\udc00":2,
        "result":{{"value":{{"a":"\ud83d","a":{deep}}},"type":"T","type":"Stop"}}}}"#
    );
    let handler = Handler::parse(&text).expect("a handler");
    assert_eq!((&*handler.handler_id, handler.status.as_str()), ("new", "failed"));
    assert_eq!(handler.error.as_deref(), Some("half \u{fffd}."));
    assert_eq!(handler.run_id, None, "the last value counts");
    let result = handler.result.expect("a result");
    assert_eq!(result.class.as_deref(), Some("Stop"));
    assert_eq!(result.value.as_str(), format!(r#"{{"a":"\ud83d","a":{deep}}}"#));

    let names = parse_workflows(r#"{"workflows":["\udc00","b"],"more":"\ud83d"}"#);
    assert_eq!(names.expect("names"), ["\u{fffd}", "b"]);
    let graph = format!(
        r#"{{"graph":{{"name":"\ud83d","nodes":[{{"id":"a","id":"b\udc00","event_types":["\ud83d"],"event_schema":{deep}}}]}}}}"#
    );
    let graph = Graph::parse(&graph).expect("a graph");
    let node = graph.nodes.first().expect("a node");
    assert_eq!((&*graph.name, &*node.id), ("\u{fffd}", "b\u{fffd}"));
    assert_eq!(node.event_types, ["\u{fffd}"]);

    let frame = format!(
        r#"{{"value":1,"value":{{"x":"\ud83d","y":{deep}}},"type":"\udc00","type":"A\udc00","types":["\ud83d",7]}}"#
    );
    let mut log = EventLog::default();
    log.push_frame(0, &frame, None).expect("an event");
    // The second time, the bytes after the value are known.
    log.push_frame(1, &frame, None).expect("an event");
    for index in 0..2 {
        let event = log.get(index).expect("an event");
        assert_eq!(event.class.name, "A\u{fffd}");
        assert_eq!(event.class.types, Some(vec!["\u{fffd}".to_owned()]));
        assert_eq!(event.value, Some(&*format!(r#"{{"x":"\ud83d","y":{deep}}}"#)));
    }
}

#[test]
fn only_the_wrong_rows_of_a_list_are_lost() {
    let nodes = r#"{"nodes":[{"id":"a"},{"id":7},{"id":"b","event_types":"x"},[],{"id":"c","label":null}]}"#;
    let graph = Graph::parse(nodes).expect("a graph");
    let ids: Vec<&str> = graph.nodes.iter().map(|node| &*node.id).collect();
    assert_eq!(ids, ["a", "c"]);
}
