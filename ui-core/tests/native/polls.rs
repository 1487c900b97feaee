//! The inbox of all running runs: brief looks instead of streams that stay.

use leptos::prelude::{GetUntracked as _, RwSignal, Set as _};
use serde_json::json;
use workflow_ui_core::protocol::{Connection, MAX_STREAMS, Method, PromptState, RunStatus};
use workflow_ui_core::{
    Reply, UsePendingInputsOptions, UsePendingInputsReturn, UseWorkflowHandlerListOptions,
    use_pending_inputs_with_options, use_workflow_handler, use_workflow_handler_list,
    use_workflow_handler_list_with_options,
};

use crate::kit::{ASK, Kit, handler, list, progress, step, test};

/// A server whose runs are stored, served from every cursor, and listed.
pub(crate) struct World {
    runs: Vec<Stored>,
    /// How far each stream was served: handler, connection, next event.
    served: Vec<(String, usize, usize)>,
}

struct Stored {
    id: String,
    status: &'static str,
    /// Seconds; the server moves it when the run idles or ends.
    moved: u64,
    log: Vec<String>,
}

impl World {
    /// Runs of which every one waits for an answer.
    pub(crate) fn asking(kit: &Kit, count: usize) -> Self {
        kit.describe_workflow("greet");
        let run = |n: usize| Stored {
            id: format!("h{n}"),
            status: "running",
            moved: 20,
            log: vec![ASK.to_owned()],
        };
        let world = Self {
            runs: (0..count).map(run).collect(),
            served: Vec::new(),
        };
        world.tell(kit);
        world
    }

