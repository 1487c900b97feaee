//! How a run ended: its result, or why it failed.

use crate::copy::CopyButton;
use crate::icon::{Icon, icon};
use crate::json_view::{JsonText, JsonTreeView};
use crate::status::status_icon;
use crate::theme::mount_style;
use leptos::prelude::*;
use std::sync::Arc;
use workflow_inspector::json::preview;
use workflow_protocol::{EventKind, RunStatus, StopResult, field_str, fields};
use workflow_ui_core::Events;

const STYLE: &str = include_str!("result.css");

/// Characters of a result that the folded line shows.
const LINE: usize = 400;

/// A run's result: whole, or folded to one line with its beginning.
#[component]
pub fn RunResult(
    /// The stop event.
    #[prop(into)]
    result: Signal<Option<StopResult>>,
    /// Show one line only?
    #[prop(into)]
    folded: Signal<bool>,
    /// The folded line was pressed.
    on_open: Callback<()>,
) -> impl IntoView {
    mount_style(crate::icon::STYLE);
    mount_style(STYLE);
    // The clone of what is shown is shared: the text may be megabytes.
    let text = Memo::new(move |_| {
        result.with(|result| result.as_ref().map(|result| Arc::<str>::from(result.shown().as_str())))
    });
    let class = move || result.with(|result| result.as_ref().and_then(|result| result.class.clone()));
    let is_text = Memo::new(move |_| text.with(|text| text.as_deref().is_some_and(is_scalar)));
    let whole = Signal::derive(move || text.get().unwrap_or_else(|| Arc::from("null")));
    view! {
        {move || {
            text.with(Option::is_some).then(|| {
                view! {
                    <section class="wf-result" data-part="result" role="region" aria-label="Run result" data-folded=move || folded.get().then_some("")>
                        <div class="wf-result__head">
                            <span class="wf-result__word">{icon(Icon::Check)} "Result"</span>
                            <span class="wf-muted wf-mono" hidden=move || folded.get()>{class}</span>
                            <span class="wf-result__line">
                                {move || if folded.get() { whole.with(|text| preview(text, LINE)) } else { String::new() }}
                            </span>
                            <CopyButton label="Copy result" compact=true text=Callback::new(move |()| whole.with_untracked(|text| text.to_string())) />
                            <button type="button" class="wf-button wf-button--plain" hidden=move || !folded.get() on:click=move |_| on_open.run(())>
                                "Open"
                            </button>
                        </div>
                        {move || (!folded.get()).then(|| {
                            if is_text.get() {
                                view! { <JsonText text=whole /> }.into_any()
                            } else {
                                view! { <JsonTreeView label="Result as a tree" text=whole /> }.into_any()
                            }
                        })}
                    </section>
                }
                .into_any()
            })
        }}
    }
    .into_any()
}

fn is_scalar(json: &str) -> bool {
    !json.trim_start().starts_with(['{', '['])
}

/// Why a run failed or timed out, in the server's own words. Nothing for other ends: a cancelled run is no failure.
#[component]
pub fn RunFailure(
    /// The run's status.
    #[prop(into)]
    status: Signal<RunStatus>,
    /// The server's words.
    #[prop(into)]
    error: Signal<Option<String>>,
    /// The log, whose last event tells the step and the attempts.
    #[prop(into)]
    events: Signal<Events>,
) -> impl IntoView {
    mount_style(crate::icon::STYLE);
    mount_style(STYLE);
    let title = Memo::new(move |_| match status.get() {
        RunStatus::Failed => Some("The run failed"),
        RunStatus::TimedOut => Some("The run timed out"),
        _ => None,
    });
    let end = Memo::new(move |_| {
        title.get()?;
        let events = events.get();
        let last = events.len().checked_sub(1)?;
        events.with(last, |event| facts(event.kind, event.value.unwrap_or_default()))
    });
    view! {
        {move || {
            title.get().map(|title| {
                view! {
                    <div class="wf-failure" data-part="failure" role="alert" data-status=move || status.get().as_str()>
                        {move || icon(status_icon(status.get().as_str()))}
                        <div class="wf-grow">
                            <p class="wf-failure__title">{title}</p>
                            <p class="wf-failure__words">{move || error.get()}</p>
                            <p class="wf-note">{move || end.get()}</p>
                        </div>
                    </div>
                }
                .into_any()
            })
        }}
    }
    .into_any()
}

/// What the event that ended a run says beyond the handler's error.
fn facts(kind: EventKind, value: &str) -> String {
    let mut parts = Vec::new();
    let mut part = |name: &str, text: Option<String>| {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            parts.push([name, &text].concat());
        }
    };
    match kind {
        EventKind::Failed => {
            part("in step ", field_str(value, "step_name"));
            part("", inner(value, "exception", "exception_type"));
            let attempts = raw(value, "attempts");
            let name = if attempts.as_deref() == Some("1") { "attempts: only " } else { "attempts: " };
            part(name, attempts);
        }
        EventKind::TimedOut => {
            let steps = raw(value, "active_steps").map(|steps| steps.replace(['[', ']', '"'], "").replace(',', ", "));
            part("still at work: ", steps);
        }
        _ => {}
    }
    parts.join(" · ")
}

/// A field's JSON text, on one line.
fn raw(value: &str, name: &str) -> Option<String> {
    let fields = fields(value).ok()?;
    fields.into_iter().find(|(key, _)| key == name).map(|(_, value)| preview(value.as_str(), LINE))
}

fn inner(value: &str, name: &str, field: &str) -> Option<String> {
    let fields = fields(value).ok()?;
    let (_, value) = fields.into_iter().find(|(key, _)| key == name)?;
    field_str(value.as_str(), field)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_step_type_and_attempts() {
        let value = r#"{"step_name":"bad","exception":{"exception_type":"builtins.ValueError","exception_message":"kaput"},"attempts":3}"#;
        assert_eq!(facts(EventKind::Failed, value), "in step bad · builtins.ValueError · attempts: 3");
        assert_eq!(facts(EventKind::Failed, r#"{"step_name":"bad","attempts":1}"#), "in step bad · attempts: only 1");
    }

    #[test]
    fn a_timeout_names_the_steps_at_work() {
        let value = r#"{"timeout":0.6,"active_steps":["a", "b"]}"#;
        assert_eq!(facts(EventKind::TimedOut, value), "still at work: a, b");
        assert_eq!(facts(EventKind::TimedOut, r#"{"active_steps":[]}"#), "", "none at work says nothing");
    }

    #[test]
    fn unreadable_ends_say_nothing() {
        for value in ["", "null", "[", "{\"exception\":7}"] {
            assert_eq!(facts(EventKind::Failed, value), "", "{value:?}");
        }
    }
}
