//! What starts runs.

use crate::made;
use crate::scene::{Size, press, specimen};
use workflow_protocol::RawJson;
use workflow_ui_components::start::{StartChoices, start_pane};
use workflow_ui_components::trigger::{TriggerParts, trigger_button, trigger_form};
use workflow_ui_components::ui::{Call, El, Var, memo};
use workflow_ui_core::use_workflows;
use workflow_ui_core::{Reply, ScriptedTransport};

/// What the demo with every kind of field says about itself.
const RICH: &str = include_str!("../../../server/src/demos/recorded/rich_form.json");
const REFUSED: &str = include_str!("../../../protocol/tests/fixtures/errors/400_two_fields.json");

fn describe(server: &ScriptedTransport) {
    server.serve(&made::greeting()).get(
        "/workflows",
        Reply::json(200, r#"{"workflows":["greeting","rich_form","interview"]}"#),
    );
    for (name, answer) in workflow_protocol::members(RICH).unwrap_or_default() {
        server.get(
            &["/workflows/rich_form/", &name].concat(),
            Reply::json(200, answer),
        );
    }
}

fn pane(workflow: Option<&str>, continues: Option<&str>) -> El {
    let chosen = Var::new(workflow.map(str::to_owned));
    start_pane(
        use_workflows(),
        StartChoices {
            workflow: memo(move || chosen.get()),
            on_workflow: Call::new(move |name| chosen.set(Some(name))),
            continues: Var::new(continues.map(str::to_owned)),
            folded: Var::new(false),
            on_started: Call::new(|_| {}),
        },
    )
}

fn trigger_of(label: &str) -> El {
    let label = label.to_owned();
    trigger_button(TriggerParts {
        workflow: memo(|| "greeting".to_owned()),
        input: memo(RawJson::empty_object),
        label: memo(move || label.clone()),
        on_started: Call::new(|_| {}),
    })
}

pub(crate) fn trigger() -> Vec<El> {
    vec![
        specimen("Button", Size::Natural, |server| {
            describe(server);
            trigger_of("Make the report")
        }),
        specimen("Button, starting", Size::Natural, |server| {
            describe(server);
            server.post("/workflows/greeting/run-nowait", Reply::Wait);
            let element = trigger_of("Make the report");
            press(&element, "button");
            element
        }),
        specimen("Button, refused", Size::Natural, |server| {
            describe(server);
            server.post("/workflows/greeting/run-nowait", Reply::json(400, REFUSED));
            let element = trigger_of("Make the report");
            press(&element, "button");
            element
        }),
        specimen("Form", Size::Natural, |server| {
            describe(server);
            trigger_form(memo(|| "greeting".to_owned()), Call::new(|_| {}))
        }),
        specimen("Form with a bit of everything", Size::Natural, |server| {
            describe(server);
            trigger_form(memo(|| "rich_form".to_owned()), Call::new(|_| {}))
        }),
    ]
}

pub(crate) fn start() -> Vec<El> {
    vec![
        specimen("Nothing chosen", Size::Natural, |server| {
            describe(server);
            pane(None, None)
        }),
        specimen("Loading", Size::Natural, |server| {
            server.get("/workflows", Reply::Wait);
            pane(None, None)
        }),
        specimen("The server can't be reached", Size::Natural, |server| {
            server.get("/workflows", Reply::offline());
            pane(None, None)
        }),
        specimen("A form", Size::Natural, |server| {
            describe(server);
            pane(Some("greeting"), None)
        }),
        specimen("Fields that can't be sent", Size::Natural, |server| {
            describe(server);
            let element = pane(Some("greeting"), None);
            press(&element, "[data-part='run-button']");
            element
        }),
        specimen("Continues a run", Size::Natural, |server| {
            describe(server);
            pane(Some("greeting"), Some("run-0123456789"))
        }),
        specimen("No such workflow", Size::Natural, |server| {
            describe(server);
            pane(Some("gone"), None)
        }),
    ]
}
