//! Fifty deployments with 10 000 runs behind one origin: how much is asked of them, and what a dead one costs the others.

use std::collections::{HashMap, HashSet};

use leptos::prelude::{GetUntracked as _, Signal};
use workflow_ui_core::{
    DeploymentState, MonitorSource, Reply, ScriptedTransport, UseMonitorReturn, WorkflowClient, use_monitor,
};

use crate::kit::{Kit, handler, list, test};

const DEPLOYMENTS: usize = 50;
const RUNS: usize = 200;
/// Accepts connections and never answers.
const DEAD: usize = 13;
/// Requires sign-in.
const LOCKED: usize = 21;
const ORIGIN: &str = "http://front.example";
const BYTES_PER_SECOND: u64 = 50_000;

fn base(at: usize) -> String {
    format!("/upstreams/d{at:02}")
}

fn body(reply: &Reply) -> u64 {
    match reply {
        Reply::Answer(answer) => answer.body.len() as u64,
        _ => 0,
    }
}

struct Load {
    server: ScriptedTransport,
    monitor: UseMonitorReturn,
    /// The size of the answer to each request.
    sizes: HashMap<String, u64>,
    /// What was asked, and when.
    asked: Vec<(u64, String)>,
    now: u64,
}

impl Load {
    fn new(kit: &Kit) -> Self {
        let server = ScriptedTransport::new().with_base(ORIGIN);
        let mut sizes = HashMap::new();
        let mut sources = Vec::new();
        for at in 0..DEPLOYMENTS {
            let base = base(at);
            let runs: Vec<String> = (0..RUNS)
                .map(|run| {
                    let status = if run == 0 { "running" } else { "completed" };
                    handler(&format!("d{at:02}-{run:03}"), "r1", status)
                })
                .collect();
            for (path, reply) in [
                ("/health", Reply::json(200, r#"{"status":"healthy"}"#)),
                ("/workflows", Reply::json(200, r#"{"workflows":["greet"]}"#)),
                ("/handlers/*", Reply::json(202, runs[0].clone())),
                ("/handlers", list(&runs)),
                ("/handlers?status=running", list(&runs[..1])),
            ] {
                let path = [&base, path].concat();
                sizes.insert(format!("GET {path}"), body(&reply));
                server.get(&path, reply);
            }
            let client = WorkflowClient::builder(format!("{ORIGIN}{base}"))
                .transport(server.clone())
                .clock(kit.clock.clone())
                .no_storage()
                .build();
            sources.push(MonitorSource {
                name: format!("d{at:02}"),
                client,
            });
        }
        server.get(&format!("{}/*", base(DEAD)), Reply::Wait);
        server.get(&format!("{}/*", base(LOCKED)), Reply::detail(401, "Who are you?"));
        let monitor = kit.hook(|| use_monitor(Signal::stored(sources)));
        Self {
            server,
            monitor,
            sizes,
            asked: Vec::new(),
            now: 0,
        }
    }

    async fn advance(&mut self, kit: &Kit, ms: u64) {
        kit.clock.advance(ms).await;
        self.now += ms;
        let log = self.server.log();
        let new = log.into_iter().skip(self.asked.len());
        self.asked.extend(new.map(|request| (self.now, request)));
    }

    fn state(&self, at: usize) -> DeploymentState {
        self.monitor.deployments.get_untracked()[at]
            .health
            .get_untracked()
            .state
    }

    fn runs(&self, at: usize) -> usize {
        self.monitor.deployments.get_untracked()[at]
            .runs
            .handlers
            .get_untracked()
            .len()
    }

    fn asked_between(&self, from: u64, to: u64) -> impl Iterator<Item = &(u64, String)> {
        self.asked.iter().filter(move |(at, _)| (from..to).contains(at))
    }

    /// Bytes per second of one deployment between its first and its last whole list.
    fn rate(&self, at: usize) -> f64 {
        let whole = format!("GET {}/handlers", base(at));
        let lists = self.asked.iter().filter(|(_, request)| *request == whole);
        let times: Vec<u64> = lists.map(|(at, _)| *at).collect();
        let (first, last) = (times[0], times[times.len() - 1]);
        assert!(times.len() > 1, "d{at:02}: {times:?}");
        let of_this = [base(at), "/".to_owned()].concat();
        let bytes: u64 = self
            .asked_between(first, last)
            .filter(|(_, request)| request.contains(&of_this))
            .filter_map(|(_, request)| self.sizes.get(request))
            .sum();
        bytes as f64 * 1_000.0 / (last - first) as f64
    }
}

#[test]
fn fifty_deployments_share_what_one_page_may_ask_for() {
    test(|kit| async move {
        let mut load = Load::new(&kit);
        let mut burst = 0;
        for _ in 0..60 {
            let before = load.asked.len();
            load.advance(&kit, 100).await;
            burst = burst.max(load.asked.len() - before);
        }
        kit.frame().await;
        for at in 0..DEPLOYMENTS {
            let expected = match at {
                DEAD => (DeploymentState::Down, 0),
                LOCKED => (DeploymentState::SignIn, 0),
                _ => (DeploymentState::Ok, RUNS),
            };
            assert_eq!(
                (load.state(at), load.runs(at)),
                expected,
                "d{at:02}: the dead one delays nobody"
            );
        }
        assert!(
            burst <= 12,
            "{burst} requests within 100 ms: they begin one after the other"
        );
        let running = "GET /upstreams/d07/handlers?status=running";
        let whole = "GET /upstreams/d07/handlers";
        let lists: Vec<&String> = load
            .asked
            .iter()
            .map(|(_, request)| request)
            .filter(|request| *request == running || *request == whole)
            .collect();
        assert_eq!(lists[..2], [running, whole], "the running runs come first");

        for _ in 0..120 {
            load.advance(&kit, 1_000).await;
        }
        let rates: Vec<f64> = (0..DEPLOYMENTS)
            .filter(|at| ![DEAD, LOCKED].contains(at))
            .map(|at| load.rate(at))
            .collect();
        let share = (BYTES_PER_SECOND / DEPLOYMENTS as u64) as f64;
        let most = rates.iter().copied().fold(0.0, f64::max);
        // The times are known to the second.
        assert!(most <= share * 1.02, "{most} bytes per second of {share}");
        let all: f64 = rates.iter().sum();
        assert!(all <= BYTES_PER_SECOND as f64, "{all} bytes per second");

        let of_dead = [base(DEAD), "/".to_owned()].concat();
        let of_dead: HashSet<&String> = load
            .asked
            .iter()
            .map(|(_, request)| request)
            .filter(|request| request.contains(&of_dead))
            .collect();
        assert_eq!(of_dead.len(), 1, "it is asked for its health alone: {of_dead:?}");
        assert!(
            load.server.most_streams() <= 4,
            "{} streams of one origin",
            load.server.most_streams()
        );

        let is_poll = |(_, request): &&(u64, String)| !request.contains("/events/");
        let visible = load
            .asked_between(load.now - 40_000, load.now)
            .filter(is_poll)
            .count();
        kit.clock.set_visible(false);
        let begin = load.now;
        for _ in 0..40 {
            load.advance(&kit, 1_000).await;
        }
        let hidden = load.asked_between(begin + 1, load.now).filter(is_poll).count();
        assert!(
            hidden * 2 < visible,
            "{hidden} requests in 40 s while hidden, {visible} while visible"
        );
        kit.finish_with(&load.server).await;
    });
}
