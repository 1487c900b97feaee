//! The outcome of a run: its result or its failure.

use crate::copy::CopyButton;
use crate::dom::scrolls;
use crate::icon::{Icon, IconView};
use crate::json_view::{Document, DocumentText, DocumentTree};
use crate::status::status_icon;
use crate::theme::mount_style;
use crate::watched::run_or_watch;
use crate::work::{Work, WorkBar};
use leptos::{html, prelude::*};
use std::sync::Arc;
use std::time::Duration;
use workflow_inspector::json::preview;
use workflow_protocol::{EventKind, RunStatus, field_str, fields};
use workflow_ui_core::UseWorkflowHandlerReturn;

const STYLE: &str = include_str!("result.css");

/// How long a failure waits for its words.
const LATE: Duration = Duration::from_secs(2);

/// Characters of a result that the folded line shows.
const LINE: usize = 400;

/// The result of a run: in full, or folded to one line. Empty while there is no result.
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::result::{RunFailure, RunResult};
/// use workflow_ui_core::use_workflow_handler;
///
/// #[component]
/// fn Outcome(id: Signal<Option<String>>) -> impl IntoView {
///     let run = use_workflow_handler(id, true);
///     view! {
///         <RunResult run />
///         <RunFailure run />
///     }
/// }
/// ```
#[component]
pub fn RunResult(
    /// The run. Defaults to the one of `handler_id`.
    #[prop(optional)]
    run: Option<UseWorkflowHandlerReturn>,
    /// The handler whose run is watched without `run`.
    #[prop(optional, into)]
    handler_id: Signal<Option<String>>,
    /// Whether the result is folded to one line. Defaults to the whole result.
    #[prop(optional, into)]
    folded: Signal<bool>,
    /// Called when the button of the folded line is pressed.
    #[prop(optional, into)]
    on_open: Option<Callback<()>>,
) -> impl IntoView {
    let UseWorkflowHandlerReturn { result, .. } = run_or_watch(run, handler_id);
    mount_style(STYLE);
    // The text may be megabytes: it is copied once and shared.
    let text = Memo::new(move |_| {
        result.with(|result| {
            let result = result.as_ref()?;
            Some(Arc::<str>::from(result.shown().as_str()))
        })
    });
    let class = move || result.with(|result| result.as_ref().and_then(|result| result.class.clone()));
    let whole = Memo::new(move |_| text.get().unwrap_or_else(|| Arc::from("null")));
    let line = move || {
        if folded.get() {
            whole.with(|text| preview(text, LINE))
        } else {
            String::new()
        }
    };
    let open = move |_| {
        if let Some(on_open) = on_open {
            on_open.run(());
        }
    };
    view! {
        <Show when=move || text.with(Option::is_some)>
            <section
                class="wf-result"
                data-part="result"
                part="result"
                role="region"
                aria-label="Run result"
                data-folded=move || folded.get()
            >
                <div class="wf-result__head">
                    <span class="wf-result__word">
                        <IconView icon=Icon::Check />
                        "Result"
                    </span>
                    <span class="wf-muted wf-mono" translate="no" hidden=move || folded.get()>
                        {class}
                    </span>
                    <span class="wf-result__line" translate="no">
                        {line}
                    </span>
                    <CopyButton label="Copy result" value=move || whole.with(|text| text.to_string()) />
                    <button
                        type="button"
                        class="wf-button wf-button--plain"
                        hidden=move || !folded.get()
                        on:click=open
                    >
                        "Open"
                    </button>
                </div>
                <Show when=move || !folded.get()>
                    <ResultBody text=whole />
                </Show>
            </section>
        </Show>
    }
}

/// The whole result: a tree, or the text of a value that has no parts.
#[component]
fn ResultBody(#[prop(into)] text: Signal<Arc<str>>) -> impl IntoView {
    let work = Work::new();
    let document = untrack(|| Document::new(text, work));
    let body = if text.with_untracked(|text| is_scalar(text)) {
        view! { <DocumentText document /> }.into_any()
    } else {
        view! { <DocumentTree document label="Result as a tree" /> }.into_any()
    };
    view! {
        <WorkBar work label="Reading the result" />
        {body}
    }
}

fn is_scalar(json: &str) -> bool {
    !json.trim_start().starts_with(['{', '['])
}

