//! `use_workflow_handler_list`.

use leptos::prelude::{GetUntracked as _, Owner, RwSignal, Set as _};
use workflow_ui_core::protocol::{Method, RunStatus};
use workflow_ui_core::{
    Error, Reply, UseWorkflowHandlerListOptions, UseWorkflowHandlerListReturn, use_workflow_handler,
    use_workflow_handler_list, use_workflow_handler_list_with_options,
};

use crate::kit::{ASK, handler, list, test};

fn rows(hook: &UseWorkflowHandlerListReturn) -> Vec<(String, RunStatus)> {
    hook.handlers
        .get_untracked()
        .iter()
        .map(|row| (row.handler.handler_id.clone(), row.status))
        .collect()
}

fn row(id: &str, status: RunStatus) -> (String, RunStatus) {
    (id.to_owned(), status)
}

#[test]
fn it_starts_empty_and_lists_runs_of_every_status() {
    test(|kit| async move {
        kit.server.get(
            "/handlers",
            list(&[handler("a", "r1", "running"), handler("b", "r2", "failed")]),
        );
        let hook = kit.hook(|| use_workflow_handler_list(None::<String>));
        assert_eq!(rows(&hook), []);
        assert!(hook.loading.get_untracked(), "the first list is awaited");
        kit.frame().await;
        assert!(!hook.loading.get_untracked());
        assert_eq!(
            rows(&hook),
            [row("b", RunStatus::Failed), row("a", RunStatus::Running)]
        );
        assert_eq!(hook.error.get_untracked(), None);
        kit.finish().await;
    });
}

#[test]
fn a_list_of_some_statuses_shows_a_run_until_it_leaves_them() {
    test(|kit| async move {
        let running = [handler("a", "r1", "running"), handler("b", "r2", "failed")];
        kit.server.get("/handlers", list(&running));
        let options = UseWorkflowHandlerListOptions {
            statuses: vec![RunStatus::Running].into(),
            client: Some(kit.client.clone()),
            ..Default::default()
        };
        let hook = kit.hook(|| use_workflow_handler_list_with_options(None::<String>, options));
        kit.frame().await;
        assert_eq!(rows(&hook), [row("a", RunStatus::Running)]);
        kit.server
            .get("/handlers", list(&[handler("a", "r1", "completed")]));
        hook.refresh.call();
        kit.frame().await;
        assert_eq!(rows(&hook), [], "it has left the statuses");
        kit.finish().await;
    });
}

#[test]
fn only_runs_of_the_named_workflow_are_shown() {
    // Running handlers of other workflows leaked into the React hook's list.
    test(|kit| async move {
        let other = handler("b", "r2", "running").replace("\"greet\"", "\"other\"");
        kit.server
            .get("/handlers", list(&[handler("a", "r1", "running"), other]));
        let name = RwSignal::new(Some("greet".to_owned()));
        let hook = kit.hook(|| use_workflow_handler_list(name));
        kit.frame().await;
        assert_eq!(rows(&hook), [row("a", RunStatus::Running)]);
        name.set(Some("other".to_owned()));
        assert_eq!(rows(&hook), [row("b", RunStatus::Running)]);
        name.set(None);
        assert_eq!(rows(&hook).len(), 2, "no name, all runs");
        kit.finish().await;
    });
}

#[test]
fn clearing_hides_what_has_ended_for_this_hook() {
    test(|kit| async move {
        kit.server.get(
            "/handlers",
            list(&[handler("a", "r1", "running"), handler("b", "r2", "completed")]),
        );
        let hook = kit.hook(|| use_workflow_handler_list("greet"));
        let other = kit.hook(|| use_workflow_handler_list("greet"));
        kit.frame().await;
        hook.clear_completed.call();
        hook.clear_completed.call();
        assert_eq!(rows(&hook), [row("a", RunStatus::Running)]);
        assert_eq!(rows(&other).len(), 2);
        kit.clock.advance(30_000).await;
        assert_eq!(
            rows(&hook),
            [row("a", RunStatus::Running)],
            "it stays hidden over polls"
        );
        kit.finish().await;
    });
}

