//! The open run: what it is, what it asks, what came, how it ended.

mod actions;
mod head;
mod source;
mod views;

use crate::event::event_detail;
use crate::events::{EventListParts, event_list};
use crate::icon::{Icon, icon};
use crate::prompt::prompts;
use crate::result::{run_failure, run_result};
use crate::tabs::{Tab, panel_id, tab_id, tabs};
use crate::theme::mount_style;
use crate::ui::View;
use crate::ui::{Call, Dynamic, El, Live, Var, button, div, dynamic, effect, el, every, memo, show, span};
pub use actions::RunActions;
use head::head;
pub(crate) use head::times;
use leptos::prelude::{Get as _, With as _};
use leptos::prelude::{IntoView, component};
#[allow(unused_imports, reason = "the run components use it one after the other")]
pub(crate) use source::run_or_watch;
use workflow_inspector::text;
use workflow_protocol::{Connection, RunStatus, StopCheck, Time};
use workflow_ui_core::Events;
use workflow_ui_core::UseWorkflowHandlerReturn;

pub(crate) const STYLE: &str = include_str!("run.css");
const WHOLE: &str = include_str!("whole.css");

/// The tab of the events.
pub const EVENTS: &str = "events";
/// The tab of the timeline.
pub const TIMELINE: &str = "timeline";
/// The tab of the graph.
pub const GRAPH: &str = "graph";
/// The tab of the result.
pub const RESULT: &str = "result";
/// The tab of what the connection carries.
pub const WIRE: &str = "wire";

const EVENTS_TAB: Tab = Tab {
    key: EVENTS,
    label: "Events",
};
const TIMELINE_TAB: Tab = Tab {
    key: TIMELINE,
    label: "Timeline",
};
const GRAPH_TAB: Tab = Tab {
    key: GRAPH,
    label: "Graph",
};
const RESULT_TAB: Tab = Tab {
    key: RESULT,
    label: "Result",
};
const WIRE_TAB: Tab = Tab {
    key: WIRE,
    label: "Wire",
};
const TABS: [Tab; 5] = [EVENTS_TAB, TIMELINE_TAB, GRAPH_TAB, RESULT_TAB, WIRE_TAB];

/// What a run view shows, chosen outside of it so that an address can hold it.
#[derive(Clone, Copy, Debug)]
pub struct RunChoices {
    /// The shown tab: [`EVENTS`], [`TIMELINE`], [`GRAPH`], [`RESULT`] or [`WIRE`].
    pub tab: Live<&'static str>,
    /// Another tab was chosen.
    pub on_tab: Call<&'static str>,
    /// Are internal events shown?
    pub internal: Var<bool>,
    /// The text that events are filtered by.
    pub filter: Var<String>,
    /// Where the script is that tries regular expressions; see [`EventListParts`].
    pub search: Option<&'static str>,
    /// The selected event.
    pub selected: Live<Option<u64>>,
    /// An event was opened.
    pub on_select: Call<u64>,
}

impl RunChoices {
    /// Choices that the view keeps to itself, for pages whose address doesn't hold them.
    #[must_use]
    pub fn own() -> Self {
        let tab = Var::new(EVENTS);
        let selected = Var::new(None);
        Self {
            tab: memo(move || tab.get()),
            on_tab: Call::new(move |key| tab.set(key)),
            internal: Var::new(false),
            filter: Var::new(String::new()),
            search: None,
            selected: memo(move || selected.get()),
            on_select: Call::new(move |sequence| selected.set(Some(sequence))),
        }
    }
}

