//! Two runs side by side.

mod detail;
mod fold;
mod rows;
mod tables;

use crate::dom::unique_id;
use crate::grid::{Grid, GridRef};
use crate::icon::{Icon, IconView};
use crate::status::StatusPill;
use crate::tabs::{Tab, TabPanel, Tabs};
use crate::theme::mount_style;
use crate::watched::run_or_watch;
use detail::{RowDetail, RowDetailView};
use fold::{Pair, Summary};
use leptos::prelude::*;
use rows::{AlignedRows, Places};
use std::rc::Rc;
use tables::{StepsPanel, ValuesPanel};
use workflow_inspector::text::{count, short_id};
use workflow_protocol::{RawJson, RunStatus};
use workflow_ui_core::{UseWorkflowHandlerReturn, use_workflow_handler};

const STYLE: &str = include_str!("compare.css");

const EVENTS: &str = "events";
const STEPS: &str = "steps";
const VALUES: &str = "values";

static TABS: [Tab; 3] = [
    Tab {
        key: EVENTS,
        label: "Events",
    },
    Tab {
        key: STEPS,
        label: "Steps",
    },
    Tab {
        key: VALUES,
        label: "Input and result",
    },
];

/// Two runs side by side: their events aligned by step and class, the first difference, changed values by path, missing and extra events,
/// how long steps took, inputs and results. Runs that go on are compared again as their events arrive.
///
/// Give it a height: it fills what its container, a flex column, leaves.
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::RunCompare;
///
/// #[component]
/// fn TwoRuns(first: Signal<Option<String>>, second: Signal<Option<String>>) -> impl IntoView {
///     view! { <RunCompare handler_id=first with=second /> }
/// }
/// ```
#[component]
pub fn RunCompare(
    /// The first run. Defaults to the one of `handler_id`.
    #[prop(optional)]
    run: Option<UseWorkflowHandlerReturn>,
    /// The handler whose run is watched without `run`.
    #[prop(optional, into)]
    handler_id: Signal<Option<String>>,
    /// The handler of the second run.
    #[prop(into)]
    with: Signal<Option<String>>,
    /// What the run of a handler was started with: the server doesn't keep it. Defaults to unknown.
    #[prop(optional, into)]
    input_of: Option<Callback<String, Option<RawJson>>>,
    /// Called with the handler id and the sequence of an event that is opened.
    #[prop(optional, into)]
    on_open: Option<Callback<(String, u64)>>,
    /// Called when the button that closes the comparison is pressed. Defaults to no such button.
    #[prop(optional, into)]
    on_close: Option<Callback<()>>,
) -> impl IntoView {
    for style in [crate::events::STYLE, crate::timeline::STYLE, STYLE] {
        mount_style(style);
    }
    let runs = [run_or_watch(run, handler_id), use_workflow_handler(with, true)];
    let pair = Pair::of_runs(runs);
    let summary = pair.summary;
    let tab = RwSignal::new(EVENTS);
    let prefix = unique_id("compare");
    let on_event = on_open.map(|on_open| {
        Callback::new(move |(nth, sequence): (usize, u64)| {
            let id = runs.get(nth).and_then(|run| run.handler_id.get_untracked());
            if let Some(id) = id {
                on_open.run((id, sequence));
            }
        })
    });
    let events = view! { <EventsPanel pair=Rc::clone(&pair) on_event /> }.into_any();
    let steps = view! { <StepsPanel pair runs /> }.into_any();
    let counted = move |pick: fn(&Summary) -> usize| move || summary.with(|it| it.as_ref().map(pick));
    view! {
        <section
            class="wf-compare"
            data-part="compare"
            part="compare"
            role="region"
            aria-label="Comparison"
            data-left=move || runs[0].handler_id.get()
            data-right=move || runs[1].handler_id.get()
            data-state=move || if summary.with(Option::is_some) { "done" } else { "reading" }
            data-same=counted(|it| it.counts.same)
            data-changed=counted(|it| it.counts.changed)
            data-moved=counted(|it| it.counts.moved)
            data-missing=counted(|it| it.counts.missing)
            data-extra=counted(|it| it.counts.extra)
        >
            <header class="wf-compare__head">
                <h2 class="wf-compare__title">"Comparison"</h2>
                <RunName name="First run" run=runs[0] />
                <RunName name="Second run" run=runs[1] />
                {on_close
                    .map(|on_close| {
                        view! {
                            <button
                                type="button"
                                class="wf-button wf-button--plain wf-button--icon wf-compare__close"
                                aria-label="Close comparison"
                                title="Close comparison"
                                on:click=move |_| on_close.run(())
                            >
                                <IconView icon=Icon::Cross />
                            </button>
                        }
                    })}
            </header>
            <p class="wf-note wf-compare__summary" role="status" translate="no">
                {move || words(summary.get(), runs)}
            </p>
            <Tabs
                label="Views of the comparison"
                prefix=prefix.clone()
                tabs=&TABS
                selected=tab
                on_select=move |key| tab.set(key)
            />
            <TabPanel prefix=prefix.clone() key=EVENTS selected=tab class="wf-compare__panel">
                {events}
            </TabPanel>
            <TabPanel prefix=prefix.clone() key=STEPS selected=tab class="wf-compare__panel">
                {steps}
            </TabPanel>
            <TabPanel prefix key=VALUES selected=tab class="wf-compare__panel">
                <ValuesPanel runs input_of />
            </TabPanel>
        </section>
    }
}

