//! The legacy client against the real servers of the older deployments API: llama-deploy 0.9.2 and 0.2.2, and the current app server; and
//! the client of the current control plane against its own routes. They run natively, over a real network and with a real clock.
//! At the end all of them are in the monitor of the page.
//!
//! `cargo xtask test legacy` creates the environments.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests report by failing"
)]

mod monitor;
#[path = "../cuts/native.rs"]
mod native;

use std::time::Duration;

use futures::StreamExt as _;
use reactive_graph::owner::Owner;
use reactive_graph::traits::{GetUntracked as _, WithUntracked as _};
use reactive_graph::wrappers::read::Signal;
use serde_json::{Value, json};
use workflow_protocol::{RawJson, RunStatus};
use workflow_tests::{Legacy, LegacyServer, Server, ServerOptions, outputs, until};
use workflow_ui_core::{
    ControlPlaneClient, DeploymentState, Error, LegacyApi, LegacyClient, LegacyEvent, MonitorSource,
    MonitoredDeployment, NewLegacyTask, OtherServer, UseLegacyTaskReturn, WorkflowClient, legacy_status,
    use_legacy_task, use_monitor,
};

use native::{Network, RealClock};

/// Time limit of a task.
const SOON: Duration = Duration::from_secs(30);
/// Time limit of a test, including the start of its server.
const LIMIT: Duration = Duration::from_secs(400);

/// Runs one test on one thread.
fn run(test: impl AsyncFnOnce()) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let local = tokio::task::LocalSet::new();
    let done = local.block_on(&runtime, async {
        // Only the first test of a process initialises it.
        let _ = any_spawner::Executor::init_tokio();
        tokio::time::timeout(LIMIT, test()).await
    });
    assert!(done.is_ok(), "the test took longer than {LIMIT:?}");
}

fn client(base: &str) -> WorkflowClient {
    WorkflowClient::builder(base)
        .transport(Network::new(1))
        .clock(RealClock::new(1))
        .build()
}

fn task(service: &str, input: &Value) -> NewLegacyTask {
    NewLegacyTask::new(RawJson::from_value(input)).service(service)
}

/// A hook under its own owner.
struct Followed {
    hook: UseLegacyTaskReturn,
    owner: Owner,
}

impl Followed {
    async fn start(client: &LegacyClient, new: NewLegacyTask) -> Self {
        let owner = Owner::new();
        let hook = owner.with(|| use_legacy_task(client.clone()));
        hook.start.call(new).await.expect("a task");
        Self { hook, owner }
    }

    async fn until_status(&self, wanted: RunStatus) {
        until(&format!("the status {wanted}"), SOON, async || {
            let status = self.hook.status.get_untracked();
            if status == wanted {
                Ok(())
            } else {
                Err(format!("{status}, {:?}", self.hook.error.get_untracked()))
            }
        })
        .await;
    }

    /// The numbers of the `Progress` events.
    fn progress(&self) -> Vec<u64> {
        self.hook.events.with_untracked(|events| {
            let numbers = events.iter().filter_map(|event: &LegacyEvent| {
                let value: Value = event.value.to_value();
                value.get("n")?.as_u64()
            });
            numbers.collect()
        })
    }

    fn result(&self) -> Option<Value> {
        self.hook.result.get_untracked().map(|result| result.to_value())
    }

    fn error(&self) -> Option<Error> {
        self.hook.error.get_untracked()
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        self.owner.cleanup();
    }
}

/// A server in a monitor.
struct Monitored {
    deployment: MonitoredDeployment,
    owner: Owner,
}

impl Monitored {
    /// Waits until the monitor says that the server is well.
    async fn new(client: WorkflowClient) -> Self {
        let owner = Owner::new();
        let source = MonitorSource {
            name: "it".to_owned(),
            client,
        };
        let monitor = owner.with(|| use_monitor(Signal::stored(vec![source])));
        let deployment = until("the monitor to reach it", SOON, async || {
            let deployment = monitor.deployments.get_untracked().pop();
            let deployment = deployment.ok_or("it is not watched yet")?;
            let health = deployment.health.get_untracked();
            if health.state == DeploymentState::Ok {
                Ok(deployment)
            } else {
                Err(format!("{health:?}"))
            }
        });
        let deployment = deployment.await;
        Self { deployment, owner }
    }

    fn other(&self) -> Option<OtherServer> {
        self.deployment.other.get_untracked()
    }
}

impl Drop for Monitored {
    fn drop(&mut self) {
        self.owner.cleanup();
    }
}

