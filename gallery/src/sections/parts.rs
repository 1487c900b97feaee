//! Controls, status badges and progress.

use crate::made;
use crate::scene::{Specimen, running, watched};
use leptos::prelude::*;
use workflow_protocol::RunStatus;
use workflow_ui_components::icon::{Icon, IconView};
use workflow_ui_components::progress::RunProgress;
use workflow_ui_components::status::StatusPill;
use workflow_ui_core::UseWorkflowHandlerReturn;

const STATUSES: [RunStatus; 9] = [
    RunStatus::NotStarted,
    RunStatus::Starting,
    RunStatus::Running,
    RunStatus::Waiting,
    RunStatus::Completed,
    RunStatus::Failed,
    RunStatus::TimedOut,
    RunStatus::Cancelled,
    RunStatus::Gone,
];

#[component]
pub(crate) fn Controls() -> impl IntoView {
    view! {
        <Specimen caption="Buttons">
            <div class="gallery__row">
                <button type="button" class="wf-button wf-button--primary">
                    <IconView icon=Icon::Play />
                    "Run"
                </button>
                <button type="button" class="wf-button">
                    "Plain"
                </button>
                <button type="button" class="wf-button" aria-pressed="true">
                    "Pressed"
                </button>
                <button type="button" class="wf-button wf-button--danger">
                    <IconView icon=Icon::Bin />
                    "Delete"
                </button>
                <button type="button" class="wf-button wf-button--primary" disabled>
                    "Disabled"
                </button>
                <button type="button" class="wf-button" disabled>
                    "Disabled"
                </button>
                <button type="button" class="wf-link">
                    "A link"
                </button>
            </div>
        </Specimen>
        <Specimen caption="Fields">
            <div class="wf-form">
                <input class="wf-input" aria-label="Text" placeholder="A text" />
                <input class="wf-input" aria-label="Wrong" aria-invalid="true" value="wrong" />
                <select class="wf-select" aria-label="Choice">
                    <option>"One of these"</option>
                </select>
                <textarea class="wf-input" aria-label="Long">
                    "A longer text"
                </textarea>
            </div>
        </Specimen>
        <Specimen caption="Words">
            <div class="gallery__row">
                <p class="wf-note">"A note."</p>
                <p class="wf-error">"What went wrong."</p>
                <span class="wf-mono">"0123456789abcdef"</span>
                <span class="wf-kbd">"Ctrl+K"</span>
            </div>
        </Specimen>
    }
}

#[component]
pub(crate) fn Statuses() -> impl IntoView {
    let pills = STATUSES.map(|status| view! { <StatusPill status /> });
    view! {
        <Specimen caption="Every status">
            <div class="gallery__row">{pills.into_iter().collect_view()}</div>
        </Specimen>
    }
}

#[component]
pub(crate) fn Progress() -> impl IntoView {
    const PAGE_READ: &str = r#"{"type":"PageRead","types":null,"value":{"page":7,"pages":12,"title":"On the motion of the tides"}}"#;
    let of = |run: UseWorkflowHandlerReturn| view! { <RunProgress run /> };
    view! {
        <Specimen caption="Running">{of(running(made::progress(), 0..16))}</Specimen>
        <Specimen caption="Running, without numbers">{of(running(made::tokens(), 0..16))}</Specimen>
        <Specimen caption="With words">{of(running(made::made("running", &[PAGE_READ]), 0..1))}</Specimen>
        <Specimen caption="Completed">{of(watched(&made::progress()))}</Specimen>
        <Specimen caption="Failed">{of(watched(&made::failing()))}</Specimen>
    }
}
