//! The Agent Data client, over a scripted service.

use futures::StreamExt as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use workflow_ui_core::agent_data::{AggregateRequest, Order, SearchRequest, field};
use workflow_ui_core::protocol::{Method, RawJson};
use workflow_ui_core::{
    AgentDataClient, AgentDataError, Credentials, HttpResponse, Reply, ScriptedTransport,
};

use crate::kit::{Kit, test};

pub(crate) const BASE: &str = "/api/v1/beta/agent-data";
pub(crate) const SEARCH: &str = "/api/v1/beta/agent-data/:search";
pub(crate) const AGGREGATE: &str = "/api/v1/beta/agent-data/:aggregate";

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Person {
    pub(crate) name: String,
}

pub(crate) fn person(name: &str) -> Person {
    Person {
        name: name.to_owned(),
    }
}

pub(crate) fn item(id: &str) -> String {
    [BASE, "/", id].concat()
}

/// A record as the service writes it.
pub(crate) fn record(id: &str, name: &str) -> String {
    record_of(id, &format!(r#"{{"name":"{name}"}}"#))
}

pub(crate) fn record_of(id: &str, data: &str) -> String {
    format!(
        r#"{{"id":"{id}","deployment_name":"app","collection":"people","project_id":"p1","data":{data},"created_at":"1970-01-01T00:16:40.000001+00:00","updated_at":"1970-01-01T00:16:41+00:00"}}"#
    )
}

pub(crate) fn page(records: &[String], next: Option<&str>) -> Reply {
    let next = next.map_or_else(|| "null".to_owned(), |next| format!("{next:?}"));
    Reply::json(
        200,
        format!(
            r#"{{"items":[{}],"next_page_token":{next},"total_size":null}}"#,
            records.join(",")
        ),
    )
}

/// The collection `people` of the kit's server.
pub(crate) fn people(kit: &Kit) -> AgentDataClient<Person> {
    let client = AgentDataClient::builder("")
        .transport(kit.server.clone())
        .clock(kit.clock.clone())
        .no_storage()
        .deployment("app")
        .collection("people")
        .build();
    client.typed()
}

/// The body of the newest request.
pub(crate) fn sent(server: &ScriptedTransport, method: Method, path: &str) -> Value {
    let request = server.requests(method, path).pop().expect("a request");
    serde_json::from_str(request.body.as_deref().unwrap_or("null")).expect("a body of JSON")
}

#[test]
fn records_are_created_read_replaced_and_deleted() {
    test(|kit| async move {
        let people = people(&kit);
        let reply = Reply::json(200, record("1", "Ada"));
        kit.server
            .post(BASE, reply.clone())
            .get(&item("1"), reply)
            .on(Method::Put, &item("1"), Reply::json(200, record("1", "Grace")))
            .on(Method::Delete, &item("1"), Reply::empty(204));
        let ada = people.create(&person("Ada")).await.expect("a record");
        assert_eq!((ada.id.as_str(), ada.data.name.as_str()), ("1", "Ada"));
        assert_eq!(
            sent(&kit.server, Method::Post, BASE),
            json!({"deployment_name": "app", "collection": "people", "data": {"name": "Ada"}})
        );
        assert_eq!(people.get("1").await.expect("an answer"), Some(ada));
        let grace = people.update("1", &person("Grace")).await.expect("a record");
        assert_eq!(grace.data, person("Grace"));
        assert_eq!(
            sent(&kit.server, Method::Put, &item("1")),
            json!({"data": {"name": "Grace"}})
        );
        people
            .delete("1")
            .await
            .expect("it is deleted, although the answer is empty");
        kit.finish().await;
    });
}

#[test]
fn a_missing_record_is_none_and_one_of_another_shape_keeps_its_data() {
    test(|kit| async move {
        let people = people(&kit);
        kit.server
            .get(&item("gone"), Reply::detail(404, "No data with ID: gone"))
            .get(
                &item("odd"),
                Reply::json(200, record_of("odd", r#"{"n":9007199254740993}"#)),
            );
        assert_eq!(people.get("gone").await, Ok(None));
        let Err(AgentDataError::Row(error)) = people.get("odd").await else {
            panic!("a record without a name is no person");
        };
        assert_eq!(error.record.data.as_str(), r#"{"n":9007199254740993}"#);
        let raw = people.typed::<RawJson>().get("odd").await.expect("an answer");
        assert_eq!(raw.expect("a record").data.as_str(), r#"{"n":9007199254740993}"#);
        kit.finish().await;
    });
}

#[test]
fn a_search_names_the_collection_and_keeps_rows_apart() {
    test(|kit| async move {
        let people = people(&kit);
        kit.server.post(
            SEARCH,
            page(
                &[record("1", "Ada"), record_of("2", r#"{"nom":"Émilie"}"#)],
                Some("t1"),
            ),
        );
        let request = SearchRequest {
            filter: field("contact.email").eq("x"),
            order_by: Order::by_desc("created_at"),
            page_size: Some(2),
            ..SearchRequest::default()
        };
        let page = people.search(&request).await.expect("a page");
        assert_eq!(
            sent(&kit.server, Method::Post, SEARCH),
            json!({"deployment_name": "app", "collection": "people", "filter": {"contact.email": {"eq": "x"}},
                "order_by": "created_at desc", "page_size": 2})
        );
        assert_eq!(page.next_page_token.as_deref(), Some("t1"));
        assert_eq!(page.items[0].as_ref().map(|person| &*person.data.name), Ok("Ada"));
        let error = page.items[1].as_ref().expect_err("no person");
        assert_eq!(error.record.data.as_str(), r#"{"nom":"Émilie"}"#);
        kit.finish().await;
    });
}

#[test]
fn pages_follow_the_tokens_to_the_end() {
    test(|kit| async move {
        let people = people(&kit);
        kit.server
            .once(Method::Post, SEARCH, page(&[record("1", "Ada")], Some("t1")))
            .once(Method::Post, SEARCH, page(&[record("2", "Grace")], Some("t2")))
            // A service that never ends.
            .once(Method::Post, SEARCH, page(&[record("3", "Hedy")], Some("t2")));
        let pages: Vec<_> = people.pages(SearchRequest::default()).collect().await;
        let names: Vec<String> = pages
            .into_iter()
            .flat_map(|page| page.expect("a page").items)
            .map(|person| person.expect("a person").data.name)
            .collect();
        assert_eq!(names, ["Ada", "Grace", "Hedy"]);
        assert_eq!(sent(&kit.server, Method::Post, SEARCH)["page_token"], "t2");
        kit.finish().await;
    });
}

#[test]
fn a_filter_that_matches_nothing_asks_nothing_and_an_empty_one_deletes_nothing() {
    test(|kit| async move {
        let people = people(&kit);
        let nothing = field("name").includes(Vec::<String>::new());
        let request = SearchRequest {
            filter: nothing.clone(),
            ..SearchRequest::default()
        };
        assert!(people.search(&request).await.expect("a page").items.is_empty());
        assert_eq!(people.count(&nothing).await, Ok(0));
        assert_eq!(people.delete_where(&nothing).await, Ok(0));
        let all = workflow_ui_core::agent_data::Filter::all();
        assert_eq!(people.delete_where(&all).await, Err(AgentDataError::EmptyFilter));
        let twice = field("name").eq("Ada").and(field("name").eq("Grace"));
        let refused = people
            .delete_where(&twice)
            .await
            .expect_err("it contradicts itself");
        assert_eq!(refused.as_str(), "invalid");
        assert!(kit.server.log().is_empty(), "{:?}", kit.server.log());
        let delete = [BASE, "/:delete"].concat();
        kit.server
            .post(&delete, Reply::json(200, r#"{"deleted_count":3}"#));
        assert_eq!(people.delete_where(&field("name").eq("Ada")).await, Ok(3));
        assert_eq!(people.delete_all().await, Ok(3));
        assert_eq!(
            sent(&kit.server, Method::Post, &delete),
            json!({"deployment_name": "app", "collection": "people"})
        );
        kit.finish().await;
    });
}

#[test]
fn counting_is_an_aggregate_without_groups() {
    test(|kit| async move {
        let people = people(&kit);
        let groups = r#"{"items":[{"group_key":{},"count":41,"first_item":null}],"next_page_token":null,"total_size":1}"#;
        kit.server.once(Method::Post, AGGREGATE, Reply::json(200, groups));
        assert_eq!(people.count(&field("name").ne("Ada")).await, Ok(41));
        assert_eq!(
            sent(&kit.server, Method::Post, AGGREGATE),
            json!({"deployment_name": "app", "collection": "people", "filter": {"name": {"ne": "Ada"}}, "count": true})
        );
        let groups = r#"{"items":[{"group_key":{"name":null},"count":2,"first_item":{"name":"Ada"}}]}"#;
        kit.server.post(AGGREGATE, Reply::json(200, groups));
        let request = AggregateRequest {
            group_by: vec!["name".to_owned()],
            count: true,
            first: true,
            ..AggregateRequest::default()
        };
        let page = people.aggregate(&request).await.expect("groups");
        assert_eq!(page.items[0].first_item, Some(person("Ada")));
        kit.finish().await;
    });
}

#[test]
fn reads_are_sent_three_times_and_writes_once() {
    test(|kit| async move {
        let people = people(&kit);
        let busy = Reply::Answer(HttpResponse {
            status: 429,
            retry_after: Some(7_000),
            ..HttpResponse::default()
        });
        kit.server
            .once(Method::Get, &item("1"), busy)
            .once(Method::Get, &item("1"), Reply::detail(503, "Later"))
            .get(&item("1"), Reply::json(200, record("1", "Ada")));
        let (read, ()) = futures::join!(people.get("1"), async {
            kit.clock.advance(6_999).await;
            assert_eq!(
                kit.server.count(Method::Get, &item("1")),
                1,
                "the service asked for 7 s"
            );
            kit.clock.advance(3_000).await;
        });
        assert!(read.expect("an answer").is_some());
        assert_eq!(kit.server.count(Method::Get, &item("1")), 3);

        kit.server.get(&item("2"), Reply::detail(500, "Disk full"));
        let (read, ()) = futures::join!(people.get("2"), kit.clock.advance(10_000));
        let failed = read.expect_err("three failures");
        assert_eq!(failed.to_string(), "Agent Data failed (500): Disk full");
        assert_eq!(kit.server.count(Method::Get, &item("2")), 3);

        kit.server
            .on(Method::Put, &item("1"), Reply::detail(503, "Later"));
        let eve = person("Eve");
        let (written, ()) = futures::join!(people.update("1", &eve), kit.clock.advance(10_000));
        assert!(written.is_err());
        assert_eq!(kit.server.count(Method::Put, &item("1")), 1);
        kit.finish().await;
    });
}

#[test]
fn a_create_without_an_answer_is_unknown_and_can_be_found_again() {
    test(|kit| async move {
        let people = people(&kit);
        kit.server
            .once(Method::Post, BASE, Reply::offline())
            .post(SEARCH, page(&[record("1", "Ada"), record("2", "Grace")], None));
        let error = people.create(&person("Grace")).await.expect_err("no answer");
        assert_eq!(error.as_str(), "unknown");
        assert_eq!(kit.server.count(Method::Post, BASE), 1, "never sent again");
        let AgentDataError::Unknown(unknown) = error else {
            panic!("the cause");
        };
        assert_eq!(unknown.cause.as_str(), "unreachable");
        let found = people.find_again(&unknown).await.expect("an answer");
        assert_eq!(found.iter().map(|person| &*person.id).collect::<Vec<_>>(), ["2"]);
        let filter = &sent(&kit.server, Method::Post, SEARCH)["filter"];
        assert!(filter["created_at"]["gte"].is_string(), "{filter}");

        kit.server
            .once(Method::Post, BASE, Reply::json(200, r#"{"id":"3","depl"#));
        let cut = people.create(&person("Hedy")).await.expect_err("half an answer");
        assert_eq!(cut.as_str(), "unknown", "there may be a record: {cut}");
        kit.server
            .once(Method::Post, BASE, Reply::detail(422, "No object"));
        let refused = people.create(&person("Hedy")).await.expect_err("refused");
        assert_eq!(refused.as_str(), "invalid", "nothing was created");
        kit.finish().await;
    });
}

#[test]
fn every_request_names_the_project_and_brings_what_signs_it() {
    test(|kit| async move {
        let builder = || {
            AgentDataClient::builder("")
                .transport(kit.server.clone())
                .clock(kit.clock.clone())
                .no_storage()
        };
        let header = |name: &str| {
            let request = kit
                .server
                .requests(Method::Get, &item("1"))
                .pop()
                .expect("a request");
            let found = request.headers.iter().find(|(known, _)| known == name);
            (found.map(|(_, value)| value.clone()), request.credentials)
        };
        kit.server.get(&item("1"), Reply::json(200, record("1", "Ada")));
        let client = builder().project("p1").build();
        assert_eq!(
            (client.project(), builder().build().project()),
            (Some("p1"), None)
        );
        client.get("1").await.expect("an answer");
        assert_eq!(
            header("project-id"),
            (Some("p1".to_owned()), Credentials::Include)
        );

        let tokens = std::cell::Cell::new(0);
        let tokens = std::rc::Rc::new(tokens);
        let next = tokens.clone();
        let client = builder().project("p1").token(move || {
            next.set(next.get() + 1);
            let token = format!("t{}", next.get());
            async move { Some(token) }
        });
        let client = client.build();
        kit.server
            .once(Method::Get, &item("1"), Reply::detail(401, "Expired"));
        client.get("1").await.expect("a renewed token");
        assert_eq!(
            header("authorization"),
            (Some("Bearer t2".to_owned()), Credentials::SameOrigin)
        );
        assert_eq!(header("project-id").0.as_deref(), Some("p1"));
        assert_eq!(client.deployment_name(), "_public");
        assert_eq!(client.collection("other").collection_name(), "other");
        kit.finish().await;
    });
}
