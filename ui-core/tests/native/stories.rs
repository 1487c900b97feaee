//! What went wrong elsewhere with people in the loop, each as a test of ours: the changelog of LangGraph's `useStream`
//! (`langchain-ai/langgraphjs`) and the rules of AG-UI's interrupts. Stories of reloads and tabs are in `exactly_once`.

use leptos::prelude::GetUntracked as _;
use serde_json::json;
use workflow_ui_core::protocol::{Method, PromptState, RunStatus};
use workflow_ui_core::{
    Error, Reply, RunWorkflowOptions, UseWorkflowHandlerReturn, use_pending_inputs, use_workflow_handler,
    use_workflow_run,
};

use crate::kit::{ASK, FAILED, Kit, STOP, first, handler, progress, step, test, words};

const SENT: &str = r#"{"status":"sent"}"#;

async fn watched(kit: &Kit) -> UseWorkflowHandlerReturn {
    kit.describe_workflow("greet");
    kit.know("h1", "r1", "running");
    let hook = kit.hook(|| use_workflow_handler("h1", true));
    kit.frame().await;
    hook
}

async fn tell(kit: &Kit, events: &[(u64, String)]) {
    let stream = kit.server.stream("/events/h1").expect("a stream");
    for (sequence, event) in events {
        stream.event(*sequence, event);
    }
    kit.frame().await;
}

fn ask(text: &str, types: &str) -> String {
    format!(
        r#"{{"value":{{"prompt":"{text}"}},"qualified_name":"app.sub.Ask","type":"Ask","types":{types}}}"#
    )
}

fn states(hook: &UseWorkflowHandlerReturn) -> Vec<PromptState> {
    hook.prompts
        .get_untracked()
        .iter()
        .map(|prompt| prompt.state)
        .collect()
}

