//! `use_workflows` and `use_workflow`.

use leptos::prelude::{GetUntracked as _, RwSignal, Set as _};
use workflow_ui_core::protocol::Method;
use workflow_ui_core::{Error, Reply, use_workflow, use_workflows};

use crate::kit::test;

#[test]
fn names_are_listed_and_asked_for_again() {
    test(|kit| async move {
        kit.server.once(Method::Get, "/workflows", Reply::offline());
        let hook = kit.hook(use_workflows);
        assert!(hook.loading.get_untracked());
        kit.clock.settle().await;
        assert!(matches!(hook.error.get_untracked(), Some(Error::Network(_))));
        kit.server.get(
            "/workflows",
            Reply::json(200, r#"{"workflows":["greet","hitl"]}"#),
        );
        hook.refresh.call();
        kit.clock.settle().await;
        assert_eq!(hook.names.get_untracked(), ["greet", "hitl"]);
        assert_eq!(hook.error.get_untracked(), None);
        assert!(!hook.loading.get_untracked());
        kit.finish().await;
    });
}

#[test]
fn a_request_of_a_closed_screen_is_aborted() {
    test(|kit| async move {
        kit.server.get("/workflows", Reply::Wait);
        kit.hook(use_workflows);
        kit.clock.settle().await;
        assert_eq!(kit.server.in_flight(), 1);
        kit.finish().await;
    });
}

#[test]
fn a_workflow_is_described_once_however_many_want_it() {
    test(|kit| async move {
        kit.describe_workflow("greet");
        let name = RwSignal::new(Some("greet".to_owned()));
        let hook = kit.hook(|| use_workflow(name));
        let other = kit.hook(|| use_workflow("greet"));
        kit.clock.settle().await;
        assert!(!hook.loading.get_untracked());
        assert_eq!(
            hook.event_schemas.get_untracked().map(|events| events.len()),
            Some(2)
        );
        assert_eq!(
            other.graph.get_untracked().map(|graph| graph.nodes.len()),
            Some(2)
        );
        assert!(hook.schema.get_untracked().is_some());
        assert_eq!(kit.server.log().len(), 3, "{:?}", kit.server.log());

        hook.refresh.call();
        kit.clock.settle().await;
        assert_eq!(kit.server.log().len(), 6, "a refresh asks again");

        name.set(None);
        assert!(
            hook.schema.get_untracked().is_none(),
            "no flash of the workflow before"
        );
        assert!(!hook.loading.get_untracked());
        kit.finish().await;
    });
}

#[test]
fn what_can_be_had_is_shown_beside_the_error() {
    test(|kit| async move {
        kit.describe_workflow("greet");
        kit.server.get(
            "/workflows/greet/representation",
            Reply::detail(500, "Internal server error: no graph"),
        );
        let hook = kit.hook(|| use_workflow("greet"));
        kit.clock.settle().await;
        assert!(hook.schema.get_untracked().is_some());
        assert!(hook.graph.get_untracked().is_none());
        assert_eq!(
            hook.error
                .get_untracked()
                .map(|error| error.to_string())
                .as_deref(),
            Some("Internal server error: no graph (500)")
        );
        kit.finish().await;
    });
}

#[test]
fn a_server_that_comes_back_is_asked_again() {
    test(|kit| async move {
        kit.describe_workflow("greet");
        kit.server
            .once(Method::Get, "/workflows/greet/schema", Reply::offline());
        kit.server.once(
            Method::Get,
            "/workflows/greet/schema",
            Reply::detail(503, "Starting"),
        );
        let hook = kit.hook(|| use_workflow("greet"));
        kit.clock.settle().await;
        assert!(hook.error.get_untracked().is_some());
        let graph = hook.graph.get_untracked();
        assert!(graph.is_some(), "the others are there at once");
        kit.clock.advance(500).await;
        assert_eq!(
            hook.error.get_untracked().and_then(|error| error.status()),
            Some(503)
        );
        kit.clock.advance(1_000).await;
        assert!(hook.schema.get_untracked().is_some());
        assert_eq!(hook.error.get_untracked(), None);
        assert_eq!(
            kit.server.log().len(),
            5,
            "what was answered is not asked for again"
        );
        kit.clock.advance(60_000).await;
        assert_eq!(kit.server.log().len(), 5, "and then nothing is");
        kit.finish().await;
    });
}

#[test]
fn a_description_that_nobody_waits_for_is_aborted_and_asked_for_again() {
    test(|kit| async move {
        kit.describe_workflow("greet");
        kit.server.get("/workflows/greet/schema", Reply::Wait);
        let (_, owner) = kit.component(|| use_workflow("greet"));
        kit.clock.settle().await;
        assert_eq!(kit.server.in_flight(), 1);
        owner.cleanup();
        kit.clock.settle().await;
        assert_eq!(kit.server.in_flight(), 0, "nobody waits any longer");
        kit.describe_workflow("greet");
        let hook = kit.hook(|| use_workflow("greet"));
        kit.clock.settle().await;
        assert!(hook.schema.get_untracked().is_some());
        kit.finish().await;
    });
}
