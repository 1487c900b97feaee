//! Several deployments on one page.

use crate::made;
use crate::scene::{Size, Specimen};
use leptos::prelude::*;
use workflow_ui_components::monitor::{Deployment, Monitor};
use workflow_ui_core::{HttpResponse, Reply, ScriptedTransport, WorkflowClient};

/// A deployment whose server follows a script.
fn deployment(name: &str, server: ScriptedTransport) -> Deployment {
    let base = format!("http://{name}.example");
    let client = WorkflowClient::builder(base.clone())
        .transport(server.with_base(&base))
        .no_storage()
        .build();
    Deployment::new(name, client)
}

fn well(runs: usize) -> ScriptedTransport {
    let server = ScriptedTransport::new();
    let rows: Vec<String> = made::many_runs(runs)
        .iter()
        .filter_map(|run| serde_json::to_string(&run.handler).ok())
        .collect();
    server
        .get("/health", Reply::json(200, r#"{"status":"healthy"}"#))
        .get(
            "/workflows",
            Reply::json(200, r#"{"workflows":["greeting","approvals"]}"#),
        )
        .get(
            "/handlers",
            Reply::json(200, format!(r#"{{"handlers":[{}]}}"#, rows.join(","))),
        );
    server
}

/// A llama-deploy 0.9.2.
fn older() -> ScriptedTransport {
    let server = ScriptedTransport::new();
    let status = r#"{"status":"Healthy","deployments":["toy","invoices"]}"#;
    server.get("/status/", Reply::json(200, status));
    for name in ["toy", "invoices"] {
        let tasks = r#"[{"task_id":"t1","input":"{}"},{"task_id":"t2","input":"{}"}]"#;
        let sessions = r#"[{"session_id":"s1"}]"#;
        server
            .get(&format!("/deployments/{name}/tasks"), Reply::json(200, tasks))
            .get(
                &format!("/deployments/{name}/sessions"),
                Reply::json(200, sessions),
            );
    }
    server
}

fn control_plane() -> ScriptedTransport {
    let server = ScriptedTransport::new();
    let deployment = |id: &str, status: &str, more: &str| {
        format!(
            r#"{{"id":"{id}","display_name":"{id}","project_id":"p1","status":"{status}","git_ref":"main","git_sha":"4f0c1c0d5a1b",{more}}}"#
        )
    };
    let deployments = [
        deployment(
            "greeter",
            "Running",
            r#""apiserver_url":"https://greeter.example.org""#,
        ),
        deployment(
            "reviewer",
            "RolloutFailed",
            r#""warning":"The new pods do not start""#,
        ),
        deployment("sleeper", "Suspended", r#""suspended":true"#),
    ];
    let deployments = format!(r#"{{"deployments":[{}]}}"#, deployments.join(","));
    let log = "event: log\ndata: {\"text\":\"Started\"}\n\nevent: log\ndata: {\"text\":\"Ready\"}\n\n";
    server
        .get(
            "/api/v1beta1/deployments-public/version",
            Reply::json(200, r#"{"version":"0.10.2"}"#),
        )
        .get(
            "/api/v1beta1/deployments/list-projects",
            Reply::json(200, r#"{"projects":[{"project_id":"p1"}]}"#),
        )
        .get("/api/v1beta1/deployments", Reply::json(200, deployments))
        .get(
            "/api/v1beta1/deployments/greeter/logs",
            Reply::Answer(HttpResponse {
                status: 200,
                content_type: Some(String::from("text/event-stream")),
                body: String::from(log),
                ..HttpResponse::default()
            }),
        );
    server
}

fn failing(reply: Reply) -> ScriptedTransport {
    let server = ScriptedTransport::new();
    server.get("/health", reply);
    server
}

#[component]
pub(crate) fn Monitors() -> impl IntoView {
    let asked = Deployment {
        client: None,
        removable: true,
        ..deployment("elsewhere", ScriptedTransport::new())
    };
    let deployments = vec![
        deployment("orders", well(12)),
        deployment("bills", well(4)),
        deployment("gone", failing(Reply::offline())),
        deployment("locked", failing(Reply::detail(401, "Who are you?"))),
        asked,
    ];
    let none: Vec<Deployment> = Vec::new();
    view! {
        <Specimen caption="Two that are well, one that is silent, one that requires sign-in, one that is not agreed to" size=Size::Wide>
            <Monitor
                deployments
                on_token=|_: (String, String)| ()
                on_agree=|_: String| ()
                on_remove=|_: String| ()
                on_add=|_: (String, String)| Ok(())
            />
        </Specimen>
        <Specimen caption="A server of llama-deploy 0.9 and a control plane" size=Size::Wide>
            <Monitor
                deployments=vec![deployment("older", older()), deployment("platform", control_plane())]
                on_add=|_: (String, String)| Ok(())
            />
        </Specimen>
        <Specimen caption="None" size=Size::Wide>
            <Monitor deployments=none />
        </Specimen>
    }
}
