//! What steps did: folded from recorded runs and from generated ones.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod made_runs;

use std::sync::Arc;

use made_runs::{event, fold, run, state};
use proptest::prelude::*;
use workflow_inspector::graph::{Collecting, GraphView};
use workflow_inspector::replay::{attempt, line};
use workflow_inspector::steps::{Axis, Frame, NONE, Outcome, Span, Steps, bars};
use workflow_protocol::{Envelope, EventLog, Graph, Time};

fn timed(events: Vec<(String, u64)>) -> Vec<(String, Option<u64>)> {
    events.into_iter().map(|(frame, at)| (frame, Some(at))).collect()
}

/// Row, name, outcome, attempt, milliseconds of each span.
fn summary(steps: &Steps) -> Vec<(String, Outcome, u32, Option<u64>)> {
    steps
        .spans()
        .iter()
        .map(|span| {
            let lane = steps.lane(span.lane).unwrap();
            let name = if lane.step == NONE {
                "?"
            } else {
                steps.name(lane.step)
            };
            (
                format!("{name}/{} {}", lane.worker, steps.name(span.input)),
                span.outcome,
                span.attempt,
                steps.duration(span, None),
            )
        })
        .collect()
}

#[test]
fn retries_are_counted_and_the_last_failure_stays() {
    let mut events = Vec::new();
    for turn in 0..3 {
        events.push((state("write", "running", "0", "Draft", None), turn * 100));
        events.push((
            state("write", "not_running", "0", "<class 'app.Draft'>", None),
            turn * 100 + 40,
        ));
    }
    events.push((event("WorkflowFailedEvent", "StopEvent"), 250));
    let steps = fold(&[], &timed(events));
    let want: Vec<_> = (1..=3)
        .map(|attempt| ("write/0 Draft".to_owned(), Outcome::Failed, attempt, Some(40)))
        .collect();
    assert_eq!(summary(&steps), want);
    assert!(steps.has_ended());
}

#[test]
fn attempts_and_delays_are_known_as_far_as_the_events_say() {
    let mut events = Vec::new();
    for turn in 0..3 {
        events.push((state("write", "running", "0", "Draft", None), turn * 100));
        events.push((
            state("write", "not_running", "0", "<class 'app.Draft'>", None),
            turn * 100 + 40,
        ));
    }
    let going_on = fold(&[], &timed(events.clone()));
    let failed = r#"{"type":"WorkflowFailedEvent","types":["StopEvent"],"value":{"step_name":"write","attempts":3,
            "exception":{"exception_type":"builtins.ValueError","exception_message":"no luck"}}}"#;
    events.push((failed.to_owned(), 250));
    let ended = fold(&[], &timed(events));
    for span in 0..3 {
        assert_eq!(going_on.attempts(span), None, "nobody said how often it is tried");
        assert_eq!(ended.attempts(span), Some(3));
    }
    assert_eq!(ended.retry_delay(0), None);
    assert_eq!(ended.retry_delay(1), Some(60));
    assert_eq!(
        attempt(&ended, 2).as_deref(),
        Some("attempt 3 of 3, 60 ms after the last")
    );
    assert_eq!(attempt(&going_on, 0), None);
    assert_eq!(
        (0..3).map(|span| ended.error(span)).collect::<Vec<_>>(),
        [None, None, Some("ValueError: no luck")],
        "no event has the errors of the attempts before"
    );
    let end = line(&ended, 5).expect("a line").text;
    assert_eq!(end, "Step write failed with event Draft: ValueError: no luck");
}

