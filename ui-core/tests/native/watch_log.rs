//! `use_workflow_handler`: the events and how often they tell.

use leptos::prelude::{Get as _, GetUntracked as _, Memo, With as _};
use workflow_ui_core::protocol::EventKind;
use workflow_ui_core::{UseWorkflowHandlerOptions, use_workflow_handler, use_workflow_handler_with_options};

use crate::kit::{ASK, progress, step, test};

#[test]
fn signals_notify_once_per_frame() {
    test(|kit| async move {
        kit.know("h1", "r1", "running");
        let hook = kit.hook(|| use_workflow_handler("h1", true));
        kit.frame().await;
        let updates = kit.count_updates(hook.events);
        kit.clock.settle().await;
        let before = updates.get();
        let stream = kit.server.stream("/events/h1").expect("a stream");
        for n in 0..500 {
            stream.event(n, &progress(n));
        }
        kit.clock.settle().await;
        assert_eq!(updates.get(), before, "nothing is published before the frame");
        kit.frame().await;
        assert_eq!(updates.get(), before + 1, "one update for 500 events");
        assert_eq!(hook.events.get_untracked().len(), 500);
        kit.frame().await;
        assert_eq!(updates.get(), before + 1, "and none when nothing came");
        kit.finish().await;
    });
}

#[test]
fn a_hidden_page_is_notified_once_a_second_and_keeps_streaming() {
    test(|kit| async move {
        kit.know("h1", "r1", "running");
        let hook = kit.hook(|| use_workflow_handler("h1", true));
        kit.frame().await;
        kit.clock.set_visible(false);
        kit.frame().await;
        let updates = kit.count_updates(hook.events);
        kit.clock.settle().await;
        let before = updates.get();
        let stream = kit.server.stream("/events/h1").expect("a stream");
        for n in 0..40 {
            stream.event(n, &progress(n));
            kit.clock.advance(50).await;
        }
        let notified = updates.get() - before;
        assert!((1..=3).contains(&notified), "{notified} updates in two seconds");
        kit.clock.advance(1_000).await;
        assert_eq!(hook.events.get_untracked().len(), 40, "nothing was lost");
        kit.finish().await;
    });
}

#[test]
fn unchanged_signals_do_not_notify() {
    test(|kit| async move {
        kit.know("h1", "r1", "running");
        let hook = kit.hook(|| use_workflow_handler("h1", true));
        kit.frame().await;
        let (status, handler) = (kit.count_updates(hook.status), kit.count_updates(hook.handler));
        kit.clock.settle().await;
        let before = (status.get(), handler.get());
        kit.server
            .stream("/events/h1")
            .expect("a stream")
            .event(0, &progress(1));
        kit.frame().await;
        hook.refresh.call();
        kit.frame().await;
        assert_eq!((status.get(), handler.get()), before, "an event changes neither");
        kit.finish().await;
    });
}

#[test]
fn clearing_is_a_view_of_one_hook() {
    // The React hook emptied the array for everybody.
    test(|kit| async move {
        kit.know("h1", "r1", "running");
        let one = kit.hook(|| use_workflow_handler("h1", true));
        let other = kit.hook(|| use_workflow_handler("h1", true));
        kit.frame().await;
        let stream = kit.server.stream("/events/h1").expect("a stream");
        stream
            .event(0, &step("a", "running", "StartEvent"))
            .event(1, &progress(1))
            .event(2, &progress(2));
        kit.frame().await;
        one.clear_events.call();
        assert_eq!(one.events.get_untracked().len(), 0);
        assert_eq!(
            other.events.get_untracked().len(),
            2,
            "the other hook keeps its events"
        );
        stream.event(3, &progress(3));
        kit.frame().await;
        let events = one.events.get_untracked();
        assert_eq!(
            events
                .range(0..9)
                .iter()
                .map(|row| row.sequence)
                .collect::<Vec<_>>(),
            [3]
        );
        assert_eq!(events.row_of(3), Some(0));
        assert_eq!(events.row_of(2), None, "cleared");
        assert_eq!(events.count_public(), 3, "the count is the run's");
        one.clear_events.call();
        one.clear_events.call();
        assert!(
            one.events.get_untracked().is_empty(),
            "clearing twice is clearing"
        );
        kit.finish().await;
    });
}

#[test]
fn readers_choose_whether_they_see_internal_events() {
    test(|kit| async move {
        kit.know("h1", "r1", "running");
        let public = kit.hook(|| use_workflow_handler("h1", true));
        let options = UseWorkflowHandlerOptions {
            include_internal: true,
            ..Default::default()
        };
        let all = kit.hook(|| use_workflow_handler_with_options("h1", true, options));
        kit.frame().await;
        kit.server
            .stream("/events/h1")
            .expect("a stream")
            .event(0, &step("a", "running", "StartEvent"))
            .event(1, &progress(1))
            .event(2, ASK);
        kit.frame().await;
        assert_eq!(kit.opened("h1"), 1, "the same stream");
        let (public, all) = (public.events.get_untracked(), all.events.get_untracked());
        assert_eq!((public.len(), all.len()), (2, 3));
        assert_eq!(all.get(0).map(|row| row.kind), Some(EventKind::StepState));
        assert_eq!(
            public.clone().with_internal(true),
            all,
            "one reader made into the other"
        );
        assert_eq!(public.with(1, |event| event.sequence), Some(2));
        assert_eq!(public.with(2, |event| event.sequence), None, "beyond the end");
        assert_eq!((public.row_of(2), all.row_of(2)), (Some(1), Some(2)));
        assert_eq!(public.row_of(0), None, "an internal event has no row here");
        assert_eq!(
            public.by_sequence(0, |event| event.kind),
            Some(EventKind::StepState)
        );
        assert_eq!(public.last().map(|row| row.class.name), Some("Ask".to_owned()));
        assert_eq!(public.missing(), 0);
        kit.finish().await;
    });
}