/// One run, all of it: what it is and asks, its events, timeline, graph and result.
///
/// Give it a height: it fills what its container, a flex column, leaves. Without `choices` it keeps to itself what is shown, and
/// shows the selected event beside it; with them the caller does both.
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::run::RunView;
/// use workflow_ui_core::use_workflow_handler;
///
/// #[component]
/// fn Run(id: Signal<String>) -> impl IntoView {
///     view! { <RunView run=use_workflow_handler(id, true) handler_id=id /> }
/// }
/// ```
#[component]
pub fn RunView(
    /// The run, from [`use_workflow_handler`](workflow_ui_core::use_workflow_handler).
    run: workflow_ui_core::UseWorkflowHandlerReturn,
    /// Its handler's id.
    #[prop(into)]
    handler_id: Live<String>,
    /// What is shown of it. Defaults to choices of its own.
    #[prop(optional)]
    choices: Option<RunChoices>,
    /// What can be done beyond the run itself. Defaults to nothing: the run can be cancelled and deleted, and events be sent to it.
    #[prop(optional)]
    actions: Option<RunActions>,
) -> impl IntoView {
    let run = run.into();
    View::from(match choices {
        Some(choices) => run_view(run, handler_id, choices, actions),
        None => whole_run(run, handler_id, actions),
    })
}

/// A run with the selected event beside it, or below where there is no room: [`RunView`] without choices, as an element.
pub fn whole_run(
    run: UseWorkflowHandlerReturn,
    handler_id: Live<String>,
    actions: impl Into<Option<RunActions>>,
) -> El {
    with_event(run, handler_id, RunChoices::own(), |choices| {
        run_view(run, handler_id, choices, actions)
    })
}

/// A run as those see it who didn't write its workflow: without the wire, and with cancelling as its only action. Which event is
/// selected it keeps to itself.
pub fn run_card(run: UseWorkflowHandlerReturn, handler_id: Live<String>, choices: RunChoices) -> El {
    const TABS: [Tab; 4] = [EVENTS_TAB, TIMELINE_TAB, GRAPH_TAB, RESULT_TAB];
    with_event(run, handler_id, choices, |choices| {
        let prefix = crate::dom::unique_id("run");
        let bar = actions::cancel_bar(run, handler_id);
        let more = || [views::steps(run, &prefix, choices)];
        frame(run, handler_id, choices, &prefix, &TABS, bar, more)
    })
}

/// A view of a run with the selected event beside it.
fn with_event(
    run: UseWorkflowHandlerReturn,
    handler_id: Live<String>,
    choices: RunChoices,
    view: impl FnOnce(RunChoices) -> El,
) -> El {
    mount_style(WHOLE);
    let selected = Var::new(None);
    let choices = RunChoices {
        selected: memo(move || selected.get()),
        on_select: Call::new(move |sequence| selected.set(Some(sequence))),
        ..choices
    };
    // Another run has other events.
    effect(move || {
        let _ = (handler_id.get(), run.run_id.get());
        selected.set(None);
    });
    let close = Call::new(move |()| selected.set(None));
    let detail = show(
        move || selected.with(Option::is_some),
        move || {
            let sequence = memo(move || selected.get().unwrap_or_default());
            div("wf-whole__event").child(event_detail(run.events, sequence, close))
        },
    );
    div("wf-whole").child(view(choices)).child(detail)
}

/// [`RunView`] with its choices, as an element.
pub fn run_view(
    run: UseWorkflowHandlerReturn,
    handler_id: Live<String>,
    choices: RunChoices,
    actions: impl Into<Option<RunActions>>,
) -> El {
    open_run(run, handler_id, choices, actions.into())
}

fn open_run(
    run: UseWorkflowHandlerReturn,
    handler_id: Live<String>,
    choices: RunChoices,
    actions: Option<RunActions>,
) -> El {
    let prefix = crate::dom::unique_id("run");
    let bar = actions::bar(run, handler_id, actions);
    let more = || {
        let steps = views::steps(run, &prefix, choices);
        [steps, views::wire(run, &prefix, choices.tab)]
    };
    frame(run, handler_id, choices, &prefix, &TABS, bar, more)
}

