//! `use_workflow_events`.

use std::cell::Cell;

use leptos::prelude::{GetUntracked as _, RwSignal, Set as _};
use serde::{Deserialize, Deserializer};
use workflow_ui_core::{
    UseWorkflowEventsOptions, use_workflow_events, use_workflow_events_with_options, use_workflow_handler,
};

use crate::kit::{progress, test};

thread_local! {
    static DECODED: Cell<usize> = const { Cell::new(0) };
}

#[derive(Debug, PartialEq, Eq)]
struct Progress {
    n: u64,
}

impl<'de> Deserialize<'de> for Progress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Fields {
            n: u64,
        }
        DECODED.set(DECODED.get() + 1);
        Fields::deserialize(deserializer).map(|fields| Self { n: fields.n })
    }
}

fn event(class: &str, types: &str, value: &str) -> String {
    format!(r#"{{"value":{value},"qualified_name":"app.{class}","type":"{class}","types":{types}}}"#)
}

#[test]
fn each_event_is_decoded_once_however_many_read_it() {
    test(|kit| async move {
        kit.know("h1", "r1", "running");
        let hook = kit.hook(|| use_workflow_events::<Progress>("h1", "app.Progress"));
        kit.frame().await;
        assert!(hook.events.get_untracked().is_empty());
        assert_eq!(hook.latest.get_untracked(), None);
        let stream = kit.server.stream("/events/h1").expect("a stream");
        DECODED.set(0);
        for n in 0..3 {
            stream.event(n, &progress(n * 10));
            kit.frame().await;
            assert_eq!(
                hook.latest.get_untracked().map(|event| event.value.n),
                Some(n * 10)
            );
            assert_eq!(hook.events.get_untracked().len() as u64, n + 1);
        }
        let all = hook.events.get_untracked().to_vec();
        let found: Vec<(u64, u64)> = all.iter().map(|event| (event.sequence, event.value.n)).collect();
        assert_eq!(found, [(0, 0), (1, 10), (2, 20)]);
        assert_eq!(
            hook.events.get_untracked().range(1..9).len(),
            2,
            "as far as there are any"
        );
        assert_eq!(DECODED.get(), 3, "once each");
        kit.finish().await;
    });
}

#[test]
fn an_event_of_another_shape_is_an_error_and_keeps_none_from_being_read() {
    test(|kit| async move {
        kit.know("h1", "r1", "running");
        let hook = kit.hook(|| use_workflow_events::<Progress>("h1", "Progress"));
        kit.frame().await;
        let stream = kit.server.stream("/events/h1").expect("a stream");
        stream
            .event(0, &progress(1))
            .event(1, &event("Progress", "[]", r#"{"n":"many"}"#))
            .event(2, "no JSON at all")
            .event(3, &event("Other", "null", r#"{"n":9}"#))
            .event(4, &progress(2));
        kit.frame().await;
        assert_eq!(hook.events.get_untracked().len(), 2);
        let errors = hook.errors.get_untracked();
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert_eq!(errors[0].sequence, 1);
        assert_eq!(errors[0].body, r#"{"n":"many"}"#);
        assert!(
            errors[0].to_string().contains("invalid type: string"),
            "{}",
            errors[0]
        );
        kit.finish().await;
    });
}

#[test]
fn derived_classes_and_undeclared_fields_are_read() {
    test(|kit| async move {
        kit.know("h1", "r1", "running");
        let hook = kit.hook(|| use_workflow_events::<Progress>("h1", "Progress"));
        let exact = UseWorkflowEventsOptions {
            exact: true,
            ..UseWorkflowEventsOptions::default()
        };
        let exact = kit.hook(|| use_workflow_events_with_options::<Progress>("h1", "Progress", exact));
        let run = kit.hook(|| use_workflow_handler("h1", true));
        kit.frame().await;
        let stream = kit.server.stream("/events/h1").expect("a stream");
        stream
            .event(0, &event("Finer", r#"["Progress"]"#, r#"{"n":1}"#))
            .event(
                1,
                &event("Progress", "null", r#"{"_data":{"n":2,"more":"\"x\""}}"#),
            )
            .event(2, &event("Progress", "null", r#"{"n":3,"text":"\"_data\""}"#));
        kit.frame().await;
        let numbers = |events: Vec<std::sync::Arc<workflow_ui_core::TypedEvent<Progress>>>| {
            events.iter().map(|event| event.value.n).collect::<Vec<_>>()
        };
        assert_eq!(numbers(hook.events.get_untracked().to_vec()), [1, 2, 3]);
        assert_eq!(numbers(exact.events.get_untracked().to_vec()), [2, 3]);
        assert_eq!(
            hook.events
                .get_untracked()
                .get(0)
                .map(|event| event.class.clone())
                .as_deref(),
            Some("Finer")
        );
        let row = run.events.get_untracked().get(1).expect("the second event");
        assert_eq!(row.decode::<Progress>(), Ok(Progress { n: 2 }));
        assert!(row.decode::<u64>().is_err());
        assert_eq!(kit.server.open_streams(), 1, "three hooks, one stream");
        kit.finish().await;
    });
}

#[test]
fn another_id_shows_nothing_of_the_run_before() {
    test(|kit| async move {
        kit.know("h1", "r1", "running");
        kit.know("h2", "r2", "running");
        let id = RwSignal::new(Some("h1".to_owned()));
        let hook = kit.hook(|| use_workflow_events::<Progress>(id, "Progress"));
        kit.frame().await;
        kit.server
            .stream("/events/h1")
            .expect("a stream")
            .event(0, &progress(1));
        kit.frame().await;
        let first = hook.events.get_untracked();
        kit.server
            .stream("/events/h1")
            .expect("a stream")
            .event(1, &progress(2));
        kit.frame().await;
        let before = hook.events.get_untracked();
        assert_eq!((first.len(), before.len()), (1, 2));
        assert!(first.same_run(&before), "what was read can be gone on with");
        id.set(Some("h2".to_owned()));
        assert!(
            hook.events.get_untracked().is_empty(),
            "at once, without a frame in between"
        );
        assert_eq!(hook.latest.get_untracked(), None);
        kit.frame().await;
        assert_eq!(
            kit.server.streams("/events/h1").len(),
            0,
            "the old stream is closed"
        );
        kit.server
            .stream("/events/h2")
            .expect("a stream")
            .event(0, &progress(7));
        kit.frame().await;
        assert_eq!(hook.latest.get_untracked().map(|event| event.value.n), Some(7));
        assert!(
            !before.same_run(&hook.events.get_untracked()),
            "however many events there are: another run's are read from the first on"
        );
        assert_eq!(
            before.get(0).map(|event| event.value.n),
            Some(1),
            "who kept them can still read them"
        );
        id.set(None);
        kit.frame().await;
        assert!(hook.events.get_untracked().is_empty());
        assert_eq!(kit.server.open_streams(), 0);
        kit.finish().await;
    });
}

#[test]
fn a_continued_handler_starts_again() {
    test(|kit| async move {
        kit.know("h1", "r1", "running");
        let hook = kit.hook(|| use_workflow_events::<Progress>("h1", "Progress"));
        let run = kit.hook(|| use_workflow_handler("h1", true));
        kit.frame().await;
        kit.server
            .stream("/events/h1")
            .expect("a stream")
            .event(0, &progress(1));
        kit.frame().await;
        let before = hook.events.get_untracked();
        let next = crate::kit::handler("h1", "r2", "running").replace("11:28:10.0", "11:30:10.0");
        kit.know_as("h1", &next, "running");
        run.refresh.call();
        kit.frame().await;
        kit.frame().await;
        assert!(hook.events.get_untracked().is_empty(), "another run's events");
        kit.server
            .stream("/events/h1")
            .expect("a stream")
            .event(0, &progress(5));
        kit.frame().await;
        let all = hook.events.get_untracked().to_vec();
        assert_eq!(all.iter().map(|event| event.value.n).collect::<Vec<_>>(), [5]);
        assert!(!before.same_run(&hook.events.get_untracked()));
        kit.finish().await;
    });
}
