//! The control plane of today, on answers of the router of llama-agents-core 0.10.2 over made-up deployments (`tests/legacy/python/control_plane.py`).

use workflow_protocol::manage::{
    ControlPlaneVersion, DeploymentLogLine, DeploymentPhase, DeploymentRelease, ManagedDeployment,
    ManagedOrganization, ManagedProject, endpoint,
};
use workflow_protocol::{SseDecoder, SseItem};

fn recorded(name: &str) -> String {
    crate::recorded(&format!("manage/{name}"))
}

#[test]
fn deployments_and_their_phases() {
    let deployments = ManagedDeployment::parse_list(&recorded("deployments.json")).unwrap();
    let seen: Vec<_> = deployments
        .iter()
        .map(|it| (it.id.as_str(), it.phase()))
        .collect();
    assert_eq!(
        seen,
        [
            ("greeter", DeploymentPhase::Running),
            ("reviewer", DeploymentPhase::RolloutFailed),
            ("sleeper", DeploymentPhase::Suspended),
            ("newcomer", DeploymentPhase::Other("Teleporting".to_owned())),
        ]
    );
    let [greeter, reviewer, sleeper, _] = &deployments[..] else {
        panic!("{deployments:?}")
    };
    assert_eq!(greeter.display_name, "Greeter");
    assert_eq!(
        greeter.apiserver_url.as_deref(),
        Some("https://greeter.example.org/")
    );
    assert_eq!(
        (greeter.git_ref.as_deref(), greeter.appserver_version.as_deref()),
        (Some("main"), Some("0.12.2"))
    );
    assert_eq!(reviewer.warning.as_deref(), Some("The new pods do not start"));
    assert!(reviewer.phase().is_failure() && reviewer.phase().may_serve());
    assert!(sleeper.suspended && sleeper.apiserver_url.is_none() && !sleeper.phase().may_serve());
    assert!(greeter.events().is_empty(), "they were not asked for");
    for word in [
        "Pending",
        "Running",
        "Failed",
        "RollingOut",
        "RolloutFailed",
        "Suspended",
        "Building",
        "BuildFailed",
        "X",
    ] {
        assert_eq!(DeploymentPhase::of(word).as_str(), word);
    }
}

#[test]
fn one_deployment_its_history_and_its_log() {
    let greeter = ManagedDeployment::parse(&recorded("deployment.json")).unwrap();
    let events = greeter.events();
    assert_eq!(
        (events[0].reason.as_deref(), events[0].count),
        (Some("BackOff"), Some(3))
    );
    assert_eq!(events[0].kind.as_deref(), Some("Warning"));
    let history = DeploymentRelease::parse_history(&recorded("history.json")).unwrap();
    assert_eq!(history[0].released_at, "2026-11-30T03:00:00Z");
    let mut lines = Vec::new();
    SseDecoder::new().feed(recorded("logs.txt").as_bytes(), &mut |item| {
        if let SseItem::Event {
            event: "log", data, ..
        } = item
        {
            lines.push(DeploymentLogLine::parse(data).unwrap().text);
        }
    });
    assert_eq!(lines, ["line 0", "line 1"]);
}

#[test]
fn projects_organizations_and_the_version() {
    let projects = ManagedProject::parse_list(&recorded("projects.json")).unwrap();
    assert_eq!(
        (projects[0].project_id.as_str(), projects[0].deployment_count),
        ("p1", 4)
    );
    let organizations = ManagedOrganization::parse_list(&recorded("organizations.json")).unwrap();
    assert!(organizations[0].is_default);
    let version = ControlPlaneVersion::parse(&recorded("version.json")).unwrap();
    assert!(version.requires_auth && version.capabilities == ["organizations"]);
}

#[test]
fn older_names_and_other_answers() {
    let old =
        ManagedDeployment::parse(r#"{"id":"a","name":"A","status":"Running","display_name":null}"#).unwrap();
    assert_eq!(old.display_name, "A");
    let bare = ManagedDeployment::parse(r#"{"id":"a","status":"Running"}"#).unwrap();
    assert_eq!(bare.display_name, "a");
    let project = ManagedProject::parse_list(r#"{"projects":[{"project_id":"p"}]}"#).unwrap();
    assert_eq!(project[0].project_name, "p");
    for text in [
        "",
        "null",
        "[]",
        "{}",
        "<html>",
        r#"{"deployments":[{}]}"#,
        r#"{"deployments":{}}"#,
    ] {
        assert!(ManagedDeployment::parse_list(text).is_err(), "{text}");
        assert!(ManagedDeployment::parse(text).is_err(), "{text}");
    }
}

#[test]
fn requests() {
    for (request, path) in [
        (endpoint::version(), "/api/v1beta1/deployments-public/version"),
        (endpoint::projects(None), "/api/v1beta1/deployments/list-projects"),
        (
            endpoint::projects(Some("o 1")),
            "/api/v1beta1/deployments/list-projects?org_id=o%201",
        ),
        (
            endpoint::deployments("p&1"),
            "/api/v1beta1/deployments?project_id=p%261",
        ),
        (
            endpoint::deployment("p1", "a/b"),
            "/api/v1beta1/deployments/a%2Fb?project_id=p1&include_events=true",
        ),
        (
            endpoint::logs("p1", "a", 200, true),
            "/api/v1beta1/deployments/a/logs?project_id=p1&follow=true&tail_lines=200",
        ),
    ] {
        assert_eq!(request.path, path);
    }
}
