//! `use_monitor`.

use leptos::prelude::{GetUntracked as _, RwSignal, Set as _, Signal};
use workflow_ui_core::protocol::Method;
use workflow_ui_core::{
    DeploymentHealth, DeploymentState, MonitorSource, Reply, ScriptedTransport, UseMonitorOptions,
    UseMonitorReturn, WorkflowClient, use_monitor, use_monitor_with_options,
};

use crate::kit::{ASK, Kit, handler, list, test};

const HEALTHY: &str = r#"{"status":"healthy"}"#;

/// A server at an address of its own.
struct Place {
    server: ScriptedTransport,
    source: MonitorSource,
}

fn place(kit: &Kit, name: &str) -> Place {
    let server = ScriptedTransport::new();
    let base = format!("http://{name}.example");
    let server = server.with_base(&base);
    server
        .get("/health", Reply::json(200, HEALTHY))
        .get("/workflows", Reply::json(200, r#"{"workflows":["greet"]}"#))
        .get("/handlers", list(&[handler(name, "r1", "completed")]));
    let client = WorkflowClient::builder(base)
        .transport(server.clone())
        .clock(kit.clock.clone())
        .no_storage()
        .build();
    Place {
        server,
        source: MonitorSource {
            name: name.to_owned(),
            client,
        },
    }
}

fn watch(kit: &Kit, places: &[&Place]) -> (UseMonitorReturn, RwSignal<Vec<MonitorSource>>) {
    let sources: Vec<MonitorSource> = places.iter().map(|place| place.source.clone()).collect();
    kit.hook(|| {
        let sources = RwSignal::new(sources);
        (use_monitor(sources), sources)
    })
}

fn health(monitor: UseMonitorReturn, at: usize) -> DeploymentHealth {
    monitor.deployments.get_untracked()[at].health.get_untracked()
}

fn ids(monitor: UseMonitorReturn, at: usize) -> Vec<String> {
    let runs = monitor.deployments.get_untracked()[at]
        .runs
        .handlers
        .get_untracked();
    runs.iter().map(|run| run.handler.handler_id.clone()).collect()
}

#[test]
fn every_deployment_is_listed_and_a_dead_one_is_asked_for_its_health_alone() {
    test(|kit| async move {
        let (a, dead, b) = (place(&kit, "a"), place(&kit, "dead"), place(&kit, "b"));
        dead.server.clear();
        dead.server.get("/health", Reply::offline());
        let (monitor, _) = watch(&kit, &[&a, &dead, &b]);
        kit.clock.advance(6_000).await;
        kit.frame().await;
        assert_eq!(ids(monitor, 0), ["a"]);
        assert_eq!(ids(monitor, 2), ["b"]);
        assert_eq!(
            monitor.deployments.get_untracked()[0].workflows.get_untracked(),
            ["greet"]
        );
        let found = health(monitor, 1);
        assert_eq!(found.state, DeploymentState::Down);
        assert!(
            found.silent_since.is_some() && !found.reason.is_empty(),
            "{found:?}"
        );
        assert!(
            dead.server.log().iter().all(|line| line.contains("/health")),
            "{:?}",
            dead.server.log()
        );
        let polls = a.server.count(Method::Get, "/handlers");
        kit.clock.advance(20_000).await;
        let polls = a.server.count(Method::Get, "/handlers") - polls;
        assert!((8..=11).contains(&polls), "{polls} polls in 20 s");
        kit.finish().await;
    });
}

#[test]
fn a_deployment_that_comes_back_goes_on() {
    test(|kit| async move {
        let a = place(&kit, "a");
        let (monitor, _) = watch(&kit, &[&a]);
        kit.clock.advance(3_000).await;
        kit.frame().await;
        assert_eq!(health(monitor, 0).state, DeploymentState::Ok);
        a.server.clear();
        a.server
            .get("/health", Reply::offline())
            .get("/handlers", Reply::offline());
        kit.clock.advance(5_000).await;
        kit.frame().await;
        let found = health(monitor, 0);
        assert_eq!(
            found.state,
            DeploymentState::Down,
            "a failed poll is followed by a probe"
        );
        assert_eq!(found.silent_since, found.answered_at);
        assert_eq!(ids(monitor, 0), ["a"], "what is known stays");
        a.server
            .get("/health", Reply::json(200, HEALTHY))
            .get("/handlers", list(&[handler("new", "r2", "running")]))
            .get("/handlers/new", Reply::json(202, handler("new", "r2", "running")));
        kit.clock.advance(20_000).await;
        kit.frame().await;
        assert_eq!(health(monitor, 0).state, DeploymentState::Ok);
        assert_eq!(ids(monitor, 0), ["new"]);
        kit.finish().await;
    });
}

#[test]
fn sign_in_and_other_products_are_distinguished() {
    test(|kit| async move {
        let (locked, half, other) = (place(&kit, "locked"), place(&kit, "half"), place(&kit, "other"));
        locked.server.get("/health", Reply::detail(401, "Who are you?"));
        half.server.get("/handlers", Reply::detail(401, "Who are you?"));
        other.server.get("/health", Reply::json(200, r#"{"ok":true}"#));
        let (monitor, _) = watch(&kit, &[&locked, &half, &other]);
        kit.clock.advance(8_000).await;
        kit.frame().await;
        let found = health(monitor, 0);
        assert_eq!(found.state, DeploymentState::SignIn);
        assert!(found.sign_in.is_some());
        assert_eq!(
            health(monitor, 1).state,
            DeploymentState::SignIn,
            "its health is open to everybody"
        );
        assert_eq!(health(monitor, 2).state, DeploymentState::Down);
        let asked = locked.server.log().len();
        kit.clock.advance(30_000).await;
        assert_eq!(locked.server.log().len(), asked, "nothing helps but the user");
        kit.finish().await;
    });
}

#[test]
fn prompts_are_found_unless_the_options_say_otherwise() {
    test(|kit| async move {
        let (asking, quiet) = (place(&kit, "asking"), place(&kit, "quiet"));
        for place in [&asking, &quiet] {
            let run = handler("h1", "r1", "running");
            place
                .server
                .get("/handlers", list(std::slice::from_ref(&run)))
                .get("/handlers/h1", Reply::json(202, run));
        }
        let hooks = kit.hook(|| {
            let of = |place: &Place| Signal::stored(vec![place.source.clone()]);
            let options = UseMonitorOptions {
                find_prompts: false,
                probe_ms: 5_000,
            };
            (
                use_monitor(of(&asking)),
                use_monitor_with_options(of(&quiet), options),
            )
        });
        for _ in 0..30 {
            kit.clock.advance(100).await;
            if let [stream] = &asking.server.streams("/events/h1")[..] {
                stream.event(0, ASK);
                break;
            }
        }
        kit.clock.advance(3_000).await;
        kit.frame().await;
        let prompts = |monitor: UseMonitorReturn| {
            monitor.deployments.get_untracked()[0]
                .prompts
                .count
                .get_untracked()
        };
        assert_eq!(prompts(hooks.0), 1);
        assert_eq!(prompts(hooks.1), 0);
        assert!(quiet.server.stream("/events/h1").is_none(), "nothing is read");
        kit.clock.advance(30_000).await;
        let probes = |place: &Place| place.server.count(Method::Get, "/health");
        assert!(
            probes(&quiet) > 2 * probes(&asking),
            "{} and {}",
            probes(&quiet),
            probes(&asking)
        );
        kit.finish_with(&asking.server).await;
    });
}

#[test]
fn a_name_and_an_address_count_once_and_sources_come_and_go() {
    test(|kit| async move {
        let (a, b, again) = (place(&kit, "a"), place(&kit, "b"), place(&kit, "a"));
        let same_name = MonitorSource {
            name: "a".to_owned(),
            ..b.source.clone()
        };
        let (monitor, sources) = watch(&kit, &[&a, &again]);
        kit.clock.advance(1_000).await;
        assert_eq!(monitor.deployments.get_untracked().len(), 1);
        sources.set(vec![a.source.clone(), same_name]);
        kit.clock.advance(1_000).await;
        assert_eq!(monitor.deployments.get_untracked().len(), 1);
        sources.set(vec![b.source.clone(), a.source.clone()]);
        kit.clock.advance(5_000).await;
        kit.frame().await;
        assert_eq!(ids(monitor, 0), ["b"]);
        assert_eq!(ids(monitor, 1), ["a"]);
        sources.set(vec![b.source.clone()]);
        kit.clock.advance(1_000).await;
        let polls = a.server.count(Method::Get, "/handlers");
        kit.clock.advance(10_000).await;
        assert_eq!(
            a.server.count(Method::Get, "/handlers"),
            polls,
            "it is no longer watched"
        );
        kit.finish().await;
    });
}
