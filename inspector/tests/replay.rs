//! A run at any of its events.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod made_runs;

use made_runs::{event, fold, run, state};
use proptest::prelude::*;
use workflow_inspector::replay::{
    Line, Moment, Player, Replay, line, next_step, open_prompts, previous_step,
};
use workflow_inspector::steps::{NONE, Outcome, Steps};
use workflow_protocol::{RunStatus, Time};

/// The moment after the event of a sequence, walked to from the beginning.
fn walked(steps: &Steps, sequence: u64) -> Moment {
    let mut moment = Moment::default();
    while moment.passed() < steps.marks_until(sequence) {
        moment.forward(steps);
    }
    moment
}

fn open_names(steps: &Steps, moment: &Moment) -> Vec<String> {
    let name = |span: &u32| {
        let span = steps.span(*span).unwrap();
        let lane = steps.lane(span.lane).unwrap();
        format!("{} {}", steps.name(lane.step), steps.name(span.input))
    };
    moment.open().iter().map(name).collect()
}

proptest! {
    #[test]
    fn a_replay_to_an_event_equals_a_fold_of_the_events_until_it(events in run(), cut in 0..90_usize) {
        let cut = cut.min(events.len());
        let whole = fold(&["Y"], &events);
        let part = fold(&["Y"], &events[..cut]);
        let mut replay = Replay::new();
        if let Some(last) = cut.checked_sub(1) {
            replay.seek(&whole, last as u64);
        }
        let moment = replay.moment();
        prop_assert_eq!(moment.passed(), part.marks().len());
        prop_assert_eq!(moment.begun(), part.spans().len());
        prop_assert_eq!(moment.activity(&whole), part.activity());
        prop_assert_eq!(moment.has_ended(&whole), part.has_ended());
        let open: Vec<u32> = (0..part.spans().len() as u32)
            .filter(|span| part.span(*span).unwrap().to == NONE)
            .collect();
        prop_assert_eq!(moment.open(), open);
        for span in 0..part.spans().len() as u32 {
            let then = part.span(span).unwrap().outcome;
            let shown = moment.outcome(&whole, span).unwrap();
            // That a step waits inside is known only from the question after it.
            prop_assert!(shown == then || (shown, then) == (Outcome::Parked, Outcome::Failed));
        }
    }

    #[test]
    fn forward_and_back_is_the_identity(events in run(), from in 0..90_usize, to in 0..90_usize) {
        let steps = fold(&["Y"], &events);
        let before = walked(&steps, from as u64);
        let mut moment = before.clone();
        for _ in 0..to {
            moment.forward(&steps);
        }
        while moment.passed() > before.passed() {
            moment.back(&steps);
        }
        prop_assert_eq!(&moment, &before);
        for _ in 0..to {
            moment.back(&steps);
        }
        prop_assert_eq!(&moment, &walked_marks(&steps, before.passed().saturating_sub(to)));
        while moment.passed() < before.passed() {
            moment.forward(&steps);
        }
        prop_assert_eq!(&moment, &before);
    }

    #[test]
    fn step_boundaries_are_the_marks(events in run(), at in 0..90_u64) {
        let steps = fold(&["Y"], &events);
        let marks: Vec<u64> = steps.marks().iter().map(|mark| mark.sequence).collect();
        prop_assert_eq!(next_step(&steps, at), marks.iter().copied().find(|mark| *mark > at));
        prop_assert_eq!(previous_step(&steps, at), marks.iter().rev().copied().find(|mark| *mark < at));
    }

    #[test]
    fn every_mark_has_a_line(events in run()) {
        let steps = fold(&["Y"], &events);
        let lines: Vec<Line> = (0..).map_while(|mark| line(&steps, mark)).collect();
        prop_assert_eq!(lines.len(), steps.marks().len());
        prop_assert!(lines.iter().all(|line| !line.text.is_empty()));
    }
}

fn walked_marks(steps: &Steps, marks: usize) -> Moment {
    let mut moment = Moment::default();
    for _ in 0..marks {
        moment.forward(steps);
    }
    moment
}

/// A run of two workers that never rest, long enough for several checkpoints.
fn long(turns: u64) -> Vec<(String, Option<u64>)> {
    let mut events = Vec::new();
    for turn in 0..turns {
        let worker = ["0", "1"][(turn % 2) as usize];
        let class = ["X", "Y", "Z"][(turn % 3) as usize];
        events.push((state("work", "running", worker, class, None), Some(turn * 2)));
        if turn % 5 == 0 {
            events.push((event("Progress", "Event"), Some(turn * 2)));
        }
        events.push((
            state("work", "not_running", worker, class, Some("Done")),
            Some(turn * 2 + 1),
        ));
    }
    events
}

