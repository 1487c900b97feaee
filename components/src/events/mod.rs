//! The events of a run: a windowed grid over the log, oldest first, with a filter and a tail.

mod filter;
mod rows;
mod search;
mod source;

pub(crate) use rows::hue;

use crate::dom::{document, unique_id};
use crate::grid::{ListOptions, RowSource, WindowedList};
use crate::icon::{Icon, icon};
use crate::pattern::prepare;
use crate::reactive::*;
use crate::theme::mount_style;
use crate::ui::View;
use crate::ui::{
    Call, El, Live, Timer, Var, after, button, div, dynamic, effect, el, memo_with, span, typed,
};
use crate::work::{Work, work_bar};
use crate::worker::SearchScript;
use filter::{Filter, Matches};
use leptos::prelude::{IntoView, component};
use send_wrapper::SendWrapper;
use source::Source;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement};
use workflow_inspector::text::count;
use workflow_ui_core::Events;

pub(crate) const STYLE: &str = include_str!("events.css");

/// How long nobody types until a regular expression is looked for, in milliseconds.
const TYPING: i32 = 150;

/// How often, at most, the news of a run are told to assistive technology, in milliseconds.
const NEWS_EVERY: i32 = 5000;

/// The events of one run.
///
/// It draws at most once per animation frame, whatever arrives, into a pool of rows that depends on the height of the list only. Give
/// it a height: it fills what its container, a flex column, leaves.
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::events::EventList;
/// use workflow_ui_core::use_workflow_handler;
///
/// #[component]
/// fn Log(id: Signal<String>) -> impl IntoView {
///     view! { <EventList events=use_workflow_handler(id, true).events /> }
/// }
/// ```
#[component]
pub fn EventList(
    /// The log to show.
    #[prop(into)]
    events: Signal<Events>,
    /// Are internal events shown? The switch sets it. Defaults to not.
    #[prop(optional, into)]
    internal: Option<Var<bool>>,
    /// The text that events are filtered by; `class:Progress` before it leaves the events of that class, `re:` makes it a regular
    /// expression. Defaults to none.
    #[prop(optional, into)]
    filter: Option<Var<String>>,
    /// The selected event's sequence. Defaults to the one that was opened last.
    #[prop(optional, into)]
    selected: Option<Live<Option<u64>>>,
    /// An event was opened, by click, Enter, or by the arrow keys while another is open.
    #[prop(optional, into)]
    on_select: Option<Call<u64>>,
    /// What stands in the place of an empty list. Defaults to "No events yet."
    #[prop(optional, into)]
    empty: Option<Live<&'static str>>,
    /// Where the app serves this crate's `src/events/search.js`, which tries regular expressions. Without it events are filtered by
    /// texts only.
    #[prop(optional)]
    search: Option<&'static str>,
) -> impl IntoView {
    let opened = Var::new(None);
    View::from(event_list(EventListParts {
        events: events.into(),
        internal: internal.unwrap_or_else(|| Var::new(false)),
        filter: filter.unwrap_or_else(|| Var::new(String::new())),
        selected: selected.unwrap_or_else(|| crate::ui::memo(move || opened.get())),
        on_select: Call::new(move |sequence| {
            opened.set(Some(sequence));
            if let Some(on_select) = on_select {
                on_select.run(sequence);
            }
        }),
        empty: empty.unwrap_or_else(|| crate::ui::memo(|| "No events yet.")),
        search,
    }))
}

/// What an [`event_list`] works on: the properties of [`EventList`].
#[derive(Clone, Copy, Debug)]
pub struct EventListParts {
    /// The log to show.
    pub events: Reading<Events>,
    /// Are internal events shown? The switch sets it.
    pub internal: Var<bool>,
    /// The text that events are filtered by.
    pub filter: Var<String>,
    /// The selected event's sequence.
    pub selected: Live<Option<u64>>,
    /// An event was opened.
    pub on_select: Call<u64>,
    /// What stands in the place of an empty list.
    pub empty: Live<&'static str>,
    /// Where the script is that tries regular expressions.
    pub search: Option<&'static str>,
}