#[test]
fn a_collecting_step_lacks_what_has_not_come() {
    let json = r#"{"nodes":[{"id":"A","node_type":"event","event_type":"A"},{"id":"B","node_type":"event","event_type":"B"},
        {"id":"gather","node_type":"step"},{"id":"Stop","node_type":"event","event_type":"Stop"}],
        "edges":[{"source":"A","target":"gather"},{"source":"B","target":"gather"},{"source":"gather","target":"Stop"}]}"#;
    let view = GraphView::new(Arc::new(Graph::parse(json).unwrap()));
    let mut events = Vec::new();
    for (class, output) in [("A", "NoneType"), ("A", "NoneType"), ("B", "Stop")] {
        let input = format!("<class 'app.{class}'>");
        events.push((state("gather", "running", "0", class, None), 0));
        events.push((state("gather", "not_running", "0", &input, Some(output)), 1));
    }
    let steps = fold(&[], &timed(events));
    let node = view.number("gather").unwrap();
    let collecting = |passed| view.collecting(node, &steps, passed);
    assert_eq!(collecting(1), None, "its first turn has not ended");
    let want = Collecting {
        came: vec![("A".to_owned(), 2)],
        missing: vec!["B".to_owned()],
    };
    assert_eq!(collecting(4), Some(want.clone()));
    assert_eq!(collecting(5), Some(want), "it is at work with the last one");
    assert_eq!(collecting(6), None, "and has returned its event");
    assert_eq!(
        view.collecting(view.number("A").unwrap(), &steps, 4),
        None,
        "no step"
    );
}

