//! What steps did, as text: the lines that a workflow prints in verbose mode.

mod rows;
mod view;

pub(crate) use view::StepLog;

use crate::timeline::StepFold;
use crate::watched::run_or_watch;
use leptos::prelude::*;
use workflow_ui_core::UseWorkflowHandlerReturn;

const STYLE: &str = include_str!("step_log.css");

/// What the steps of a run did, as text: `Running step plan`, `Step plan produced event Draft`. These are the lines of
/// `Workflow(verbose=True)`, read from the run's events, with lines for attempts, questions and the end of the run.
///
/// Give it a height: it fills what its container, a flex column, leaves.
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::step_log::RunLog;
///
/// #[component]
/// fn Log(#[prop(into)] id: Signal<Option<String>>) -> impl IntoView {
///     view! { <RunLog handler_id=id on_select=|sequence| leptos::logging::log!("{sequence}") /> }
/// }
/// ```
#[component]
pub fn RunLog(
    /// The run. Defaults to the one of `handler_id`.
    #[prop(optional)]
    run: Option<UseWorkflowHandlerReturn>,
    /// The handler whose run is watched without `run`.
    #[prop(optional, into)]
    handler_id: Signal<Option<String>>,
    /// Called with the sequence of the event whose line was opened.
    #[prop(optional, into)]
    on_select: Option<Callback<u64>>,
    /// The sequence of the last event that counts: later lines are faint. Defaults to none: all lines count.
    #[prop(optional, into)]
    at: Signal<Option<u64>>,
) -> impl IntoView {
    let run = run_or_watch(run, handler_id);
    let (fold, _) = StepFold::of_run(run, Signal::stored(true), at);
    view! { <StepLog fold active=true on_select /> }
}
