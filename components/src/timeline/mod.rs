//! The steps of a run over time: a chart with a lane for each worker, and the same step runs as a list.
//!
//! The chart is a pool of elements over the visible part, for any number of step runs. It is hidden from assistive technology; the list
//! below it has the same content.

mod chart;
mod fold;
mod list;
mod marks;
mod view;
pub(crate) mod zoom;

pub(crate) use crate::grid::{style, write};
pub(crate) use fold::StepFold;
pub(crate) use list::{build_cells, write_cells};
pub(crate) use view::Timeline;

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
///     let selected = RwSignal::new(None);
///     view! { <RunTimeline handler_id=id selected on_select=move |event| selected.set(Some(event)) /> }
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
    /// The sequence of the selected event. Defaults to none: an event that is opened is not selected by itself.
    #[prop(optional, into)]
    selected: Signal<Option<u64>>,
    /// Called with the event that started the turn which was opened.
    #[prop(optional, into)]
    on_select: Option<Callback<u64>>,
    /// The sequence of the last event that counts: a playhead stands there, and what comes later is faint. Defaults to none: the run as
    /// it is now.
    #[prop(optional, into)]
    at: Signal<Option<u64>>,
) -> impl IntoView {
    let run = run_or_watch(run, handler_id);
    let (fold, _) = StepFold::of_run(run, Signal::stored(true), at);
    view! { <Timeline fold active=true status=run.status selected on_select /> }
}