#[test]
fn kinds_of_nodes_that_agents_draw_are_laid_out() {
    let kinds = ["agent", "tool", "workflow_agent", "handoff", "child_connector"];
    let node = |kind: &&str| format!(r#"{{"id":"{kind}","label":"{kind}","node_type":"{kind}"}}"#);
    let nodes: Vec<String> = kinds.iter().map(node).collect();
    let json = format!(
        r#"{{"nodes":[{}],"edges":[{{"source":"workflow_agent","target":"agent"}},{{"source":"agent","target":"tool"}}]}}"#,
        nodes.join(",")
    );
    let view = GraphView::new(Arc::new(Graph::parse(&json).unwrap()));
    assert_eq!(view.layout.nodes.len(), kinds.len());
    assert!(view.layout.nodes.iter().all(|place| place.width > 20));
    assert_eq!(view.node(0).unwrap().kind.as_str(), "agent");
}

#[test]
fn a_step_that_waits_inside_is_parked_and_goes_on() {
    let events = timed(vec![
        (state("ask", "running", "0", "StartEvent", None), 0),
        (
            state("ask", "not_running", "0", "<class 'x.StartEvent'>", None),
            10,
        ),
        (event("InputRequiredEvent", "Event"), 10),
        (event("WorkflowIdleEvent", "InternalDispatchEvent"), 11),
        (state("ask", "running", "0", "StartEvent", None), 5_011),
        (
            state(
                "ask",
                "not_running",
                "0",
                "<class 'x.StartEvent'>",
                Some("StopEvent"),
            ),
            5_020,
        ),
        (event("StopEvent", "Event"), 5_020),
    ]);
    let steps = fold(&["HumanResponseEvent"], &events);
    let name = || "ask/0 StartEvent".to_owned();
    assert_eq!(
        summary(&steps),
        [
            (name(), Outcome::Parked, 1, Some(10)),
            (
                "?/0 InputRequiredEvent".to_owned(),
                Outcome::Answered,
                1,
                Some(5_001)
            ),
            (name(), Outcome::Returned, 1, Some(9)),
        ]
    );
    let axis = Axis::new(&steps, None);
    assert_eq!(axis.folds().len(), 1, "the wait is folded");
    assert_eq!(axis.folds()[0].ms, 5_001);
    assert!(axis.end() < 1_000, "and takes little room: {}", axis.end());
    assert_eq!(
        axis.elapsed(axis.end()),
        Some(5_020),
        "times are true all the same"
    );
}

#[test]
fn a_returned_question_waits_for_a_class_that_answers() {
    let events = timed(vec![
        (state("ask", "running", "0", "Mid", None), 0),
        (
            state("ask", "not_running", "0", "<class 'app.Mid'>", Some("Ask")),
            1,
        ),
        (event("Ask", "InputRequiredEvent"), 1),
        // Another branch goes on meanwhile.
        (state("other", "running", "0", "Work", None), 20),
        (state("got", "running", "0", "Answer", None), 300),
        (
            state(
                "got",
                "not_running",
                "0",
                "<class 'app.Answer'>",
                Some("StopEvent"),
            ),
            310,
        ),
        (event("StopEvent", "Event"), 320),
    ]);
    let steps = fold(&["Answer"], &events);
    let got: Vec<_> = summary(&steps)
        .into_iter()
        .map(|(name, outcome, _, ms)| (name, outcome, ms))
        .collect();
    assert_eq!(
        got,
        [
            ("ask/0 Mid".to_owned(), Outcome::Returned, Some(1)),
            ("?/0 Ask".to_owned(), Outcome::Answered, Some(299)),
            ("other/0 Work".to_owned(), Outcome::CutOff, Some(300)),
            ("got/0 Answer".to_owned(), Outcome::Returned, Some(10)),
        ]
    );
    assert_eq!(
        steps.lane(steps.rows()[0]).unwrap().step,
        NONE,
        "questions stand on top"
    );
}

#[test]
fn a_restarted_server_cuts_off_what_was_going_on() {
    let events = timed(vec![
        (state("count", "running", "0", "StartEvent", None), 0),
        (state("count", "running", "0", "StartEvent", None), 900),
        (
            state(
                "count",
                "not_running",
                "0",
                "<class 'app.StartEvent'>",
                Some("StopEvent"),
            ),
            1_000,
        ),
    ]);
    let steps = fold(&[], &events);
    let outcomes: Vec<Outcome> = steps.spans().iter().map(|span| span.outcome).collect();
    assert_eq!(outcomes, [Outcome::CutOff, Outcome::Returned]);
    assert_eq!(steps.at_work(0), 0);
}

#[test]
fn history_has_an_order_and_no_times() {
    let events: Vec<_> = [
        state("a", "running", "0", "StartEvent", None),
        state("a", "not_running", "0", "<class 'app.StartEvent'>", Some("Mid")),
        state("b", "running", "0", "Mid", None),
    ]
    .map(|frame| (frame, None))
    .to_vec();
    let steps = fold(&[], &events);
    let axis = Axis::new(&steps, None);
    assert_eq!(axis.scale(), "order");
    assert_eq!(axis.elapsed(axis.end()), None, "no time is made up");
    assert_eq!(
        axis.place(2) - axis.place(1),
        axis.place(1) - axis.place(0),
        "equal distances"
    );
}

#[test]
fn used_and_declared_edges_are_distinguished() {
    let json = r#"{"nodes":[{"id":"S","node_type":"event","event_type":"S"},{"id":"split","node_type":"step"},
        {"id":"Work","node_type":"event","event_type":"Work"},{"id":"work","node_type":"step"},
        {"id":"Done","node_type":"event","event_type":"Done"},{"id":"Never","node_type":"event","event_type":"Never"}],
        "edges":[{"source":"S","target":"split"},{"source":"split","target":"Work"},{"source":"Work","target":"work"},
        {"source":"work","target":"Done"},{"source":"work","target":"Never"}]}"#;
    let view = GraphView::new(Arc::new(Graph::parse(json).unwrap()));
    let events = timed(vec![
        (state("split", "running", "0", "S", None), 0),
        // Sent by hand: no output shows it.
        (
            state("split", "not_running", "0", "<class 'app.S'>", Some("NoneType")),
            1,
        ),
        (state("work", "running", "0", "Work", None), 2),
        (state("work", "running", "1", "Work", None), 2),
        (
            state("work", "not_running", "0", "<class 'app.Work'>", Some("Done")),
            3,
        ),
        (state("odd", "running", "0", "Work", None), 4),
    ]);
    let steps = fold(&[], &events);
    let traffic = view.traffic(&steps);
    assert_eq!(traffic.edges, [1, 3, 2, 1, 0]);
    assert_eq!(traffic.nodes, [1, 1, 3, 2, 1, 0]);
    assert_eq!(traffic.at_work, [0, 0, 0, 1, 0, 0]);
    let undeclared = traffic.undeclared.iter();
    let undeclared: Vec<_> = undeclared
        .map(|(flow, into)| (steps.name(flow.step), steps.name(flow.class), *into))
        .collect();
    assert_eq!(undeclared, [("odd", "Work", true)]);
}

