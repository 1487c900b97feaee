//! The examples of LlamaCloud's documentation of Agent Data, with our client on the store of `workflow-debugger --agent-data`.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "tests report by failing")]

#[path = "../cuts/native.rs"]
mod native;

use native::{Network, RealClock};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;
use workflow_tests::{Backend, Server, ServerOptions, run_alone};
use workflow_ui_core::AgentDataClient;
use workflow_ui_core::agent_data::{AggregateRequest, Filter, Order, SearchRequest, created_at, field};

const LIMIT: Duration = Duration::from_secs(60);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Person {
    name: String,
    age: u32,
    status: String,
    tag: String,
    department: String,
    role: String,
}

fn person(name: &str, age: u32, tag: &str, department: &str, role: &str) -> Person {
    let status = if age < 65 { "active" } else { "retired" };
    Person {
        name: name.to_owned(),
        age,
        status: status.to_owned(),
        tag: tag.to_owned(),
        department: department.to_owned(),
        role: role.to_owned(),
    }
}

fn store() -> Server {
    let options = ServerOptions {
        agent_data: true,
        ..ServerOptions::default()
    };
    Server::start(Backend::Embedded, options)
}

/// The collection of the examples, without a deployment: the shared store `_public`.
fn people(server: &Server) -> AgentDataClient<Person> {
    let client = AgentDataClient::builder(server.origin())
        .transport(Network::new(0))
        .clock(RealClock::new(0))
        .no_storage()
        .collection("extracted_people")
        .build();
    assert_eq!(client.deployment_name(), "_public");
    client.typed()
}

async fn with_four(people: &AgentDataClient<Person>) {
    for person in [
        person("John", 30, "python", "Sales", "AE"),
        person("Jane", 31, "ml", "Sales", "AE"),
        person("Kim", 20, "python", "Sales", "SE"),
        person("Lou", 66, "ml", "Law", "Counsel"),
    ] {
        people.create(&person).await.unwrap();
    }
}

#[test]
fn a_record_is_created_read_replaced_and_deleted() {
    run_alone(LIMIT, async || {
        let server = store();
        let people = people(&server);
        let john = person("John Doe", 30, "python", "Sales", "AE");
        let created = people.create(&john).await.unwrap();
        let fetched = people.get(&created.id).await.unwrap().expect("the record");
        assert_eq!(fetched.data, john);
        let jane = person("Jane", 31, "ml", "Sales", "AE");
        let updated = people.update(&created.id, &jane).await.unwrap();
        assert_eq!(updated.data, jane, "an update replaces the whole data");
        people.delete(&updated.id).await.unwrap();
        assert!(people.get(&created.id).await.unwrap().is_none(), "none after 404");
    });
}

#[test]
fn a_search_filters_orders_and_counts() {
    run_alone(LIMIT, async || {
        let server = store();
        let people = people(&server);
        with_four(&people).await;
        let filter = field("age").gte(21).and(field("age").lt(65));
        let filter = filter
            .and(field("status").eq("active"))
            .and(field("tag").includes(["python", "ml"]))
            .and(created_at().gte("2024-01-01T00:00:00Z"));
        let request = SearchRequest {
            filter,
            order_by: Order::by_desc("data.name").then("created_at"),
            page_size: Some(50),
            offset: Some(0),
            include_total: true,
            ..SearchRequest::default()
        };
        let page = people.search(&request).await.unwrap();
        let names: Vec<String> = page.items.into_iter().map(|row| row.unwrap().data.name).collect();
        assert_eq!(names, ["John", "Jane"]);
        assert_eq!(page.total_size, Some(2));
        assert_eq!(page.next_page_token, None);

        let raw = SearchRequest {
            filter: Filter::raw(json!({ "data.age": { "gt": 30 }, "tag": { "includes": ["ml"] } })),
            ..SearchRequest::default()
        };
        let page = people.search(&raw).await.unwrap();
        let names: Vec<String> = page.items.into_iter().map(|row| row.unwrap().data.name).collect();
        assert_eq!(names, ["Lou", "Jane"], "the newest first, if no order is given");

        let none = SearchRequest {
            filter: field("age").includes(Vec::<u32>::new()),
            ..SearchRequest::default()
        };
        assert!(
            people.search(&none).await.unwrap().items.is_empty(),
            "an empty list matches nothing"
        );
    });
}

#[test]
fn groups_have_a_key_a_count_and_a_first_record() {
    run_alone(LIMIT, async || {
        let server = store();
        let people = people(&server);
        with_four(&people).await;
        let request = AggregateRequest {
            filter: field("status").eq("active"),
            group_by: vec!["department".to_owned(), "role".to_owned()],
            count: true,
            first: true,
            order_by: Order::by("data.department").then("data.role"),
            page_size: Some(100),
            ..AggregateRequest::default()
        };
        let groups = people.aggregate(&request).await.unwrap();
        let found: Vec<_> = groups
            .items
            .into_iter()
            .map(|group| {
                let first = group.first_item.map(|first| first.name);
                (json!(group.group_key), group.count, first)
            })
            .collect();
        let key = |role: &str| json!({ "department": "Sales", "role": role });
        assert_eq!(
            found,
            [
                (key("AE"), Some(2), Some("John".to_owned())),
                (key("SE"), Some(1), Some("Kim".to_owned())),
            ]
        );
    });
}