#[test]
fn a_memo_over_events_runs_only_when_rows_were_added() {
    test(|kit| async move {
        kit.know("h1", "r1", "running");
        let hook = kit.hook(|| use_workflow_handler("h1", true));
        let events = kit.hook(|| Memo::new(move |_| hook.events.get()));
        let updates = kit.count_updates(events);
        kit.frame().await;
        kit.clock.settle().await;
        let before = updates.get();
        hook.refresh.call();
        kit.frame().await;
        assert_eq!(updates.get(), before, "equal events tell nobody");
        kit.finish().await;
    });
}

#[test]
fn reading_and_acting_at_once_does_not_panic() {
    // The machine is borrowed while a reader looks at an event; what the reader does meanwhile waits for its turn.
    test(|kit| async move {
        kit.know("h1", "r1", "running");
        let hook = kit.hook(|| use_workflow_handler("h1", true));
        kit.frame().await;
        kit.server
            .stream("/events/h1")
            .expect("a stream")
            .event(0, &progress(1));
        kit.frame().await;
        hook.events.with(|events| {
            events.with(0, |_| {
                hook.refresh.call();
                hook.stop_streaming.call();
            })
        });
        kit.frame().await;
        assert_eq!(kit.server.open_streams(), 0, "the stop was not lost");
        kit.finish().await;
    });
}

#[test]
fn a_continued_handler_begins_a_new_log_and_old_readers_find_nothing() {
    test(|kit| async move {
        kit.know("h1", "r1", "running");
        let hook = kit.hook(|| use_workflow_handler("h1", true));
        kit.frame().await;
        let stream = kit.server.stream("/events/h1").expect("a stream");
        stream.event(0, &progress(1)).event(1, &progress(2));
        kit.frame().await;
        let old = hook.events.get_untracked();
        assert_eq!(old.len(), 2);
        hook.clear_events.call();

        let next = crate::kit::handler("h1", "r2", "running").replace("11:28:10", "11:30:00");
        kit.know_as("h1", &next, "running");
        hook.refresh.call();
        kit.frame().await;
        assert_eq!(hook.run_id.get_untracked().as_deref(), Some("r2"));
        let stream = kit.server.stream("/events/h1").expect("another stream");
        assert!(
            stream.path().contains("after_sequence=-1"),
            "cursors belong to a run: {}",
            stream.path()
        );
        stream.event(0, &progress(7));
        kit.frame().await;
        let new = hook.events.get_untracked();
        assert_eq!(new.len(), 1, "the clearing belonged to the run before");
        assert_eq!(
            new.with(0, |event| event.value.map(str::to_owned)),
            Some(Some(r#"{"n":7}"#.to_owned()))
        );
        assert_eq!(
            old.get(0),
            None,
            "a reader of the run before does not read the next run's events"
        );
        assert!(!old.same_run(&new));
        kit.finish().await;
    });
}

#[test]
fn a_kept_reader_outlives_its_hook() {
    test(|kit| async move {
        kit.know("h1", "r1", "running");
        let (hook, owner) = kit.component(|| use_workflow_handler("h1", true));
        kit.frame().await;
        kit.server
            .stream("/events/h1")
            .expect("a stream")
            .event(0, &progress(1));
        kit.frame().await;
        let events = hook.events.get_untracked();
        owner.cleanup();
        kit.clock.settle().await;
        assert_eq!(kit.server.open_streams(), 0);
        assert_eq!(
            events.get(0).map(|row| row.sequence),
            Some(0),
            "what was received can still be read"
        );
        hook.stop_streaming.call();
        hook.clear_events.call();
        kit.finish().await;
    });
}

#[test]
fn a_big_chunk_is_taken_in_slices() {
    test(|kit| async move {
        kit.know("h1", "r1", "running");
        let hook = kit.hook(|| use_workflow_handler("h1", true));
        kit.frame().await;
        let mut chunk = String::new();
        for n in 0..20_000 {
            chunk.push_str(&format!("id: {n}\ndata: {}\n\n", progress(n)));
        }
        kit.server.stream("/events/h1").expect("a stream").bytes(chunk);
        kit.frame().await;
        let events = hook.events.get_untracked();
        assert_eq!((events.len(), events.missing()), (20_000, 0));
        assert_eq!(events.last().map(|row| row.sequence), Some(19_999));
        kit.finish().await;
    });
}
