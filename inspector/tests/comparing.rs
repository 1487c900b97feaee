//! Two runs side by side: a run and itself, a run and one with a known change.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;
use serde_json::{Value, json};
use workflow_inspector::compare::{Comparison, Counts, Difference, Row, Trail, changes, compare, step_times};
use workflow_inspector::steps::Steps;
use workflow_protocol::{EventLog, Time};

/// An event of a generated run.
#[derive(Clone, Debug, PartialEq)]
enum Event {
    /// A class and a number of its payload.
    Public(u8, u32),
    /// A step starts or returns.
    Step(u8, bool),
}

impl Event {
    fn json(&self) -> Value {
        match self {
            Self::Public(class, number) => {
                json!({ "type": format!("Class{class}"), "value": { "n": number, "text": "x" } })
            }
            Self::Step(step, true) => state(&format!("step{step}"), "running", "0", None),
            Self::Step(step, false) => state(&format!("step{step}"), "not_running", "0", Some("Out")),
        }
    }
}

fn state(step: &str, state: &str, worker: &str, output: Option<&str>) -> Value {
    json!({
        "type": "StepStateChanged",
        "types": ["InternalDispatchEvent"],
        "value": {
            "name": step, "step_state": state, "worker_id": worker,
            "input_event_name": "In", "output_event_name": output,
        },
    })
}

fn log(events: &[Value]) -> EventLog {
    let mut log = EventLog::default();
    for (at, event) in events.iter().enumerate() {
        log.push_frame(at as u64, &event.to_string(), Some(Time(at as u64 * 10)))
            .unwrap();
    }
    log
}

fn trail_of(events: &[Value]) -> Trail {
    let log = log(events);
    let mut trail = Trail::default();
    (0..log.len())
        .filter_map(|at| log.get(at))
        .for_each(|event| trail.push(&event));
    trail
}

fn trail(events: &[Event]) -> Trail {
    trail_of(&events.iter().map(Event::json).collect::<Vec<_>>())
}

fn run() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        3 => (0..4_u8, 0..5_u32).prop_map(|(class, number)| Event::Public(class, number)),
        1 => (0..3_u8, any::<bool>()).prop_map(|(step, starts)| Event::Step(step, starts)),
    ];
    prop::collection::vec(event, 1..80)
}

fn differences(counts: Counts) -> usize {
    counts.changed + counts.moved + counts.missing + counts.extra
}

/// Each event of both runs is in one row.
fn check(comparison: &Comparison, left: &Trail, right: &Trail) {
    let mut places: Vec<u32> = comparison.rows.iter().filter_map(|row| row.left).collect();
    let mut others: Vec<u32> = comparison.rows.iter().filter_map(|row| row.right).collect();
    places.sort_unstable();
    others.sort_unstable();
    assert_eq!(places, (0..left.items().len() as u32).collect::<Vec<_>>());
    assert_eq!(others, (0..right.items().len() as u32).collect::<Vec<_>>());
    for row in &comparison.rows {
        if let (Some(a), Some(b)) = (row.left, row.right) {
            let (a, b) = (&left.items()[a as usize], &right.items()[b as usize]);
            assert_eq!(left.label(a), right.label(b), "of one step and class");
            assert_eq!(row.changed, !a.is_same(b));
        }
    }
    let counts = comparison.counts;
    assert_eq!(counts.same + differences(counts), comparison.rows.len());
    assert_eq!(comparison.first.is_some(), differences(counts) > 0);
    if let Some(first) = comparison.first {
        assert_ne!(comparison.rows[first].difference(), Difference::Same);
    }
}