/// The common part of llama-deploy 0.9.2 and the app server.
async fn tasks_of_a_deployment(client: &LegacyClient) {
    let ran = client.run(&task("greet", &json!({ "name": "Ada" }))).await;
    assert_eq!(ran, Ok(RawJson::string("Hello Ada")), "run");

    let greeting = Followed::start(client, task("greet", &json!({ "name": "Bo" }))).await;
    greeting.until_status(RunStatus::Completed).await;
    assert_eq!(
        greeting.progress(),
        [0, 1, 2, 3, 4],
        "every event, once, in order"
    );
    assert_eq!(greeting.result(), Some(json!("Hello Bo")));
    assert_eq!(greeting.error(), None);

    let asking = Followed::start(client, task("ask", &json!({}))).await;
    asking.until_status(RunStatus::Waiting).await;
    let prompts = asking.hook.prompts.get_untracked();
    assert_eq!(prompts[0].text(), "Name? ");
    assert_eq!(asking.progress(), [0, 1, 2], "progress before the prompt");
    let listed = client.tasks().await.expect("tasks");
    let id = asking
        .hook
        .task
        .with_untracked(|task| task.as_ref().map(|task| task.task_id.clone()));
    assert!(
        listed.iter().any(|task| Some(&task.task_id) == id.as_ref()),
        "{id:?} in {listed:?}"
    );
    let answered = asking.hook.respond.call(prompts[0].id, "Cy").await;
    answered.expect("the answer is taken");
    asking.until_status(RunStatus::Completed).await;
    assert_eq!(asking.progress(), [0, 1, 2, 3], "progress after the answer");
    assert_eq!(asking.result(), Some(json!("Hello Cy")));

    let failed = client.run(&task("greet", &json!({ "boom": true }))).await;
    let failed = failed.expect_err("a failed task");
    assert!(LegacyClient::gave_no_reason(&failed), "{failed}");

    let unknown = client
        .create(&task("zzz", &json!({})))
        .await
        .expect_err("no such service");
    assert!(
        unknown.to_string().contains("Service 'zzz' not found"),
        "{unknown}"
    );

    assert!(
        !client.sessions().await.expect("sessions").is_empty(),
        "each task had a session"
    );
    let gone = client.delete_session("nope").await.expect_err("no such session");
    assert!(LegacyClient::gave_no_reason(&gone), "{gone}");
}

#[test]
fn llama_deploy_092() {
    run(async || {
        let server = LegacyServer::start(Legacy::Deploy092).await;
        let status = legacy_status(&client(&server.origin())).await.expect("a status");
        assert!(status.is_healthy() && status.deployments == ["toy"], "{status:?}");
        let root = client(&server.origin());
        let client = LegacyClient::new(client(&server.deployment()), LegacyApi::Deployment);
        tasks_of_a_deployment(&client).await;

        let monitored = Monitored::new(root).await;
        let Some(OtherServer::LegacyServer(deployments)) = monitored.other() else {
            panic!("{:?}", monitored.other());
        };
        assert_eq!(deployments[0].name, "toy");
        assert!(deployments[0].tasks >= Some(2), "{deployments:?}");
        drop(monitored);

        let failing = Followed::start(&client, task("greet", &json!({ "boom": true }))).await;
        failing.until_status(RunStatus::Failed).await;
        assert_eq!(failing.progress(), [0, 1, 2, 3, 4]);
        let error = failing.error().expect("an error");
        assert!(LegacyClient::gave_no_reason(&error), "{error}");

        let object = Followed::start(&client, task("greet", &json!({ "obj": true }))).await;
        object.until_status(RunStatus::Completed).await;
        assert_eq!(
            (object.result(), object.error()),
            (None, None),
            "it can't send the result"
        );

        assert_eq!(client.services().await, Ok(vec![]));
        let session = client.create_session().await.expect("a session");
        client
            .delete_session(&session)
            .await
            .expect("the session is deleted");
    });
}

#[test]
fn todays_app_server() {
    run(async || {
        let server = LegacyServer::start(Legacy::AppServer).await;
        let monitored = Monitored::new(client(&server.deployment())).await;
        assert_eq!(monitored.other(), None, "it is a workflow server of today");
        until("its workflows", SOON, async || {
            let mut workflows = monitored.deployment.workflows.get_untracked();
            workflows.sort();
            if workflows == ["ask", "greet"] {
                Ok(())
            } else {
                Err(format!("{workflows:?}"))
            }
        })
        .await;
        drop(monitored);
        let client = LegacyClient::new(client(&server.deployment()), LegacyApi::Deployment);
        tasks_of_a_deployment(&client).await;

        let failing = Followed::start(&client, task("greet", &json!({ "boom": true }))).await;
        failing.until_status(RunStatus::Failed).await;
        assert_eq!(
            failing.error(),
            Some(Error::RunFailed("kaput".to_owned())),
            "its stream says why"
        );

        let object = Followed::start(&client, task("greet", &json!({ "obj": true }))).await;
        object.until_status(RunStatus::Completed).await;
        assert_eq!(
            object.result(),
            Some(json!({ "a": 1 })),
            "its stream has the result"
        );

        let mut services = client.services().await.expect("its workflows");
        services.sort();
        assert_eq!(services, ["ask", "greet"]);
        let refused = client
            .create_session()
            .await
            .expect_err("no workflow is called default");
        assert_eq!(refused.status(), Some(400), "{refused}");
    });
}

