//! The control plane of today, over the scripted transport. Its answers are recorded from the router of llama-agents-core 0.10.2.

use futures::StreamExt as _;
use workflow_ui_core::protocol::manage::DeploymentPhase;
use workflow_ui_core::{ControlPlaneClient, Error, Reply};

use crate::kit::test;

const DEPLOYMENTS: &str = include_str!("../../../protocol/tests/fixtures/manage/deployments.json");
const DEPLOYMENT: &str = include_str!("../../../protocol/tests/fixtures/manage/deployment.json");
const HISTORY: &str = include_str!("../../../protocol/tests/fixtures/manage/history.json");
const PROJECTS: &str = include_str!("../../../protocol/tests/fixtures/manage/projects.json");
const ORGANIZATIONS: &str = include_str!("../../../protocol/tests/fixtures/manage/organizations.json");
const VERSION: &str = include_str!("../../../protocol/tests/fixtures/manage/version.json");
const LOGS: &str = include_str!("../../../protocol/tests/fixtures/manage/logs.txt");

const BASE: &str = "/api/v1beta1/deployments";

#[test]
fn deployments_history_and_events() {
    test(|kit| async move {
        kit.server
            .get(
                "/api/v1beta1/deployments-public/version",
                Reply::json(200, VERSION),
            )
            .get(&format!("{BASE}/organizations"), Reply::json(200, ORGANIZATIONS))
            .get(&format!("{BASE}/list-projects"), Reply::json(200, PROJECTS))
            .get(&format!("{BASE}?project_id=p1"), Reply::json(200, DEPLOYMENTS))
            .get(
                &format!("{BASE}/greeter?project_id=p1&include_events=true"),
                Reply::json(200, DEPLOYMENT),
            )
            .get(&format!("{BASE}/greeter/history"), Reply::json(200, HISTORY))
            .get(
                &format!("{BASE}/zzz"),
                Reply::detail(404, "Deployment zzz not found"),
            );
        let client = ControlPlaneClient::new(kit.client.clone());
        assert!(client.version().await.expect("a version").requires_auth);
        assert_eq!(client.organizations().await.expect("organizations").len(), 1);
        let projects = client.projects(None).await.expect("projects");
        let deployments = client
            .deployments(&projects[0].project_id)
            .await
            .expect("deployments");
        let phases: Vec<_> = deployments.iter().map(|deployment| deployment.phase()).collect();
        assert_eq!(phases.len(), 4);
        assert_eq!(phases[1], DeploymentPhase::RolloutFailed);
        let greeter = client.deployment("p1", "greeter").await.expect("a deployment");
        assert_eq!(greeter.events()[0].reason.as_deref(), Some("BackOff"));
        assert_eq!(client.history("p1", "greeter").await.expect("a history").len(), 1);
        let unknown = client.deployment("p1", "zzz").await.expect_err("an unknown one");
        assert!(unknown.is_not_found() && unknown.detail() == "Deployment zzz not found");
        kit.finish().await;
    });
}

#[test]
fn a_log_is_read_as_it_comes() {
    test(|kit| async move {
        let client = ControlPlaneClient::new(kit.client.clone());
        let mut log = client.logs("p1", "greeter", 100, true).await.expect("a log");
        let stream = kit
            .server
            .stream(&format!("{BASE}/greeter/logs"))
            .expect("a stream");
        assert!(
            stream
                .path()
                .ends_with("?project_id=p1&follow=true&tail_lines=100"),
            "{}",
            stream.path()
        );
        stream
            .bytes(": ping\n\n")
            .bytes(LOGS)
            .bytes("event: log\ndata: nonsense\n\n")
            .close();
        let mut lines = Vec::new();
        while let Some(line) = log.next().await {
            lines.push(line.map(|line| line.text).map_err(|error| error.as_str()));
        }
        assert_eq!(
            lines,
            [Ok("line 0".to_owned()), Ok("line 1".to_owned()), Err("decode")]
        );
        drop(log);
        kit.server.get(
            &format!("{BASE}/sleeper/logs"),
            Reply::detail(409, "No ReplicaSet yet"),
        );
        let refused = client
            .logs("p1", "sleeper", 100, false)
            .await
            .expect_err("nothing was released");
        assert_eq!(
            (refused.status(), refused.detail().as_str()),
            (Some(409), "No ReplicaSet yet")
        );
        kit.finish().await;
    });
}

#[test]
fn without_a_token_sign_in_is_asked_for() {
    test(|kit| async move {
        kit.server.get("/*", Reply::detail(401, "Not signed in"));
        let client = ControlPlaneClient::new(kit.client.clone());
        let refused = client.deployments("p1").await;
        assert!(
            matches!(refused, Err(Error::SignIn { status: 401, .. })),
            "{refused:?}"
        );
        kit.finish().await;
    });
}
