//! The steps of a run over time: a chart with a lane for each worker, and the same step runs as a list.
//!
//! The chart is a pool of elements over the visible part, for any number of step runs. It is hidden from assistive technology; the list
//! below it has the same content.

mod chart;
mod fold;
mod list;
mod marks;
mod shown;
mod view;
pub(crate) mod zoom;

pub(crate) use crate::grid::{style, write};
pub(crate) use fold::StepFold;
pub(crate) use list::{build_cells, write_cells};
pub(crate) use view::Timeline;

use crate::selection::selected_or_opened;
use crate::watched::run_or_watch;
use leptos::prelude::*;
use workflow_ui_core::UseWorkflowHandlerReturn;

pub(crate) const STYLE: &str = include_str!("timeline.css");

/// The steps of a run over time.
///
/// Give it a height: it fills what its container, a flex column, leaves.
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::timeline::RunTimeline;
///
/// #[component]
/// fn Steps(id: Signal<Option<String>>) -> impl IntoView {
///     view! { <RunTimeline handler_id=id on_select=|sequence| leptos::logging::log!("{sequence}") /> }
/// }
/// ```
#[component]
pub fn RunTimeline(
    /// The run. Defaults to the one of `handler_id`.
    #[prop(optional)]
    run: Option<UseWorkflowHandlerReturn>,
    /// The handler whose run is watched without `run`.
    #[prop(optional, into)]
    handler_id: Signal<Option<String>>,
    /// The sequence of the selected event. Defaults to the event opened last.
    #[prop(optional, into)]
    selected: Option<Signal<Option<u64>>>,
    /// Called with the event that started the turn which was opened.
    #[prop(optional, into)]
    on_select: Option<Callback<u64>>,
    /// The sequence of the last event that counts: the playhead marks it, and later spans are faint. Defaults to none: the run as
    /// it is now.
    #[prop(optional, into)]
    at: Signal<Option<u64>>,
) -> impl IntoView {
    let run = run_or_watch(run, handler_id);
    let (fold, _) = StepFold::of_run(run, Signal::stored(true), at);
    let (selected, on_select) = selected_or_opened(selected, on_select, run.events);
    view! { <Timeline fold active=true status=run.status selected on_select=Some(on_select) /> }
}
