//! The model of a monitor.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should say so and stop"
)]

use std::sync::Arc;

use proptest::prelude::*;
use workflow_inspector::monitor::{
    AlarmKind, AlarmSettings, DeploymentFacts, MAX_RUNS, MINUTES, Minute, MonitorFilter, RunsOf, Trends,
    alarms, bars, merge, status_counts, workflow_names,
};
use workflow_protocol::{Handler, HandlerState, Time};

/// 2026-11-20T11:00:00Z
const NOON: u64 = 1_795_172_400_000;

fn run(id: &str, status: &str, second: u64, ended: Option<u64>) -> Arc<HandlerState> {
    let time = |second: u64| {
        format!(
            "2026-11-20T11:{:02}:{:02}.000000+00:00",
            second / 60 % 60,
            second % 60
        )
    };
    let ended = ended.map_or("null".to_owned(), |ended| format!("\"{}\"", time(ended)));
    let error = if status == "failed" {
        "\"Disk full\""
    } else {
        "null"
    };
    let text = format!(
        r#"{{"handler_id":"{id}","workflow_name":"greet","run_id":"run-{id}","status":"{status}","error":{error},"started_at":"{}","completed_at":{ended}}}"#,
        time(second)
    );
    let handler = Handler::parse(&text).expect("a handler");
    Arc::new(HandlerState {
        status: handler.run_status(),
        handler,
    })
}

fn of<'a>(deployment: &'a Arc<str>, runs: &'a [Arc<HandlerState>]) -> RunsOf<'a> {
    RunsOf {
        deployment,
        ahead_ms: 0,
        runs,
    }
}

fn at(second: u64) -> Time {
    Time(NOON + second * 1_000)
}

#[test]
fn the_test_knows_what_time_it_is() {
    assert_eq!(Time::parse("2026-11-20T11:00:00.000000+00:00"), Some(Time(NOON)));
}

#[test]
fn runs_are_merged_by_the_pages_clock() {
    let (a, b): (Arc<str>, Arc<str>) = ("a".into(), "b".into());
    let of_a = [
        run("a2", "completed", 50, Some(52)),
        run("a1", "running", 10, None),
    ];
    let of_b = [run("b1", "failed", 90, Some(91))];
    let ids = |ahead_ms: i64| -> Vec<String> {
        let sources = [
            of(&a, &of_a),
            RunsOf {
                ahead_ms,
                ..of(&b, &of_b)
            },
        ];
        let merged = merge(&sources);
        merged
            .runs
            .iter()
            .map(|run| run.run.handler.handler_id.clone())
            .collect()
    };
    assert_eq!(ids(0), ["b1", "a2", "a1"]);
    assert_eq!(ids(60_000), ["a2", "b1", "a1"], "a clock that is a minute fast");
    assert_eq!(ids(-60_000), ["b1", "a2", "a1"]);
    let merged = merge(&[of(&a, &of_a), of(&b, &of_b)]);
    assert_eq!(merged.runs[0].reason(), Some("Disk full"));
    assert_eq!(merged.runs[1].took(at(60)), Some(2_000));
    assert_eq!(merged.runs[2].took(at(60)), Some(50_000), "a run that goes on");
    assert_eq!(status_counts(&merged.runs), [1, 0, 1, 1, 0, 0]);
    assert_eq!(workflow_names(&merged.runs), ["greet"]);
}

#[test]
fn the_list_is_bounded_and_keeps_what_runs() {
    let name: Arc<str> = "a".into();
    let many: Vec<_> = (0..MAX_RUNS + 50)
        .map(|n| {
            let status = if n > MAX_RUNS { "running" } else { "completed" };
            run(&format!("r{n}"), status, 3_599 - (n as u64 / 4).min(3_599), None)
        })
        .collect();
    let merged = merge(&[of(&name, &many)]);
    assert_eq!((merged.runs.len(), merged.left_out), (MAX_RUNS, 50));
    assert_eq!(status_counts(&merged.runs)[0], 49, "the oldest ones still run");
    assert_eq!(merged.runs[0].run.handler.handler_id, "r0");
}

#[test]
fn every_field_of_a_filter_must_match() {
    let (a, b): (Arc<str>, Arc<str>) = ("orders".into(), "bills".into());
    let (of_a, of_b) = (
        [run("x1", "failed", 5, Some(6))],
        [run("x2", "completed", 1, Some(2))],
    );
    let merged = merge(&[of(&a, &of_a), of(&b, &of_b)]);
    let filter = |text: &str, status: &str, workflow: &str, deployment: &str| MonitorFilter {
        text: text.into(),
        status: status.into(),
        workflow: workflow.into(),
        deployment: deployment.into(),
    };
    for (filter, found) in [
        (filter("", "", "", ""), vec!["x1", "x2"]),
        (filter("disk", "", "", ""), vec!["x1"]),
        (filter("", "completed", "", ""), vec!["x2"]),
        (filter("x", "", "greet", "bills"), vec!["x2"]),
        (filter("", "failed", "", "bills"), vec![]),
        (filter("", "", "gree", ""), vec![]),
    ] {
        let ids: Vec<String> = filter
            .select(&merged.runs)
            .iter()
            .map(|run| run.run.handler.handler_id.clone())
            .collect();
        assert_eq!(ids, found, "{filter:?}");
    }
}

