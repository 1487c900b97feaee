//! Several deployments on one page.

use crate::made;
use crate::scene::{Size, Specimen};
use leptos::prelude::*;
use workflow_ui_components::monitor::{Deployment, Monitor};
use workflow_ui_core::{Reply, ScriptedTransport, WorkflowClient};

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
        <Specimen caption="None" size=Size::Wide>
            <Monitor deployments=none />
        </Specimen>
    }
}