/// A run's workflow, id and status.
#[component]
fn RunName(name: &'static str, run: UseWorkflowHandlerReturn) -> impl IntoView {
    let workflow = move || {
        let name = |state: &workflow_protocol::HandlerState| state.handler.workflow_name.clone();
        run.handler.with(|state| state.as_deref().map(name))
    };
    let id = Memo::new(move |_| run.handler_id.get().unwrap_or_default());
    view! {
        <span class="wf-compare__run">
            <span class="wf-muted">{name}</span>
            <span translate="no">{workflow}</span>
            <span class="wf-mono wf-muted" translate="no" title=id>
                {move || id.with(|id| short_id(id).into_owned())}
            </span>
            <StatusPill status=run.status />
        </span>
    }
}

/// How the runs differ, in words.
fn words(summary: Option<Summary>, runs: [UseWorkflowHandlerReturn; 2]) -> String {
    let Some(summary) = summary else {
        let is_gone = |run: &UseWorkflowHandlerReturn| run.status.get() == RunStatus::Gone;
        let error = runs
            .iter()
            .find_map(|run| run.error.get().filter(|_| run.handler.with(Option::is_none)));
        return match error {
            Some(error) => format!("A run can't be read: {error}"),
            None if runs.iter().any(is_gone) => String::from("The server no longer knows one of the runs."),
            None => String::from("Reading the runs…"),
        };
    };
    let counts = summary.counts;
    let mut words = String::new();
    for (number, what) in [
        (counts.changed, "changed"),
        (counts.missing, "missing in the second run"),
        (counts.extra, "only in the second run"),
        (counts.moved, "at another place"),
    ] {
        if number > 0 {
            words.push_str(&format!("{} {what}, ", count(number as u64)));
        }
    }
    if words.is_empty() {
        words.push_str("No differences, ");
    }
    words.push_str(&format!("{} the same.", count(counts.same as u64)));
    if summary.by_step {
        words.push_str(
            " The runs differ too much to be aligned in order: events correspond by step and number.",
        );
    }
    if summary.unread > 0 {
        let unread = count(summary.unread as u64);
        words.push_str(&format!(
            " Of {unread} events only the length is compared: their payloads are no longer held."
        ));
    }
    words
}

/// The aligned events, and what differs in the selected one.
#[component]
fn EventsPanel(pair: Rc<Pair>, on_event: Option<Callback<(usize, u64)>>) -> impl IntoView {
    let Pair { version, summary, .. } = *pair;
    let selected = RwSignal::new(None::<Places>);
    let only_differences = RwSignal::new(false);
    let grid = GridRef::new();
    let rows = Rc::new(AlignedRows::new(pair, selected));
    let drawn = Rc::clone(&rows);
    let is_shown = Memo::new(move |_| summary.with(Option::is_some));
    Effect::new(move |_| {
        version.track();
        drawn.list(only_differences.get());
        selected.track();
        grid.changed();
        if let Some(place) = drawn.selected_row().and_then(|row| drawn.place(row)) {
            grid.set_active(Some(place));
        }
    });
    let source = Rc::clone(&rows);
    let rows = StoredValue::new_local(rows);
    let show = Callback::new(move |row: Option<usize>| {
        let Some(row) = row else { return };
        let select = |rows: &Rc<AlignedRows>| {
            rows.select(row);
            rows.place(row)
        };
        let place = rows.try_with_value(select).flatten();
        if let Some(place) = place {
            grid.set_active(Some(place));
            grid.reveal(place);
        }
    });
    // The first difference is shown once both runs were read, and again when other runs are compared.
    Effect::new(move |before: Option<bool>| {
        let is_shown = is_shown.get();
        if !is_shown {
            selected.set(None);
        } else if before != Some(true) {
            let first = summary.with_untracked(|summary| summary.and_then(|it| it.first));
            request_animation_frame(move || {
                show.try_run(first);
            });
        }
        is_shown
    });
    let go = move |forward: bool| show.run(rows.with_value(|rows| rows.next_difference(forward)));
    let has_differences =
        Memo::new(move |_| summary.with(|summary| summary.is_some_and(|it| it.first.is_some())));
    let detail = Memo::new(move |_| {
        version.track();
        selected.track();
        rows.with_value(|rows| RowDetail::of(&rows.pair, rows.selected_row()?))
    });
    let is_open = Memo::new(move |_| detail.with(Option::is_some));
    view! {
        <div class="wf-compare__bar">
            <button
                type="button"
                class="wf-switch"
                role="switch"
                aria-label="Only differences"
                aria-checked=move || only_differences.get().to_string()
                on:click=move |_| only_differences.update(|only| *only = !*only)
            >
                <span class="wf-switch__track"></span>
                "Only differences"
            </button>
            <span class="wf-grow"></span>
            <button
                type="button"
                class="wf-button wf-button--plain"
                aria-label="Previous difference"
                aria-disabled=move || (!has_differences.get()).then_some("true")
                on:click=move |_| go(false)
            >
                "Previous"
            </button>
            <button
                type="button"
                class="wf-button"
                aria-label="Next difference"
                aria-disabled=move || (!has_differences.get()).then_some("true")
                on:click=move |_| go(true)
            >
                "Next"
            </button>
        </div>
        <p class="wf-compare__heads" aria-hidden="true">
            <span class="wf-compare__number">"First"</span>
            <span class="wf-compare__number">"Second"</span>
            <span class="wf-compare__difference"></span>
            <span class="wf-compare__name">"Event"</span>
            <span class="wf-compare__about">"Payload, or what changed in it"</span>
        </p>
        <Grid
            source
            grid_ref=grid
            class="wf-grid wf-compare__rows"
            label="Aligned events"
            part="compare-rows"
            row_part="compare-row"
            attr:translate="no"
        />
        <Show when=move || is_open.get()>
            {move || {
                let detail = detail.get()?;
                let close = move |()| {
                    selected.set(None);
                    grid.focus();
                };
                Some(view! { <RowDetailView detail on_open=on_event on_close=close /> })
            }}
        </Show>
    }
}