#[test]
fn llama_deploy_022_behind_our_binary() {
    run(async || {
        let server = LegacyServer::start(Legacy::Deploy022).await;
        let page = outputs().join("legacy-page");
        std::fs::create_dir_all(&page).expect("a folder");
        std::fs::write(page.join("index.html"), "<!doctype html><title>No page</title>").expect("a page");
        let front = Server::in_front_of_with(
            &server.origin(),
            ServerOptions {
                page: Some(page),
                ..ServerOptions::default()
            },
        );
        let monitored = Monitored::new(client(&front.origin())).await;
        let Some(OtherServer::LegacyControlPlane(services)) = monitored.other() else {
            panic!("{:?}", monitored.other());
        };
        assert_eq!(services[0].service_name, "greet");
        drop(monitored);
        let client = LegacyClient::new(client(&front.origin()), LegacyApi::ControlPlane);
        assert_eq!(client.services().await, Ok(vec!["greet".to_owned()]));
        let described = client.service_definitions().await.expect("services");
        assert!(described[0].port.is_some(), "{described:?}");

        let session = client.create_session().await.expect("a session");
        let new = task("greet", &json!({ "name": "Ada" })).session(&session);
        let greeting = Followed::start(&client, new).await;
        greeting.until_status(RunStatus::Completed).await;
        assert_eq!(
            greeting.progress(),
            [0, 1, 2, 3, 4],
            "every event, once, in order"
        );
        assert_eq!(greeting.result(), Some(json!("Hello Ada")));

        let followed = greeting.hook.task.get_untracked().expect("a task");
        greeting.hook.follow.call(followed.clone());
        greeting.until_status(RunStatus::Completed).await;
        assert_eq!(greeting.progress(), [0, 1, 2, 3, 4], "the stream replays");

        let failing = Followed::start(&client, task("greet", &json!({ "boom": true }))).await;
        failing.until_status(RunStatus::Failed).await;
        assert_eq!(failing.error(), Some(Error::RunFailed("kaput".to_owned())));

        let object = Followed::start(&client, task("greet", &json!({ "obj": true }))).await;
        object.until_status(RunStatus::Completed).await;
        assert_eq!(object.result(), Some(json!({ "a": 1 })));

        let ran = client.run(&NewLegacyTask::default().session(&session)).await;
        assert_eq!(ran, Ok(RawJson::string("Hello nobody")), "the first service");

        let tasks = client.session_tasks(&session).await.expect("tasks");
        assert_eq!(tasks.len(), 2);
        assert_eq!(tasks[0].service_id.as_deref(), Some("greet"));
        let current = client.current_task(&session).await.expect("an answer");
        assert_eq!(current.as_ref(), tasks.last());
        assert!(client.tasks().await.expect("tasks").len() >= 4);

        let refused = client
            .respond(&followed, "x")
            .await
            .expect_err("it takes no events");
        assert!(refused.is_not_found(), "{refused}");

        client
            .delete_session(&session)
            .await
            .expect("the session is deleted");
        let gone = client.session_tasks(&session).await.expect_err("no such session");
        assert_eq!(gone.detail(), "Session not found");
    });
}

#[test]
fn the_routes_of_the_current_control_plane() {
    run(async || {
        let server = LegacyServer::start(Legacy::ControlPlane).await;
        let anonymous = ControlPlaneClient::new(client(&server.origin()));
        assert!(anonymous.version().await.expect("a version").requires_auth);
        let refused = anonymous.deployments("p1").await.expect_err("a token is needed");
        assert_eq!(refused.as_str(), "sign_in", "{refused}");

        let client = WorkflowClient::builder(server.origin())
            .transport(Network::new(1))
            .clock(RealClock::new(1))
            .headers(|| async { vec![("authorization".to_owned(), "Bearer secret".to_owned())] })
            .build();
        let monitored = Monitored::new(client.clone()).await;
        let Some(OtherServer::ControlPlane(deployments)) = monitored.other() else {
            panic!("{:?}", monitored.other());
        };
        let statuses: Vec<&str> = deployments.iter().map(|it| it.status.as_str()).collect();
        assert_eq!(statuses, ["Running", "RolloutFailed", "Suspended", "Teleporting"]);
        let log = monitored
            .deployment
            .read_log("p1", "greeter")
            .await
            .expect("a log");
        assert_eq!(log.len(), 3);
        drop(monitored);

        let client = ControlPlaneClient::new(client);
        let projects = client.projects(None).await.expect("projects");
        let deployments = client
            .deployments(&projects[0].project_id)
            .await
            .expect("deployments");
        assert_eq!(deployments.len(), 4, "{deployments:?}");
        let greeter = client.deployment("p1", "greeter").await.expect("a deployment");
        assert_eq!(greeter.events().len(), 1, "its events were asked for");
        assert_eq!(client.history("p1", "greeter").await.expect("a history").len(), 1);
        let log = client.logs("p1", "greeter", 2, false).await.expect("a log");
        let lines: Vec<_> = log.map(|line| line.map(|line| line.text)).collect().await;
        assert_eq!(lines, [Ok("line 0".to_owned()), Ok("line 1".to_owned())]);
        let early = client
            .logs("p1", "sleeper", 2, false)
            .await
            .expect_err("nothing was released");
        assert_eq!(early.status(), Some(409), "{early}");
        let unknown = client.deployment("p1", "zzz").await.expect_err("an unknown one");
        assert_eq!(unknown.detail(), "Deployment zzz not found");
    });
}
