//! The hooks over Agent Data.

use leptos::prelude::{Get as _, GetUntracked as _, RwSignal, Set as _, Signal, WithUntracked as _};
use serde_json::Value;
use workflow_ui_core::agent_data::{AggregateRequest, SearchRequest, field};
use workflow_ui_core::protocol::{Method, RunStatus};
use workflow_ui_core::{
    AgentDataClient, AgentDataError, Reply, ScriptedStorage, UseAgentDataItemReturn, UseAgentDataOptions,
    UseAgentDataSearchReturn, provide_agent_data_client, use_agent_data_count, use_agent_data_groups,
    use_agent_data_item, use_agent_data_item_with_options, use_agent_data_search,
    use_agent_data_search_with_options, use_agent_data_write,
};

use crate::agent_data::{
    AGGREGATE, BASE, Person, SEARCH, item, page, people, person, record, record_of, sent,
};
use crate::kit::{Kit, test};

/// A kit whose hooks read the collection `people`.
fn with_people(kit: &Kit) -> AgentDataClient<Person> {
    let people = people(kit);
    kit.hook(|| provide_agent_data_client(people.clone()));
    people
}

/// No polling, so that a test counts only the requests that it causes.
fn quiet() -> UseAgentDataOptions {
    UseAgentDataOptions {
        every_ms: None,
        ..UseAgentDataOptions::default()
    }
}

fn name(item: &UseAgentDataItemReturn<Person>) -> Option<String> {
    let item = item.item.get_untracked()?;
    Some(item.map_or_else(|error| error.to_string(), |person| person.data.name.clone()))
}

fn names(search: &UseAgentDataSearchReturn<Person>) -> Vec<String> {
    let rows = search.rows.get_untracked().into_iter().flatten();
    rows.map(|person| person.data.name.clone()).collect()
}

fn search_of(name: &str) -> SearchRequest {
    SearchRequest {
        filter: field("name").eq(name),
        ..SearchRequest::default()
    }
}

#[test]
fn without_a_client_every_hook_says_so() {
    test(|kit| async move {
        let item = kit.hook(|| use_agent_data_item::<Person>("1"));
        let count = kit.hook(|| use_agent_data_count(field("name").eq("Ada")));
        let write = kit.hook(use_agent_data_write::<Person>);
        assert_eq!(item.error.get_untracked(), Some(AgentDataError::NoClient));
        assert_eq!(count.error.get_untracked(), Some(AgentDataError::NoClient));
        assert_eq!(write.delete.call("1").await, Err(AgentDataError::NoClient));
        kit.finish().await;
    });
}

#[test]
fn equal_questions_share_one_request() {
    test(|kit| async move {
        with_people(&kit);
        kit.server
            .get(&item("1"), Reply::json(200, record("1", "Ada")))
            .post(SEARCH, page(&[record("1", "Ada")], None));
        let one = kit.hook(|| use_agent_data_item::<Person>("1"));
        let two = kit.hook(|| use_agent_data_item::<Value>("1"));
        let three = kit.hook(|| use_agent_data_search::<Person>(search_of("Ada")));
        let four = kit.hook(|| use_agent_data_search::<Person>(search_of("Ada")));
        assert!(one.loading.get_untracked() && !one.missing.get_untracked());
        kit.clock.settle().await;
        assert_eq!(name(&one).as_deref(), Some("Ada"));
        let raw = two.item.get_untracked().and_then(Result::ok).expect("a record");
        assert_eq!(raw.data["name"], "Ada");
        assert_eq!(names(&three), names(&four));
        assert_eq!(
            kit.server.log(),
            [format!("GET {}", item("1")), format!("POST {SEARCH}")]
        );
        kit.server.get(&item("1"), Reply::json(200, record("1", "Grace")));
        two.refresh.call();
        kit.clock.settle().await;
        assert_eq!(
            name(&one).as_deref(),
            Some("Grace"),
            "a refresh is for all who ask"
        );
        kit.finish().await;
    });
}

