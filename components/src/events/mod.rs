//! The events of a run: a windowed grid over the log, oldest first, with a text filter and a tail.

mod filter;
mod rows;
mod source;

pub(crate) use rows::hue;

use crate::grid::{ListOptions, RowSource, WindowedList};
use crate::icon::{Icon, icon};
use crate::theme::mount_style;
use filter::Matches;
use leptos::html;
use leptos::prelude::*;
use send_wrapper::SendWrapper;
use source::Source;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement};
use workflow_inspector::text::count;
use workflow_ui_core::Events;

pub(crate) const STYLE: &str = include_str!("events.css");

/// How often, at most, the news of a run are told to assistive technology.
const NEWS_EVERY: Duration = Duration::from_secs(5);

/// The events of one run.
///
/// It draws at most once per animation frame, whatever arrives, into a pool of rows that depends on the height of the list only.
#[component]
pub fn EventList(
    /// The log to show.
    #[prop(into)]
    events: Signal<Events>,
    /// Are internal events shown? The switch sets it.
    internal: RwSignal<bool>,
    /// The text that events are filtered by.
    filter: RwSignal<String>,
    /// The selected event's sequence.
    #[prop(into)]
    selected: Signal<Option<u64>>,
    /// An event was opened, by click, Enter, or by the arrow keys while another is open.
    on_select: Callback<u64>,
    /// What stands in the place of an empty list.
    #[prop(into)]
    empty: Signal<String>,
) -> impl IntoView {
    for style in [crate::icon::STYLE, crate::grid::STYLE, STYLE] {
        mount_style(style);
    }
    let at_end = RwSignal::new(true);
    let shown = RwSignal::new(0_usize);
    let source = Rc::new(Source {
        events: RefCell::default(),
        matches: RefCell::new(Matches::new(&filter.get_untracked())),
        list: RefCell::default(),
        scanning: Cell::new(false),
        selected,
        on_select,
        at_end,
        shown,
        revealed: Cell::new(None),
    });
    let node = NodeRef::<html::Div>::new();
    let cleanup = SendWrapper::new(Rc::clone(&source));
    on_cleanup(move || {
        cleanup.list.take();
    });
    let (mount, feed, refilter, reselect, tail) =
        (Rc::clone(&source), Rc::clone(&source), Rc::clone(&source), Rc::clone(&source), SendWrapper::new(Rc::clone(&source)));
    Effect::new(move |_| {
        if let Some(element) = node.get() {
            let options = ListOptions { row_role: "row", row_part: "event-row", follow: true };
            let list = WindowedList::mount(element.into(), Rc::clone(&mount) as Rc<dyn RowSource>, options);
            mount.list.replace(Some(list));
            mount.select(selected.get_untracked());
        }
    });
    Effect::new(move |_| feed.take(events.get().with_internal(internal.get())));
    Effect::new(move |_| filter.with(|filter| refilter.refilter(filter)));
    Effect::new(move |_| reselect.select(selected.get()));

    let total = Signal::derive(move || events.with(Events::count_public));
    let all = move || events.with(|events| if internal.get() { events.count_all() } else { events.count_public() });
    let counted = move || {
        let all = all();
        if filter.with(String::is_empty) {
            count(all as u64)
        } else {
            [count(shown.get() as u64), count(all as u64)].join(" of ")
        }
    };
    let to_end = move |_| {
        if let Some(list) = tail.list.borrow().as_ref() {
            list.to_end();
        }
    };
    let is_empty = move || shown.get() == 0;
    let nothing = move || {
        if filter.with(String::is_empty) { empty.get() } else { String::from("No event holds this text.") }
    };
    view! {
        <div class="wf-events">
            <div class="wf-events__bar">
                <div class="wf-events__filter">
                    {icon(Icon::Search)}
                    <input
                        type="search"
                        class="wf-input"
                        aria-label="Filter events"
                        placeholder="Filter"
                        autocomplete="off"
                        spellcheck="false"
                        prop:value=move || filter.get()
                        on:input=move |event| filter.set(event_target_value(&event))
                    />
                </div>
                <button
                    type="button"
                    class="wf-switch"
                    role="switch"
                    aria-label="Show internal events"
                    title="Show internal events: what steps do, idle, unhandled"
                    aria-checked=move || internal.get().to_string()
                    on:click=move |_| internal.update(|on| *on = !*on)
                >
                    <span class="wf-switch__track"></span>
                    "Internal"
                </button>
                <span class="wf-events__count">{counted}</span>
                <button
                    type="button"
                    class="wf-button wf-button--plain wf-events__tail"
                    title="Follow the newest event"
                    aria-label="Tail"
                    aria-pressed=move || at_end.get().to_string()
                    on:click=to_end
                >
                    {icon(Icon::Tail)}
                    <span>"Tail"</span>
                </button>
            </div>
            <div
                class="wf-grid wf-events__list"
                data-part="events"
                role="grid"
                aria-label="Events"
                aria-readonly="true"
                data-count=all
                node_ref=node
                hidden=is_empty
            ></div>
            <div class="wf-empty" hidden=move || !is_empty()>
                <p class="wf-note">{nothing}</p>
            </div>
            <span class="wf-sr" role="status">{news(total)}</span>
        </div>
    }
    .into_any()
}

/// The words of the one status that tells news: the number of events, not oftener than [`NEWS_EVERY`].
fn news(total: Signal<usize>) -> impl Fn() -> String {
    let told = RwSignal::new(total.get_untracked());
    let waiting = StoredValue::new(false);
    Effect::new(move |_| {
        let now = total.get();
        if now == told.get_untracked() || waiting.get_value() {
            return;
        }
        waiting.set_value(true);
        set_timeout(
            move || {
                if waiting.try_set_value(false).is_none()
                    && let Some(now) = total.try_get_untracked()
                {
                    told.set(now);
                }
            },
            NEWS_EVERY,
        );
    });
    let first = told.get_untracked();
    move || {
        let told = told.get();
        if told == first { String::new() } else { [&count(told as u64), " events"].concat() }
    }
}

/// Gives the filter field of the events the focus, wherever it stands in the page.
pub fn focus_event_filter() {
    let field = document().query_selector("[aria-label=\"Filter events\"]").ok().flatten();
    if let Some(field) = field.and_then(|field: Element| field.dyn_into::<HtmlInputElement>().ok()) {
        let _ = field.focus();
        field.select();
    }
}
