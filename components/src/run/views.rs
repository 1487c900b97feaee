//! The views that are made when they are looked at: timeline, graph and wire.

use super::{EVENTS, GRAPH, RunChoices, TIMELINE, WIRE};
use crate::graph::graph;
use crate::tabs::{panel_id, tab_id};
use crate::timeline::{StepFold, timeline};
use crate::ui::{Call, Dynamic, El, Live, div, memo, show};
use workflow_ui_core::UseWorkflowHandlerReturn;

fn panel(prefix: &str, key: &'static str, on: impl Fn() -> bool + 'static, inside: El) -> El {
    div("wf-run__panel")
        .attr("role", "tabpanel")
        .attr("id", panel_id(prefix, key))
        .attr("aria-labelledby", tab_id(prefix, key))
        .flag("hidden", move || !on())
        .child(inside)
}

/// Timeline and graph. Both fold the same events, and keep what they have while one changes to the other.
pub(super) fn steps(run: UseWorkflowHandlerReturn, prefix: &str, choices: RunChoices) -> Dynamic {
    let prefix = prefix.to_owned();
    show(
        move || matches!(choices.tab.get(), TIMELINE | GRAPH),
        move || step_panels(run, &prefix, choices),
    )
}

fn step_panels(run: UseWorkflowHandlerReturn, prefix: &str, choices: RunChoices) -> El {
    let RunChoices {
        tab,
        on_tab,
        internal,
        filter,
        selected,
        on_select,
        ..
    } = choices;
    let (fold, workflow) = StepFold::of_run(run);
    let is = move |key: &'static str| memo(move || tab.get() == key);
    let (time, picture) = (is(TIMELINE), is(GRAPH));
    let on_filter = Call::new(move |text: String| {
        // What steps take and return is told by internal events alone.
        internal.set(true);
        filter.set(text);
        on_tab.run(EVENTS);
    });
    let timeline = timeline(std::rc::Rc::clone(&fold), time, run.status, selected, on_select);
    let graph = graph(fold, picture, workflow, on_select, on_filter);
    div("wf-run__panel")
        .child(panel(prefix, TIMELINE, move || time.get(), timeline))
        .child(panel(prefix, GRAPH, move || picture.get(), graph))
}

/// What the connection carries.
pub(super) fn wire(run: UseWorkflowHandlerReturn, prefix: &str, tab: Live<&'static str>) -> Dynamic {
    let prefix = prefix.to_owned();
    show(
        move || tab.get() == WIRE,
        move || panel(&prefix, WIRE, || true, crate::wire::wire(run)),
    )
}
