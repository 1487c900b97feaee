//! The events of a run: a windowed grid over the log, oldest first, with a filter and a tail.

mod classes;
mod engine;
mod filter;
mod filter_bar;
mod rows;
mod search;
mod source;

pub(crate) use rows::hue;

use crate::dom::unique_id;
use crate::grid::Grid;
use crate::selection::selected_or_opened;
use crate::theme::mount_style;
use crate::watched::events_or_watch;
use crate::work::{Work, WorkBar};
use crate::worker::SearchScript;
use filter::Filter;
use filter_bar::FilterBar;
use leptos::prelude::*;
use source::{EventRows, follow_filter, follow_log, follow_moment, follow_selection};
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;
use workflow_inspector::text::count;
use workflow_ui_core::{Events, UseWorkflowHandlerReturn};

pub(crate) const STYLE: &str = include_str!("events.css");

/// How often the number of events is announced to assistive technology, at most.
const ANNOUNCE_EVERY: Duration = Duration::from_secs(5);

/// What the parts of one list share.
#[derive(Clone, Copy)]
struct ListState {
    events: Signal<Events>,
    internal: RwSignal<bool>,
    filter: RwSignal<String>,
    /// Why the filter cannot be applied. Empty if it can.
    filter_error: RwSignal<String>,
    paused: RwSignal<bool>,
    /// Number of events without the filter.
    total: Memo<usize>,
    /// Number of rows.
    shown: RwSignal<usize>,
    /// Whether the list is scrolled to its end.
    at_end: RwSignal<bool>,
    work: Work,
}

/// The events of one run.
///
/// The list draws at most once per animation frame, into a pool of rows whose size depends on the height of the list only. Give it a
/// height: it fills the space that its container, a flex column, leaves.
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::events::EventList;
/// use workflow_ui_core::use_workflow_handler;
///
/// #[component]
/// fn Log(#[prop(into)] id: Signal<Option<String>>) -> impl IntoView {
///     let run = use_workflow_handler(id, true);
///     view! { <EventList run on_select=|sequence| leptos::logging::log!("{sequence}") /> }
/// }
/// ```
#[component]
pub fn EventList(
    /// The run whose events are shown. Defaults to the one of `handler_id`.
    #[prop(optional)]
    run: Option<UseWorkflowHandlerReturn>,
    /// The events to show without a `run`.
    #[prop(optional, into)]
    events: Option<Signal<Events>>,
    /// The handler whose run is watched without `run` and `events`.
    #[prop(optional, into)]
    handler_id: Signal<Option<String>>,
    /// Whether internal events are shown. The switch of the list sets it. Defaults to `false`.
    #[prop(optional, into)]
    internal: RwSignal<bool>,
    /// The text by which events are filtered. `class:Progress` in front of it selects the events of that class; `re:` makes it a
    /// regular expression. The filter's field sets it. Defaults to none.
    #[prop(optional, into)]
    filter: RwSignal<String>,
    /// The sequence of the selected event. Defaults to the event opened last.
    #[prop(optional, into)]
    selected: Option<Signal<Option<u64>>>,
    /// Called with the sequence of an event that is opened: by a click, Enter, or the arrow keys while another event is selected.
    #[prop(optional, into)]
    on_select: Option<Callback<u64>>,
    /// The text of an empty list.
    #[prop(into, default = Signal::stored("No events yet."))]
    empty: Signal<&'static str>,
    /// The address of this crate's `src/events/search.js`, which tries regular expressions. Defaults to the [`SearchScript`] of the
    /// context. Without either, events are filtered by text only.
    #[prop(optional)]
    search: Option<&'static str>,
    /// The sequence of the last event that counts: later rows are faint. The list scrolls to it. Defaults to none: all rows count.
    #[prop(optional, into)]
    at: Signal<Option<u64>>,
) -> impl IntoView {
    for style in [crate::icon::STYLE, crate::grid::STYLE, STYLE] {
        mount_style(style);
    }
    let events = events_or_watch(run, events, handler_id);
    let script = search.map(SearchScript).or_else(use_context);
    let (selected, on_select) = selected_or_opened(selected, on_select, events);
    let public = Memo::new(move |_| events.with(Events::count_public));
    let total = Memo::new(move |_| {
        if internal.get() {
            events.with(Events::count_all)
        } else {
            public.get()
        }
    });
    let state = ListState {
        events,
        internal,
        filter,
        filter_error: RwSignal::new(String::new()),
        paused: RwSignal::new(false),
        total,
        shown: RwSignal::new(0),
        at_end: RwSignal::new(true),
        work: Work::new(),
    };
    let rows = EventRows::new(state, script, selected, on_select, at);
    follow_log(&rows);
    follow_filter(&rows, script);
    follow_selection(&rows);
    follow_moment(&rows);
    let grid = rows.grid;
    let searched = Rc::clone(&rows);
    state.work.on_resume(move || searched.resume());

    let is_empty = Memo::new(move |_| state.shown.get() == 0);
    let empty_text = move || match filter.with(|filter| {
        let filter = Filter::parse(filter);
        (filter.pattern, filter.is_on())
    }) {
        (true, _) => "No event matches.",
        (_, true) => "No event holds this text.",
        _ => empty.get(),
    };
    let error_id = unique_id("trouble");
    view! {
        <div class="wf-events">
            <FilterBar
                state
                with_patterns=script.is_some()
                error_id=error_id.clone()
                on_jump=on_select
                on_tail=move |()| grid.to_end()
            />
            <p
                class="wf-error wf-events__trouble"
                id=error_id
                role="alert"
                translate="no"
                hidden=move || state.filter_error.with(String::is_empty)
            >
                {state.filter_error}
            </p>
            <WorkBar work=state.work label="Filtering events" />
            <Grid
                source=rows
                grid_ref=grid
                class="wf-grid wf-events__list"
                label="Events"
                part="events"
                row_part="event-row"
                follow=true
                attr:translate="no"
                attr:data-count=total
                attr:hidden=is_empty
            />
            <div class="wf-empty" hidden=move || !is_empty.get()>
                <p class="wf-note" translate="no">
                    {empty_text}
                </p>
            </div>
            <Announcement total=public />
        </div>
    }
}

/// Announces the number of events to assistive technology when it changes, at most once per [`ANNOUNCE_EVERY`].
#[component]
fn Announcement(total: Memo<usize>) -> impl IntoView {
    let first = total.get_untracked();
    let announced = RwSignal::new(first);
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let announce = move || {
        timer.try_set_value(None);
        if let Some(total) = total.try_get_untracked() {
            announced.try_set(total);
        }
    };
    Effect::new(move |_| {
        if total.get() != announced.get_untracked() && timer.with_value(Option::is_none) {
            timer.set_value(set_timeout_with_handle(announce, ANNOUNCE_EVERY).ok());
        }
    });
    on_cleanup(move || {
        if let Some(timer) = timer.try_get_value().flatten() {
            timer.clear();
        }
    });
    let text = move || match announced.get() {
        same if same == first => String::new(),
        many => format!("{} events", count(many as u64)),
    };
    view! {
        <span class="wf-sr" role="status" translate="no">
            {text}
        </span>
    }
}

/// Focuses the filter field of the event list, wherever it is in the page.
pub fn focus_event_filter() {
    let field = document()
        .query_selector("[aria-label=\"Filter events\"]")
        .ok()
        .flatten();
    if let Some(field) = field.and_then(|field| field.dyn_into::<HtmlInputElement>().ok()) {
        let _ = field.focus();
        field.select();
    }
}