proptest! {
    #[test]
    fn spans_of_a_lane_follow_each_other(events in run()) {
        let steps = fold(&["Y"], &events);
        let mut seen = 0;
        for row in steps.rows() {
            let lane = steps.lane(*row).unwrap();
            let mut before = 0;
            for (nth, index) in lane.spans.iter().enumerate() {
                let span = steps.span(*index).unwrap();
                prop_assert!(span.from >= before && span.from <= span.to);
                prop_assert!(span.to != NONE || nth + 1 == lane.spans.len(), "only the last one lasts");
                before = span.to;
                seen += 1;
            }
        }
        prop_assert_eq!(seen, steps.spans().len(), "each stands in one lane");
        for (index, span) in steps.spans().iter().enumerate() {
            prop_assert_eq!(steps.span_at(steps.sequence(span)), Some(index as u32), "found by its event");
        }
    }

    #[test]
    fn an_axis_never_goes_back_and_covers_the_whole_time(events in run()) {
        let timed = events.iter().all(|(_, at)| at.is_some());
        let steps = fold(&[], &events);
        let axis = Axis::new(&steps, None);
        let places: Vec<u32> = (0..steps.marks().len() as u32).map(|mark| axis.place(mark)).collect();
        prop_assert!(places.is_sorted() && places.iter().all(|place| *place <= axis.end()));
        if timed && let (Some(first), Some(last)) = (steps.marks().first(), steps.marks().last()) {
            let total = last.at.unwrap() - first.at.unwrap();
            prop_assert_eq!(axis.elapsed(axis.place(places.len() as u32 - 1)), Some(total));
            for span in steps.spans().iter().filter(|span| span.to != NONE) {
                prop_assert!(steps.duration(span, None).unwrap() <= total, "no span is longer than the run");
            }
        }
    }

    #[test]
    fn bars_cover_every_span_and_never_overlap(events in run(), scale in 1..400_u32, most in 1..40_usize) {
        let steps = fold(&[], &events);
        let axis = Axis::new(&steps, Some(1_000_000));
        let scale = f64::from(scale) / 100.0;
        let rows = steps.rows().len() as u32;
        let right = (f64::from(axis.end()) * scale) as i32 + 1;
        let frame = Frame { scale, left: 0, right, first: 0, last: rows + 3, most };
        let found = bars(&steps, &axis, frame);
        let sum: u32 = found.iter().map(|bar| bar.count).sum();
        prop_assert_eq!(sum as usize, steps.spans().len(), "none is lost, none is doubled");
        for pair in found.windows(2) {
            prop_assert!(pair[0].width > 0);
            prop_assert!(pair[0].row < pair[1].row || pair[0].left + pair[0].width <= pair[1].left);
        }
        prop_assert!(found.len() <= most.max(rows as usize * 2), "{} bars", found.len());
    }
}

#[test]
fn fifty_thousand_turns_become_as_many_bars_as_there_is_room() {
    let mut steps = Steps::new(Vec::new());
    let mut log = EventLog::default();
    for turn in 0..50_000_u64 {
        let running = state("work", "running", "0", "Work", None);
        let done = state("work", "not_running", "0", "<class 'app.Work'>", Some("Done"));
        for (nth, frame) in [running, done].iter().enumerate() {
            let at = turn * 2 + nth as u64;
            log.push(at, &Envelope::parse(frame).unwrap(), Some(Time(at * 3)));
        }
    }
    for at in 0..log.len() {
        steps.push(&log.get(at).unwrap());
    }
    assert_eq!(steps.spans().len(), 50_000);
    let axis = Axis::new(&steps, None);
    let scale = 1_000.0 / f64::from(axis.end());
    let frame = Frame {
        scale,
        left: 0,
        right: 1_000,
        first: 0,
        last: 1,
        most: 400,
    };
    let whole = bars(&steps, &axis, frame);
    assert!(whole.len() <= 400, "{} bars", whole.len());
    assert_eq!(whole.iter().map(|bar| bar.count).sum::<u32>(), 50_000);
    // Zoomed in, single turns are seen, and only those in the frame.
    let frame = Frame {
        scale: 10.0,
        left: 500_000,
        right: 501_000,
        first: 0,
        last: 1,
        most: 400,
    };
    let near = bars(&steps, &axis, frame);
    assert!((10..40).contains(&near.len()), "{} bars", near.len());
    assert!(near.iter().all(|bar| bar.count == 1));
    let Span { from, .. } = steps.span(near[0].span).unwrap();
    assert!(from > 1_000, "the frame begins late");
}
