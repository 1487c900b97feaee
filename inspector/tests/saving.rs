//! Files to save: well-formed whatever names and payloads hold, and the same again when they are read.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::Arc;
use workflow_inspector::graph::GraphView;
use workflow_inspector::json::Progress;
use workflow_inspector::save::{
    CsvFields, Picture, RunCode, RunStart, TraceInfo, csv_header, csv_row, event_line, file_name, graph_html,
    iso_time, mermaid, svg, svg_size, trace_json,
};
use workflow_inspector::steps::Steps;
use workflow_protocol::{Envelope, EventLog, EventRef, Graph, RawJson, Time};

/// Names and texts that mean something to one of the formats.
const HOSTILE: [&str; 16] = [
    "<script>alert(1)</script>",
    "]]><x/>",
    "\"' onload=\"alert(1)",
    "%%{init: {'theme':'x'}}%%",
    "a\"]; click a call alert()",
    "end",
    "`**b**`",
    "=HYPERLINK(\"http://evil\")",
    "+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "line\nbreak, \"quoted\"",
    "\u{0}\u{1b}\u{fffe}",
    "'; rm -rf / #\n$(id) `id`",
];

fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(&HOSTILE[..]).prop_map(str::to_owned),
        any::<String>(),
        "[A-Za-z]{1,12}",
    ]
}

fn log(events: &[(Value, Option<u64>)]) -> EventLog {
    let mut log = EventLog::default();
    for (at, (event, seen)) in events.iter().enumerate() {
        log.push_frame(at as u64, &event.to_string(), seen.map(Time))
            .unwrap();
    }
    log
}

fn each(log: &EventLog) -> impl Iterator<Item = EventRef<'_>> {
    (0..log.len()).filter_map(|at| log.get(at))
}

fn state(step: &str, state: &str, input: &str, output: Option<&str>) -> Value {
    json!({
        "type": "StepStateChanged",
        "types": ["InternalDispatchEvent"],
        "value": {
            "name": step, "step_state": state, "worker_id": "0",
            "input_event_name": input, "output_event_name": output,
        },
    })
}

fn turn(step: &str, input: &str, output: &str, at: Option<u64>) -> [(Value, Option<u64>); 2] {
    [
        (state(step, "running", input, None), at),
        (
            state(step, "not_running", input, Some(output)),
            at.map(|at| at + 40),
        ),
    ]
}

fn steps(log: &EventLog) -> Steps {
    let mut steps = Steps::new(Vec::new());
    each(log).for_each(|event| steps.push(&event));
    steps
}

/// A graph of one step between two classes, and a resource.
fn graph(step: &str, from: &str, to: &str, label: &str) -> Arc<Graph> {
    let graph = json!({
        "name": label,
        "nodes": [
            { "id": step, "label": label, "node_type": "step" },
            { "id": from, "label": from, "node_type": "event", "event_type": from },
            { "id": to, "label": to, "node_type": "event", "event_type": to },
            { "id": "other", "label": label, "node_type": "resource", "description": label },
            { "id": "unused", "label": "unused", "node_type": "step" },
        ],
        "edges": [
            { "source": from, "target": step },
            { "source": step, "target": to },
            { "source": step, "target": "other" },
            { "source": to, "target": "unused" },
        ],
    });
    Arc::new(Graph::parse(&graph.to_string()).unwrap())
}

fn laid_out(mut picture: Picture) -> Picture {
    while picture.step() == Progress::More {}
    picture
}

fn pictures(graph: &Arc<Graph>, steps: &Steps) -> [Picture; 2] {
    let view = GraphView::new(Arc::clone(graph));
    let taken = Picture::taken(&view, steps);
    [laid_out(Picture::declared(view, steps)), laid_out(taken)]
}

/// The elements and attributes that a picture may have.
fn check_svg(text: &str) {
    let document = roxmltree::Document::parse(text).unwrap_or_else(|error| panic!("{error} in {text}"));
    for node in document.descendants().filter(roxmltree::Node::is_element) {
        let name = node.tag_name().name();
        assert!(
            ["svg", "title", "g", "rect", "path", "text"].contains(&name),
            "{name} in {text}"
        );
        for attribute in node.attributes() {
            let name = attribute.name();
            assert!(
                !name.starts_with("on") && name != "href" && name != "style",
                "{name} in {text}"
            );
        }
    }
}