/// What every view of a run has, around its bar of actions and its further panels.
fn frame<const N: usize>(
    run: UseWorkflowHandlerReturn,
    handler_id: Live<String>,
    choices: RunChoices,
    prefix: &str,
    shown: &'static [Tab],
    bar: El,
    more: impl FnOnce() -> [Dynamic; N],
) -> El {
    mount_style(STYLE);
    mount_style(crate::icon::STYLE);
    let RunChoices {
        tab,
        on_tab,
        internal,
        filter,
        search,
        selected,
        on_select,
    } = choices;
    let status = run.status;
    let empty = memo(move || nothing_yet(status.get(), &run.connection.get()));
    let folded = memo(move || tab.get() != RESULT);
    let list = event_list(EventListParts {
        events: run.events,
        internal,
        filter,
        selected,
        on_select,
        empty,
        search,
    });
    let events = div("wf-run__panel")
        .attr("role", "tabpanel")
        .attr("id", panel_id(prefix, EVENTS))
        .attr("aria-labelledby", tab_id(prefix, EVENTS))
        .flag("hidden", move || tab.get() != EVENTS)
        .child(list);
    let no_result = move || run.result.with(Option::is_none) && !folded.get();
    let result_tab = tab_id(prefix, RESULT);
    // Whatever tab is shown, the result is there: folded to a line below the events, or whole in its own tab.
    let result = div("wf-result__place")
        .attr("id", panel_id(prefix, RESULT))
        .attr("role", move || (!folded.get()).then_some("tabpanel"))
        .attr("aria-labelledby", move || {
            (!folded.get()).then(|| result_tab.clone())
        })
        .flag("data-folded", move || folded.get())
        .child(
            el("p")
                .class("wf-result__none")
                .flag("hidden", move || !no_result())
                .text(move || no_result_yet(run)),
        )
        .child(run_result(
            run.result,
            folded,
            Call::new(move |()| on_tab.run(RESULT)),
        ));
    el("section")
        .class("wf-run")
        .attr("data-part", "run")
        .attr("role", "region")
        .attr("aria-label", "Run")
        .attr("data-handler-id", move || handler_id.get())
        .attr("data-run-id", move || run.run_id.get().unwrap_or_default())
        .attr("data-status", move || status.get().as_str())
        .attr("data-connection", move || run.connection.with(Connection::as_str))
        .attr("data-count", move || run.events.with(Events::count_public))
        .child(head(run, handler_id))
        .child(bar)
        .child(run_failure(
            status,
            leptos::prelude::Signal::derive(move || run.error.get().map(|error| error.detail())).into(),
            run.events,
        ))
        .child(dynamic(move || news(run)))
        .child(prompts(run, handler_id))
        .child(tabs("Views of the run", prefix, shown, tab, on_tab))
        .child(events)
        .child(more())
        .child(result)
}

/// What stands in the place of the events while there are none.
const fn nothing_yet(status: RunStatus, connection: &Connection) -> &'static str {
    match (status, connection) {
        (RunStatus::Gone, _) => "Nothing is left of this run here.",
        (_, Connection::Idle | Connection::Connecting) => "Reading the events…",
        (_, Connection::Stalled { .. }) => {
            "The stream brings nothing. The events come late: at the latest when the run ends."
        }
        (_, Connection::Retrying { .. }) => "The server can't be reached. The events come as soon as it can.",
        (status, _) if status.is_terminal() => "This run sent no events that are shown here.",
        _ => "No events yet. They show up here as the run sends them.",
    }
}

fn no_result_yet(run: UseWorkflowHandlerReturn) -> &'static str {
    let is_unreadable = || {
        run.handler.with(|state| {
            state
                .as_ref()
                .is_some_and(|state| state.handler.result_unreadable)
        })
    };
    let status = run.status.get();
    match status {
        RunStatus::Failed | RunStatus::TimedOut => "There is no result: see above what happened.",
        RunStatus::Cancelled => "There is no result: the run was cancelled.",
        RunStatus::Gone => "There is no result here: the server no longer knows the run.",
        RunStatus::Completed if is_unreadable() => {
            "The run has completed, and the server can't read its result any more."
        }
        RunStatus::Completed if run.connection.with(|it| *it == Connection::Closed) => {
            "The run has completed. Its result could not be read."
        }
        RunStatus::Completed => "The run has completed. Its result is on its way.",
        _ => "No result yet: the run is still going.",
    }
}

