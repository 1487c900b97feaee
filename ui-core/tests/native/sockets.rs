//! Four streams per origin, however many runs are watched.

use std::collections::HashMap;

use leptos::prelude::GetUntracked as _;
use workflow_ui_core::protocol::{Connection, MAX_STREAMS, Method, RunStatus};
use workflow_ui_core::{
    Reply, UseWorkflowHandlerReturn, WorkflowClient, use_workflow_handler, use_workflow_handler_with_options,
};

use crate::kit::{ASK, Kit, STOP, handler, list, progress, test};

/// The server's side: a log per run, and how far each open stream is.
pub(crate) struct Runs {
    ids: Vec<String>,
    logs: Vec<Vec<String>>,
    sent: HashMap<String, (usize, usize)>,
}

impl Runs {
    pub(crate) fn new(kit: &Kit, count: usize) -> Self {
        let ids: Vec<String> = (0..count).map(|n| format!("h{n}")).collect();
        for id in &ids {
            kit.know(id, &format!("r-{id}"), "running");
        }
        let runs = Self {
            logs: vec![Vec::new(); count],
            sent: HashMap::new(),
            ids,
        };
        runs.list(kit, None);
        runs
    }

    /// What the list answers. The server moves `updated_at` of a run that idles.
    pub(crate) fn list(&self, kit: &Kit, moved: Option<usize>) {
        let rows: Vec<String> = self
            .ids
            .iter()
            .enumerate()
            .map(|(n, id)| {
                let row = handler(id, &format!("r-{id}"), "running");
                if moved == Some(n) {
                    row.replace(
                        r#""updated_at":"2026-11-20T11:28:10"#,
                        r#""updated_at":"2026-11-20T11:29:00"#,
                    )
                } else {
                    row
                }
            })
            .collect();
        kit.server.get("/handlers", list(&rows));
    }

    pub(crate) fn store(&mut self, run: usize, envelope: &str) {
        self.logs[run].push(envelope.to_owned());
    }

    /// Sends every open stream what is stored after its cursor.
    pub(crate) fn deliver(&mut self, kit: &Kit) {
        for (id, log) in self.ids.iter().zip(&self.logs) {
            let path = format!("/events/{id}");
            let Some(stream) = kit.server.stream(&path).filter(|stream| stream.is_open()) else {
                continue;
            };
            let cursor = |path: &str| -> i64 {
                let (_, rest) = path.split_once("after_sequence=").expect("a cursor");
                rest.split('&')
                    .next()
                    .and_then(|n| n.parse().ok())
                    .expect("a number")
            };
            let connection = kit.opened(id);
            let first = usize::try_from(cursor(stream.path()) + 1).expect("a row");
            let sent = self.sent.entry(id.clone()).or_default();
            if sent.0 != connection {
                *sent = (connection, first);
            }
            while let Some(envelope) = log.get(sent.1) {
                stream.event(sent.1 as u64, envelope);
                sent.1 += 1;
            }
        }
    }

    pub(crate) async fn run_for(&mut self, kit: &Kit, ms: u64) {
        for _ in 0..ms / 100 {
            kit.clock.advance(100).await;
            assert!(
                kit.server.most_streams() <= MAX_STREAMS,
                "{} streams at once",
                kit.server.most_streams()
            );
            self.deliver(kit);
        }
    }
}

fn watch_all(kit: &Kit, count: usize) -> Vec<UseWorkflowHandlerReturn> {
    (0..count)
        .map(|n| kit.hook(|| use_workflow_handler(format!("h{n}"), true)))
        .collect()
}

#[test]
fn twelve_runs_take_turns_and_lose_nothing() {
    test(|kit| async move {
        let mut runs = Runs::new(&kit, 12);
        let hooks = watch_all(&kit, 12);
        let mut random = 7_u64;
        let mut stored = [0_u64; 12];
        for _ in 0..200 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let run = (random >> 33) as usize % 12;
            runs.store(run, &progress(stored[run]));
            stored[run] += 1;
            runs.run_for(&kit, 200).await;
        }
        for (run, _) in hooks.iter().enumerate() {
            runs.store(run, STOP);
        }
        // A run without a sign of news is polled every half minute.
        runs.run_for(&kit, 60_000).await;
        for (n, hook) in hooks.iter().enumerate() {
            let events = hook.events.get_untracked();
            let numbers: Vec<u64> = events
                .range(0..events.len())
                .iter()
                .map(|row| row.sequence)
                .collect();
            assert_eq!(
                numbers,
                (0..=stored[n]).collect::<Vec<_>>(),
                "every event of run {n}, once and in order"
            );
            assert_eq!(events.missing(), 0);
        }
        assert_eq!(kit.server.most_streams(), MAX_STREAMS, "and all places were used");
        kit.finish().await;
    });
}