#[test]
fn another_id_shows_nothing_of_the_record_before() {
    test(|kit| async move {
        with_people(&kit);
        kit.server
            .get(&item("1"), Reply::json(200, record("1", "Ada")))
            .get(&item("2"), Reply::Wait)
            .get(&item("odd"), Reply::json(200, record_of("odd", "{}")));
        let id = RwSignal::new(Some("1".to_owned()));
        let hook = kit.hook(|| use_agent_data_item::<Person>(id));
        kit.clock.settle().await;
        id.set(Some("2".to_owned()));
        assert_eq!(name(&hook), None);
        assert!(hook.loading.get_untracked());
        id.set(Some("gone".to_owned()));
        kit.clock.settle().await;
        assert!(hook.missing.get_untracked());
        assert_eq!(hook.error.get_untracked(), None);
        assert_eq!(kit.server.in_flight(), 0, "nobody wants the record 2 any longer");
        id.set(Some("odd".to_owned()));
        kit.clock.settle().await;
        let odd = hook.item.get_untracked().expect("a row");
        assert_eq!(odd.expect_err("no person").record.data.as_str(), "{}");
        id.set(None);
        assert_eq!(name(&hook), None);
        assert!(!hook.loading.get_untracked());
        kit.finish().await;
    });
}

#[test]
fn an_old_answer_never_takes_the_place_of_a_newer_questions() {
    test(|kit| async move {
        with_people(&kit);
        kit.server.post(SEARCH, Reply::Wait);
        let asked = RwSignal::new(search_of("Ada"));
        let hook = kit.hook(|| use_agent_data_search::<Person>(asked));
        kit.clock.settle().await;
        asked.set(search_of("Grace"));
        kit.clock.settle().await;
        assert_eq!(kit.server.in_flight(), 1, "the older question is given up");
        let filter = &sent(&kit.server, Method::Post, SEARCH)["filter"];
        assert_eq!(filter["name"]["eq"], "Grace");
        kit.server
            .answer(Method::Post, SEARCH, page(&[record("2", "Grace")], None));
        kit.clock.settle().await;
        assert_eq!(names(&hook), ["Grace"]);
        // While another question is on its way, the rows before stay and are called so.
        asked.set(search_of("Hedy"));
        kit.clock.settle().await;
        assert_eq!(names(&hook), ["Grace"]);
        assert!(hook.is_previous.get_untracked());
        kit.server
            .answer(Method::Post, SEARCH, Reply::detail(422, "No such operator"));
        kit.clock.settle().await;
        let error = hook.error.get_untracked().expect("a refusal");
        assert!(error.to_string().contains("No such operator"), "{error}");
        kit.finish().await;
    });
}

#[test]
fn pages_are_added_each_record_once_and_read_again_together() {
    test(|kit| async move {
        with_people(&kit);
        kit.server
            .once(
                Method::Post,
                SEARCH,
                page(&[record("1", "Ada"), record("2", "Grace")], Some("t1")),
            )
            .once(
                Method::Post,
                SEARCH,
                page(&[record("2", "Grace"), record("3", "Hedy")], Some("t2")),
            );
        let request = SearchRequest {
            page_size: Some(2),
            ..SearchRequest::default()
        };
        let hook = kit.hook(|| use_agent_data_search_with_options::<Person>(request, quiet()));
        kit.clock.settle().await;
        assert_eq!(names(&hook), ["Ada", "Grace"]);
        assert!(hook.has_more.get_untracked());
        hook.load_more.call();
        assert_eq!(names(&hook), ["Ada", "Grace"], "they stay");
        // The second page has one new record only, so a third is asked for.
        kit.server
            .once(Method::Post, SEARCH, page(&[record("4", "Joan")], None));
        kit.clock.settle().await;
        assert_eq!(names(&hook), ["Ada", "Grace", "Hedy", "Joan"]);
        assert!(!hook.has_more.get_untracked());
        kit.server
            .once(Method::Post, SEARCH, page(&[record("4", "Joan")], None));
        hook.refresh.call();
        kit.clock.settle().await;
        assert_eq!(names(&hook), ["Joan"]);
        let body = sent(&kit.server, Method::Post, SEARCH);
        assert_eq!(body["page_size"], 4, "one request for all rows: {body}");
        assert!(body.get("page_token").is_none());
        kit.finish().await;
    });
}

