//! How a run ended: its result, or why it failed.

use crate::copy::copy_button;
use crate::icon::{Icon, icon, live_icon};
use crate::json_view::{document, text_view, tree_view};
use crate::reactive::*;
use crate::status::status_icon;
use crate::theme::mount_style;
use crate::ui::View;
use crate::ui::{Call, Dynamic, Live, Var, after, button, div, effect, el, memo, show, span};
use crate::work::{Work, work_bar};
use leptos::prelude::{IntoView, component};
use std::sync::Arc;
use workflow_inspector::json::preview;
use workflow_protocol::{EventKind, RunStatus, StopResult, field_str, fields};
use workflow_ui_core::Events;

const STYLE: &str = include_str!("result.css");

/// How long a failure waits for its words, in milliseconds.
const LATE: i32 = 2000;

/// Characters of a result that the folded line shows.
const LINE: usize = 400;

/// A run's result: whole, or folded to one line with its beginning.
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::result::{RunFailure, RunResult};
/// use workflow_ui_core::use_workflow_handler;
///
/// #[component]
/// fn Outcome(id: Signal<String>) -> impl IntoView {
///     let run = use_workflow_handler(id, true);
///     view! {
///         <RunResult result=run.result />
///         <RunFailure status=run.status error=Signal::derive(move || run.error.get().map(|error| error.detail())) events=run.events />
///     }
/// }
/// ```
#[component]
pub fn RunResult(
    /// The stop event.
    #[prop(into)]
    result: Signal<Option<StopResult>>,
    /// Show one line only? Defaults to not.
    #[prop(optional, into)]
    folded: Option<Live<bool>>,
    /// The folded line was pressed.
    #[prop(optional, into)]
    on_open: Option<Call<()>>,
) -> impl IntoView {
    let folded = folded.unwrap_or_else(|| memo(|| false));
    let on_open = on_open.unwrap_or_else(|| Call::new(|()| {}));
    View::from(div("").child(run_result(result.into(), folded, on_open)))
}

/// [`RunResult`] as a child: nothing while there is no result.
pub fn run_result(result: Reading<Option<StopResult>>, folded: Live<bool>, on_open: Call<()>) -> Dynamic {
    mount_style(crate::icon::STYLE);
    mount_style(STYLE);
    // The text may be megabytes: it is taken out once and shared.
    let text = memo(move || {
        result.with(|result| {
            result
                .as_ref()
                .map(|result| Arc::<str>::from(result.shown().as_str()))
        })
    });
    let class = move || result.with(|result| result.as_ref().and_then(|result| result.class.clone()));
    let whole = memo(move || text.get().unwrap_or_else(|| Arc::from("null")));
    let work = Work::new();
    let body = move || {
        let document = document(whole, work);
        if whole.with(|text| is_scalar(text)) {
            text_view(&document)
        } else {
            tree_view(&document, "Result as a tree")
        }
    };
    show(
        move || text.with(Option::is_some),
        move || {
            let line = move || {
                if folded.get() {
                    whole.with(|text| preview(text, LINE))
                } else {
                    String::new()
                }
            };
            let open = button("wf-button wf-button--plain")
                .flag("hidden", move || !folded.get())
                .text("Open")
                .on("click", move |_| on_open.run(()));
            let copy = copy_button("Copy result", "", Icon::Copy, move || {
                whole.peek_with(|text| text.to_string())
            });
            let head = div("wf-result__head")
                .child(span("wf-result__word").child(icon(Icon::Check)).text("Result"))
                .child(
                    span("wf-muted wf-mono")
                        .flag("hidden", move || folded.get())
                        .text(class),
                )
                .child(span("wf-result__line").text(line))
                .child(copy)
                .child(open);
            el("section")
                .class("wf-result")
                .attr("data-part", "result")
                .attr("role", "region")
                .attr("aria-label", "Run result")
                .flag("data-folded", move || folded.get())
                .child(head)
                .child(show(
                    move || !folded.get(),
                    move || work_bar(work, "Reading the result"),
                ))
                .child(show(move || !folded.get(), body))
        },
    )
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
    View::from(div("").child(run_failure(status.into(), error.into(), events.into())))
}

/// [`RunFailure`] as a child: nothing while there is no failure.
pub fn run_failure(
    status: Reading<RunStatus>,
    error: Reading<Option<String>>,
    events: Reading<Events>,
) -> Dynamic {
    mount_style(crate::icon::STYLE);
    mount_style(crate::status::STYLE);
    mount_style(STYLE);
    let title = move || match status.get() {
        RunStatus::Failed => Some("The run failed"),
        RunStatus::TimedOut => Some("The run timed out"),
        _ => None,
    };
    let last = move |tell: fn(EventKind, &str) -> String| {
        let events = events.get();
        let last = events.len().checked_sub(1)?;
        events.with(last, |event| tell(event.kind, event.value.unwrap_or_default()))
    };
    // The event that ends a run arrives before the handler is read again: its own words stand in until then.
    let words = move || {
        error
            .get()
            .or_else(|| last(message).filter(|words| !words.is_empty()))
    };
    let end = move || last(facts);
    // An alert is read out once, so it waits for its words; but not for ever.
    let late = Var::new(false);
    effect(move || {
        late.set(false);
        if title().is_some() {
            after(LATE, move || late.set(true));
        }
    });
    show(
        move || title().is_some() && (late.get() || words().is_some()),
        move || {
            let words = div("wf-grow")
                .child(el("p").class("wf-failure__title").text(title))
                .child(el("p").class("wf-failure__words").text(words))
                .child(el("p").class("wf-note").text(end));
            let failure = div("wf-failure");
            crate::dom::scrolls(failure.node());
            failure
                .attr("data-part", "failure")
                .attr("role", "alert")
                .attr("data-status", move || status.get().as_str())
                .child(live_icon(move || status_icon(status.get().as_str())))
                .child(words)
        },
    )
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
            parts.push([name, &text].concat());
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