/// Every line of a flowchart is one of those that are written here.
fn check_mermaid(text: &str) {
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("flowchart LR"));
    let harmless = |text: &str| {
        text.chars()
            .all(|c| c.is_alphanumeric() || " _.,…#;?".contains(c))
    };
    for line in lines {
        let line = line.strip_prefix("  ").unwrap_or_else(|| panic!("{line}"));
        if line.starts_with("classDef ") {
            continue;
        }
        assert!(line.starts_with('n'), "{line}");
        match line.split_once('"') {
            Some((_, rest)) => {
                let (label, rest) = rest.split_once('"').unwrap_or_else(|| panic!("{line}"));
                assert!(harmless(label) && !label.trim().is_empty(), "{line}");
                assert!(!rest.contains('"'), "{line}");
            }
            None => assert!(line.contains(" -.-> n"), "{line}"),
        }
    }
}

fn check_trace(text: &str) -> Value {
    let trace: Value = serde_json::from_str(text).unwrap();
    let events = trace["traceEvents"].as_array().unwrap();
    for event in events {
        assert!(
            event["name"].is_string() && event["pid"].is_u64() && event["tid"].is_u64(),
            "{event}"
        );
        match event["ph"].as_str().unwrap() {
            "M" => assert!(
                event["args"]["name"].is_string() || event["args"]["sort_index"].is_u64(),
                "{event}"
            ),
            "X" => assert!(event["ts"].is_u64() && event["dur"].is_u64(), "{event}"),
            "B" => assert!(event["ts"].is_u64() && event.get("dur").is_none(), "{event}"),
            "C" => assert!(event["ts"].is_u64() && event["args"]["busy"].is_u64(), "{event}"),
            other => panic!("{other} is not used"),
        }
    }
    trace
}

#[test]
fn the_taken_path_has_what_was_taken_and_nothing_else() {
    let graph = graph("write", "StartEvent", "StopEvent", "write");
    let log = log(&turn("write", "StartEvent", "StopEvent", Some(0)));
    let [declared, taken] = pictures(&graph, &steps(&log));
    let ids = |picture: &Picture| {
        let nodes = (0..).map_while(|at| picture.view.node(at));
        nodes.map(|node| node.id.clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&declared).len(), 5);
    assert!(!ids(&taken).contains(&"unused".to_owned()), "{:?}", ids(&taken));
    assert_eq!(
        ids(&taken).len(),
        4,
        "the resource was taken with the step: {:?}",
        ids(&taken)
    );
    assert!(
        taken.traffic.edges.iter().all(|count| *count == 1),
        "{:?}",
        taken.traffic
    );
    let text = svg(&declared, "Graph");
    assert_eq!(
        text.matches("stroke-dasharray=\"3 3\"").count(),
        1,
        "one arrow was not taken: {text}"
    );
    assert!(!svg(&taken, "Graph").contains("stroke-dasharray=\"3 3\""));
    assert!(svg_size(&taken).0 < svg_size(&declared).0);
}

#[test]
fn what_the_graph_does_not_declare_is_in_the_taken_path() {
    let graph = graph("write", "StartEvent", "StopEvent", "write");
    let mut events = turn("write", "StartEvent", "Surprise", None).to_vec();
    events.extend(turn("hidden", "Surprise", "StopEvent", None));
    let [_, taken] = pictures(&graph, &steps(&log(&events)));
    let text = mermaid(&taken);
    for name in ["\"hidden\"", "\"Surprise\"", "\"write\"", "\"StartEvent\""] {
        assert!(text.contains(name), "{name} in {text}");
    }
    assert_eq!(
        text.matches("-->|\"1\"|").count(),
        5,
        "four flows and the resource: {text}"
    );
}

#[test]
fn a_trace_has_a_slice_for_each_turn() {
    let mut events = turn("write", "StartEvent", "Draft", Some(1_000)).to_vec();
    events.push((state("check", "running", "Draft", None), Some(1_100)));
    let info = TraceInfo {
        workflow: "w".into(),
        ..TraceInfo::default()
    };
    let trace = check_trace(&trace_json(&steps(&log(&events)), &info));
    let of = |ph: &str| {
        let events = trace["traceEvents"].as_array().unwrap().iter();
        events
            .filter(|event| event["ph"] == ph)
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(of("X").len(), 1);
    assert_eq!(
        (
            &of("X")[0]["ts"],
            &of("X")[0]["dur"],
            &of("X")[0]["args"]["output"]
        ),
        (&json!(0), &json!(40_000), &json!("Draft"))
    );
    assert_eq!(
        (of("B").len(), &of("B")[0]["ts"]),
        (1, &json!(100_000)),
        "a turn that has not ended"
    );
    assert_eq!(
        of("C")
            .iter()
            .map(|event| event["args"]["busy"].clone())
            .collect::<Vec<_>>(),
        [1, 0, 1]
    );
    assert_eq!(trace["otherData"]["scale"], "time");
    assert_eq!(trace["otherData"]["origin"], "1970-01-01T00:00:01.000Z");
}

#[test]
fn cells_are_no_formulas_and_numbers_stay() {
    let event = json!({ "type": "=Evil", "value": { "a": "=1+1", "b": -5, "c": "-5", "d": 1.5e3, "e": null, "f": ["=x"], "_data": { "@g": "\t1" } } });
    let log = log(&[(event, None)]);
    let mut fields = CsvFields::default();
    each(&log).for_each(|event| fields.push(&event));
    assert_eq!(
        csv_header(&fields),
        "sequence,type,seen,internal,bytes,value,value.a,value.b,value.c,value.d,value.e,value.f,value.@g\r\n"
    );
    let row = csv_row(&fields, &log.get(0).unwrap());
    let cells: Vec<String> = read_csv(&row).remove(0);
    assert_eq!(cells[1], "'=Evil");
    assert_eq!(
        cells[6..],
        ["'=1+1", "-5", "'-5", "1500.0", "null", "[\"=x\"]", "'\t1"]
    );
}

fn read_csv(text: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_bytes());
    reader
        .records()
        .map(|record| record.unwrap().iter().map(str::to_owned).collect())
        .collect()
}