/// Symptom: five clicks on `More` read five pages. Cause: each call added a page, also while one was awaited.
#[test]
fn one_page_is_added_however_often_it_is_asked_for() {
    test(|kit| async move {
        with_people(&kit);
        kit.server.post(SEARCH, Reply::Wait);
        let request = SearchRequest {
            page_size: Some(2),
            ..SearchRequest::default()
        };
        let hook = kit.hook(|| use_agent_data_search_with_options::<Person>(request, quiet()));
        let answer = |names: [&str; 2], next| {
            let rows: Vec<_> = names.iter().map(|name| record(name, name)).collect();
            assert!(kit.server.answer(Method::Post, SEARCH, page(&rows, next)));
        };
        kit.clock.settle().await;
        // The first page is still awaited.
        hook.load_more.call();
        answer(["Ada", "Bea"], Some("t1"));
        kit.clock.settle().await;
        assert_eq!(names(&hook), ["Ada", "Bea"]);
        assert_eq!(kit.server.in_flight(), 0);
        for _ in 0..5 {
            hook.load_more.call();
        }
        kit.clock.settle().await;
        answer(["Cyd", "Dot"], Some("t2"));
        kit.clock.settle().await;
        assert_eq!(names(&hook), ["Ada", "Bea", "Cyd", "Dot"]);
        assert_eq!(kit.server.in_flight(), 0, "no further page is read");

        // While the rows are refreshed, a page can be added.
        hook.refresh.call();
        hook.load_more.call();
        hook.load_more.call();
        kit.clock.settle().await;
        kit.server.answer(
            Method::Post,
            SEARCH,
            page(
                &["Ada", "Bea", "Cyd", "Dot"].map(|name| record(name, name)),
                Some("t2"),
            ),
        );
        kit.clock.settle().await;
        answer(["Eve", "Fay"], None);
        kit.clock.settle().await;
        assert_eq!(names(&hook).len(), 6);
        assert!(!hook.has_more.get_untracked());

        // After the last page there is nothing to add.
        hook.load_more.call();
        hook.refresh.call();
        kit.clock.settle().await;
        assert_eq!(sent(&kit.server, Method::Post, SEARCH)["page_size"], 6);
        kit.finish().await;
    });
}

#[test]
fn an_update_is_shown_at_once_and_taken_back_with_the_reason() {
    test(|kit| async move {
        with_people(&kit);
        kit.server
            .get(&item("1"), Reply::json(200, record("1", "Ada")))
            .post(SEARCH, page(&[record("1", "Ada")], None))
            .on(Method::Put, &item("1"), Reply::Wait);
        let one = kit.hook(|| use_agent_data_item_with_options::<Person>("1", quiet()));
        let list =
            kit.hook(|| use_agent_data_search_with_options::<Person>(SearchRequest::default(), quiet()));
        let write = kit.hook(use_agent_data_write::<Person>);
        kit.clock.settle().await;
        write.update.dispatch("1", &person("Grace"));
        assert!(write.is_writing.get_untracked());
        kit.clock.settle().await;
        assert_eq!(
            (name(&one).as_deref(), names(&list)),
            (Some("Grace"), vec!["Grace".to_owned()])
        );
        kit.server
            .answer(Method::Put, &item("1"), Reply::detail(409, "Locked by Eve"));
        kit.clock.settle().await;
        assert_eq!(
            (name(&one).as_deref(), names(&list)),
            (Some("Ada"), vec!["Ada".to_owned()])
        );
        assert!(!write.is_writing.get_untracked());
        let error = write.error.get_untracked().expect("the reason");
        assert_eq!(error.to_string(), "Conflict: Locked by Eve");
        assert_eq!(
            kit.server.count(Method::Get, &item("1")),
            1,
            "nothing was written"
        );

        // One that succeeds is read again once, with the lists.
        kit.server
            .on(Method::Put, &item("1"), Reply::json(200, record("1", "Hedy")))
            .get(&item("1"), Reply::json(200, record("1", "Hedy")))
            .post(SEARCH, page(&[record("1", "Hedy")], None));
        write
            .update
            .call("1", &person("Hedy"))
            .await
            .expect("it is written");
        assert_eq!(name(&one).as_deref(), Some("Hedy"));
        assert_eq!(write.error.get_untracked(), None);
        kit.clock.advance(1_000).await;
        assert_eq!(kit.server.count(Method::Get, &item("1")), 2);
        assert_eq!(kit.server.count(Method::Post, SEARCH), 2);
        kit.finish().await;
    });
}

