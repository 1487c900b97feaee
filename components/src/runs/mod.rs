//! The list of runs: newest first, windowed, filtered by text, status and workflow.

mod source;

use crate::grid::{ListOptions, RowSource, WindowedList};
use crate::theme::mount_style;
use leptos::html;
use leptos::prelude::*;
use send_wrapper::SendWrapper;
use source::{RunFilter, Source};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use workflow_inspector::text::count;
use workflow_protocol::HandlerState;

const STYLE: &str = include_str!("runs.css");

/// The status words that runs can be filtered by.
const STATUSES: [&str; 6] = ["running", "waiting", "completed", "failed", "timed_out", "cancelled"];

/// The runs of a server.
#[component]
pub fn RunList(
    /// All runs, newest first.
    #[prop(into)]
    runs: Signal<Vec<Arc<HandlerState>>>,
    /// Is the first listing still on its way?
    #[prop(into)]
    loading: Signal<bool>,
    /// Why the listing failed, if it did.
    #[prop(into)]
    error: Signal<Option<String>>,
    /// The handler of the open run.
    #[prop(into)]
    open: Signal<Option<String>>,
    /// A run was opened.
    on_open: Callback<String>,
) -> impl IntoView {
    for style in [crate::icon::STYLE, crate::grid::STYLE, crate::status::STYLE, STYLE] {
        mount_style(style);
    }
    let filter = RwSignal::new(RunFilter::default());
    let shown = RwSignal::new(0_usize);
    let source =
        Rc::new(Source { runs: RefCell::default(), list: RefCell::default(), open, on_open, shown });
    let node = NodeRef::<html::Div>::new();
    keep_fresh(&source);
    let (mount, feed, mark) = (Rc::clone(&source), Rc::clone(&source), source);
    Effect::new(move |_| {
        if let Some(element) = node.get() {
            let options = ListOptions { row_role: "row", row_part: "run-row", follow: false };
            mount.list.replace(Some(WindowedList::mount(element.into(), Rc::clone(&mount) as Rc<dyn RowSource>, options)));
        }
    });
    Effect::new(move |_| runs.with(|runs| filter.with(|filter| feed.take(runs, filter))));
    Effect::new(move |_| {
        open.track();
        mark.with_list(WindowedList::changed);
    });

    let workflows = Memo::new(move |_| {
        let mut names: Vec<String> = runs.with(|runs| runs.iter().map(|run| run.handler.workflow_name.clone()).collect());
        names.sort_unstable();
        names.dedup();
        names
    });
    let all = move || runs.with(Vec::len);
    let counted = move || {
        let (shown, all) = (shown.get() as u64, all() as u64);
        if shown == all { count(all) } else { [count(shown), count(all)].join(" of ") }
    };
    let nothing = move || {
        if loading.get() && all() == 0 {
            "Loading the runs…"
        } else if all() == 0 {
            "No runs yet. Start one, here or anywhere: it shows up by itself."
        } else {
            "No run fits the filters."
        }
    };
    let is_empty = move || shown.get() == 0;
    view! {
        <section class="wf-runs" aria-label="Runs">
            <div class="wf-runs__bar">
                <h2 class="wf-h wf-grow">"Runs"</h2>
                <span class="wf-muted wf-num">{counted}</span>
            </div>
            <div class="wf-runs__filters">
                <input
                    type="search"
                    class="wf-input"
                    aria-label="Filter runs by text"
                    placeholder="Filter"
                    autocomplete="off"
                    spellcheck="false"
                    on:input=move |event| filter.update(|filter| filter.text = event_target_value(&event))
                />
                <select
                    class="wf-select"
                    aria-label="Filter runs by status"
                    on:change=move |event| filter.update(|filter| filter.status = event_target_value(&event))
                >
                    <option value="">"Any status"</option>
                    {STATUSES.map(|status| option(status, crate::status::status_word(status))).collect_view()}
                </select>
                <select
                    class="wf-select"
                    aria-label="Filter runs by workflow"
                    on:change=move |event| filter.update(|filter| filter.workflow = event_target_value(&event))
                >
                    <option value="">"Any workflow"</option>
                    {move || workflows.get().iter().map(|name| option(name, name)).collect_view()}
                </select>
            </div>
            {move || error.get().map(|words| view! { <p class="wf-error wf-runs__bar" role="status">{words}</p> }.into_any())}
            <div class="wf-grid wf-runs__list" data-part="runs" role="grid" aria-label="Runs" aria-readonly="true" node_ref=node hidden=is_empty></div>
            <p class="wf-empty" hidden=move || !is_empty()>{nothing}</p>
        </section>
    }
    .into_any()
}

fn option(value: &str, words: &str) -> AnyView {
    view! { <option value=value.to_owned()>{words.to_owned()}</option> }.into_any()
}

/// Redraws the rows in sight once a second, for the times in them, and lets the list go with its owner.
fn keep_fresh(source: &Rc<Source>) {
    let weak = Rc::downgrade(source);
    let tick = set_interval_with_handle(
        move || {
            if let Some(source) = weak.upgrade()
                && !document().hidden()
            {
                source.with_list(WindowedList::changed);
            }
        },
        Duration::from_secs(1),
    );
    let held = SendWrapper::new(Rc::clone(source));
    on_cleanup(move || {
        if let Ok(tick) = tick {
            tick.clear();
        }
        held.list.take();
    });
}
