use crate::recorded;
use workflow_protocol::{
    EventSchemas, Graph, NodeKind, RawJson, WorkflowSchema, answer_classes, parse_workflows, rank_answers,
    response_classes, schema_class, schema_title,
};

fn graph(name: &str) -> Graph {
    Graph::parse(&recorded(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn events(name: &str) -> Vec<RawJson> {
    EventSchemas::parse(&recorded(name))
        .unwrap_or_else(|error| panic!("{name}: {error}"))
        .events
}

#[test]
fn names_in_the_order_of_registration() {
    let names = parse_workflows(&recorded("workflows.json")).expect("a list of names");
    assert_eq!(
        names,
        [
            "greet", "rich", "val", "hitl", "stock", "boom", "slow", "late", "fan", "odd", "res"
        ]
    );
    assert!(parse_workflows("{}").is_err() && parse_workflows("[]").is_err());
}

#[test]
fn schemas_are_kept_as_text() {
    let schema = WorkflowSchema::parse(&recorded("schema_greet.json")).expect("a schema");
    assert_eq!(schema_title(&schema.start).as_deref(), Some("GreetStart"));
    assert_eq!(schema_title(&schema.stop).as_deref(), Some("GreetStop"));
    assert!(
        recorded("schema_greet.json").contains(schema.start.as_str()),
        "not a character changed"
    );
    let plain = WorkflowSchema::parse(&recorded("schema_hitl.json")).expect("a schema");
    assert_eq!(
        plain.start.to_value()["properties"],
        serde_json::json!({}),
        "any keys are taken"
    );
    let partial = WorkflowSchema::parse(r#"{"start":{"title":"A"}}"#).expect("tolerant");
    assert_eq!(partial.stop, RawJson::null());
    assert_eq!(schema_title(&partial.stop), None);
    assert!(WorkflowSchema::parse("[]").is_err() && WorkflowSchema::parse("").is_err());
}

#[test]
fn events_that_can_be_sent() {
    let schemas = EventSchemas::parse(&recorded("events_hitl.json")).expect("schemas");
    let mut titles: Vec<String> = (0..schemas.events.len())
        .filter_map(|index| schemas.title(index))
        .collect();
    titles.sort();
    assert_eq!(titles, ["Answer", "Ask", "Mid", "StartEvent", "StopEvent"]);
    assert_eq!(schemas.title(99), None);
    assert!(EventSchemas::parse("{}").is_err());
}

#[test]
fn graphs_of_steps_and_events() {
    let graph = graph("graph_hitl.json");
    assert_eq!(
        (graph.name.as_str(), graph.nodes.len(), graph.edges.len()),
        ("Hitl", 9, 8)
    );
    assert_eq!(
        graph.description.as_deref(),
        Some("Human in the loop via step signature.")
    );
    let node = |id: &str| {
        graph
            .nodes
            .iter()
            .find(|node| node.id == id)
            .unwrap_or_else(|| panic!("no node {id}"))
    };
    assert_eq!(node("ask").kind, NodeKind::Step);
    assert_eq!(node("external_step").kind, NodeKind::External);
    let answer = node("Answer");
    assert_eq!(
        (&answer.kind, answer.event_class()),
        (&NodeKind::Event, Some("Answer"))
    );
    assert!(answer.is("HumanResponseEvent") && answer.is("Answer") && !answer.is("Ask"));
    assert_eq!(
        answer.event_schema.as_ref().and_then(schema_title).as_deref(),
        Some("Answer")
    );
    assert_eq!(node("Ask").produced_by, ["ask"]);
    assert_eq!(node("ask").event_class(), None, "a step is no event");
    assert!(
        graph
            .edges
            .iter()
            .any(|edge| edge.source == "ask" && edge.target == "Ask" && edge.label.is_none())
    );
}

#[test]
fn graphs_with_resources() {
    let graph = graph("graph_res.json");
    let resource = graph
        .nodes
        .iter()
        .find(|node| node.kind == NodeKind::Resource)
        .expect("a resource");
    assert_eq!(
        (resource.type_name.as_deref(), resource.getter_name.as_deref()),
        (Some("DB"), Some("get_db"))
    );
    assert_eq!(
        (resource.source_file.as_deref(), resource.source_line),
        (Some("/srv/app/flow.py"), Some(99))
    );
    let edge = graph
        .edges
        .iter()
        .find(|edge| edge.target == resource.id)
        .expect("its edge");
    assert_eq!(edge.label.as_deref(), Some("db"), "the parameter's name");
}

#[test]
fn graphs_of_other_servers() {
    let json = r#"{"graph":{"nodes":[{"id":"a"},{"id":"b","node_type":"agent","label":null,"event_types":null},7,{"label":"x"},
        {"id":"c","node_type":"resource_config","config_file":"c.yaml","config_value":{"n":12345678901234567890}}],
        "edges":[{"source":"a","target":"b"},{"source":"a"}],"future":1}}"#;
    let graph = Graph::parse(json).expect("tolerant");
    let ids: Vec<_> = graph.nodes.iter().map(|node| node.id.as_str()).collect();
    assert_eq!(ids, ["a", "b", "c"], "unreadable nodes are left out");
    assert_eq!(graph.nodes[1].kind, NodeKind::Other("agent".to_owned()));
    assert_eq!(graph.nodes[1].kind.as_str(), "agent");
    assert_eq!(
        graph.nodes[2].config_value.as_ref().map(RawJson::as_str),
        Some(r#"{"n":12345678901234567890}"#)
    );
    assert_eq!(graph.edges.len(), 1, "and unreadable edges");
    let bare = Graph::parse(r#"{"name":"X","nodes":[],"edges":[]}"#).expect("without the frame");
    assert_eq!(bare.name, "X");
    assert_eq!(Graph::parse(r#"{"graph":null}"#).expect("empty").nodes, []);
    assert!(Graph::parse("[]").is_err() && Graph::parse("").is_err());
}

fn titles(names: &[&str]) -> Vec<RawJson> {
    names
        .iter()
        .map(|name| RawJson::from_value(&serde_json::json!({ "title": name })))
        .collect()
}

#[test]
fn who_answers() {
    let typed = graph("graph_hitl.json");
    assert_eq!(
        response_classes(Some(&typed), &events("events_hitl.json")),
        ["Answer"]
    );
    assert_eq!(
        response_classes(Some(&typed), &[]),
        ["Answer"],
        "from the graph alone"
    );
    assert_eq!(
        response_classes(Some(&typed), &titles(&["Answer", "HumanResponseEvent"])),
        ["Answer", "HumanResponseEvent"],
        "a step may wait inside for the stock answer"
    );
    let waiting = graph("graph_stock.json");
    assert_eq!(
        response_classes(Some(&waiting), &events("events_stock.json")),
        ["HumanResponseEvent"]
    );
    // A class of its own, sent only as an additional event.
    let events = titles(&["StartEvent", "StopEvent", "InputRequiredEvent", "Pick"]);
    assert_eq!(response_classes(Some(&waiting), &events), ["Pick"]);
    assert_eq!(
        response_classes(None, &titles(&["A", "HumanResponseEvent"])),
        ["HumanResponseEvent"]
    );
    assert_eq!(
        response_classes(None, &titles(&["StartEvent", "A", "B"])),
        ["A", "B"]
    );
    assert_eq!(
        response_classes(Some(&typed), &titles(&["Other", "Mid"])),
        ["Other"],
        "Answer can't be sent here"
    );
    assert_eq!(response_classes(None, &[]), Vec::<String>::new());
}

/// Symptom: a prompt could not be answered ("Invalid event type: Your decision"), and did not close when somebody else did.
/// Cause: the title of the answer's schema was taken for its class; its author had chosen one of their own.
#[test]
fn a_class_whose_author_chose_its_title_answers_under_its_own_name() {
    let schema = |title: &str, field: &str| serde_json::json!({ "title": title, "type": "object", "properties": { field: { "type": "string" } } });
    let node = |class: &str, base: &str, schema: &serde_json::Value| {
        serde_json::json!({ "id": class, "label": class, "node_type": "event", "event_type": class,
            "event_types": [class, base], "event_schema": schema })
    };
    let (ask, decision) = (schema("Ask", "prompt"), schema("Your decision", "choice"));
    let text = serde_json::json!({ "graph": { "name": "W", "nodes": [
        node("Ask", "InputRequiredEvent", &ask),
        node("Approve", "HumanResponseEvent", &decision),
        node("Reject", "HumanResponseEvent", &decision),
        node("Unlisted", "HumanResponseEvent", &schema("Unlisted", "x")),
    ] } });
    let graph = Graph::parse(&text.to_string()).expect("a graph");
    let events = [&ask, &decision, &decision].map(RawJson::from_value);
    assert_eq!(
        schema_class(Some(&graph), &events[1]).as_deref(),
        Some("Approve"),
        "the graph gives the class the same schema"
    );
    assert_eq!(
        schema_class(None, &events[1]).as_deref(),
        Some("Your decision"),
        "an older server sends nothing else"
    );
    let answers = answer_classes(Some(&graph), &events);
    let found: Vec<_> = answers
        .iter()
        .map(|answer| (answer.class.as_str(), answer.schema.as_ref()))
        .collect();
    assert_eq!(
        found,
        [("Approve", Some(&events[1])), ("Reject", Some(&events[1]))],
        "two classes may have one schema"
    );
    // A class that the graph shows as no answer is none under its title either.
    let mid = schema("In the middle", "n");
    let text = serde_json::json!({ "graph": { "name": "W", "nodes": [node("Mid", "Event", &mid)] } });
    let graph = Graph::parse(&text.to_string()).expect("a graph");
    let events = [&mid, &schema("Pick", "x")].map(RawJson::from_value);
    assert_eq!(response_classes(Some(&graph), &events), ["Pick"]);
}

/// Symptom: the second question was answered with the class of the first, which repeated the first step. Cause: the first class of the
/// list was chosen whatever was asked.
#[test]
fn each_of_two_questions_has_an_answer_of_its_own() {
    let graph = graph("graph_two_classes.json");
    let classes = answer_classes(Some(&graph), &events("events_two_classes.json"));
    let first = |question: &str, asked_with: Option<&str>| {
        let ranked = rank_answers(question, asked_with, &classes);
        ranked.likeliest().map(|at| classes[at].class.clone())
    };
    assert_eq!(
        first("OrderQuestion", Some("StartEvent")).as_deref(),
        Some("OrderAnswer")
    );
    assert_eq!(
        first("AddressQuestion", Some("OrderAnswer")).as_deref(),
        Some("AddressAnswer")
    );
    assert_eq!(first("AddressQuestion", None).as_deref(), Some("AddressAnswer"));
    let mut follows = classes[0].follows.clone();
    follows.sort();
    assert_eq!(
        follows,
        ["AddressQuestion", "OrderQuestion"],
        "the graph allows both"
    );
    let parallel = answer_classes(
        Some(&Graph::parse(&recorded("graph_parallel.json")).expect("a graph")),
        &events("events_parallel.json"),
    );
    let ranked = rank_answers("ApproveTool", Some("ToolCall"), &parallel);
    assert_eq!(
        ranked.likeliest().map(|at| parallel[at].class.as_str()),
        Some("ToolApproval")
    );
}

/// Symptom: of two classes of one name in two modules only one could be sent. Cause: classes were distinguished by their names alone.
#[test]
fn two_classes_of_one_name_are_both_offered() {
    let schema = |extra: &str, field: &str| {
        let text = format!(
            r#"{{"title":"Reply","type":"object",{extra}"properties":{{"{field}":{{"type":"string"}}}}}}"#
        );
        RawJson::parse(text).expect("JSON")
    };
    let labels = |events: &[RawJson]| {
        let answers = answer_classes(None, events);
        assert!(
            answers.iter().all(|answer| answer.class == "Reply"),
            "sent under its name"
        );
        answers.iter().map(|answer| answer.label()).collect::<Vec<_>>()
    };
    let plain = [schema("", "street"), schema("", "amount"), schema("", "street")];
    assert_eq!(labels(&plain), ["Reply (street)", "Reply (amount)"]);
    let named = [
        schema(r#""module":"shop.orders","#, "street"),
        schema(r#""qualified_name":"shop.money.Reply","#, "amount"),
    ];
    assert_eq!(labels(&named), ["Reply (shop.orders)", "Reply (shop.money)"]);
    assert_eq!(labels(&plain[..1]), ["Reply"]);
}
