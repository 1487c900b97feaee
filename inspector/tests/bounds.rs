//! Work grows with what it is done on, and not with its square.

#![allow(clippy::expect_used, reason = "tests report by failing")]

use std::fmt::Write as _;
use std::sync::Arc;

use workflow_inspector::form::{Form, Inputs};
use workflow_inspector::graph::GraphView;
use workflow_inspector::steps::Steps;
use workflow_protocol::{EventLog, Graph, RawJson, validation_errors};

/// In a list that is searched for each of its elements this many take minutes.
const MANY: usize = 50_000;

fn object(count: usize, value: impl Fn(usize) -> String) -> RawJson {
    let mut text = String::from("{");
    for at in 0..count {
        let comma = if at == 0 { "" } else { "," };
        let _ = write!(text, "{comma}\"key{at}\":{}", value(at));
    }
    text.push('}');
    RawJson::parse(text).expect("JSON")
}

#[test]
fn a_draft_takes_many_keys_that_no_field_knows() {
    // Each key of the JSON side was searched for among all keys of the draft.
    let schema =
        RawJson::parse(r#"{"type":"object","properties":{"name":{"type":"string"}}}"#).expect("JSON");
    let form = Form::from_schema(&schema);
    let json = object(MANY, |at| at.to_string());
    let mut inputs = form.decompose(&json);
    form.update(&mut inputs, &json);
    form.adopt(&mut inputs);
    assert_eq!(inputs.extra().len(), MANY);
    let composed = form.compose(&inputs, &|_, _| None).expect("a value");
    assert_eq!(composed.as_str().len(), json.as_str().len());
}

#[test]
fn a_draft_moves_many_keys_into_their_fields() {
    const FIELDS: usize = 1_500;
    let properties = object(FIELDS, |_| r#"{"type":"integer"}"#.to_owned());
    let required: Vec<String> = (0..FIELDS).map(|at| format!("\"key{at}\"")).collect();
    let schema = format!(
        r#"{{"type":"object","required":[{}],"properties":{properties}}}"#,
        required.join(",")
    );
    let form = Form::from_schema(&RawJson::parse(schema).expect("JSON"));
    assert!(form.fields.iter().all(|field| field.required));
    let mut inputs = Inputs::default();
    let typed = (0..MANY).map(|at| (format!("key{at}"), at.to_string()));
    inputs.set_extra(typed.collect());
    form.adopt(&mut inputs);
    assert_eq!(inputs.extra().len(), MANY - FIELDS);
    assert_eq!(
        inputs.extra().first().map(|(key, _)| key.as_str()),
        Some("key1500")
    );
}

#[test]
fn a_constant_with_many_keys_is_compared() {
    let value = object(MANY, |at| at.to_string());
    let schema = format!(r#"{{"type":"object","properties":{{"it":{{"enum":[{value},1]}}}}}}"#);
    let form = Form::from_schema(&RawJson::parse(schema).expect("JSON"));
    let spaced = value.as_str().replace(',', ", ");
    let inputs = form.decompose(&RawJson::parse(format!(r#"{{"it":{spaced}}}"#)).expect("JSON"));
    assert_eq!(
        form.fields.first().and_then(|field| field.chosen(&inputs)),
        Some(0)
    );
}

fn log(frames: impl Iterator<Item = String>) -> EventLog {
    let mut log = EventLog::default();
    for (sequence, frame) in frames.enumerate() {
        log.push_frame(sequence as u64, &frame, None).expect("an event");
    }
    log
}

fn folded(log: &EventLog) -> Steps {
    let mut steps = Steps::new(Vec::new());
    (0..log.len())
        .filter_map(|index| log.get(index))
        .for_each(|event| steps.push(&event));
    steps
}

#[test]
fn steps_take_many_classes_and_workers() {
    // Each name was searched for among two thousand others, and each flow too.
    let state = |state: &str, at: usize, output: &str| {
        format!(
            r#"{{"value":{{"name":"step{}","step_state":"{state}","worker_id":"{}","input_event_name":"Class{at}","output_event_name":{output}}},"type":"StepStateChanged","types":["InternalDispatchEvent"]}}"#,
            at % 3_000,
            at % 7,
        )
    };
    let frames = (0..MANY).flat_map(|at| {
        let output = format!("\"<class 'app.Out{at}'>\"");
        [state("running", at, "null"), state("not_running", at, &output)]
    });
    let steps = folded(&log(frames));
    assert_eq!(steps.spans().len(), MANY);
    let total: u32 = steps.taken().iter().map(|flow| flow.count).sum();
    assert!(total as usize <= MANY && total > 2_000, "{total}");
    let nodes: Vec<String> = (0..1_000)
        .map(|at| format!(r#"{{"id":"step{at}","label":"step{at}","node_type":"step"}}"#))
        .collect();
    let graph = format!(
        r#"{{"graph":{{"name":"g","nodes":[{}],"edges":[]}}}}"#,
        nodes.join(",")
    );
    let view = GraphView::new(Arc::new(Graph::parse(&graph).expect("a graph")));
    let traffic = view.traffic(&steps);
    assert_eq!(traffic.nodes.len(), 1_000);
    assert!(traffic.nodes.first().is_some_and(|count| *count > 0));
}

#[test]
fn many_questions_wait_at_the_same_time() {
    // Questions whose lane was given to others waited on, and each step searched through all of them.
    let frames = (0..MANY).flat_map(|at| {
        [
            format!(r#"{{"value":{{"prefix":"{at}"}},"type":"Ask{at}","types":["InputRequiredEvent"]}}"#),
            format!(
                r#"{{"value":{{"name":"a","step_state":"running","worker_id":"{}","input_event_name":"Tick"}},"type":"StepStateChanged","types":["InternalDispatchEvent"]}}"#,
                at % 4
            ),
        ]
    });
    assert_eq!(folded(&log(frames)).spans().len(), 2 * MANY);
}

#[test]
fn a_graph_with_many_nodes_and_arrows_is_listed_whole() {
    let nodes: Vec<String> = (0..MANY)
        .map(|at| format!(r#"{{"id":"n{at}","label":"n{at}","node_type":"step"}}"#))
        .collect();
    let edges: Vec<String> = (0..MANY)
        .map(|at| format!(r#"{{"source":"n{}","target":"n{}"}}"#, at % 900, at % 901))
        .collect();
    let graph = format!(
        r#"{{"graph":{{"name":"g","nodes":[{}],"edges":[{}]}}}}"#,
        nodes.join(","),
        edges.join(",")
    );
    let view = GraphView::new(Arc::new(Graph::parse(&graph).expect("a graph")));
    assert_eq!(view.node_count(), MANY);
    assert!(
        view.is_large() && view.layout.nodes.is_empty(),
        "drawn on request"
    );
}

#[test]
fn a_refusal_with_many_lines_is_read() {
    // A location of many lines was copied for each of them, and each message searched again from its beginning.
    let lines = "location\n".repeat(MANY);
    let errors = validation_errors(&format!(
        "1 validation error for A\n{lines}  Wrong [type=x, input_value=1, input_type=int]"
    ));
    assert_eq!(errors.len(), 1);
    let lines = "]\n".repeat(MANY);
    let errors = validation_errors(&format!("1 validation error for A\nb\n  Wrong\n{lines}"));
    assert_eq!(errors.len(), 1);
}