/// [`EventList`] as an element.
pub fn event_list(parts: EventListParts) -> El {
    for style in [crate::icon::STYLE, crate::grid::STYLE, STYLE] {
        mount_style(style);
    }
    let EventListParts {
        events,
        internal,
        filter,
        selected,
        on_select,
        empty,
        search: address,
    } = parts;
    let script = address.map(SearchScript);
    let work = Work::new();
    let at_end = Var::new(true);
    let shown = Var::new(0_usize);
    let trouble = Var::new(String::new());
    // Also asked by a timer, when the log may be gone.
    let total = move || events.with(Events::count_public);
    let all = move || {
        events.with(|events| {
            if internal.get() {
                events.count_all()
            } else {
                events.count_public()
            }
        })
    };
    let is_empty = move || shown.get() == 0;
    let grid = div("wf-grid wf-events__list")
        .attr("data-part", "events")
        .attr("role", "grid")
        .attr("aria-label", "Events")
        .attr("aria-readonly", true)
        .attr("data-count", all)
        .flag("hidden", is_empty);
    let source = Rc::new(Source {
        events: RefCell::default(),
        matches: RefCell::new(Matches::default()),
        list: RefCell::default(),
        scanning: Cell::new(false),
        selected,
        on_select,
        at_end,
        shown,
        revealed: Cell::new(None),
        script,
        engine: RefCell::default(),
        stuck: Cell::new(false),
        trouble,
        work,
        asked: Cell::new(0),
    });
    let going = Rc::clone(&source);
    work.on_resume(move || going.go_on());
    let options = ListOptions {
        row_role: "row",
        row_part: "event-row",
        follow: true,
    };
    let list = WindowedList::mount(
        grid.node().clone(),
        Rc::clone(&source) as Rc<dyn RowSource>,
        options,
    );
    source.list.replace(Some(list.clone()));
    let cleanup = SendWrapper::new(Rc::clone(&source));
    on_cleanup(move || {
        cleanup.list.take();
    });
    let paused = Var::new(false);
    let (refilter, reselect) = (Rc::clone(&source), Rc::clone(&source));
    let taken = Cell::new(internal.peek());
    effect(move || {
        let (log, internal) = (events.get(), internal.get());
        // A pause is one of what was being read: another run begins without.
        if !source.has_run(&log) {
            paused.set(false);
        }
        // While it is paused another view is still shown, but no news.
        if !paused.get() || taken.get() != internal {
            taken.set(internal);
            source.take(log.with_internal(internal));
        }
    });
    let mut typing = None::<Timer>;
    effect(move || {
        if let Some(timer) = typing.take() {
            timer.clear();
        }
        let text = filter.get();
        if !Filter::parse(&text).pattern {
            return refilter.refilter(&text);
        }
        prepare(script);
        // Half a pattern is another pattern: it is looked for when its writer rests.
        let refilter = Rc::downgrade(&refilter);
        typing = after(TYPING, move || {
            if let Some(refilter) = refilter.upgrade() {
                refilter.refilter(&text);
            }
        });
    });
    effect(move || reselect.select(selected.get()));

    let part = move |part: fn(Filter<'_>) -> bool| filter.with(|filter| part(Filter::parse(filter)));
    let counted = move || {
        let all = all();
        if part(|filter| filter.is_on()) {
            [count(shown.get() as u64), count(all as u64)].join(" of ")
        } else {
            count(all as u64)
        }
    };
    let nothing = move || {
        if part(|filter| filter.pattern) {
            "No event matches."
        } else if part(|filter| filter.is_on()) {
            "No event holds this text."
        } else {
            empty.get()
        }
    };
    let is_trouble = move || trouble.with(|trouble| !trouble.is_empty());
    let trouble_id = unique_id("trouble");
    let described = trouble_id.clone();
    let search = el("input")
        .class("wf-input")
        .attr("type", "search")
        .attr("aria-label", "Filter events")
        .attr("placeholder", "Filter")
        .attr("autocomplete", "off")
        .attr("spellcheck", false)
        .attr("aria-invalid", move || is_trouble().then_some("true"))
        .attr("aria-describedby", move || {
            is_trouble().then(|| described.clone())
        })
        .prop("value", move || {
            filter.with(|filter| Filter::parse(filter).text.to_owned())
        })
        .on("input", move |event| {
            refine(filter, None, false, Some(&typed(&event)));
        });
    let by_pattern = address.map(|_| {
        button("wf-button wf-button--plain wf-button--icon wf-events__by-pattern")
            .attr("aria-label", "Regular expression")
            .attr("title", "Regular expression, as this browser understands it")
            .attr("aria-pressed", move || part(|filter| filter.pattern))
            .text(".*")
            .on("click", move |_| {
                refine(filter, None, true, None);
            })
    });
    let classes =
        memo_with(move |before: Option<&Offered>| events.with(|events| Offered::of(events, before)));
    let by_class = el("select")
        .class("wf-select wf-events__by-class")
        .attr("aria-label", "Filter events by class")
        .child(dynamic(move || {
            let chosen = filter.with(|filter| Filter::parse(filter).class.to_owned());
            let Offered { mut names, more, .. } = classes.get();
            if !chosen.is_empty() && !names.contains(&chosen) {
                names.push(chosen.clone());
            }
            let mut options = vec![el("option").attr("value", "").text("Any class")];
            options.extend(names.iter().map(|name| {
                el("option")
                    .attr("value", name.as_str())
                    .text(name.as_str())
                    .on_off("selected", chosen == *name)
            }));
            if more {
                let words = "More classes: filter by text";
                options.push(el("option").attr("value", "").attr("disabled", "").text(words));
            }
            options
        }))
        .on("change", move |event| {
            refine(filter, Some(&typed(&event)), false, None);
        });
    let jump = el("input")
        .class("wf-input wf-events__jump")
        .attr("type", "text")
        .attr("inputmode", "numeric")
        .attr("aria-label", "Go to event")
        .attr("placeholder", "#")
        .attr("autocomplete", "off")
        .on("change", move |event| {
            if let Ok(sequence) = typed(&event).trim().trim_start_matches('#').parse() {
                on_select.run(sequence);
            }
        });
    let pause = button("wf-button wf-button--plain")
        .attr("aria-label", "Pause")
        .attr("title", "Leave the list as it is; nothing is lost meanwhile")
        .attr("aria-pressed", move || paused.get())
        .text("Pause")
        .on("click", move |_| paused.set(!paused.peek()));
    let switch = button("wf-switch")
        .attr("role", "switch")
        .attr("aria-label", "Show internal events")
        .attr("title", "Show internal events: what steps do, idle, unhandled")
        .attr("aria-checked", move || internal.get())
        .child(span("wf-switch__track"))
        .text("Internal")
        .on("click", move |_| internal.set(!internal.peek()));
    let tail = button("wf-button wf-button--plain wf-events__tail")
        .attr("aria-label", "Tail")
        .attr("title", "Follow the newest event")
        .attr("aria-pressed", move || at_end.get())
        .child(icon(Icon::Tail))
        .child(span("").text("Tail"))
        .on("click", move |_| list.to_end());
    let bar = div("wf-events__bar")
        .child(div("wf-events__filter").child(icon(Icon::Search)).child(search))
        .child(by_pattern)
        .child(by_class)
        .child(jump)
        .child(switch)
        .child(span("wf-events__count").text(counted))
        .child(pause)
        .child(tail);
    let trouble = el("p")
        .class("wf-error wf-events__trouble")
        .attr("id", trouble_id)
        .attr("role", "alert")
        .flag("hidden", move || !is_trouble())
        .text(move || trouble.get());
    div("wf-events")
        .child(bar)
        .child(trouble)
        .child(work_bar(work, "Filtering events"))
        .child(grid)
        .child(
            div("wf-empty")
                .flag("hidden", move || !is_empty())
                .child(el("p").class("wf-note").text(nothing)),
        )
        .child(span("wf-sr").attr("role", "status").text(news(total)))
}

/// Classes that are offered to filter by. A run has dozens; one that invents a class per event must not fill the page with options.
const OFFERED: usize = 500;

/// The classes that are offered to filter by: the first ones of the run.
#[derive(Clone, Default)]
struct Offered {
    events: Events,
    /// How many classes the names are from.
    classes: usize,
    /// Each once, in order.
    names: Vec<String>,
    /// Are there more?
    more: bool,
}

impl Offered {
    /// Reads them, unless they are those of before: most events bring no class that is offered.
    fn of(events: &Events, before: Option<&Self>) -> Self {
        let all = events.classes();
        let (classes, more) = (all.min(OFFERED), all > OFFERED);
        let before = before.filter(|before| before.classes == classes && before.events.same_run(events));
        let names = match before {
            Some(before) => before.names.clone(),
            None => {
                let mut names = events.class_names(OFFERED);
                names.sort_unstable();
                names.dedup();
                names
            }
        };
        Self {
            events: events.clone(),
            classes,
            names,
            more,
        }
    }
}

impl PartialEq for Offered {
    fn eq(&self, other: &Self) -> bool {
        self.more == other.more && self.names == other.names
    }
}

/// Changes parts of the filter.
#[inline(never)]
fn refine(filter: Var<String>, class: Option<&str>, turn: bool, text: Option<&str>) {
    let before = filter.peek();
    let parts = Filter::parse(&before);
    let now = Filter {
        class: class.unwrap_or(parts.class),
        pattern: parts.pattern != turn,
        text: text.unwrap_or(parts.text),
    };
    filter.set(now.join());
}

/// The words of the one status that tells news: the number of events, not oftener than [`NEWS_EVERY`].
fn news(total: impl Fn() -> usize + Copy + 'static) -> impl Fn() -> String {
    let first = untrack(total);
    let told = Var::new(first);
    let waiting = Rc::new(Cell::new(false));
    effect(move || {
        if total() == told.peek() || waiting.replace(true) {
            return;
        }
        let waiting = Rc::clone(&waiting);
        after(NEWS_EVERY, move || {
            waiting.set(false);
            told.set(untrack(total));
        });
    });
    move || {
        let told = told.get();
        if told == first {
            String::new()
        } else {
            [&count(told as u64), " events"].concat()
        }
    }
}

/// Gives the filter field of the events the focus, wherever it stands in the page.
pub fn focus_event_filter() {
    let field = document()
        .query_selector("[aria-label=\"Filter events\"]")
        .ok()
        .flatten();
    if let Some(field) = field.and_then(|field: Element| field.dyn_into::<HtmlInputElement>().ok()) {
        let _ = field.focus();
        field.select();
    }
}
