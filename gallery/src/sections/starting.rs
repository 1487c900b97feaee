//! What starts runs.

use crate::made;
use crate::scene::{Specimen, server};
use leptos::prelude::*;
use workflow_ui_components::start::StartPane;
use workflow_ui_components::trigger::{TriggerButton, TriggerForm};
use workflow_ui_core::Reply;

/// How the demo with every kind of field describes itself.
const RICH: &str = include_str!("../../../server/src/demos/recorded/rich_form.json");
const REFUSED: &str = include_str!("../../../protocol/tests/fixtures/errors/400_two_fields.json");

/// Lets the server describe its workflows.
fn describe() {
    let server = server();
    server.serve(&made::greeting()).get(
        "/workflows",
        Reply::json(200, r#"{"workflows":["greeting","rich_form","interview"]}"#),
    );
    for (name, answer) in workflow_protocol::members(RICH).unwrap_or_default() {
        server.get(&format!("/workflows/rich_form/{name}"), Reply::json(200, answer));
    }
}

#[component]
fn Button(#[prop(optional)] reply: Option<Reply>) -> impl IntoView {
    describe();
    if let Some(reply) = reply {
        server().post("/workflows/greeting/run-nowait", reply);
    }
    view! { <TriggerButton workflow="greeting" label="Make the report" on_started=|_| {} /> }
}

#[component]
fn Form(workflow: &'static str) -> impl IntoView {
    describe();
    view! { <TriggerForm workflow on_started=|_| {} /> }
}

#[component]
pub(crate) fn Triggers() -> impl IntoView {
    view! {
        <Specimen caption="Button">
            <Button />
        </Specimen>
        <Specimen caption="Button, starting" press="button">
            <Button reply=Reply::Wait />
        </Specimen>
        <Specimen caption="Button, refused" press="button">
            <Button reply=Reply::json(400, REFUSED) />
        </Specimen>
        <Specimen caption="Form">
            <Form workflow="greeting" />
        </Specimen>
        <Specimen caption="Form with a bit of everything">
            <Form workflow="rich_form" />
        </Specimen>
    }
}

#[component]
fn Start(
    #[prop(optional)] workflow: Option<&'static str>,
    #[prop(optional)] continues: Option<&'static str>,
    /// The answer to the request for the workflows. Defaults to their descriptions.
    #[prop(optional)]
    reply: Option<Reply>,
) -> impl IntoView {
    match reply {
        Some(reply) => {
            server().get("/workflows", reply);
        }
        None => describe(),
    }
    let workflow = RwSignal::new(workflow.map(str::to_owned));
    view! {
        <StartPane
            workflow
            on_workflow=move |name| workflow.set(Some(name))
            continues=RwSignal::new(continues.map(str::to_owned))
            on_started=|_| {}
        />
    }
}

#[component]
pub(crate) fn StartPanes() -> impl IntoView {
    view! {
        <Specimen caption="Nothing chosen">
            <Start />
        </Specimen>
        <Specimen caption="Loading">
            <Start reply=Reply::Wait />
        </Specimen>
        <Specimen caption="The server can't be reached">
            <Start reply=Reply::offline() />
        </Specimen>
        <Specimen caption="A form">
            <Start workflow="greeting" />
        </Specimen>
        <Specimen caption="Fields that can't be sent" press="[data-part='run-button']">
            <Start workflow="greeting" />
        </Specimen>
        <Specimen caption="Continues a run">
            <Start workflow="greeting" continues="run-0123456789" />
        </Specimen>
        <Specimen caption="No such workflow">
            <Start workflow="gone" />
        </Specimen>
    }
}
