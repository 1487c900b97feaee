//! `use_pending_inputs`.

use leptos::prelude::{GetUntracked as _, RwSignal, Set as _};
use serde_json::json;
use workflow_ui_core::protocol::{Method, PromptState};
use workflow_ui_core::{
    Error, PendingInput, Reply, UsePendingInputsOptions, use_pending_inputs, use_pending_inputs_with_options,
    use_workflow_handler,
};

use crate::kit::{ASK, Kit, STOP, handler, list, step, test};

fn asking(kit: &Kit, ids: &[&str]) {
    kit.describe_workflow("greet");
    for (n, id) in ids.iter().enumerate() {
        let text =
            handler(id, &format!("r-{id}"), "running").replace("11:28:10.0", &format!("11:28:{}.0", 20 + n));
        kit.know_as(id, &text, "running");
    }
}

fn ask(kit: &Kit, id: &str) {
    kit.server
        .stream(&format!("/events/{id}"))
        .expect("a stream")
        .event(0, ASK);
}

fn handlers(inputs: &[PendingInput]) -> Vec<&str> {
    inputs.iter().map(|input| input.handler_id.as_str()).collect()
}

#[test]
fn the_prompts_of_one_handler_are_those_of_its_run() {
    test(|kit| async move {
        asking(&kit, &["h1", "h2"]);
        let id = RwSignal::new(None::<String>);
        let options = UsePendingInputsOptions {
            handler_id: Some(id.into()),
            ..UsePendingInputsOptions::default()
        };
        let inbox = kit.hook(|| use_pending_inputs_with_options(options));
        let _runs = ["h1", "h2"].map(|id| kit.hook(|| use_workflow_handler(id, true)));
        kit.frame().await;
        ask(&kit, "h1");
        ask(&kit, "h2");
        kit.frame().await;
        assert!(inbox.inputs.get_untracked().is_empty(), "no handler is no run");
        id.set(Some("h2".to_owned()));
        assert_eq!(handlers(&inbox.inputs.get_untracked()), ["h2"]);
        kit.finish().await;
    });
}

