//! How far a run is, by the newest event that tells.

use crate::reactive::*;
use crate::theme::mount_style;
use crate::ui::View;
use crate::ui::{El, Live, div, el, memo, memo_with, span};
use leptos::prelude::{IntoView, component};
use workflow_inspector::progress::Progress;
pub use workflow_inspector::progress::ProgressRule;
use workflow_protocol::RunStatus;
use workflow_ui_core::Events;

const STYLE: &str = include_str!("progress.css");

/// How far a run is: a bar, and the newest words about it.
///
/// A run that tells no numbers has a bar without an end; one that has completed a full one.
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::progress::{ProgressRule, RunProgress};
/// use workflow_ui_core::use_workflow_handler;
///
/// #[component]
/// fn Pages(id: Signal<String>) -> impl IntoView {
///     let run = use_workflow_handler(id, true);
///     let rule = ProgressRule {
///         class: "PageRead".into(),
///         done: "page".into(),
///         total: "pages".into(),
///         words: "title".into(),
///     };
///     view! { <RunProgress status=run.status events=run.events rule /> }
/// }
/// ```
#[component]
pub fn RunProgress(
    /// The run's status.
    #[prop(into)]
    status: Signal<RunStatus>,
    /// Its log.
    #[prop(into)]
    events: Signal<Events>,
    /// Which events tell. Defaults to every class, and to the usual names of fields.
    #[prop(optional)]
    rule: ProgressRule,
) -> impl IntoView {
    View::from(run_progress(status.into(), events.into(), rule))
}

/// [`RunProgress`] as an element.
pub fn run_progress(status: Reading<RunStatus>, events: Reading<Events>, rule: ProgressRule) -> El {
    mount_style(crate::status::STYLE);
    mount_style(STYLE);
    let seen = memo_with(move |before: Option<&Seen>| {
        events.with(|events| {
            let known = before.filter(|before| before.events.same_run(events));
            let from = known.map_or(0, |known| known.events.len());
            let mut progress = known.and_then(|known| known.progress.clone());
            // The newest counts, so reading begins at the end.
            for row in (from..events.len()).rev() {
                let found = events
                    .with(row, |event| rule.read(event.class, event.value?))
                    .flatten();
                if let Some(found) = found {
                    progress = Some(found);
                    break;
                }
            }
            Seen {
                events: events.clone(),
                progress,
            }
        })
    });
    let progress: Live<Option<Progress>> = memo(move || seen.with(|seen| seen.progress.clone()));
    let numbers =
        move || progress.with(|progress| progress.as_ref().and_then(|progress| progress.numbers.clone()));
    let completed = move || status.get() == RunStatus::Completed;
    let max = move || numbers().map_or_else(|| String::from("1"), |(_, total)| total);
    let value = move || {
        if completed() {
            return Some(max());
        }
        let known = numbers().map(|(done, _)| done);
        // Without a number the bar of a run that stands still must not look like work.
        known.or_else(|| (!is_active(status.get())).then(|| String::from("0")))
    };
    let words = move || progress.with(|progress| progress.as_ref().map(|progress| progress.words.clone()));
    let label = crate::dom::unique_id("progress");
    div("wf-progress")
        .attr("data-part", "progress")
        .attr("data-status", move || status.get().as_str())
        .child(
            div("wf-progress__head")
                .child(span("wf-cut").attr("id", label.as_str()).text(move || {
                    words()
                        .filter(|words| !words.is_empty())
                        .unwrap_or_else(|| String::from("Progress"))
                }))
                .child(
                    span("wf-muted wf-num")
                        .text(move || numbers().map(|(done, total)| [done, total].join(" of "))),
                ),
        )
        .child(
            el("progress")
                .class("wf-progress__bar")
                .attr("aria-labelledby", label)
                .attr("max", max)
                .attr("value", value),
        )
}

/// Whether the run is at work, or may be.
const fn is_active(status: RunStatus) -> bool {
    matches!(
        status,
        RunStatus::Starting | RunStatus::Running | RunStatus::Waiting
    )
}

/// What was found in the log so far.
#[derive(Clone, Debug, Default)]
struct Seen {
    events: Events,
    progress: Option<Progress>,
}

impl PartialEq for Seen {
    fn eq(&self, other: &Self) -> bool {
        self.events == other.events
    }
}