/// #2672: a prompt of a nested graph was missed until the page was reloaded. Here: a class derived over several steps.
#[test]
fn a_prompt_is_known_by_any_of_its_ancestors() {
    test(|kit| async move {
        let hook = watched(&kit).await;
        tell(
            &kit,
            &[(0, ask("deep", r#"["Confirm","Question","InputRequiredEvent"]"#))],
        )
        .await;
        assert_eq!(states(&hook), [PromptState::Open]);
        assert_eq!(hook.status.get_untracked(), RunStatus::Waiting);
        kit.finish().await;
    });
}

/// #2622: the follow-on prompt never appeared after an answer.
#[test]
fn the_next_prompt_appears_after_the_answer() {
    test(|kit| async move {
        let hook = watched(&kit).await;
        tell(&kit, &[(0, ASK.to_owned())]).await;
        kit.server.post("/events/h1", Reply::json(200, SENT));
        hook.respond
            .call(&first(&hook), "Answer", json!({ "choice": "a" }))
            .expect("JSON");
        kit.frame().await;
        tell(
            &kit,
            &[(1, step("got", "running", "Answer")), (2, ASK.to_owned())],
        )
        .await;
        assert_eq!(
            states(&hook),
            [PromptState::Closed, PromptState::Open],
            "an equal question is another one"
        );
        assert_eq!(hook.status.get_untracked(), RunStatus::Waiting);
        kit.finish().await;
    });
}

/// #2204: parallel prompts overwrote each other. AG-UI: all open interrupts are to be covered.
#[test]
fn parallel_prompts_are_all_there_and_answered_each_by_itself() {
    test(|kit| async move {
        let hook = watched(&kit).await;
        let inbox = kit.hook(use_pending_inputs);
        let base = r#"["InputRequiredEvent"]"#;
        tell(
            &kit,
            &[
                (0, ask("one", base)),
                (1, ask("two", base)),
                (2, ask("three", base)),
            ],
        )
        .await;
        assert_eq!(inbox.count.get_untracked(), 3);
        kit.server.post("/events/h1", Reply::json(200, SENT));
        hook.respond
            .call(
                &hook.prompts.get_untracked()[1],
                "Answer",
                json!({ "choice": "b" }),
            )
            .expect("JSON");
        kit.frame().await;
        assert_eq!(
            states(&hook),
            [PromptState::Open, PromptState::Sent, PromptState::Open]
        );
        tell(&kit, &[(3, step("got", "running", "Answer"))]).await;
        assert_eq!(
            states(&hook),
            [PromptState::Open, PromptState::Closed, PromptState::Open]
        );
        assert_eq!(
            hook.status.get_untracked(),
            RunStatus::Waiting,
            "two are still asked"
        );
        kit.finish().await;
    });
}

/// #2703: a loading flag flipped while a run was resumed. Status and connection are two things.
#[test]
fn a_reconnect_does_not_change_what_is_known_of_the_run() {
    test(|kit| async move {
        let hook = watched(&kit).await;
        tell(&kit, &[(0, ASK.to_owned())]).await;
        let updates = kit.count_updates(hook.status);
        kit.frame().await;
        let before = updates.get();
        kit.server.stream("/events/h1").expect("a stream").close();
        kit.clock.advance(10_000).await;
        assert_eq!(kit.opened("h1"), 2, "connected again");
        assert_eq!(updates.get(), before, "the status did not change");
        assert_eq!(hook.status.get_untracked(), RunStatus::Waiting);
        assert_eq!(states(&hook), [PromptState::Open], "and nothing is asked twice");
        kit.finish().await;
    });
}

/// #2677: a stream that was joined before the run existed hung for ever.
#[test]
fn a_handler_without_a_run_is_asked_again() {
    test(|kit| async move {
        kit.describe_workflow("greet");
        kit.know_as(
            "h1",
            &handler("h1", "r1", "running").replace("\"r1\"", "null"),
            "running",
        );
        let hook = kit.hook(|| use_workflow_handler("h1", true));
        kit.frame().await;
        assert_eq!(kit.opened("h1"), 0);
        kit.know("h1", "r1", "running");
        kit.clock.advance(5_000).await;
        tell(&kit, &[(0, progress(1))]).await;
        assert_eq!(hook.events.get_untracked().len(), 1);
        kit.finish().await;
    });
}

/// #2613: clearing while the history was loaded crashed.
#[test]
fn clearing_in_the_middle_of_the_history_hides_what_was_there() {
    test(|kit| async move {
        let hook = watched(&kit).await;
        tell(&kit, &[(0, progress(0)), (1, ASK.to_owned())]).await;
        hook.clear_events.call();
        tell(&kit, &[(2, progress(2))]).await;
        assert_eq!(hook.events.get_untracked().len(), 1);
        assert_eq!(
            states(&hook),
            [PromptState::Open],
            "a question is not cleared with its event"
        );
        kit.finish().await;
    });
}

/// #2438: stop did not cancel the server's run. To stop watching and to cancel are two words here.
#[test]
fn stopping_leaves_the_run_alone_and_cancelling_ends_it() {
    test(|kit| async move {
        let hook = watched(&kit).await;
        hook.stop_streaming.call();
        kit.frame().await;
        assert_eq!(kit.server.open_streams(), 0);
        assert_eq!(kit.server.count(Method::Post, "/handlers/h1/cancel"), 0);
        kit.server.post(
            "/handlers/h1/cancel",
            Reply::json(200, r#"{"status":"cancelled"}"#),
        );
        kit.know("h1", "r1", "cancelled");
        hook.cancel.call().await.expect("cancelled");
        kit.frame().await;
        assert_eq!(hook.status.get_untracked(), RunStatus::Cancelled);
        kit.finish().await;
    });
}

/// #2482: a late answer brought a finished run back to life.
#[test]
fn an_old_description_does_not_resurrect_a_run() {
    test(|kit| async move {
        let hook = watched(&kit).await;
        tell(&kit, &[(0, ASK.to_owned())]).await;
        kit.know("h1", "r1", "completed");
        tell(&kit, &[(1, STOP.to_owned())]).await;
        assert_eq!(hook.status.get_untracked(), RunStatus::Completed);
        kit.know("h1", "r1", "running");
        hook.refresh.call();
        kit.frame().await;
        assert_eq!(hook.status.get_untracked(), RunStatus::Completed);
        assert_eq!(states(&hook), [PromptState::Closed]);
        kit.finish().await;
    });
}

/// #2486: the failure of a resumed run was not shown.
#[test]
fn a_run_that_fails_after_the_answer_says_why() {
    test(|kit| async move {
        let hook = watched(&kit).await;
        tell(&kit, &[(0, ASK.to_owned())]).await;
        kit.server.post("/events/h1", Reply::json(200, SENT));
        hook.respond
            .call(&first(&hook), "Answer", json!({ "choice": "a" }))
            .expect("JSON");
        kit.frame().await;
        kit.know("h1", "r1", "failed");
        tell(
            &kit,
            &[(1, step("got", "running", "Answer")), (2, FAILED.to_owned())],
        )
        .await;
        assert_eq!(hook.status.get_untracked(), RunStatus::Failed);
        assert_eq!(words(&hook).as_deref(), Some("kaput: disk full"));
        kit.finish().await;
    });
}

/// AG-UI: no new input while an interrupt is pending. The server refuses it, and says so.
#[test]
fn a_waiting_run_cannot_be_continued_by_another_start() {
    test(|kit| async move {
        let hook = watched(&kit).await;
        tell(&kit, &[(0, ASK.to_owned())]).await;
        kit.server.post(
            "/workflows/greet/run-nowait",
            Reply::detail(409, "Handler 'h1' is already running"),
        );
        let start = kit.hook(use_workflow_run);
        let options = RunWorkflowOptions {
            handler_id: Some("h1".to_owned()),
            ..RunWorkflowOptions::default()
        };
        let refused = start.run_workflow.call_with("greet", json!({}), options).await;
        assert_eq!(refused.map_err(|error| error.status()), Err(Some(409)));
        assert_eq!(states(&hook), [PromptState::Open], "the prompt is as it was");
        kit.finish().await;
    });
}

/// AG-UI: nothing is submitted after expiry. A run that ended, was deleted, or timed out takes no answer.
#[test]
fn nothing_is_sent_to_a_prompt_whose_run_has_ended() {
    test(|kit| async move {
        let hook = watched(&kit).await;
        let inbox = kit.hook(use_pending_inputs);
        tell(&kit, &[(0, ASK.to_owned())]).await;
        let input = inbox.inputs.get_untracked().remove(0);
        kit.know("h1", "r1", "failed");
        tell(&kit, &[(1, crate::kit::TIMED_OUT.to_owned())]).await;
        hook.respond
            .call(&first(&hook), "Answer", json!({}))
            .expect("JSON");
        input.respond("Answer", json!({})).expect("JSON");
        kit.frame().await;
        assert_eq!(kit.server.count(Method::Post, "/events/h1"), 0);
        assert_eq!(states(&hook), [PromptState::Closed]);
        kit.finish().await;
    });
}

/// A run that is over before the answer arrives: the server's 409 is shown until the run's own end is.
#[test]
fn an_answer_that_comes_too_late_is_refused_and_the_prompt_closes() {
    test(|kit| async move {
        let hook = watched(&kit).await;
        tell(&kit, &[(0, ASK.to_owned())]).await;
        kit.server
            .post("/events/h1", Reply::detail(409, "Workflow already completed"));
        kit.know("h1", "r1", "completed");
        hook.respond
            .call(&first(&hook), "Answer", json!({ "choice": "a" }))
            .expect("JSON");
        kit.frame().await;
        assert_eq!(hook.status.get_untracked(), RunStatus::Completed, "asked at once");
        tell(&kit, &[(1, STOP.to_owned())]).await;
        assert_eq!(states(&hook), [PromptState::Closed]);
        kit.finish().await;
    });
}

/// AG-UI: validated before it is submitted. What cannot be written is not sent at all.
#[test]
fn an_answer_that_is_no_json_is_not_sent() {
    test(|kit| async move {
        let hook = watched(&kit).await;
        tell(&kit, &[(0, ASK.to_owned())]).await;
        let odd = std::collections::HashMap::from([((1, 2), "keys of JSON are texts")]);
        assert!(matches!(
            hook.respond.call(&first(&hook), "Answer", odd),
            Err(Error::Decode(_))
        ));
        kit.frame().await;
        assert_eq!(kit.server.count(Method::Post, "/events/h1"), 0);
        assert_eq!(states(&hook), [PromptState::Open]);
        kit.finish().await;
    });
}