#[test]
fn jumps_arrive_where_walks_arrive() {
    let events = long(12_000);
    let steps = fold(&[], &events);
    let mut replay = Replay::new();
    let last = events.len() as u64 - 1;
    for target in [
        last,
        0,
        last / 2,
        last / 2 - 1,
        9_000,
        8_999,
        last - 3,
        3,
        20_000,
        12_345,
    ] {
        replay.seek(&steps, target);
        assert_eq!(
            replay.moment(),
            &walked(&steps, target),
            "the moment after {target}"
        );
    }
}

#[test]
fn an_interview_has_its_moments() {
    let events: Vec<_> = [
        state("ask", "running", "0", "StartEvent", None),
        state("ask", "not_running", "0", "<class 'app.StartEvent'>", Some("Ask")),
        event("Ask", "InputRequiredEvent"),
        event("WorkflowIdleEvent", "InternalDispatchEvent"),
        state("got", "running", "0", "Answer", None),
        state(
            "got",
            "not_running",
            "0",
            "<class 'app.Answer'>",
            Some("StopEvent"),
        ),
        event("StopEvent", "Event"),
    ]
    .map(|frame| (frame, None))
    .to_vec();
    let steps = fold(&["Answer"], &events);
    let mut replay = Replay::new();
    let mut shown = Vec::new();
    for sequence in 0..events.len() as u64 {
        replay.seek(&steps, sequence);
        let moment = replay.moment();
        let status = moment.status(&steps, RunStatus::Completed);
        shown.push((status.as_str(), open_names(&steps, moment).join(", ")));
    }
    let want = [
        ("running", "ask StartEvent"),
        ("running", ""),
        ("waiting", " Ask"),
        ("waiting", " Ask"),
        ("running", "got Answer"),
        ("running", ""),
        ("completed", ""),
    ];
    assert_eq!(shown, want.map(|(status, open)| (status, open.to_owned())));
    let lines: Vec<String> = (0..)
        .map_while(|mark| line(&steps, mark))
        .map(|line| line.text)
        .collect();
    assert_eq!(
        lines,
        [
            "Running step ask",
            "Step ask produced event Ask",
            "Asked a person with Ask",
            "Running step got",
            "Step got produced event StopEvent",
            "The run ended",
        ]
    );
}

#[test]
fn the_log_counts_attempts() {
    let events: Vec<_> = [
        state("write", "running", "0", "Draft", None),
        state("write", "not_running", "0", "<class 'app.Draft'>", None),
        state("write", "running", "0", "Draft", None),
        state(
            "write",
            "not_running",
            "0",
            "<class 'app.Draft'>",
            Some("NoneType"),
        ),
    ]
    .map(|frame| (frame, None))
    .to_vec();
    let steps = fold(&[], &events);
    let lines: Vec<String> = (0..)
        .map_while(|mark| line(&steps, mark))
        .map(|line| line.text)
        .collect();
    assert_eq!(
        lines,
        [
            "Running step write",
            "Step write failed with event Draft",
            "Running step write, attempt 2",
            "Step write produced no event",
        ]
    );
}

#[test]
fn a_replay_plays_at_the_speed_of_the_run_and_shortens_long_pauses() {
    let times = [Some(0), Some(10), Some(10), Some(60_000), None, Some(60_010)];
    let seen = |row: usize| times.get(row).copied().flatten().map(Time);
    let mut player = Player::default();
    assert_eq!(player.play(9.0, 0, times.len(), seen), 0, "too early");
    assert_eq!(
        player.play(1.0, 0, times.len(), seen),
        2,
        "two events at the same time"
    );
    assert_eq!(
        player.play(1_999.0, 2, times.len(), seen),
        2,
        "a minute counts as two seconds"
    );
    assert_eq!(player.play(1.0, 2, times.len(), seen), 3);
    assert_eq!(
        player.play(100.0, 3, times.len(), seen),
        4,
        "no time: a tenth of a second"
    );
    assert_eq!(player.play(1_000.0, 4, times.len(), seen), 5, "and the end");
    assert_eq!(player, Player::default(), "nothing is left over");
}

#[test]
fn no_prompt_was_open_in_a_run_without_any() {
    assert_eq!(open_prompts(&[], 7, false).count(), 0);
}