/// Why a run failed or timed out, with the server's text. Empty for other outcomes: a cancelled run is not a failure.
///
/// See [`RunResult`] for an example.
#[component]
pub fn RunFailure(
    /// The run. Defaults to the one of `handler_id`.
    #[prop(optional)]
    run: Option<UseWorkflowHandlerReturn>,
    /// The handler whose run is watched without `run`.
    #[prop(optional, into)]
    handler_id: Signal<Option<String>>,
) -> impl IntoView {
    let UseWorkflowHandlerReturn {
        status,
        error,
        events,
        ..
    } = run_or_watch(run, handler_id);
    mount_style(crate::status::STYLE);
    mount_style(STYLE);
    let title = move || match status.get() {
        RunStatus::Failed => Some("The run failed"),
        RunStatus::TimedOut => Some("The run timed out"),
        _ => None,
    };
    let last = move |describe: fn(EventKind, &str) -> String| {
        let events = events.get();
        let last = events.len().checked_sub(1)?;
        events.with(last, |event| {
            describe(event.kind, event.value.unwrap_or_default())
        })
    };
    // The event that ends a run arrives before the handler is read again: until then its own words are shown.
    let words = Memo::new(move |_| {
        let error = error.get().map(|error| error.to_string());
        error.or_else(|| last(message).filter(|words| !words.is_empty()))
    });
    let details = move || last(facts);
    // An alert is announced once, so it waits for its words; but not for ever.
    let late = RwSignal::new(false);
    Effect::new(move |_| {
        late.set(false);
        if title().is_none() {
            return;
        }
        let expire = move || {
            late.try_set(true);
        };
        if let Ok(timer) = set_timeout_with_handle(expire, LATE) {
            on_cleanup(move || timer.clear());
        }
    });
    view! {
        <Show when=move || title().is_some() && (late.get() || words.with(Option::is_some))>
            <FailureAlert status>
                <p class="wf-failure__title" translate="no">
                    {title}
                </p>
                <p class="wf-failure__words" translate="no">
                    {words}
                </p>
                <p class="wf-note" translate="no">
                    {details}
                </p>
            </FailureAlert>
        </Show>
    }
}

/// The frame of a failure. The keyboard reaches it where its text is longer than its place.
#[component]
fn FailureAlert(status: Signal<RunStatus>, children: Children) -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    node.on_load(|node| scrolls(&node));
    view! {
        <div
            class="wf-failure"
            data-part="failure"
            part="failure"
            role="alert"
            data-status=move || status.get().as_str()
            node_ref=node
        >
            <IconView icon=move || status_icon(status.get().as_str()) />
            <div class="wf-grow">{children()}</div>
        </div>
    }
}

/// The exception's words in the event of a failure.
fn message(kind: EventKind, value: &str) -> String {
    if kind == EventKind::Failed {
        inner(value, "exception", "exception_message").unwrap_or_default()
    } else {
        String::new()
    }
}

/// What the event that ended a run says beyond the handler's error.
fn facts(kind: EventKind, value: &str) -> String {
    let mut parts = Vec::new();
    let mut part = |name: &str, text: Option<String>| {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            parts.push(format!("{name}{text}"));
        }
    };
    match kind {
        EventKind::Failed => {
            part("in step ", field_str(value, "step_name"));
            part("", inner(value, "exception", "exception_type"));
            part("attempts: ", raw(value, "attempts"));
        }
        EventKind::TimedOut => {
            let steps =
                raw(value, "active_steps").map(|steps| steps.replace(['[', ']', '"'], "").replace(',', ", "));
            part("still at work: ", steps);
        }
        _ => {}
    }
    parts.join(" · ")
}

/// A field's JSON text, on one line.
fn raw(value: &str, name: &str) -> Option<String> {
    let fields = fields(value).ok()?;
    fields
        .into_iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| preview(value.as_str(), LINE))
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
        assert_eq!(
            facts(EventKind::Failed, value),
            "in step bad · builtins.ValueError · attempts: 3"
        );
        assert_eq!(
            facts(EventKind::Failed, r#"{"step_name":"bad","attempts":1}"#),
            "in step bad · attempts: 1"
        );
    }

    #[test]
    fn a_timeout_names_the_steps_at_work() {
        let value = r#"{"timeout":0.6,"active_steps":["a", "b"]}"#;
        assert_eq!(facts(EventKind::TimedOut, value), "still at work: a, b");
        assert_eq!(
            facts(EventKind::TimedOut, r#"{"active_steps":[]}"#),
            "",
            "none at work says nothing"
        );
    }

    #[test]
    fn unreadable_ends_say_nothing() {
        for value in ["", "null", "[", "{\"exception\":7}"] {
            assert_eq!(facts(EventKind::Failed, value), "", "{value:?}");
        }
    }
}