#[test]
fn lines_say_what_is_missing() {
    let mut log = EventLog::new(0);
    log.push(
        0,
        &Envelope::parse(r#"{"type":"A","value":{"n":1}}"#).unwrap(),
        Some(Time(7)),
    );
    log.push_undecodable(1, "no json\n", "expected value".into(), None);
    log.push_oversized(2, 70_000_000, None);
    log.push_undecodable(None, "no id", "x".into(), None);
    let lines: Vec<Value> = each(&log)
        .map(|event| serde_json::from_str(&event_line(&event)).unwrap())
        .collect();
    assert_eq!(
        lines[0],
        json!({"sequence": 0, "seen": "1970-01-01T00:00:00.007Z", "type": "A", "types": null, "qualified_name": null, "value": {"n": 1}})
    );
    assert_eq!(
        lines[1],
        json!({"sequence": 1, "seen": null, "error": "expected value", "raw": "no json\n"})
    );
    assert_eq!(
        (&lines[2]["missing"], &lines[2]["bytes"]),
        (&json!("oversized"), &json!(70_000_000))
    );
    assert_eq!(
        lines[3].get("sequence"),
        None,
        "a frame without an id has no sequence"
    );
}

#[test]
fn code_holds_the_start_and_nothing_secret() {
    let start = RunStart {
        base: "http://127.0.0.1:8000/deployments/app".into(),
        workflow: "it's".into(),
        class: Some("Start".into()),
        input: Some(RawJson::parse(r#"{"name":"O'Hara","n":12345678901234567890}"#).unwrap()),
    };
    let code = RunCode::new(&start);
    assert!(
        code.curl.contains("'/workflows/it%27s/run-nowait'"),
        "{}",
        code.curl
    );
    assert!(
        code.curl.contains("O'\\''Hara") && code.curl.contains("12345678901234567890"),
        "{}",
        code.curl
    );
    assert!(
        code.python
            .contains(r#"json.loads("{\"name\":\"O'Hara\",\"n\":12345678901234567890}")"#),
        "{}",
        code.python
    );
    assert!(
        code.rust
            .contains(r#"const CLASS: Option<&str> = Some("Start");"#),
        "{}",
        code.rust
    );
    let unknown = RunCode::new(&RunStart { input: None, ..start });
    for text in [unknown.curl, unknown.python, unknown.rust] {
        assert!(text.contains("The server doesn't keep"), "{text}");
    }
}

#[test]
fn file_names_are_names_of_files() {
    assert_eq!(file_name(&["", ""], "csv"), "run.csv");
    assert_eq!(
        file_name(&["größe", "a/b\\c:d", "x"], "svg"),
        "größe-a_b_c_d-x.svg"
    );
}

proptest! {
    #[test]
    fn no_name_breaks_a_picture(step in hostile(), from in hostile(), to in hostile(), label in hostile(), title in hostile()) {
        let graph = graph(&step, &from, &to, &label);
        let mut events = turn(&step, &from, &to, None).to_vec();
        events.extend(turn(&label, &title, &from, None));
        let steps = steps(&log(&events));
        for picture in pictures(&graph, &steps) {
            let text = svg(&picture, &title);
            check_svg(&text);
            check_mermaid(&mermaid(&picture));
            let page = graph_html(&picture, &title, &[("workflow", label.clone())]);
            prop_assert!(!page.contains("<script"), "{}", page);
            let body = page.split_once("<body>").unwrap().1.split_once("</body>").unwrap().0;
            // The body alone is well-formed XML, too: nothing in it is an element of the server's.
            let body = roxmltree::Document::parse(&format!("<body>{body}</body>")).map(|body| {
                let mut names: Vec<String> = body.descendants().filter(roxmltree::Node::is_element).map(|node| node.tag_name().name().to_owned()).collect();
                names.sort_unstable();
                names.dedup();
                names
            });
            let known = ["body", "dd", "dl", "dt", "figure", "g", "h1", "h2", "path", "rect", "svg", "table", "td", "text", "th", "title", "tr"];
            for name in body.unwrap() {
                prop_assert!(known.contains(&name.as_str()), "{}", name);
            }
        }
    }

    #[test]
    fn no_name_breaks_a_trace(step in hostile(), class in hostile(), workflow in hostile(), at in prop::option::of(0..u64::MAX / 4)) {
        let log = log(&turn(&step, &class, &class, at));
        let info = TraceInfo { workflow, handler_id: class, run_id: step, status: String::new() };
        check_trace(&trace_json(&steps(&log), &info));
    }

    #[test]
    fn csv_comes_back(class in hostile(), values in prop::collection::vec((hostile(), hostile(), any::<i64>()), 0..4)) {
        prop_assume!(!class.is_empty());
        let mut payload = serde_json::Map::new();
        for (name, text, number) in &values {
            payload.insert(name.clone(), json!(text));
            payload.insert(format!("{name} n"), json!(number));
        }
        payload.remove("_data");
        let log = log(&[(json!({ "type": class, "value": payload }), None)]);
        let event = log.get(0).unwrap();
        let mut fields = CsvFields::default();
        fields.push(&event);
        let mut text = csv_header(&fields);
        text.push_str(&csv_row(&fields, &event));
        let rows = read_csv(&text);
        prop_assert_eq!(rows.len(), 2);
        let is_formula = |text: &str| text.starts_with(['=', '+', '-', '@', '\t', '\r']);
        let cell_of = |text: &str| if is_formula(text) { ["'", text].concat() } else { text.to_owned() };
        for (name, cell) in rows[0].iter().zip(&rows[1]).skip(6) {
            let value = &payload[name.strip_prefix("value.").unwrap()];
            match value {
                Value::String(text) => {
                    prop_assert!(!is_formula(cell), "{:?}", cell);
                    prop_assert_eq!(cell, &cell_of(text));
                }
                number => prop_assert_eq!(cell, &number.to_string()),
            }
        }
        prop_assert_eq!(&rows[1][1], &cell_of(&class));
    }

    #[test]
    fn lines_come_back(class in hostile(), text in hostile(), seen in prop::option::of(0..4_000_000_000_000_u64)) {
        prop_assume!(!class.is_empty());
        let event = json!({ "type": class, "types": [text], "value": { "text": text } });
        let pretty = serde_json::to_string_pretty(&event).unwrap();
        let mut log = EventLog::default();
        log.push_frame(3, &pretty, seen.map(Time)).unwrap();
        let line = event_line(&log.get(0).unwrap());
        prop_assert_eq!(line.matches(['\n', '\r']).count(), 1, "{:?}", line);
        let read: Value = serde_json::from_str(&line).unwrap();
        for name in ["type", "types", "value"] {
            prop_assert_eq!(&read[name], &event[name]);
        }
        prop_assert_eq!(read["seen"].as_str().and_then(Time::parse), seen.map(Time));
    }

    #[test]
    fn moments_come_back(ms in 0..250_000_000_000_000_u64) {
        prop_assert_eq!(Time::parse(&iso_time(ms)), Some(Time(ms)));
    }

    #[test]
    fn file_names_hold_no_path(parts in prop::collection::vec(hostile(), 0..4)) {
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let name = file_name(&parts, "csv");
        prop_assert!(name.ends_with(".csv") && !name.starts_with('.'));
        prop_assert!(name.trim_end_matches(".csv").chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-'));
    }

    #[test]
    fn texts_stay_inside_the_code(base in hostile(), workflow in hostile(), text in hostile(), class in prop::option::of(hostile())) {
        let start = RunStart {
            base, workflow, class,
            input: Some(RawJson::from_value(&json!({ "text": text }))),
        };
        let lines = |code: &RunCode| [code.curl.lines().count(), code.python.lines().count(), code.rust.lines().count()];
        let plain = RunCode::new(&RunStart { base: "b".into(), workflow: "w".into(), class: start.class.as_ref().map(|_| "c".into()), input: Some(RawJson::empty_object()) });
        let code = RunCode::new(&start);
        // Within quotes a shell's line may end; nothing else may add one.
        let breaks = start.base.matches('\n').count();
        prop_assert_eq!(code.curl.matches('\n').count(), plain.curl.matches('\n').count() + breaks);
        prop_assert_eq!(lines(&code)[1..].to_vec(), lines(&plain)[1..].to_vec());
    }
}