#[test]
fn the_prompts_of_all_watched_runs_are_shown_with_what_a_form_needs() {
    test(|kit| async move {
        asking(&kit, &["h1", "h2"]);
        let inbox = kit.hook(use_pending_inputs);
        assert!(kit.server.log().is_empty(), "an inbox by itself asks nothing");
        let (_run, owner) = kit.component(|| use_workflow_handler("h2", true));
        let _run = kit.hook(|| use_workflow_handler("h1", true));
        kit.frame().await;
        ask(&kit, "h2");
        ask(&kit, "h1");
        kit.frame().await;
        let inputs = inbox.inputs.get_untracked();
        assert_eq!(
            handlers(&inputs),
            ["h1", "h2"],
            "the run that waits longest first"
        );
        assert_eq!(inbox.count.get_untracked(), 2);
        let input = &inputs[0];
        assert_eq!(
            (input.text.as_str(), input.workflow_name.as_str()),
            ("Pick one", "greet")
        );
        assert_eq!(input.state(), PromptState::Open);
        let answers: Vec<_> = input.answers.iter().map(|answer| answer.class.as_str()).collect();
        assert_eq!(answers, ["Answer"]);
        assert_eq!(
            input.answers[0].schema.as_ref().map(|schema| schema.as_str()),
            Some(r#"{"title":"Answer","type":"object"}"#)
        );
        owner.cleanup();
        assert_eq!(
            handlers(&inbox.inputs.get_untracked()),
            ["h1"],
            "no longer watched"
        );
        assert_eq!(inputs[1].respond("Answer", json!({})), Err(Error::NoHandler));
        kit.finish().await;
    });
}

/// Symptom: a prompt offered no class, or a wrong one, as long as its run was watched.
/// Cause: a server that was in trouble when the workflow was described was taken for one that has nothing to say, and not asked again.
#[test]
fn what_can_answer_is_asked_for_until_both_descriptions_came() {
    test(|kit| async move {
        asking(&kit, &["h1"]);
        let (events, graph) = ("/workflows/greet/events", "/workflows/greet/representation");
        kit.server
            .once(Method::Get, events, Reply::detail(503, "busy"))
            .once(Method::Get, events, Reply::offline())
            .once(Method::Get, events, Reply::detail(429, "slow down"));
        let inbox = kit.hook(use_pending_inputs);
        let _run = kit.hook(|| use_workflow_handler("h1", true));
        kit.frame().await;
        ask(&kit, "h1");
        kit.frame().await;
        let answers = || inbox.inputs.get_untracked().remove(0).answers;
        assert_eq!(answers()[0].class, "Answer", "the graph alone shows as much");
        assert_eq!(answers()[0].schema, None);
        kit.clock.advance(5_000).await;
        assert_eq!(
            answers()[0].schema.as_ref().map(|schema| schema.as_str()),
            Some(r#"{"title":"Answer","type":"object"}"#)
        );
        let asked = (
            kit.server.count(Method::Get, events),
            kit.server.count(Method::Get, graph),
        );
        assert_eq!(asked, (4, 1), "only for what was lost");
        kit.clock.advance(600_000).await;
        assert_eq!(kit.server.count(Method::Get, events), 4);
        kit.finish().await;
    });
}

/// The end of a step, with the classes of its input and its output.
fn step_returned(name: &str, input: &str, output: &str) -> String {
    let class = |name: &str| format!("\"<class 'app.{name}'>\"");
    step(name, "not_running", "IN")
        .replace("\"IN\"", &class(input))
        .replace(
            "\"output_event_name\":null",
            &format!("\"output_event_name\":{}", class(output)),
        )
}

/// Symptom: a prompt closed although nobody had answered. Cause: without the workflow's graph every registered event counted as an
/// answer, so the start of any step did.
#[test]
fn without_a_graph_a_registered_event_is_no_evidence_of_an_answer() {
    test(|kit| async move {
        asking(&kit, &["h1"]);
        let graph = "/workflows/greet/representation";
        let events = ["Answer", "Ask", "Work"].map(|name| format!(r#"{{"title":"{name}","type":"object"}}"#));
        kit.server
            .get(graph, Reply::detail(500, "no graph today"))
            .get(
                "/workflows/greet/events",
                Reply::json(200, format!(r#"{{"events":[{}]}}"#, events.join(","))),
            )
            .post("/events/h1", Reply::json(200, r#"{"status":"sent"}"#));
        let inbox = kit.hook(use_pending_inputs);
        let run = kit.hook(|| use_workflow_handler("h1", true));
        kit.frame().await;
        let stream = kit.server.stream("/events/h1").expect("a stream");
        stream
            .event(0, &step("ask", "running", "Start"))
            .event(1, &step_returned("ask", "Start", "Ask"))
            .event(2, ASK)
            .event(3, &step("work", "running", "Work"));
        kit.frame().await;
        let states = || -> Vec<PromptState> {
            let prompts = run.prompts.get_untracked();
            prompts.iter().map(|prompt| prompt.state).collect()
        };
        assert_eq!(states(), [PromptState::Open]);
        let offered = inbox.inputs.get_untracked().remove(0).answers;
        assert!(
            offered.iter().any(|answer| answer.class == "Answer"),
            "the registered classes are offered: {offered:?}"
        );
        // An own answer is evidence.
        let input = inbox.inputs.get_untracked().remove(0);
        input.respond("Answer", json!({})).expect("sent");
        kit.frame().await;
        stream.event(4, &step("got", "running", "Answer"));
        kit.frame().await;
        assert_eq!(states(), [PromptState::Closed]);

        // The graph shows what another client answered before it came.
        stream.event(5, ASK);
        stream.event(6, &step("other", "running", "Work"));
        kit.frame().await;
        assert_eq!(states(), [PromptState::Closed, PromptState::Open]);
        kit.describe_workflow("greet");
        kit.clock.advance(60_000).await;
        assert_eq!(states(), [PromptState::Closed, PromptState::Open]);
        stream
            .event(7, &step_returned("other", "Work", "StopEvent"))
            .event(8, STOP);
        kit.frame().await;
        assert_eq!(states(), [PromptState::Closed, PromptState::Closed]);
        kit.finish().await;
    });
}

#[test]
fn prompts_of_a_workflow_whose_graph_is_refused_are_offered_and_judged_later() {
    for late in [false, true] {
        test(|kit| async move {
            asking(&kit, &["h1"]);
            let graph = "/workflows/greet/representation";
            let refusal = if late { 500 } else { 404 };
            kit.server.get(graph, Reply::detail(refusal, "no graph"));
            let run = kit.hook(|| use_workflow_handler("h1", true));
            kit.frame().await;
            let stream = kit.server.stream("/events/h1").expect("a stream");
            stream.event(0, ASK).event(1, &step("got", "running", "Answer"));
            kit.frame().await;
            let state = || run.prompts.get_untracked().first().map(|prompt| prompt.state);
            assert_eq!(
                state(),
                Some(PromptState::Open),
                "somebody else may have answered"
            );
            kit.describe_workflow("greet");
            kit.clock.advance(60_000).await;
            let expected = if late {
                PromptState::Closed
            } else {
                PromptState::Open
            };
            assert_eq!(state(), Some(expected));
            kit.finish().await;
        });
    }
}

#[test]
fn a_workflow_that_can_not_be_described_is_asked_for_ever_more_seldom() {
    test(|kit| async move {
        asking(&kit, &["h1"]);
        let graph = "/workflows/greet/representation";
        kit.server.get(graph, Reply::detail(500, "no graph today"));
        let inbox = kit.hook(use_pending_inputs);
        let _run = kit.hook(|| use_workflow_handler("h1", true));
        kit.frame().await;
        kit.clock.advance(80_000).await;
        let asked = kit.server.count(Method::Get, graph);
        assert!((6..=20).contains(&asked), "{asked}");
        // Something happens in the run.
        ask(&kit, "h1");
        kit.frame().await;
        assert_eq!(kit.server.count(Method::Get, graph), asked + 1, "a good moment");
        kit.describe_workflow("greet");
        kit.clock.advance(2_000).await;
        let answers = inbox.inputs.get_untracked().remove(0).answers;
        assert_eq!(answers[0].class, "Answer");
        kit.finish().await;
    });
}

#[test]
fn an_answer_from_the_inbox_is_sent_once_and_stays_until_it_is_taken() {
    test(|kit| async move {
        asking(&kit, &["h1"]);
        let inbox = kit.hook(use_pending_inputs);
        let run = kit.hook(|| use_workflow_handler("h1", true));
        kit.frame().await;
        ask(&kit, "h1");
        kit.frame().await;
        kit.server
            .post("/events/h1", Reply::json(200, r#"{"status":"sent"}"#));
        let input = inbox.inputs.get_untracked().remove(0);
        input
            .respond("app.Answer", json!({ "choice": "a" }))
            .expect("sent");
        run.respond
            .call(&input.prompt, "Answer", json!({ "choice": "b" }))
            .expect("ignored");
        kit.frame().await;
        assert_eq!(
            kit.server.count(Method::Post, "/events/h1"),
            1,
            "two components, one answer"
        );
        assert_eq!(inbox.inputs.get_untracked()[0].state(), PromptState::Sent);
        assert_eq!(inbox.count.get_untracked(), 0, "nobody waits for a person");
        kit.server
            .stream("/events/h1")
            .expect("a stream")
            .event(1, &step("got", "running", "Answer"));
        kit.frame().await;
        assert!(inbox.inputs.get_untracked().is_empty());
        kit.finish().await;
    });
}

#[test]
fn one_workflow_can_be_chosen_and_a_failed_list_is_reported() {
    test(|kit| async move {
        asking(&kit, &["h1"]);
        let workflow = RwSignal::new(Some("other".to_owned()));
        let options = UsePendingInputsOptions {
            all_running: true,
            workflow: workflow.into(),
            ..UsePendingInputsOptions::default()
        };
        kit.server
            .get("/handlers", list(&[handler("h1", "r-h1", "running")]));
        let inbox = kit.hook(|| use_pending_inputs_with_options(options));
        kit.frame().await;
        assert_eq!(kit.opened("h1"), 0, "another workflow's run is left alone");
        kit.server.get("/handlers", Reply::detail(500, "no list today"));
        kit.clock.advance(20_000).await;
        assert_eq!(
            inbox.error.get_untracked().and_then(|error| error.status()),
            Some(500)
        );
        workflow.set(None);
        kit.clock.advance(60_000).await;
        assert_ne!(kit.opened("h1"), 0, "any workflow's runs are wanted now");
        kit.finish().await;
    });
}

#[test]
fn a_row_of_a_keyed_list_follows_its_prompt() {
    // The guide's list showed the state of the first moment for ever: a row with the same key is not built again.
    test(|kit| async move {
        asking(&kit, &["h1"]);
        let inbox = kit.hook(use_pending_inputs);
        let _run = kit.hook(|| use_workflow_handler("h1", true));
        kit.frame().await;
        ask(&kit, "h1");
        kit.frame().await;
        let input = inbox.inputs.get_untracked().remove(0);
        let key = input.key();
        let row = kit.hook(|| inbox.live(input));
        let updates = kit.count_updates(row);
        kit.frame().await;
        assert_eq!(
            (row.get_untracked().state(), updates.get()),
            (PromptState::Open, 1)
        );

        kit.server
            .once(Method::Post, "/events/h1", Reply::detail(400, "Not this one"));
        row.get_untracked().respond("Answer", json!({})).expect("JSON");
        kit.frame().await;
        let refused = row.get_untracked();
        assert_eq!(
            (refused.state(), refused.prompt.error.as_deref()),
            (PromptState::Open, Some("Not this one"))
        );
        assert_eq!(refused.key(), key, "the same row");

        kit.server
            .post("/events/h1", Reply::json(200, r#"{"status":"sent"}"#));
        refused.respond("Answer", json!({})).expect("JSON");
        kit.frame().await;
        assert_eq!(row.get_untracked().state(), PromptState::Sent);
        let before = updates.get();
        kit.server
            .stream("/events/h1")
            .expect("a stream")
            .event(1, &step("got", "running", "Answer"));
        kit.frame().await;
        assert!(inbox.inputs.get_untracked().is_empty());
        assert_eq!(
            (row.get_untracked().state(), updates.get()),
            (PromptState::Sent, before),
            "the row is about to go"
        );
        kit.finish().await;
    });
}
