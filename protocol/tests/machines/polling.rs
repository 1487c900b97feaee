use std::collections::BTreeMap;
use std::sync::Arc;

use workflow_protocol::{Handler, HandlerState, PollCommand, PollInput, PollMachine, Rng, RunStatus, Time};

/// The driver's part: streams that open at once and tell what there is.
#[derive(Default)]
struct Desk {
    machine: PollMachine,
    now: Time,
    rows: Vec<Arc<HandlerState>>,
    /// The look, and when its stream was opened.
    look: Option<(String, Option<Time>)>,
    /// Every look that there was, with its time.
    looks: Vec<(String, u64)>,
    /// Milliseconds until a stream is open. None: it never is.
    opens_after: Option<u64>,
}

fn row(id: &str, moved: u64) -> Arc<HandlerState> {
    let json = format!(
        r#"{{"handler_id":"{id}","workflow_name":"greet","run_id":"r-{id}","status":"running","started_at":"2026-11-20T11:00:00.000000+00:00","updated_at":"2026-11-20T12:{:02}:{:02}.{:03}000+00:00"}}"#,
        moved / 60_000,
        moved / 1_000 % 60,
        moved % 1_000
    );
    Arc::new(HandlerState {
        handler: Handler::parse(&json).unwrap(),
        status: RunStatus::Running,
    })
}

impl Desk {
    fn new(ids: &[&str]) -> Self {
        let mut desk = Self {
            opens_after: Some(50),
            rows: ids.iter().map(|id| row(id, 0)).collect(),
            ..Self::default()
        };
        desk.list();
        desk
    }

    fn list(&mut self) {
        let rows = self.rows.clone();
        self.give(PollInput::Running(rows));
    }

    /// The run idles, or is answered.
    fn moves(&mut self, id: &str) {
        let moved = row(id, self.now.0);
        self.rows.retain(|row| row.handler.handler_id != id);
        self.rows.push(moved);
        self.list();
    }

    fn give(&mut self, input: PollInput) {
        self.machine.handle(self.now, input);
        while let Some(command) = self.machine.poll_command() {
            match command {
                PollCommand::Start(id) => {
                    assert!(self.look.is_none(), "two looks at once");
                    self.looks.push((id.clone(), self.now.0));
                    self.look = Some((id, self.opens_after.map(|ms| self.now.plus(ms))));
                }
                PollCommand::Stop => assert!(self.look.take().is_some(), "there is no look to leave"),
            }
        }
    }

    fn run_until(&mut self, end: u64) {
        let mut steps = 0;
        while let Some(at) = self.machine.next_deadline().filter(|at| at.0 <= end) {
            steps += 1;
            assert!(steps < 100_000, "the deadline stays at {at:?}");
            self.now = self.now.max(at);
            let opened = self.look.as_ref().and_then(|(_, at)| *at);
            if let Some(at) = opened.filter(|at| *at <= self.now) {
                self.give(PollInput::Progress(at));
            }
            self.give(PollInput::Tick);
        }
        self.now = Time(end);
    }

    fn looked_at(&self) -> Vec<&str> {
        self.looks.iter().map(|(id, _)| id.as_str()).collect()
    }
}

#[test]
fn every_running_run_is_polled_once_and_briefly() {
    let mut desk = Desk::new(&["new", "old", "oldest"]);
    assert_eq!(desk.looked_at(), ["new"], "at once, and one only");
    desk.run_until(5_000);
    assert_eq!(desk.looked_at(), ["new", "old", "oldest"]);
    desk.run_until(600_000);
    desk.list();
    desk.run_until(1_200_000);
    assert_eq!(
        desk.looks.len(),
        3,
        "nothing moved, so nothing is looked at again"
    );
    assert_eq!(desk.look, None, "and no stream stays open");
    assert_eq!(desk.machine.next_deadline(), None);
}

#[test]
fn a_changed_run_is_polled_again_before_resting_ones() {
    let ids: Vec<String> = (0..50).map(|n| format!("h{n}")).collect();
    let mut desk = Desk::new(&ids.iter().map(String::as_str).collect::<Vec<_>>());
    desk.run_until(6_000);
    let before = desk.looks.len();
    assert!(before < 50, "the first round is not over");
    desk.moves("h1");
    desk.run_until(8_000);
    assert_eq!(
        desk.looks[before].0, "h1",
        "what moved last goes first: {:?}",
        desk.looks
    );
}

#[test]
fn a_run_that_moves_all_the_time_does_not_make_the_server_read_it_all_the_time() {
    let mut desk = Desk::new(&["busy", "calm"]);
    for at in (0..60_000).step_by(2_000) {
        desk.run_until(at);
        desk.moves("busy");
    }
    let busy = desk.looks.iter().filter(|(id, _)| id == "busy").count();
    assert!(
        (8..=14).contains(&busy),
        "it rests ten times as long as a look takes: {busy}"
    );
    assert!(desk.looked_at().contains(&"calm"), "and keeps nobody out");
}

