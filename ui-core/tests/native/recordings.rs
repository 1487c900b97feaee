//! Recorded runs, played back.

use leptos::prelude::GetUntracked as _;
use workflow_ui_core::protocol::RunStatus;
use workflow_ui_core::{Recording, use_workflow_handler, use_workflow_handler_list};

use crate::kit::test;

const FAN: &[u8] = include_bytes!("../../../protocol/tests/fixtures/streams/fan.sse");
const ASKS: &[u8] = include_bytes!("../../../protocol/tests/fixtures/streams/hitl_typed.sse");

#[test]
fn an_ended_run_comes_whole() {
    test(|kit| async move {
        let recording = Recording::of_stream("h1", "fan", "completed", FAN).expect("a recording");
        kit.server.serve(&recording);
        let hook = kit.hook(|| use_workflow_handler("h1", true));
        kit.frame().await;
        kit.frame().await;
        assert_eq!(
            hook.events.get_untracked().count_all(),
            25,
            "every recorded event"
        );
        assert_eq!(hook.status.get_untracked(), RunStatus::Completed);
        assert!(hook.result.get_untracked().is_some(), "with its result");
        kit.finish().await;
    });
}

#[test]
fn a_run_that_goes_on_is_fed_frame_by_frame() {
    test(|kit| async move {
        let recording = Recording::of_stream("h1", "asks", "completed", ASKS).expect("a recording");
        let frames = recording.frames().len();
        let recording = recording.running();
        kit.server.serve(&recording);
        let hook = kit.hook(|| use_workflow_handler("h1", true));
        kit.frame().await;
        let stream = kit.server.stream("/events/h1").expect("an open stream");
        assert_eq!(hook.events.get_untracked().count_all(), 0, "nothing by itself");
        let asked = (0..frames).find(|at| {
            recording.feed(&stream, *at..at + 1);
            String::from_utf8_lossy(recording.frames()[*at]).contains("\"type\":\"Ask\"")
        });
        kit.frame().await;
        let asked = asked.expect("a question in the recording");
        assert_eq!(hook.events.get_untracked().count_all(), asked + 1);
        assert_eq!(hook.status.get_untracked(), RunStatus::Waiting);
        assert_eq!(frames, 9, "one frame an event");
        assert_eq!(recording.frames().concat(), ASKS, "byte for byte");
        kit.finish().await;
    });
}

#[test]
fn runs_are_listed() {
    test(|kit| async move {
        let recordings = [
            Recording::of_stream("h1", "fan", "completed", FAN).expect("a recording"),
            Recording::of_stream("h2", "asks", "running", ASKS).expect("a recording"),
        ];
        kit.server.serve_all(&recordings);
        let hook = kit.hook(|| use_workflow_handler_list(None::<String>));
        kit.frame().await;
        let names: Vec<String> = hook
            .handlers
            .get_untracked()
            .iter()
            .map(|run| run.handler.workflow_name.clone())
            .collect();
        assert!(
            names.contains(&"fan".to_owned()) && names.contains(&"asks".to_owned()),
            "{names:?}"
        );
        kit.finish().await;
    });
}
