//! Results and failures of every kind.

use crate::made;
use crate::scene::{Size, Specimen, watched};
use leptos::prelude::*;
use workflow_ui_components::result::{RunFailure, RunResult};
use workflow_ui_core::Recording;

#[component]
fn Outcome(recording: Recording, #[prop(optional)] folded: bool) -> impl IntoView {
    let run = watched(&recording);
    view! {
        <div class="wf-run__panel">
            <RunFailure run />
            <RunResult run folded />
        </div>
    }
}

/// A run that stopped with this result.
fn stopped(result: &str) -> Recording {
    let envelope = format!(r#"{{"type":"StopEvent","types":null,"value":{{"result":{result}}}}}"#);
    made::made("completed", &[&envelope])
}

fn long_list() -> Recording {
    let items: Vec<String> = (0..2000).map(|number: usize| number.to_string()).collect();
    stopped(&format!("[{}]", items.join(",")))
}

#[component]
pub(crate) fn Results() -> impl IntoView {
    view! {
        <Specimen caption="An object" size=Size::Tall>
            <Outcome recording=made::interview() />
        </Specimen>
        <Specimen caption="Folded to a line">
            <Outcome recording=made::interview() folded=true />
        </Specimen>
        <Specimen caption="A text" size=Size::Tall>
            <Outcome recording=stopped(r#""The tide was 4.55 m.\n\nIt came in the night.""#) />
        </Specimen>
        <Specimen caption="A number" size=Size::Tall>
            <Outcome recording=stopped("9007199254740993") />
        </Specimen>
        <Specimen caption="Nothing" size=Size::Tall>
            <Outcome recording=stopped("null") />
        </Specimen>
        <Specimen caption="A long list" size=Size::Tall>
            <Outcome recording=long_list() />
        </Specimen>
        <Specimen caption="A stop event of its own" size=Size::Tall>
            <Outcome recording=made::greeting() />
        </Specimen>
        <Specimen caption="Failed">
            <Outcome recording=made::failing() />
        </Specimen>
        <Specimen caption="Timed out">
            <Outcome recording=made::timeout() />
        </Specimen>
    }
}
