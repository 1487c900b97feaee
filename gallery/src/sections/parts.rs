//! Controls, status badges and progress.

use crate::made;
use crate::scene::{Size, running, specimen, watched};
use workflow_ui_components::icon::{Icon, icon};
use workflow_ui_components::progress::{ProgressRule, run_progress};
use workflow_ui_components::status::status_pill;
use workflow_ui_components::ui::{El, button, div, el, span};

const STATUSES: [&str; 10] = [
    "not_started",
    "starting",
    "running",
    "waiting",
    "completed",
    "failed",
    "timed_out",
    "cancelled",
    "gone",
    "a word of a newer server",
];

pub(crate) fn controls() -> Vec<El> {
    let row = |children: Vec<El>| div("gallery__row").child(children);
    vec![
        specimen("Buttons", Size::Natural, |_| {
            row(vec![
                button("wf-button wf-button--primary")
                    .child(icon(Icon::Play))
                    .text("Run"),
                button("wf-button").text("Plain"),
                button("wf-button").attr("aria-pressed", true).text("Pressed"),
                button("wf-button wf-button--danger")
                    .child(icon(Icon::Bin))
                    .text("Delete"),
                button("wf-button wf-button--primary")
                    .flag("disabled", || true)
                    .text("Disabled"),
                button("wf-button").flag("disabled", || true).text("Disabled"),
                button("wf-link").text("A link"),
            ])
        }),
        specimen("Fields", Size::Natural, |_| {
            div("wf-form").child(vec![
                el("input")
                    .class("wf-input")
                    .attr("aria-label", "Text")
                    .attr("placeholder", "A text"),
                el("input")
                    .class("wf-input")
                    .attr("aria-label", "Wrong")
                    .attr("aria-invalid", true)
                    .attr("value", "wrong"),
                el("select")
                    .class("wf-select")
                    .attr("aria-label", "Choice")
                    .child(el("option").text("One of these")),
                el("textarea")
                    .class("wf-input")
                    .attr("aria-label", "Long")
                    .text("A longer text"),
            ])
        }),
        specimen("Words", Size::Natural, |_| {
            row(vec![
                el("p").class("wf-note").text("A note."),
                el("p").class("wf-error").text("What went wrong."),
                span("wf-mono").text("0123456789abcdef"),
                span("wf-kbd").text("Ctrl+K"),
            ])
        }),
    ]
}

pub(crate) fn status() -> Vec<El> {
    vec![specimen("Every status", Size::Natural, |_| {
        let pills = STATUSES
            .iter()
            .map(|status| status_pill(move || (*status).to_owned()));
        div("gallery__row").child(pills.collect::<Vec<_>>())
    })]
}

pub(crate) fn progress() -> Vec<El> {
    let any = ProgressRule::default;
    vec![
        specimen("Running", Size::Natural, move |server| {
            let run = running(server, made::progress(), 0..16);
            run_progress(run.status, run.events, any())
        }),
        specimen("Running, without numbers", Size::Natural, move |server| {
            let run = running(server, made::tokens(), 0..16);
            run_progress(run.status, run.events, any())
        }),
        specimen("With words", Size::Natural, |server| {
            let envelope = r#"{"type":"PageRead","types":null,"value":{"page":7,"pages":12,"title":"On the motion of the tides"}}"#;
            let run = running(server, made::made("running", &[envelope]), 0..1);
            run_progress(run.status, run.events, ProgressRule::default())
        }),
        specimen("Completed", Size::Natural, move |server| {
            let run = watched(server, &made::progress());
            run_progress(run.status, run.events, any())
        }),
        specimen("Failed", Size::Natural, move |server| {
            let run = watched(server, &made::failing());
            run_progress(run.status, run.events, any())
        }),
    ]
}
