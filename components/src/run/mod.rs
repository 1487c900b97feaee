//! One run: its state, prompts, events and outcome.

mod actions;
mod event_beside;
mod frame;
mod head;
mod news;
mod panels;
mod pending;
mod state;

use crate::replay::Replay;
use crate::save::RunStart;
use crate::selection::selected_or_opened;
use crate::tabs::Tab;
use crate::watched::run_or_watch;
use actions::{ActionBar, CancelBar};
use event_beside::EventBeside;
use frame::RunFrame;
pub(crate) use head::times;
use leptos::prelude::*;
pub(crate) use news::RunNews;
use state::ViewState;
use std::sync::Arc;
use workflow_protocol::HandlerState;
use workflow_ui_core::UseWorkflowHandlerReturn;

pub(crate) const STYLE: &str = include_str!("run.css");

/// The tab of the events.
pub const EVENTS: &str = "events";
/// The tab of the timeline.
pub const TIMELINE: &str = "timeline";
/// The tab of the graph.
pub const GRAPH: &str = "graph";
/// The tab of the result.
pub const RESULT: &str = "result";
/// The tab with the figures of the connection.
pub const WIRE: &str = "wire";
/// The tab of what steps did, as text.
pub const LOG: &str = "log";
/// The tab of the turns of agents. It is shown for runs that have any.
pub const AGENTS: &str = "agents";

static TABS: [Tab; 7] = [
    Tab {
        key: EVENTS,
        label: "Events",
    },
    Tab {
        key: TIMELINE,
        label: "Timeline",
    },
    Tab {
        key: GRAPH,
        label: "Graph",
    },
    Tab {
        key: RESULT,
        label: "Result",
    },
    Tab {
        key: WIRE,
        label: "Wire",
    },
    Tab {
        key: LOG,
        label: "Log",
    },
    AGENTS_TAB,
];

const AGENTS_TAB: Tab = Tab {
    key: AGENTS,
    label: "Agents",
};