#[test]
fn writes_to_one_record_are_sent_one_after_the_other() {
    test(|kit| async move {
        with_people(&kit);
        kit.server
            .on(Method::Put, &item("1"), Reply::Wait)
            .on(Method::Put, &item("2"), Reply::Wait);
        let write = kit.hook(use_agent_data_write::<Person>);
        write.update.dispatch("1", &person("Ada"));
        write.update.dispatch("1", &person("Grace"));
        write.update.dispatch("2", &person("Hedy"));
        kit.clock.settle().await;
        assert_eq!(kit.server.count(Method::Put, &item("1")), 1);
        assert_eq!(kit.server.count(Method::Put, &item("2")), 1);
        kit.server
            .answer(Method::Put, &item("1"), Reply::detail(500, "Disk full"));
        kit.clock.settle().await;
        assert_eq!(kit.server.count(Method::Put, &item("1")), 2);
        kit.server
            .answer(Method::Put, &item("1"), Reply::json(200, record("1", "Grace")));
        kit.server
            .answer(Method::Put, &item("2"), Reply::json(200, record("2", "Hedy")));
        kit.clock.settle().await;
        assert!(!write.is_writing.get_untracked());
        kit.finish().await;
    });
}

#[test]
fn a_deleted_record_goes_at_once_and_comes_back_if_it_was_refused() {
    test(|kit| async move {
        with_people(&kit);
        kit.server
            .post(SEARCH, page(&[record("1", "Ada"), record("2", "Grace")], None))
            .on(Method::Delete, &item("1"), Reply::Wait);
        let list =
            kit.hook(|| use_agent_data_search_with_options::<Person>(SearchRequest::default(), quiet()));
        let write = kit.hook(use_agent_data_write::<Person>);
        kit.clock.settle().await;
        write.delete.dispatch("1");
        kit.clock.settle().await;
        assert_eq!(names(&list), ["Grace"]);
        kit.server
            .answer(Method::Delete, &item("1"), Reply::detail(403, "Read only"));
        kit.clock.settle().await;
        assert_eq!(names(&list), ["Ada", "Grace"]);
        assert_eq!(
            write.error.get_untracked().map(|error| error.as_str()),
            Some("forbidden")
        );
        // A request that was on its way before the write may not bring the record back.
        kit.server.post(SEARCH, Reply::Wait);
        list.refresh.call();
        kit.clock.settle().await;
        kit.server.on(Method::Delete, &item("1"), Reply::json(200, "{}"));
        write.delete.call("1").await.expect("deleted");
        assert_eq!(names(&list), ["Grace"]);
        kit.server.answer(
            Method::Post,
            SEARCH,
            page(&[record("1", "Ada"), record("2", "Grace")], None),
        );
        kit.clock.settle().await;
        assert_eq!(names(&list), ["Grace"]);
        kit.finish().await;
    });
}

#[test]
fn a_created_record_appears_and_a_lost_create_is_read_again() {
    test(|kit| async move {
        with_people(&kit);
        kit.server
            .post(SEARCH, page(&[], None))
            .post(BASE, Reply::json(200, record("1", "Ada")));
        let list =
            kit.hook(|| use_agent_data_search_with_options::<Person>(SearchRequest::default(), quiet()));
        let write = kit.hook(use_agent_data_write::<Person>);
        kit.clock.settle().await;
        kit.server.post(SEARCH, page(&[record("1", "Ada")], None));
        write.create.dispatch(&person("Ada"));
        kit.clock.advance(200).await;
        assert_eq!(names(&list), ["Ada"]);
        kit.server.post(BASE, Reply::offline());
        let lost = write.create.call(&person("Grace")).await.expect_err("no answer");
        assert_eq!(lost.as_str(), "unknown");
        kit.clock.advance(200).await;
        assert_eq!(kit.server.count(Method::Post, SEARCH), 3);
        assert_eq!(kit.server.count(Method::Post, BASE), 2);
        kit.finish().await;
    });
}

#[test]
fn counts_and_groups_are_one_aggregate_each() {
    test(|kit| async move {
        with_people(&kit);
        kit.server.post(
            AGGREGATE,
            Reply::json(
                200,
                r#"{"items":[{"group_key":{"status":"accepted"},"count":2},{"group_key":{"status":null},"count":3}],"next_page_token":null}"#,
            ),
        );
        let request = AggregateRequest {
            group_by: vec!["status".to_owned()],
            count: true,
            ..AggregateRequest::default()
        };
        let groups = kit.hook(|| use_agent_data_groups(request));
        let nothing = kit.hook(|| use_agent_data_count(field("status").includes(Vec::<String>::new())));
        kit.clock.settle().await;
        let counts: Vec<_> = groups
            .groups
            .with_untracked(|all| all.iter().map(|group| group.count).collect());
        assert_eq!(counts, [Some(2), Some(3)]);
        assert_eq!(nothing.count.get_untracked(), Some(0));
        assert_eq!(
            kit.server.log().len(),
            1,
            "a filter that matches nothing asks nothing"
        );
        kit.finish().await;
    });
}