#[test]
fn trends_count_what_happens_while_the_page_watches() {
    let name: Arc<str> = "a".into();
    let mut trends = Trends::new();
    let old = run("old", "running", 0, None);
    trends.observe(at(120), &of(&name, std::slice::from_ref(&old)));
    assert!(trends.trends().is_empty(), "what was there at first is history");
    let (new, failed) = (
        run("new", "running", 130, None),
        run("bad", "failed", 140, Some(150)),
    );
    trends.observe(at(155), &of(&name, &[failed.clone(), new, old]));
    let (done, ended) = (
        run("new", "completed", 130, Some(190)),
        run("old", "completed", 0, Some(170)),
    );
    trends.observe(
        at(200),
        &of(&name, &[failed.clone(), done.clone(), ended.clone()]),
    );
    trends.observe(at(201), &of(&name, &[failed, done, ended]));
    let trend = &trends.trends()[0];
    let last: Vec<Minute> = trend.minutes()[MINUTES - 2..].to_vec();
    assert_eq!(
        last,
        [
            Minute {
                started: 2,
                completed: 1,
                failed: 1
            },
            Minute {
                started: 0,
                completed: 1,
                failed: 0
            },
        ]
    );
    assert_eq!(trend.median_ms(), Some(170_000), "of 60 s and 170 s");
    assert_eq!(trends.failures("a", 10), 1);
    assert_eq!(trends.failures("a", 1), 0, "not in this minute");
    trends.tick(at(200 + 60 * MINUTES as u64));
    assert_eq!(trends.trends()[0].total(), Minute::default());
    assert_eq!(trends.trends()[0].median_ms(), None);
    trends.keep(|name| name != "a");
    assert!(trends.trends().is_empty());
}

#[test]
fn a_restarted_server_whose_history_comes_back_starts_nothing() {
    let name: Arc<str> = "a".into();
    let mut trends = Trends::new();
    let history: Vec<_> = (0..5)
        .rev()
        .map(|n| run(&format!("h{n}"), "completed", n, Some(n + 1)))
        .collect();
    trends.observe(at(60), &of(&name, &history));
    trends.observe(at(70), &of(&name, &[]));
    trends.observe(at(80), &of(&name, &history));
    assert!(trends.trends().is_empty());
}

#[test]
fn alarms_say_what_needs_somebody() {
    let fact = DeploymentFacts {
        deployment: "orders".into(),
        silent_since: Some(at(0)),
        failures: 6,
        prompts: vec![at(90), at(0), at(10)],
    };
    let settings = AlarmSettings {
        silent_s: Some(30),
        failures: Some(5),
        prompt_s: Some(60),
        notify: false,
    };
    let facts = [fact];
    let kinds = |settings, second| -> Vec<AlarmKind> {
        alarms(settings, at(second), &facts)
            .iter()
            .map(|alarm| alarm.kind)
            .collect()
    };
    assert_eq!(kinds(settings, 29), [AlarmKind::Failures]);
    assert_eq!(
        kinds(settings, 61),
        [AlarmKind::Silent, AlarmKind::Failures, AlarmKind::Prompt]
    );
    let texts: Vec<String> = alarms(settings, at(75), &facts)
        .into_iter()
        .map(|alarm| alarm.text)
        .collect();
    assert_eq!(
        texts,
        [
            "orders has not answered for 1 m 15 s",
            "6 runs of orders failed in the last 10 minutes",
            "2 prompts of orders have been waiting for up to 1 m 15 s",
        ]
    );
    let off = AlarmSettings {
        silent_s: None,
        failures: None,
        prompt_s: None,
        notify: true,
    };
    assert_eq!(kinds(off, 10_000), []);
}

#[test]
fn bars_are_stacked_from_the_bottom() {
    assert_eq!(
        bars([(0, 0), (5, 0), (5, 5)].into_iter(), 10),
        "M1.1 50h.8v50h-.8zM2.1 0h.8v50h-.8z"
    );
    assert_eq!(bars(std::iter::empty(), 0), "");
}

proptest! {
    #[test]
    fn no_list_makes_it_panic(
        rows in proptest::collection::vec((0..6_usize, 0..4_000_u64, proptest::option::of(0..4_000_u64)), 0..40),
        ahead in any::<i64>(),
        now in any::<u64>(),
    ) {
        let name: Arc<str> = "a".into();
        let words = ["running", "completed", "failed", "cancelled", "odd", ""];
        let mut runs: Vec<_> = rows
            .iter()
            .enumerate()
            .map(|(n, (word, second, ended))| run(&format!("r{n}"), words[*word], *second, *ended))
            .collect();
        runs.sort_by(|a, b| b.handler.started_at.cmp(&a.handler.started_at));
        let source = RunsOf { deployment: &name, ahead_ms: ahead, runs: &runs };
        let merged = merge(&[source, source]);
        prop_assert_eq!(merged.runs.len(), runs.len() * 2);
        let mut trends = Trends::new();
        trends.observe(Time(0), &RunsOf { runs: &[], ..source });
        trends.observe(Time(now), &source);
        trends.observe(Time(now / 2), &source);
        for trend in trends.trends() {
            prop_assert!(trend.total().started as usize <= runs.len());
            let _ = trend.median_ms();
        }
    }
}