    /// Has the server list and describe the runs as they are.
    fn tell(&self, kit: &Kit) {
        let row = |run: &Stored| {
            let text = handler(&run.id, &format!("r-{}", run.id), run.status);
            let updated = if run.status == "running" { "10" } else { "12" };
            text.replace(
                &format!(r#""updated_at":"2026-11-20T11:28:{updated}."#),
                &format!(r#""updated_at":"2026-11-20T11:29:{}."#, run.moved),
            )
        };
        for run in &self.runs {
            kit.know_as(&run.id, &row(run), run.status);
        }
        // The list is asked for the running ones most of the time.
        let running = self.runs.iter().filter(|run| run.status == "running");
        kit.server
            .get("/handlers", list(&running.map(row).collect::<Vec<_>>()));
    }

    fn store(&mut self, run: usize, envelope: &str) {
        self.runs[run].log.push(envelope.to_owned());
    }

    fn moves(&mut self, kit: &Kit, run: usize) {
        self.runs[run].moved += 1;
        self.tell(kit);
    }

    fn deliver(&mut self, kit: &Kit) {
        for run in &self.runs {
            let path = format!("/events/{}", run.id);
            let Some(stream) = kit.server.streams(&path).pop() else {
                continue;
            };
            let connection = kit.opened(&run.id);
            let (_, after) = stream.path().split_once("after_sequence=").expect("a cursor");
            let after: i64 = after
                .split('&')
                .next()
                .and_then(|n| n.parse().ok())
                .expect("a number");
            let known = self
                .served
                .iter()
                .position(|(id, at, _)| *id == run.id && *at == connection);
            let at = known.unwrap_or_else(|| {
                let first = usize::try_from(after + 1).expect("a row");
                self.served.push((run.id.clone(), connection, first));
                self.served.len() - 1
            });
            let next = &mut self.served[at].2;
            while let Some(envelope) = run.log.get(*next) {
                stream.event(*next as u64, envelope);
                *next += 1;
            }
        }
    }

    pub(crate) async fn run_for(&mut self, kit: &Kit, ms: u64) {
        for _ in 0..ms / 100 {
            kit.clock.advance(100).await;
            self.deliver(kit);
        }
    }
}

fn inbox() -> UsePendingInputsReturn {
    use_pending_inputs_with_options(UsePendingInputsOptions {
        all_running: true,
        ..UsePendingInputsOptions::default()
    })
}

fn asked(inbox: &UsePendingInputsReturn) -> Vec<String> {
    let inputs = inbox.inputs.get_untracked();
    inputs.iter().map(|input| input.handler_id.clone()).collect()
}

/// Symptom: a list of waiting runs was empty until an inbox was on the page.
#[test]
fn a_list_can_find_waiting_runs_by_itself() {
    test(|kit| async move {
        let mut world = World::asking(&kit, 3);
        let statuses = RwSignal::new(vec![RunStatus::Waiting]);
        let list = |find_waiting| UseWorkflowHandlerListOptions {
            statuses: statuses.into(),
            find_waiting,
            ..UseWorkflowHandlerListOptions::default()
        };
        let plain = kit.hook(|| use_workflow_handler_list_with_options(None::<String>, list(false)));
        world.run_for(&kit, 10_000).await;
        assert_eq!(plain.handlers.get_untracked().len(), 0, "nobody looks");
        let finding = kit.hook(|| use_workflow_handler_list_with_options(None::<String>, list(true)));
        world.run_for(&kit, 10_000).await;
        assert_eq!(finding.handlers.get_untracked().len(), 3);
        assert_eq!(kit.server.most_streams(), 1, "one after the other");
        statuses.set(vec![RunStatus::Running]);
        assert_eq!(
            finding.handlers.get_untracked().len(),
            0,
            "the filter is a signal"
        );
        statuses.set(Vec::new());
        assert_eq!(finding.handlers.get_untracked().len(), 3, "no filter");
        kit.finish().await;
    });
}

#[test]
fn every_running_run_is_polled_and_none_is_followed() {
    test(|kit| async move {
        let mut world = World::asking(&kit, 20);
        let (inbox, owner) = kit.component(inbox);
        let runs = kit.hook(|| use_workflow_handler_list(None::<String>));
        world.run_for(&kit, 25_000).await;
        assert_eq!(asked(&inbox).len(), 20, "every prompt is known");
        assert_eq!(inbox.count.get_untracked(), 20);
        assert_eq!(inbox.inputs.get_untracked()[0].answers[0].class, "Answer");
        assert_eq!(kit.server.most_streams(), 1, "one after the other");
        world.run_for(&kit, 60_000).await;
        assert_eq!(kit.server.open_streams(), 0);
        for run in &world.runs {
            assert_eq!(kit.opened(&run.id), 1, "nothing moved: {}", run.id);
        }
        let rows = runs.handlers.get_untracked();
        assert!(
            rows.iter().all(|row| row.status == RunStatus::Waiting),
            "the list knows it, too"
        );
        owner.cleanup();
        world.run_for(&kit, 1_000).await;
        kit.finish().await;
    });
}

#[test]
fn a_prompt_that_is_answered_elsewhere_leaves_the_inbox() {
    test(|kit| async move {
        let mut world = World::asking(&kit, 2);
        let inbox = kit.hook(inbox);
        world.run_for(&kit, 5_000).await;
        assert_eq!(asked(&inbox).len(), 2);
        world.store(1, &step("got", "running", "Answer"));
        world.moves(&kit, 1);
        world.run_for(&kit, 12_000).await;
        assert_eq!(asked(&inbox), ["h0"]);
        assert_eq!(kit.opened("h1"), 2, "one more look");
        assert_eq!(kit.opened("h0"), 1, "the other did not move");
        kit.finish().await;
    });
}

#[test]
fn a_run_that_ends_elsewhere_leaves_the_inbox() {
    test(|kit| async move {
        let mut world = World::asking(&kit, 2);
        let inbox = kit.hook(inbox);
        world.run_for(&kit, 5_000).await;
        world.runs[0].status = "completed";
        world.moves(&kit, 0);
        world.run_for(&kit, 9_000).await;
        assert_eq!(asked(&inbox), ["h1"]);
        assert_eq!(kit.opened("h0"), 1, "its end needs no look");
        kit.finish().await;
    });
}

#[test]
fn a_new_run_is_polled_when_listed_and_when_idle() {
    test(|kit| async move {
        let mut world = World::asking(&kit, 1);
        world.runs[0].log = vec![progress(1)];
        let inbox = kit.hook(inbox);
        world.run_for(&kit, 8_000).await;
        assert_eq!(asked(&inbox), [""; 0], "it asks nothing yet");
        world.store(0, ASK);
        world.moves(&kit, 0);
        world.run_for(&kit, 8_000).await;
        assert_eq!(asked(&inbox), ["h0"]);
        kit.finish().await;
    });
}

#[test]
fn an_answer_from_the_inbox_is_followed() {
    test(|kit| async move {
        let mut world = World::asking(&kit, 1);
        kit.server
            .post("/events/h0", Reply::json(200, r#"{"status":"sent"}"#));
        let inbox = kit.hook(inbox);
        world.run_for(&kit, 20_000).await;
        let input = inbox.inputs.get_untracked().remove(0);
        input
            .respond("Answer", json!({ "choice": "a" }))
            .expect("the run is kept");
        world.store(0, &step("got", "running", "Answer"));
        world.run_for(&kit, 1_000).await;
        assert_eq!(kit.server.count(Method::Post, "/events/h0"), 1);
        assert_eq!(asked(&inbox), [""; 0], "taken, before the list reported anything");
        kit.finish().await;
    });
}

#[test]
fn the_open_runs_stream_stays() {
    test(|kit| async move {
        let mut world = World::asking(&kit, 20);
        let open = kit.hook(|| use_workflow_handler("h7", true));
        let inbox = kit.hook(inbox);
        for _ in 0..40 {
            world.run_for(&kit, 1_000).await;
            assert_eq!(open.connection.get_untracked(), Connection::Live);
        }
        assert_eq!(asked(&inbox).len(), 20);
        assert_eq!(kit.opened("h7"), 1, "it was never interrupted");
        assert_eq!(kit.server.most_streams(), 2, "it, and one look");
        kit.finish().await;
    });
}

/// Symptom: with a busy run open, no other run's prompt was seen for ten seconds.
/// Cause: the open run was looked at like any other, and its stream is never quiet.
#[test]
fn a_busy_run_that_is_open_keeps_no_prompt_waiting() {
    test(|kit| async move {
        let mut world = World::asking(&kit, 4);
        // The newest, so it would be looked at first.
        world.runs[3].log.clear();
        world.runs[3].moved = 40;
        world.tell(&kit);
        let _open = kit.hook(|| use_workflow_handler("h3", true));
        let inbox = kit.hook(inbox);
        for n in 0..20 {
            world.store(3, &progress(n));
            world.run_for(&kit, 200).await;
        }
        assert_eq!(asked(&inbox), ["h0", "h1", "h2"]);
        kit.finish().await;
    });
}

#[test]
fn polls_wait_for_a_free_slot() {
    test(|kit| async move {
        let mut world = World::asking(&kit, 6);
        let four: Vec<_> = (0..4)
            .map(|n| kit.component(|| use_workflow_handler(format!("h{n}"), true)))
            .collect();
        let inbox = kit.hook(inbox);
        world.run_for(&kit, 30_000).await;
        assert_eq!(kit.server.most_streams(), MAX_STREAMS);
        assert_eq!(
            asked(&inbox),
            ["h0", "h1", "h2", "h3"],
            "what is followed is known"
        );
        assert_eq!(kit.opened("h4") + kit.opened("h5"), 0, "no place for a look");
        for n in 0..4 {
            assert_eq!(kit.opened(&format!("h{n}")), 1, "and nobody made way for one");
        }
        for (_, owner) in &four {
            owner.cleanup();
        }
        world.run_for(&kit, 90_000).await;
        assert_eq!(asked(&inbox).len(), 6);
        kit.finish().await;
    });
}

#[test]
fn a_run_that_its_screen_leaves_still_asks() {
    test(|kit| async move {
        let mut world = World::asking(&kit, 1);
        let inbox = kit.hook(inbox);
        world.run_for(&kit, 5_000).await;
        let (run, owner) = kit.component(|| use_workflow_handler("h0", true));
        world.run_for(&kit, 1_000).await;
        assert_eq!(run.connection.get_untracked(), Connection::Live);
        world.store(0, &step("got", "running", "Answer"));
        world.store(0, ASK);
        world.run_for(&kit, 1_000).await;
        assert_eq!(asked(&inbox), ["h0"], "the next question");
        let looks = kit.opened("h0");
        owner.cleanup();
        world.run_for(&kit, 60_000).await;
        assert_eq!(asked(&inbox), ["h0"]);
        assert_eq!(kit.opened("h0"), looks, "nothing had to be read for it");
        kit.finish().await;
    });
}

#[test]
fn a_promoted_poll_keeps_its_stream() {
    test(|kit| async move {
        let mut world = World::asking(&kit, 1);
        kit.hook(inbox);
        world.run_for(&kit, 300).await;
        assert_eq!(kit.server.open_streams(), 1, "the look is under way");
        let run = kit.hook(|| use_workflow_handler("h0", true));
        world.run_for(&kit, 30_000).await;
        assert_eq!(kit.opened("h0"), 1, "one connection for both");
        assert_eq!(run.connection.get_untracked(), Connection::Live);
        assert_eq!(run.status.get_untracked(), RunStatus::Waiting);
        kit.finish().await;
    });
}

#[test]
fn a_hidden_page_polls_too() {
    test(|kit| async move {
        let mut world = World::asking(&kit, 1);
        world.runs[0].log.clear();
        let inbox = kit.hook(inbox);
        world.run_for(&kit, 5_000).await;
        kit.clock.set_visible(false);
        world.store(0, ASK);
        world.moves(&kit, 0);
        world.run_for(&kit, 12_000).await;
        assert_eq!(inbox.count.get_untracked(), 1);
        kit.finish().await;
    });
}

#[test]
fn a_server_that_refuses_streams_is_asked_seldom() {
    test(|kit| async move {
        let mut world = World::asking(&kit, 30);
        for run in &world.runs {
            kit.server
                .get(&format!("/events/{}", run.id), Reply::detail(503, "not today"));
        }
        let inbox = kit.hook(inbox);
        world.run_for(&kit, 60_000).await;
        let asked: usize = world.runs.iter().map(|run| kit.opened(&run.id)).sum();
        // Each look tries twice before it is given up.
        assert!(
            (10..=26).contains(&asked),
            "a look in five seconds or so, not one after the other: {asked}"
        );
        assert_eq!(inbox.inputs.get_untracked().len(), 0);
        kit.finish().await;
    });
}

#[test]
fn an_answer_is_given_once_although_no_stream_is_open() {
    test(|kit| async move {
        let mut world = World::asking(&kit, 1);
        kit.server
            .post("/events/h0", Reply::json(200, r#"{"status":"sent"}"#));
        let inbox = kit.hook(inbox);
        world.run_for(&kit, 20_000).await;
        let input = inbox.inputs.get_untracked().remove(0);
        assert_eq!(kit.server.open_streams(), 0);
        input.respond("Answer", json!({})).expect("sent");
        input.respond("Answer", json!({})).expect("ignored");
        world.run_for(&kit, 30_000).await;
        assert_eq!(kit.server.count(Method::Post, "/events/h0"), 1);
        assert_eq!(
            inbox.inputs.get_untracked()[0].state(),
            PromptState::Sent,
            "nothing happened since, and it is not offered again"
        );
        let looks = kit.opened("h0");
        world.run_for(&kit, 60_000).await;
        assert_eq!(kit.opened("h0"), looks, "and nothing is looked at for ever");
        kit.finish().await;
    });
}