#[test]
fn hooks_ask_again_at_their_interval_and_when_the_page_is_shown() {
    test(|kit| async move {
        with_people(&kit);
        kit.server.get(&item("1"), Reply::json(200, record("1", "Ada")));
        kit.hook(|| use_agent_data_item::<Person>("1"));
        kit.hook(|| use_agent_data_item::<Person>("1"));
        let asked = || kit.server.count(Method::Get, &item("1"));
        kit.clock.advance(29_999).await;
        assert_eq!(asked(), 1);
        kit.clock.advance(2).await;
        assert_eq!(asked(), 2, "once for both");
        kit.clock.advance(30_010).await;
        assert_eq!(asked(), 3);
        kit.clock.set_visible(false);
        kit.clock.advance(300_000).await;
        assert_eq!(asked(), 3, "nobody looks");
        kit.clock.set_visible(true);
        kit.clock.settle().await;
        assert_eq!(asked(), 4);
        kit.clock.set_visible(true);
        kit.clock.settle().await;
        assert_eq!(asked(), 4, "shown and focused is once");
        kit.finish().await;
    });
}

#[test]
fn the_end_of_a_run_refreshes() {
    test(|kit| async move {
        with_people(&kit);
        kit.server.get(&item("1"), Reply::json(200, record("1", "Ada")));
        let status = RwSignal::new(RunStatus::Running);
        let options = UseAgentDataOptions {
            after_run: Some(Signal::derive(move || status.get())),
            ..quiet()
        };
        kit.hook(|| use_agent_data_item_with_options::<Person>("1", options));
        kit.clock.settle().await;
        status.set(RunStatus::Waiting);
        kit.clock.settle().await;
        assert_eq!(kit.server.count(Method::Get, &item("1")), 1);
        status.set(RunStatus::Completed);
        kit.clock.settle().await;
        assert_eq!(kit.server.count(Method::Get, &item("1")), 2);
        kit.finish().await;
    });
}

#[test]
fn a_write_of_another_tab_refreshes() {
    test(|kit| async move {
        let storage = ScriptedStorage::new();
        let tab = |storage: ScriptedStorage| -> AgentDataClient<Person> {
            let client = AgentDataClient::builder("")
                .transport(kit.server.clone())
                .clock(kit.clock.clone())
                .storage(storage)
                .collection("people")
                .build();
            client.typed()
        };
        let (here, there) = (tab(storage.clone()), tab(storage.another_tab()));
        kit.server
            .get(&item("1"), Reply::json(200, record("1", "Ada")))
            .on(Method::Put, &item("1"), Reply::json(200, record("1", "Grace")));
        let options = UseAgentDataOptions {
            client: Some(here.typed()),
            ..quiet()
        };
        let one = kit.hook(|| use_agent_data_item_with_options::<Person>("1", options));
        kit.clock.settle().await;
        kit.server.get(&item("1"), Reply::json(200, record("1", "Grace")));
        there
            .collection("others")
            .update("1", &person("Grace"))
            .await
            .expect("written");
        kit.clock.advance(1_000).await;
        assert_eq!(name(&one).as_deref(), Some("Ada"), "another collection");
        there.update("1", &person("Grace")).await.expect("written");
        kit.clock.advance(1_000).await;
        assert_eq!(name(&one).as_deref(), Some("Grace"));
        kit.owner.cleanup();
        kit.clock.settle().await;
        assert_eq!(storage.listeners(), 0, "a listener outlives the hooks");
        kit.finish().await;
    });
}

#[test]
fn an_error_leaves_what_is_shown() {
    test(|kit| async move {
        with_people(&kit);
        kit.server.get(&item("1"), Reply::json(200, record("1", "Ada")));
        let one = kit.hook(|| use_agent_data_item_with_options::<Person>("1", quiet()));
        kit.clock.settle().await;
        kit.server.get(&item("1"), Reply::detail(402, "No credits left"));
        one.refresh.call();
        kit.clock.settle().await;
        assert_eq!(name(&one).as_deref(), Some("Ada"));
        assert_eq!(
            one.error.get_untracked().map(|error| error.as_str()),
            Some("payment_required")
        );
        kit.server.get(&item("1"), Reply::json(200, record("1", "Ada")));
        one.refresh.call();
        kit.clock.settle().await;
        assert_eq!(one.error.get_untracked(), None);
        kit.finish().await;
    });
}