/// One run: its state and actions, its prompts, events, timeline, graph and result.
///
/// Give it a height: it fills what its container, a flex column, leaves. Regular expressions in the filter of the events need
/// the context [`SearchScript`](crate::SearchScript).
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::run::RunView;
///
/// #[component]
/// fn Run(id: Signal<Option<String>>) -> impl IntoView {
///     view! { <RunView handler_id=id /> }
/// }
/// ```
///
/// You can keep the state of the view outside of it, for example in the page's address:
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::run::{EVENTS, RunView};
/// use workflow_ui_core::use_workflow_handler;
///
/// #[component]
/// fn Run(id: Signal<Option<String>>) -> impl IntoView {
///     let tab = RwSignal::new(EVENTS);
///     let run = use_workflow_handler(id, true);
///     view! {
///         <RunView
///             run
///             tab
///             on_tab=move |key| tab.set(key)
///             on_deleted=move |id: String| leptos::logging::log!("{id} was deleted")
///         />
///     }
/// }
/// ```
#[component]
pub fn RunView(
    /// The run. Defaults to the one of `handler_id`.
    #[prop(optional)]
    run: Option<UseWorkflowHandlerReturn>,
    /// The handler whose run is watched without `run`.
    #[prop(optional, into)]
    handler_id: Signal<Option<String>>,
    /// The shown tab: [`EVENTS`], [`TIMELINE`], [`GRAPH`], [`RESULT`], [`WIRE`], [`LOG`] or [`AGENTS`]. Defaults to a state of its own.
    #[prop(optional, into)]
    tab: Option<Signal<&'static str>>,
    /// Called with the tab that was chosen.
    #[prop(optional, into)]
    on_tab: Option<Callback<&'static str>>,
    /// Whether internal events are shown. The switch of the list sets it. Defaults to `false`.
    #[prop(optional, into)]
    internal: RwSignal<bool>,
    /// The text that events are filtered by, as in [`EventList`](crate::events::EventList). The filter's field sets it. Defaults to none.
    #[prop(optional, into)]
    filter: RwSignal<String>,
    /// The sequence of the selected event, for pages with `on_select`. Defaults to the event opened last.
    #[prop(optional, into)]
    selected: Option<Signal<Option<u64>>>,
    /// Called with the sequence of an event that was opened; the caller then shows it. Without this property the view shows the
    /// event beside the run.
    #[prop(optional, into)]
    on_select: Option<Callback<u64>>,
    /// Offers to start the same workflow again.
    #[prop(optional, into)]
    on_run_again: Option<Callback<Arc<HandlerState>>>,
    /// Offers to continue the handler with another run.
    #[prop(optional, into)]
    on_continue: Option<Callback<Arc<HandlerState>>>,
    /// Offers to compare the run with another one.
    #[prop(optional, into)]
    on_compare: Option<Callback<Arc<HandlerState>>>,
    /// Called with the handler id of a run that was deleted.
    #[prop(optional, into)]
    on_deleted: Option<Callback<String>>,
    /// The address that opens this run; with it the button `Copy link` is shown.
    #[prop(optional, into)]
    link: Option<Signal<String>>,
    /// A command that requests this run's events; with it the button `Copy as curl` is shown.
    #[prop(optional, into)]
    curl: Option<Signal<String>>,
    /// The moment that is shown. Defaults to a replay of its own, which ends when another run is opened.
    #[prop(optional)]
    replay: Option<Replay>,
    /// How the run was started, as far as it is known; with it the menu `Save` has entries for code.
    #[prop(optional, into)]
    start: Option<Signal<RunStart>>,
) -> impl IntoView {
    let run = run_or_watch(run, handler_id);
    let selection = RwSignal::new(None);
    let replay = replay.unwrap_or_else(|| own_replay(run));
    let mut view = ViewState::new(tab, on_tab, internal, filter, selection, replay);
    if let Some(on_select) = on_select {
        (view.selected, view.on_select) = selected_or_opened(selected, Some(on_select), run.events);
    }
    let bar =
        view! { <ActionBar run replay on_run_again on_continue on_compare on_deleted link curl start /> }
            .into_any();
    let frame = view! { <RunFrame run view tabs=&TABS bar /> }.into_any();
    if on_select.is_some() {
        frame
    } else {
        view! { <EventBeside run selection frame /> }.into_any()
    }
}

/// One run for people who did not write its workflow: no tabs `Wire`, `Log` and `Agents`, and cancelling is the only action.
///
/// Give it a height: it fills what its container, a flex column, leaves.
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::run::RunCard;
///
/// #[component]
/// fn Run(id: Signal<Option<String>>) -> impl IntoView {
///     view! { <RunCard handler_id=id /> }
/// }
/// ```
#[component]
pub fn RunCard(
    /// The run. Defaults to the one of `handler_id`.
    #[prop(optional)]
    run: Option<UseWorkflowHandlerReturn>,
    /// The handler whose run is watched without `run`.
    #[prop(optional, into)]
    handler_id: Signal<Option<String>>,
    /// The shown tab: [`EVENTS`], [`TIMELINE`], [`GRAPH`] or [`RESULT`]. Defaults to a state of its own.
    #[prop(optional, into)]
    tab: Option<Signal<&'static str>>,
    /// Called with the tab that was chosen.
    #[prop(optional, into)]
    on_tab: Option<Callback<&'static str>>,
) -> impl IntoView {
    let run = run_or_watch(run, handler_id);
    let selection = RwSignal::new(None);
    let (internal, filter) = (RwSignal::default(), RwSignal::default());
    // A card offers no replay.
    let view = ViewState::new(tab, on_tab, internal, filter, selection, Replay::new());
    let bar = view! { <CancelBar run /> }.into_any();
    // All but wire, log and agents.
    let tabs = TABS.split_at(4).0;
    let frame = view! { <RunFrame run view tabs bar /> }.into_any();
    view! { <EventBeside run selection frame /> }
}

/// A replay that ends when another run is opened, or when the handler is continued.
fn own_replay(run: UseWorkflowHandlerReturn) -> Replay {
    let replay = Replay::new();
    Effect::new(move |_| {
        run.handler_id.track();
        run.run_id.track();
        replay.close();
    });
    replay
}