/// What there is to say about our view of the run: that it is gone, that the connection is lost, that something is missing.
pub(crate) fn news(run: UseWorkflowHandlerReturn) -> Option<El> {
    let status = run.status.get();
    if status == RunStatus::Gone {
        let words = "The server no longer knows this run: it was deleted, or the server was restarted. What was received of it stays here.";
        return Some(band("gone", Icon::Ghost).text(words));
    }
    if let Some(stop) = run.suspected_stop.get() {
        return Some(unsure_end(run, stop.check));
    }
    if let Connection::Stalled { buffered, .. } = run.connection.get() {
        return Some(stalled(run, buffered));
    }
    if let Connection::Retrying { at, cause, attempt } = run.connection.get() {
        let words = [
            "Connection lost (",
            &cause.detail,
            "). The run goes on without us. ",
        ]
        .concat();
        return Some(
            band("retry", Icon::Again)
                .text(words)
                .child(countdown(at, attempt))
                .text(" ")
                .child(try_now(run)),
        );
    }
    // Why a run failed stands in an alert of its own.
    let told = matches!(status, RunStatus::Failed | RunStatus::TimedOut);
    if let Some(words) = run.error.get().map(|error| error.detail()).filter(|_| !told) {
        return Some(band("error", Icon::Cross).child(span("wf-error").text(words)));
    }
    let (missing, evicted) = run.events.with(|events| (events.missing(), events.evicted()));
    if missing > 0 {
        let words = [
            &text::count(missing),
            " events were skipped by the server: they never came.",
        ]
        .concat();
        return Some(band("missing", Icon::Ghost).text(words));
    }
    if evicted > 0 {
        let words = [
            "The payloads of the ",
            &text::count(evicted as u64),
            " oldest events are no longer held here.",
        ]
        .concat();
        return Some(band("evicted", Icon::Ghost).text(words));
    }
    None
}

fn try_now(run: UseWorkflowHandlerReturn) -> El {
    button("wf-link")
        .text("Try now")
        .on("click", move |_| run.refresh.call())
}

/// The stop event may be a nested workflow's.
fn unsure_end(run: UseWorkflowHandlerReturn, check: StopCheck) -> El {
    let words = match check {
        StopCheck::Checking => {
            "The stream ended with a stop event that no step of this run returned. It may be a nested workflow's, passed on: the server is asked for more events. "
        }
        StopCheck::GivenUp => {
            "No step of this run returned its last stop event, and nothing came after it for ten minutes. The run is shown as completed; while it is open, the server is asked once a minute."
        }
    };
    let next = match run.connection.get() {
        Connection::Retrying { at, attempt, .. } => Some(countdown(at, attempt)),
        _ => None,
    };
    let retry = next.is_some().then(|| try_now(run));
    band("checking", Icon::Again)
        .text(words)
        .child(next)
        .text(" ")
        .child(retry)
}

/// The stream brings nothing although it should.
fn stalled(run: UseWorkflowHandlerReturn, buffered: bool) -> El {
    let why = if buffered {
        "The stream is open, and nothing of it arrives although the run has events. A proxy between this page and the server probably buffers or compresses it. "
    } else {
        "Nothing has arrived on the stream for longer than the server's heartbeat allows. "
    };
    band("stalled", Icon::Again)
        .text(why)
        .text("The server is asked for the run every 3 s; its events come late, at the latest when it ends. ")
        .child(try_now(run))
}

fn band(tone: &'static str, mark: Icon) -> El {
    div("wf-run__news")
        .attr("data-tone", tone)
        .attr("role", "status")
        .child(icon(mark))
        .text(" ")
}

/// "Attempt 3 in 4 s", counting down.
fn countdown(at: Time, attempt: u32) -> El {
    // The counting is for the eyes; the band itself was told when it came.
    let element = span("wf-num").attr("aria-hidden", true);
    let node = element.node().clone();
    let write = move || {
        let ms = at.since(crate::dom::this_moment());
        let seconds = ms.div_ceil(1000);
        let words = if seconds == 0 {
            String::from("Trying again now.")
        } else {
            [
                "Attempt ",
                &(attempt + 1).to_string(),
                " in ",
                &seconds.to_string(),
                " s.",
            ]
            .concat()
        };
        node.set_text_content(Some(&words));
    };
    write();
    every(500, write);
    element
}