#[test]
fn a_poll_lasts_until_the_stream_is_quiet() {
    let mut desk = Desk::new(&["h"]);
    for at in (0..3_000).step_by(100) {
        desk.run_until(at);
        desk.give(PollInput::Progress(Time(at)));
    }
    assert!(desk.look.is_some(), "history is still coming in");
    desk.run_until(3_299);
    assert!(desk.look.is_some());
    desk.run_until(3_300);
    assert!(desk.look.is_none());
}

#[test]
fn a_run_that_is_never_quiet_is_left_after_a_while() {
    let mut desk = Desk::new(&["chatty", "other"]);
    for at in (0..5_500).step_by(100) {
        desk.run_until(at);
        if desk.look.as_ref().is_some_and(|(id, _)| id == "chatty") {
            desk.give(PollInput::Progress(Time(at)));
        }
    }
    assert_eq!(desk.looked_at(), ["chatty", "other"]);
}

#[test]
fn changes_during_a_poll_only_extend_it() {
    let mut desk = Desk::new(&["h"]);
    desk.run_until(400);
    desk.moves("h");
    desk.run_until(799);
    assert!(desk.look.is_some(), "its news are on the way");
    desk.run_until(60_000);
    assert_eq!(desk.looks.len(), 1, "and have been seen");
}

#[test]
fn an_answer_is_followed_without_waiting_for_the_list() {
    let mut desk = Desk::new(&["h"]);
    desk.run_until(60_000);
    desk.give(PollInput::Moved("h".to_owned()));
    assert_eq!(desk.looks.last(), Some(&("h".to_owned(), 60_000)));
}

#[test]
fn a_server_that_opens_no_stream_is_not_stormed() {
    let ids: Vec<String> = (0..200).map(|n| format!("h{n}")).collect();
    let mut desk = Desk::new(&ids.iter().map(String::as_str).collect::<Vec<_>>());
    desk.opens_after = None;
    desk.run_until(120_000);
    assert!(desk.looks.len() <= 9, "{:?}", desk.looks);
    desk.give(PollInput::Ended { failed: true });
    let before = desk.looks.len();
    for at in (120_000..180_000).step_by(100) {
        desk.run_until(at);
        // Refused at once.
        if desk.look.is_some() {
            desk.give(PollInput::Ended { failed: true });
        }
    }
    let refused = desk.looks.len() - before;
    assert!((5..=12).contains(&refused), "one in five seconds: {refused}");
}

#[test]
fn a_failed_poll_is_retried_later() {
    let mut desk = Desk::new(&["h"]);
    desk.give(PollInput::Ended { failed: true });
    assert_eq!(desk.look, None);
    desk.run_until(59_999);
    assert_eq!(desk.looks.len(), 1);
    desk.run_until(61_000);
    assert_eq!(desk.looks.len(), 2);
    desk.run_until(600_000);
    assert_eq!(desk.looks.len(), 2, "that one was good");
}

#[test]
fn a_run_that_is_gone_is_forgotten() {
    let mut desk = Desk::new(&["a", "b"]);
    desk.rows.clear();
    desk.list();
    desk.run_until(60_000);
    assert_eq!(desk.looked_at(), ["a"], "the other had no look, and needs none");
    assert_eq!(desk.machine.next_deadline(), None);
    desk.rows = vec![row("b", 0)];
    desk.list();
    assert_eq!(desk.looked_at(), ["a", "b"], "one that comes back is new");
}

/// Two hundred worlds: runs begin, ask, are answered and end at random times; the list reports it every two seconds, the streams
/// open slowly, or never for a while. However it goes: whatever moved is seen.
#[test]
fn whatever_moved_is_seen() {
    for seed in 0..200 {
        let mut rng = Rng::new(seed);
        let mut below = move |n: u64| rng.next_u64() % n;
        let mut desk = Desk::new(&[]);
        let runs = 2 + below(20);
        // When each run moved, as long as nobody saw it.
        let mut unseen: BTreeMap<String, u64> = BTreeMap::new();
        for at in (0..300_000).step_by(100) {
            let before = desk.look.clone();
            desk.opens_after = (below(20) > 0 || at >= 200_000).then(|| 20 + below(600));
            desk.run_until(at);
            if at % 2_000 == 0 {
                desk.list();
            }
            if at < 200_000 && below(10) == 0 {
                let id = format!("h{}", below(runs));
                let moved = row(&id, at);
                desk.rows.retain(|row| row.handler.handler_id != id);
                desk.rows.push(moved);
                // The stream that is open brings it.
                let open = desk.look.as_ref().filter(|(look, _)| *look == id);
                match open
                    .and_then(|(_, opened)| *opened)
                    .filter(|opened| opened.0 <= at)
                {
                    Some(_) => desk.give(PollInput::Progress(Time(at))),
                    None => {
                        unseen.entry(id).or_insert(at);
                    }
                }
            }
            // An open stream has brought what happened before.
            if let Some((id, Some(opened))) = before.as_ref().or(desk.look.as_ref())
                && opened.0 <= at
                && unseen.get(id).is_some_and(|moved| *moved <= at)
            {
                unseen.remove(id);
            }
        }
        assert!(unseen.is_empty(), "seed {seed}: never seen: {unseen:?}");
    }
}
