//! The progress of a run, from its newest event with progress.

use crate::dom::unique_id;
use crate::theme::mount_style;
use crate::watched::run_or_watch;
use leptos::prelude::*;
use workflow_inspector::progress::Progress;
pub use workflow_inspector::progress::ProgressRule;
use workflow_protocol::RunStatus;
use workflow_ui_core::{Events, UseWorkflowHandlerReturn};

const STYLE: &str = include_str!("progress.css");

/// The progress of a run: a bar and the newest text. Empty for a run without progress events.
///
/// The bar is indeterminate while the events have texts but no numbers. The bar of a completed run is full.
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::progress::{ProgressRule, RunProgress};
///
/// #[component]
/// fn Pages(id: Signal<Option<String>>) -> impl IntoView {
///     let rule = ProgressRule {
///         class: "PageRead".into(),
///         done: "page".into(),
///         total: "pages".into(),
///         words: "title".into(),
///     };
///     view! { <RunProgress handler_id=id rule /> }
/// }
/// ```
#[component]
pub fn RunProgress(
    /// The run. Defaults to the one of `handler_id`.
    #[prop(optional)]
    run: Option<UseWorkflowHandlerReturn>,
    /// The handler whose run is watched without `run`.
    #[prop(optional, into)]
    handler_id: Signal<Option<String>>,
    /// Which events count. Defaults to all classes and the usual names of fields.
    #[prop(optional)]
    rule: ProgressRule,
) -> impl IntoView {
    let UseWorkflowHandlerReturn { status, events, .. } = run_or_watch(run, handler_id);
    mount_style(crate::status::STYLE);
    mount_style(STYLE);
    let progress = newest_progress(events, rule);
    let bar = Memo::new(move |_| progress.with(|progress| Bar::new(status.get(), progress.as_ref()?)));
    let title = move || {
        let words = progress.with(|progress| progress.as_ref().map(|progress| progress.words.clone()));
        words
            .filter(|words| !words.is_empty())
            .unwrap_or_else(|| String::from("Progress"))
    };
    let numbers = move || {
        let numbers = progress.with(|progress| progress.as_ref()?.numbers.clone());
        numbers.map(|(done, total)| format!("{done} of {total}"))
    };
    let label = unique_id("progress");
    view! {
        <Show when=move || bar.with(Option::is_some)>
            <div
                class="wf-progress"
                data-part="progress"
                part="progress"
                data-status=move || status.get().as_str()
                translate="no"
            >
                <div class="wf-progress__head">
                    <span class="wf-cut" id=label.clone()>
                        {title}
                    </span>
                    <span class="wf-muted wf-num">{numbers}</span>
                </div>
                <progress
                    class="wf-progress__bar"
                    aria-labelledby=label.clone()
                    max=move || bar.get().unwrap_or_default().max
                    value=move || bar.get().unwrap_or_default().value
                ></progress>
            </div>
        </Show>
    }
}

/// The values of a bar.
#[derive(Clone, Debug, Default, PartialEq)]
struct Bar {
    max: String,
    /// `None` for an indeterminate bar.
    value: Option<String>,
}

impl Bar {
    /// The bar of a run with this progress. `None` for a run without numbers that ended but did not complete.
    fn new(status: RunStatus, progress: &Progress) -> Option<Self> {
        let numbers = progress.numbers.clone();
        let (done, max) = numbers.map_or_else(|| (None, String::from("1")), |(done, max)| (Some(done), max));
        match (status, done) {
            (RunStatus::Completed, _) => Some(Self {
                value: Some(max.clone()),
                max,
            }),
            (_, Some(done)) => Some(Self {
                max,
                value: Some(done),
            }),
            (RunStatus::Starting | RunStatus::Running | RunStatus::Waiting, None) => {
                Some(Self { max, value: None })
            }
            (_, None) => None,
        }
    }
}

/// The progress in the events read so far.
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

/// The progress in the newest progress event. Each event is read once.
fn newest_progress(events: Signal<Events>, rule: ProgressRule) -> Memo<Option<Progress>> {
    let seen = Memo::new(move |before: Option<&Seen>| {
        let events = events.get();
        let known = before.filter(|before| before.events.same_run(&events));
        let from = known.map_or(0, |known| known.events.len());
        let read = |row| {
            let found = events.with(row, |event| rule.read(event.class, event.value?));
            found.flatten()
        };
        // The newest counts, so reading begins at the end.
        let found = (from..events.len()).rev().find_map(read);
        let progress = found.or_else(|| known.and_then(|known| known.progress.clone()));
        Seen { events, progress }
    });
    Memo::new(move |_| seen.with(|seen| seen.progress.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(status: RunStatus, numbers: Option<(&str, &str)>) -> Option<Bar> {
        let numbers = numbers.map(|(done, total)| (done.to_owned(), total.to_owned()));
        let progress = Progress {
            numbers,
            words: String::from("Reading"),
        };
        Bar::new(status, &progress)
    }

    #[test]
    fn a_completed_run_has_a_full_bar() {
        for numbers in [None, Some(("1", "4"))] {
            let bar = bar(RunStatus::Completed, numbers).unwrap_or_default();
            assert_eq!(bar.value, Some(bar.max), "{numbers:?}");
        }
    }

    // Symptom: an empty bar below a cancelled run. Cause: an ended run without numbers was drawn as nothing done.
    #[test]
    fn an_ended_run_without_numbers_has_no_bar() {
        assert_eq!(bar(RunStatus::Cancelled, None), None);
        assert_eq!(bar(RunStatus::Failed, None), None);
        let numbers = bar(RunStatus::Cancelled, Some(("1", "4")));
        assert_eq!(numbers.and_then(|bar| bar.value).as_deref(), Some("1"));
    }

    #[test]
    fn words_alone_make_a_bar_without_an_end() {
        let bar = bar(RunStatus::Running, None).unwrap_or_default();
        assert_eq!(bar.value, None);
    }
}