proptest! {
    #[test]
    fn a_run_does_not_differ_from_itself(events in run()) {
        let trail = trail(&events);
        let found = compare(&trail, &trail);
        check(&found, &trail, &trail);
        prop_assert_eq!(differences(found.counts), 0);
        prop_assert_eq!(found.first, None);
    }

    #[test]
    fn an_event_less_or_more_is_found(events in run(), at in any::<prop::sample::Index>()) {
        let mut shorter = events.clone();
        shorter.remove(at.index(events.len()));
        let (whole, part) = (trail(&events), trail(&shorter));
        let found = compare(&whole, &part);
        check(&found, &whole, &part);
        prop_assert_eq!((found.counts.missing, found.counts.extra), (1, 0));
        let found = compare(&part, &whole);
        prop_assert_eq!((found.counts.missing, found.counts.extra), (0, 1));
    }

    #[test]
    fn a_changed_value_is_found(events in run(), at in any::<prop::sample::Index>()) {
        let at = at.index(events.len());
        let mut changed = events.clone();
        match &mut changed[at] {
            Event::Public(_, number) => *number += 100,
            Event::Step(step, _) => *step += 100,
        }
        let (left, right) = (trail(&events), trail(&changed));
        let found = compare(&left, &right);
        check(&found, &left, &right);
        match events[at] {
            Event::Public(..) => prop_assert!(found.counts.changed >= 1, "{:?}", found.counts),
            Event::Step(..) => prop_assert_eq!((found.counts.missing, found.counts.extra), (1, 1)),
        }
    }

    #[test]
    fn another_order_is_found(events in run(), at in any::<prop::sample::Index>()) {
        let at = at.index(events.len());
        let mut swapped = events.clone();
        swapped.swap(at, (at + 1) % events.len());
        let (left, right) = (trail(&events), trail(&swapped));
        let found = compare(&left, &right);
        check(&found, &left, &right);
        prop_assert_eq!((found.counts.missing, found.counts.extra), (0, 0), "nothing is lost");
        prop_assert_eq!(differences(found.counts) > 0, events != swapped);
    }

    #[test]
    fn the_order_of_the_runs_makes_no_difference(a in run(), b in run()) {
        let (left, right) = (trail(&a), trail(&b));
        let (there, back) = (compare(&left, &right), compare(&right, &left));
        check(&there, &left, &right);
        let mirrored: Vec<Row> = back.rows.iter().map(|row| row.mirrored()).collect();
        prop_assert_eq!(&mirrored, &there.rows);
        prop_assert_eq!(there.first, back.first);
        prop_assert_eq!((there.counts.missing, there.counts.extra), (back.counts.extra, back.counts.missing));
    }

    #[test]
    fn changes_are_symmetric_and_none_between_equals(a in value(), b in value()) {
        let (left, right) = (a.to_string(), b.to_string());
        prop_assert_eq!(changes(&left, &left).list.len(), 0);
        let pretty = serde_json::to_string_pretty(&a).unwrap();
        prop_assert_eq!(changes(&left, &pretty).list.len(), 0, "white space is no change");
        let (there, back) = (changes(&left, &right), changes(&right, &left));
        prop_assert_eq!(there.list.is_empty(), a == b);
        let mut back: Vec<_> = back.list.into_iter().map(|change| (change.path, change.right, change.left)).collect();
        let mut there: Vec<_> = there.list.into_iter().map(|change| (change.path, change.left, change.right)).collect();
        back.sort();
        there.sort();
        prop_assert_eq!(there, back);
    }

    #[test]
    fn any_two_texts_are_compared(left in any::<String>(), right in any::<String>()) {
        prop_assert_eq!(changes(&left, &right).list.is_empty(), left.trim() == right.trim());
    }
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-c/~\"é]{0,3}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-c/~]{0,2}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

#[test]
fn what_depends_on_timing_is_no_difference() {
    let queued = state("work", "preparing", "<enqueued>", None);
    let idle = json!({ "type": "WorkflowIdleEvent", "types": ["InternalDispatchEvent"], "value": {} });
    let one = [
        state("work", "running", "0", None),
        state("work", "not_running", "0", Some("Out")),
    ];
    let other = [
        queued,
        state("work", "running", "3", None),
        idle,
        state("work", "not_running", "3", Some("Out")),
    ];
    let found = compare(&trail_of(&one), &trail_of(&other));
    assert_eq!((found.counts.same, differences(found.counts)), (2, 0));
}

#[test]
fn turns_side_by_side_correspond_by_their_payloads() {
    let fan_out = |order: [u32; 4]| {
        let mut events: Vec<Value> = (0..4)
            .map(|worker| state("work", "running", &worker.to_string(), None))
            .collect();
        events.extend(
            order
                .iter()
                .map(|n| json!({ "type": "Done", "value": { "n": n } })),
        );
        events.extend((0..4).map(|worker| state("work", "not_running", &worker.to_string(), Some("Out"))));
        events
    };
    let found = compare(
        &trail_of(&fan_out([0, 1, 2, 3])),
        &trail_of(&fan_out([2, 0, 3, 1])),
    );
    assert_eq!(
        (found.counts.changed, found.counts.missing, found.counts.extra),
        (0, 0, 0),
        "{:?}",
        found.counts
    );
    assert!(found.counts.moved > 0);
    let found = compare(
        &trail_of(&fan_out([0, 1, 2, 3])),
        &trail_of(&fan_out([2, 0, 7, 1])),
    );
    assert_eq!(
        (found.counts.changed, found.counts.missing, found.counts.extra),
        (1, 0, 0),
        "{:?}",
        found.counts
    );
}

#[test]
fn the_turns_of_a_loop_correspond_in_order() {
    let looping = |from: u32| {
        let turns = (from..from + 3).flat_map(|n| {
            [
                state("work", "running", "0", None),
                json!({ "type": "Try", "value": { "n": n } }),
                state("work", "not_running", "0", Some("Out")),
            ]
        });
        turns.collect::<Vec<_>>()
    };
    let found = compare(&trail_of(&looping(1)), &trail_of(&looping(2)));
    assert_eq!(
        (found.counts.changed, found.counts.moved),
        (3, 0),
        "{:?}",
        found.counts
    );
    assert_eq!(found.first, Some(1));
}

#[test]
fn runs_that_differ_too_much_are_aligned_by_step() {
    let long = |from: u32| {
        (0..6_000)
            .map(|n| Event::Public(((n + from) % 7) as u8, n * from))
            .collect::<Vec<_>>()
    };
    let mut other = long(1);
    other.reverse();
    let (left, right) = (trail(&long(0)), trail(&other));
    let found = compare(&left, &right);
    check(&found, &left, &right);
    assert!(found.by_step);
}

#[test]
fn evicted_payloads_are_compared_by_length() {
    let events: Vec<Value> = (0..2_000)
        .map(|n| json!({ "type": "Big", "value": { "n": n % 7, "text": "x".repeat(400) } }))
        .collect();
    let mut small = EventLog::new(1);
    for (at, event) in events.iter().enumerate() {
        small.push_frame(at as u64, &event.to_string(), None).unwrap();
    }
    assert!(small.evicted() > 0);
    let mut left = Trail::default();
    (0..small.len())
        .filter_map(|at| small.get(at))
        .for_each(|event| left.push(&event));
    assert_eq!(left.unread(), small.evicted());
    let found = compare(&left, &trail_of(&events));
    assert_eq!(differences(found.counts), 0, "{:?}", found.counts);
}

#[test]
fn steps_are_timed_in_both_runs() {
    let fold = |events: &[Value]| {
        let log = log(events);
        let mut steps = Steps::new(Vec::new());
        (0..log.len())
            .filter_map(|at| log.get(at))
            .for_each(|event| steps.push(&event));
        steps
    };
    let one = fold(&[
        state("a", "running", "0", None),
        state("a", "not_running", "0", Some("Out")),
    ]);
    let other = fold(&[
        state("b", "running", "0", None),
        state("b", "not_running", "0", Some("Out")),
        state("a", "running", "0", None),
        state("x", "running", "0", None),
        state("a", "not_running", "0", Some("Out")),
    ]);
    let times = step_times(&one, &other);
    let found: Vec<_> = times
        .iter()
        .map(|it| (it.step.as_str(), it.turns, it.ms))
        .collect();
    assert_eq!(
        found,
        [
            ("a", [1, 1], [Some(10), Some(20)]),
            ("b", [0, 1], [None, Some(10)]),
            ("x", [0, 1], [None, None]),
        ]
    );
}

#[test]
fn hostile_values_are_compared() {
    let deep = |end: &str| ["[".repeat(5_000), end.to_owned(), "]".repeat(5_000)].concat();
    assert_eq!(
        changes(&deep("1"), &deep("2")).list.len(),
        1,
        "what is too deep is compared as a whole"
    );
    let wide = |n: u32| Value::from((0..1_000).map(|at| at * n).collect::<Vec<_>>()).to_string();
    let found = changes(&wide(1), &wide(2));
    assert_eq!((found.list.len(), found.is_cut), (200, true));
    assert_eq!(
        changes("12345678901234567890123", "12345678901234567890124")
            .list
            .len(),
        1,
        "every digit counts"
    );
    assert_eq!(changes("\"\\u00e9\"", "\"é\"").list.len(), 0, "the same text");
}