#[test]
fn a_run_is_followed_to_its_end_when_it_leaves_the_running_ones() {
    // The React hook asked once on mount; completion of a listed run was easily missed.
    test(|kit| async move {
        kit.server
            .get("/handlers", list(&[handler("a", "r1", "running")]));
        let hook = kit.hook(|| use_workflow_handler_list("greet"));
        kit.frame().await;
        assert_eq!(rows(&hook), [row("a", RunStatus::Running)]);
        // Not listed any longer, as by a filter or a store with little room: it is asked for by itself.
        kit.server.once(Method::Get, "/handlers", list(&[]));
        kit.server.get("/handlers", list(&[handler("a", "r1", "failed")]));
        kit.know("a", "r1", "failed");
        kit.clock.advance(3_000).await;
        assert_eq!(rows(&hook), [row("a", RunStatus::Failed)]);
        kit.clock.advance(6_000).await;
        assert_eq!(rows(&hook), [row("a", RunStatus::Failed)]);
        kit.finish().await;
    });
}

#[test]
fn watched_runs_and_the_list_update_each_other() {
    test(|kit| async move {
        kit.server
            .get("/handlers", list(&[handler("a", "r1", "running")]));
        kit.know("a", "r1", "running");
        let hook = kit.hook(|| use_workflow_handler_list("greet"));
        kit.frame().await;
        let run = kit.hook(|| use_workflow_handler("a", true));
        assert_eq!(
            run.status.get_untracked(),
            RunStatus::Running,
            "known from the list without asking"
        );
        kit.frame().await;
        kit.server.stream("/events/a").expect("a stream").event(0, ASK);
        kit.frame().await;
        assert_eq!(rows(&hook), [row("a", RunStatus::Waiting)]);
        assert_eq!(kit.client.known_status("a"), Some(RunStatus::Waiting));
        assert_eq!(kit.client.open_prompts("a"), 1);
        assert_eq!(kit.client.open_prompts("b"), 0, "nobody watches it");
        kit.clock.advance(3_000).await;
        assert_eq!(
            rows(&hook),
            [row("a", RunStatus::Waiting)],
            "a poll does not take it back"
        );
        kit.finish().await;
    });
}

#[test]
fn an_error_is_shown_and_the_list_kept() {
    // The React hook swallowed failures and showed an empty list.
    test(|kit| async move {
        kit.server
            .get("/handlers", list(&[handler("a", "r1", "running")]));
        let hook = kit.hook(|| use_workflow_handler_list("greet"));
        kit.frame().await;
        kit.server.get("/handlers", Reply::offline());
        hook.refresh.call();
        kit.frame().await;
        assert!(
            matches!(hook.error.get_untracked(), Some(Error::Network(_))),
            "{:?}",
            hook.error.get_untracked()
        );
        assert_eq!(rows(&hook).len(), 1);
        kit.server
            .get("/handlers", list(&[handler("a", "r1", "completed")]));
        kit.clock.advance(5_000).await;
        assert_eq!(hook.error.get_untracked(), None);
        assert_eq!(rows(&hook), [row("a", RunStatus::Completed)]);
        kit.finish().await;
    });
}

#[test]
fn lists_share_one_poll_and_the_last_one_ends_it() {
    test(|kit| async move {
        kit.server.get("/handlers", list(&[]));
        let (_, one) = kit.component(|| use_workflow_handler_list("greet"));
        let (_, other) = kit.component(|| use_workflow_handler_list("other"));
        kit.frame().await;
        assert_eq!(kit.server.count(Method::Get, "/handlers"), 1);
        one.cleanup();
        kit.clock.advance(9_000).await;
        assert!(
            kit.server.count(Method::Get, "/handlers") > 1,
            "still polled for the other"
        );
        other.cleanup();
        kit.clock.settle().await;
        let asked = kit.server.count(Method::Get, "/handlers");
        kit.clock.advance(60_000).await;
        assert_eq!(
            kit.server.count(Method::Get, "/handlers"),
            asked,
            "nobody looks, nobody asks"
        );
        kit.finish().await;
    });
}

#[test]
fn a_deleted_run_leaves_the_list() {
    test(|kit| async move {
        kit.server.get(
            "/handlers",
            list(&[handler("a", "r1", "completed"), handler("b", "r2", "completed")]),
        );
        let hook = kit.hook(|| use_workflow_handler_list("greet"));
        kit.frame().await;
        kit.server
            .post("/handlers/a/cancel", Reply::json(200, r#"{"status":"deleted"}"#));
        kit.client.cancel("a", true).await.expect("deleted");
        kit.frame().await;
        assert_eq!(rows(&hook), [row("b", RunStatus::Completed)]);
        kit.finish().await;
    });
}

#[test]
fn without_a_client_the_error_says_so() {
    test(|kit| async move {
        let bare = Owner::new_root(None);
        let hook = bare.with(|| use_workflow_handler_list("greet"));
        assert_eq!(hook.error.get_untracked(), Some(Error::NoClient));
        hook.clear_completed.call();
        hook.refresh.call();
        drop(bare);
        kit.finish().await;
    });
}