#[test]
fn an_answer_never_waits_behind_streams() {
    test(|kit| async move {
        let mut runs = Runs::new(&kit, 12);
        kit.server
            .post("/events/h0", Reply::json(200, r#"{"status":"sent"}"#));
        let hooks = watch_all(&kit, 12);
        runs.store(0, ASK);
        runs.run_for(&kit, 20_000).await;
        assert_eq!(
            hooks[0].status.get_untracked(),
            RunStatus::Waiting,
            "its prompt was seen"
        );
        let prompt = crate::kit::first(&hooks[0]);
        hooks[0]
            .respond
            .call(&prompt, "Answer", serde_json::json!({ "a": 1 }))
            .expect("sent");
        kit.clock.settle().await;
        assert_eq!(kit.server.count(Method::Post, "/events/h0"), 1, "at once");
        kit.finish().await;
    });
}

#[test]
fn a_run_without_a_slot_gets_one_when_the_list_shows_a_change() {
    test(|kit| async move {
        let mut runs = Runs::new(&kit, 8);
        let hooks = watch_all(&kit, 8);
        runs.run_for(&kit, 12_000).await;
        let resting = (0..8)
            .find(|n| hooks[*n].connection.get_untracked() != Connection::Live)
            .expect("four have no place");
        let before = kit.opened(&format!("h{resting}"));
        runs.store(resting, ASK);
        runs.list(&kit, Some(resting));
        runs.run_for(&kit, 9_000).await;
        assert_eq!(
            hooks[resting].status.get_untracked(),
            RunStatus::Waiting,
            "its prompt is seen within seconds"
        );
        assert_eq!(kit.opened(&format!("h{resting}")), before + 1);
        kit.finish().await;
    });
}

#[test]
fn the_list_is_only_asked_while_runs_wait() {
    test(|kit| async move {
        let mut runs = Runs::new(&kit, 5);
        let four: Vec<_> = (0..4)
            .map(|n| kit.component(|| use_workflow_handler(format!("h{n}"), true)))
            .collect();
        runs.run_for(&kit, 30_000).await;
        assert_eq!(
            kit.server.count(Method::Get, "/handlers"),
            0,
            "four runs need no list"
        );
        let (_, fifth) = kit.component(|| use_workflow_handler("h4", true));
        runs.run_for(&kit, 10_000).await;
        let asked = kit.server.count(Method::Get, "/handlers");
        assert!(asked >= 2, "{asked} times");
        fifth.cleanup();
        runs.run_for(&kit, 30_000).await;
        assert!(
            kit.server.count(Method::Get, "/handlers") <= asked + 1,
            "not any longer"
        );
        drop(four);
        kit.finish().await;
    });
}

#[test]
fn clients_of_one_origin_share_the_places() {
    test(|kit| async move {
        let mut runs = Runs::new(&kit, 6);
        let other = WorkflowClient::builder("")
            .transport(kit.server.clone())
            .clock(kit.clock.clone())
            .build();
        let mine: Vec<_> = (0..3)
            .map(|n| kit.hook(|| use_workflow_handler(format!("h{n}"), true)))
            .collect();
        let theirs: Vec<_> = (3..6)
            .map(|n| {
                let options = workflow_ui_core::UseWorkflowHandlerOptions {
                    client: Some(other.clone()),
                    ..Default::default()
                };
                kit.hook(|| use_workflow_handler_with_options(format!("h{n}"), true, options))
            })
            .collect();
        for run in 0..6 {
            runs.store(run, &progress(1));
            runs.store(run, STOP);
        }
        runs.run_for(&kit, 30_000).await;
        for hook in mine.iter().chain(&theirs) {
            assert_eq!(hook.events.get_untracked().len(), 2);
        }
        kit.finish().await;
    });
}

#[test]
fn a_server_that_breaks_every_connection_is_not_asked_by_more_than_four() {
    test(|kit| async move {
        let mut runs = Runs::new(&kit, 9);
        let hooks = watch_all(&kit, 9);
        let mut stored = 0;
        for round in 0..200_usize {
            if round % 10 == 0 {
                for run in 0..9 {
                    runs.store(run, &progress(stored));
                }
                stored += 1;
            }
            runs.run_for(&kit, 200).await;
            if let Some(stream) = kit.server.stream(&format!("/events/h{}", round % 9)) {
                stream.fail(workflow_ui_core::protocol::Failure::network("network error"));
            }
        }
        for run in 0..9 {
            runs.store(run, STOP);
        }
        runs.run_for(&kit, 80_000).await;
        for (n, hook) in hooks.iter().enumerate() {
            let events = hook.events.get_untracked();
            assert_eq!((n, events.len(), events.missing()), (n, 21, 0));
        }
        kit.finish().await;
    });
}

/// Symptom: beside a plain stream that an app kept open, one of the watched runs was never served.
/// Cause: the plain stream was asked to give its place up, which it can't, and as long as it was awaited nobody else was asked.
#[test]
fn a_plain_stream_keeps_its_place_and_no_run_from_its_turn() {
    test(|kit| async move {
        let mut runs = Runs::new(&kit, 4);
        let plain = kit.client.events("plain", -1, true).await;
        let plain = plain.expect("open").expect("a stream");
        let hooks = watch_all(&kit, 4);
        // After three minutes it is the one that was quiet for longest.
        for (events, ms) in [(1, 170_000), (2, 45_000)] {
            for run in 0..4 {
                runs.store(run, &progress(1));
            }
            runs.run_for(&kit, ms).await;
            for (n, hook) in hooks.iter().enumerate() {
                assert_eq!((n, hook.events.get_untracked().len()), (n, events));
            }
        }
        assert!(
            kit.server
                .stream("/events/plain")
                .is_some_and(|stream| stream.is_open())
        );
        drop(plain);
        kit.finish().await;
    });
}
