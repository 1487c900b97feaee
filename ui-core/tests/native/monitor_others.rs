//! Servers in a monitor that are no workflow servers: of the older deployments API, and a control plane.

use leptos::prelude::{GetUntracked as _, Signal};
use workflow_ui_core::protocol::Method;
use workflow_ui_core::{
    DeploymentHealth, DeploymentState, LegacyDeployment, MonitorSource, MonitoredDeployment, OtherServer,
    Reply, ScriptedTransport, WorkflowClient, use_monitor,
};

use crate::kit::{Kit, test};

const DEPLOYMENTS: &str = include_str!("../../../protocol/tests/fixtures/manage/deployments.json");
const PROJECTS: &str = include_str!("../../../protocol/tests/fixtures/manage/projects.json");
const VERSION: &str = include_str!("../../../protocol/tests/fixtures/manage/version.json");
const LOGS: &str = include_str!("../../../protocol/tests/fixtures/manage/logs.txt");
const BASE: &str = "/api/v1beta1/deployments";

async fn watch(kit: &Kit) -> MonitoredDeployment {
    let source = MonitorSource {
        name: "other".to_owned(),
        client: kit.client.clone(),
    };
    let monitor = kit.hook(|| use_monitor(Signal::stored(vec![source])));
    kit.clock.settle().await;
    monitor.deployments.get_untracked()[0].clone()
}

async fn seen(kit: &Kit, watched: &MonitoredDeployment) -> (DeploymentHealth, Option<OtherServer>) {
    kit.clock.advance(5_000).await;
    kit.frame().await;
    (watched.health.get_untracked(), watched.other.get_untracked())
}

#[test]
fn a_server_of_0_9_2_is_listed_with_its_deployments() {
    test(|kit| async move {
        let status = r#"{"status":"Healthy","status_message":"","max_deployments":10,"deployments":["toy"]}"#;
        kit.server
            .get("/status/", Reply::json(200, status))
            .get(
                "/deployments/toy/tasks",
                Reply::json(
                    200,
                    r#"[{"task_id":"t1","input":"{}"},{"task_id":"t2","input":"{}"}]"#,
                ),
            )
            .get(
                "/deployments/toy/sessions",
                Reply::json(200, r#"[{"session_id":"s1"}]"#),
            );
        let watched = watch(&kit).await;
        let (health, other) = seen(&kit, &watched).await;
        assert_eq!(health.state, DeploymentState::Ok, "{health:?}");
        let toy = LegacyDeployment {
            name: "toy".to_owned(),
            tasks: Some(2),
            sessions: Some(1),
        };
        assert_eq!(other, Some(OtherServer::LegacyServer(vec![toy])));
        kit.clock.advance(20_000).await;
        assert_eq!(
            kit.server.count(Method::Get, "/health"),
            1,
            "it is known what it is"
        );
        assert_eq!(kit.server.count(Method::Get, "/handlers"), 0, "it has none");

        kit.server.get(
            "/status/",
            Reply::json(200, r#"{"status":"Down","status_message":"no pods"}"#),
        );
        kit.clock.advance(20_000).await;
        let (health, other) = seen(&kit, &watched).await;
        assert_eq!(health.state, DeploymentState::Down);
        assert!(health.reason.contains("no pods"), "{}", health.reason);
        assert!(other.is_some(), "what is known stays");

        // Another server took its address.
        kit.server
            .get("/status/", Reply::detail(404, "Not Found"))
            .get("/health", Reply::json(200, r#"{"status":"healthy"}"#))
            .get("/workflows", Reply::json(200, r#"{"workflows":["greet"]}"#))
            .get("/handlers", Reply::json(200, r#"{"handlers":[]}"#));
        kit.clock.advance(40_000).await;
        let (health, other) = seen(&kit, &watched).await;
        assert_eq!((health.state, other), (DeploymentState::Ok, None));
        assert_eq!(watched.workflows.get_untracked(), ["greet"]);
        assert!(
            kit.server.count(Method::Get, "/handlers") > 0,
            "its runs are listed"
        );
        kit.finish().await;
    });
}

#[test]
fn a_server_of_0_2_2_is_listed_with_its_services() {
    test(|kit| async move {
        let services =
            r#"{"greet":{"service_name":"greet","description":"","host":"127.0.0.1","port":4722}}"#;
        kit.server
            .get(
                "/queue_config",
                Reply::json(200, r#"{"SimpleRemoteClientMessageQueue":{}}"#),
            )
            .get("/services", Reply::json(200, services));
        let watched = watch(&kit).await;
        let (health, other) = seen(&kit, &watched).await;
        assert_eq!(health.state, DeploymentState::Ok, "{health:?}");
        let Some(OtherServer::LegacyControlPlane(services)) = other else {
            panic!("{other:?}");
        };
        assert_eq!(services[0].service_name, "greet");
        kit.finish().await;
    });
}

#[test]
fn a_control_plane_is_listed_with_its_deployments_and_their_logs() {
    test(|kit| async move {
        kit.server
            .get(
                "/api/v1beta1/deployments-public/version",
                Reply::json(200, VERSION),
            )
            .get(&format!("{BASE}/list-projects"), Reply::json(200, PROJECTS))
            .get(&format!("{BASE}?project_id=p1"), Reply::json(200, DEPLOYMENTS));
        let watched = watch(&kit).await;
        let (health, other) = seen(&kit, &watched).await;
        assert_eq!(health.state, DeploymentState::Ok, "{health:?}");
        let Some(OtherServer::ControlPlane(deployments)) = other else {
            panic!("{other:?}");
        };
        let shown: Vec<_> = deployments
            .iter()
            .map(|it| (it.status.as_str(), it.git_ref.as_deref()))
            .collect();
        assert_eq!(
            shown[..2],
            [("Running", Some("main")), ("RolloutFailed", Some("main"))]
        );
        let clock = kit.clock.clone();
        let (lines, ()) = futures::join!(watched.read_log("p1", "greeter"), async {
            clock.settle().await;
            let stream = kit
                .server
                .stream(&format!("{BASE}/greeter/logs"))
                .expect("a stream");
            stream.bytes(LOGS).bytes("event: log\ndata: nonsense\n\n").close();
        });
        let texts: Vec<String> = lines.expect("a log").into_iter().map(|line| line.text).collect();
        assert_eq!(texts, ["line 0", "line 1"]);
        let changes = kit
            .server
            .log()
            .into_iter()
            .filter(|line| !line.starts_with("GET"));
        assert_eq!(changes.count(), 0, "it is only read");
        kit.finish().await;
    });
}

#[test]
fn a_control_plane_requires_sign_in() {
    test(|kit| async move {
        kit.server.get("/api/*", Reply::detail(401, "Not signed in")).get(
            "/api/v1beta1/deployments-public/version",
            Reply::json(200, VERSION),
        );
        let watched = watch(&kit).await;
        let (health, other) = seen(&kit, &watched).await;
        assert_eq!((health.state, other), (DeploymentState::SignIn, None));
        kit.finish().await;
    });
}

#[test]
fn another_product_is_none_of_them() {
    test(|kit| async move {
        let server: &ScriptedTransport = &kit.server;
        server
            .get("/*", Reply::json(200, r#""hello""#))
            .get("/health", Reply::json(200, r#"{"ok":true}"#));
        let watched = watch(&kit).await;
        let (health, other) = seen(&kit, &watched).await;
        assert_eq!((health.state, other), (DeploymentState::Down, None));
        assert!(!health.reason.is_empty());
        let client: &WorkflowClient = &watched.client;
        assert_eq!(client.unanswered().get_untracked(), 0);
        kit.finish().await;
    });
}
