//! Results and failures of every kind.

use crate::made;
use crate::scene::{Size, specimen, watched};
use workflow_ui_components::reactive::Get as _;
use workflow_ui_components::result::{run_failure, run_result};
use workflow_ui_components::ui::{Call, El, div, memo};
use workflow_ui_core::{Recording, ScriptedTransport};

fn outcome(server: &ScriptedTransport, recording: &Recording, folded: bool) -> El {
    let run = watched(server, recording);
    div("wf-run__panel")
        .child(run_failure(
            run.status,
            workflow_ui_components::reactive::Reading::derive(move || {
                run.error.get().map(|error| error.detail())
            })
            .into(),
            run.events,
        ))
        .child(run_result(run.result, memo(move || folded), Call::new(|()| {})))
}

/// A run that stopped with this result.
fn stopped(result: &str) -> Recording {
    let envelope = [
        "{\"type\":\"StopEvent\",\"types\":null,\"value\":{\"result\":",
        result,
        "}}",
    ]
    .concat();
    made::made("completed", &[&envelope])
}

pub(crate) fn result() -> Vec<El> {
    vec![
        specimen("An object", Size::Tall, |server| {
            outcome(server, &made::interview(), false)
        }),
        specimen("Folded to a line", Size::Natural, |server| {
            outcome(server, &made::interview(), true)
        }),
        specimen("A text", Size::Tall, |server| {
            outcome(
                server,
                &stopped("\"The tide was 4.55 m.\\n\\nIt came in the night.\""),
                false,
            )
        }),
        specimen("A number", Size::Tall, |server| {
            outcome(server, &stopped("9007199254740993"), false)
        }),
        specimen("Nothing", Size::Tall, |server| {
            outcome(server, &stopped("null"), false)
        }),
        specimen("A long list", Size::Tall, |server| {
            let items: Vec<String> = (0..2000).map(|number: usize| number.to_string()).collect();
            outcome(server, &stopped(&["[", &items.join(","), "]"].concat()), false)
        }),
        specimen("A stop event of its own", Size::Tall, |server| {
            outcome(server, &made::greeting(), false)
        }),
        specimen("Failed", Size::Natural, |server| {
            outcome(server, &made::failing(), false)
        }),
        specimen("Timed out", Size::Natural, |server| {
            outcome(server, &made::timeout(), false)
        }),
    ]
}
