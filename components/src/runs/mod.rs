//! The list of runs: newest first, windowed, filtered by text, status and workflow.

mod source;

use crate::dialog::dialog;
use crate::grid::{ListOptions, RowSource, WindowedList};
use crate::icon::{Icon, icon};
use crate::reactive::*;
use crate::status::{next_try, page_now, status_word};
use crate::theme::mount_style;
use crate::ui::View;
use crate::ui::{Call, El, Live, Var, button, div, dynamic, effect, el, every, memo, span, typed};
use leptos::prelude::{IntoView, component};
use send_wrapper::SendWrapper;
use source::{RunFilter, Source};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use workflow_inspector::text::{ago, count};
use workflow_protocol::HandlerState;
use workflow_ui_core::{Error, ListFreshness, use_workflow_client};

const STYLE: &str = include_str!("runs.css");

/// A list older than this says so, in milliseconds.
const SHOWN_AGE: u64 = 5_000;

/// The status words that runs can be filtered by.
const STATUSES: [&str; 6] = [
    "running",
    "waiting",
    "completed",
    "failed",
    "timed_out",
    "cancelled",
];

/// The runs of a server.
///
/// Give it a height: it fills what its container, a flex column, leaves.
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::runs::RunList;
/// use workflow_ui_components::ui::Call;
/// use workflow_ui_core::{UseWorkflowHandlerListReturn, use_workflow_handler_list};
///
/// #[component]
/// fn Runs(opened: RwSignal<String>) -> impl IntoView {
///     let UseWorkflowHandlerListReturn { handlers, loading, error, freshness, .. } =
///         use_workflow_handler_list(None::<String>);
///     view! { <RunList runs=handlers loading error freshness on_open=Call::new(move |id| opened.set(id)) /> }
/// }
/// ```
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
    error: Signal<Option<Error>>,
    /// The handler of the open run. Defaults to the one that was opened last.
    #[prop(optional, into)]
    open: Option<Live<Option<String>>>,
    /// Whether runs can be selected, cancelled and deleted. Defaults to true.
    #[prop(optional, into)]
    editable: Option<Live<bool>>,
    /// How old the list is, and when it is asked for again. Without it, neither is shown.
    #[prop(optional, into)]
    freshness: Option<Signal<ListFreshness>>,
    /// A run was opened.
    #[prop(into)]
    on_open: Call<String>,
) -> impl IntoView {
    let opened = Var::new(None);
    View::from(run_list(RunListParts {
        runs: runs.into(),
        loading: loading.into(),
        error: error.into(),
        open: open.unwrap_or_else(|| memo(move || opened.get())),
        on_open: Call::new(move |id: String| {
            opened.set(Some(id.clone()));
            on_open.run(id);
        }),
        editable: editable.unwrap_or_else(|| memo(|| true)),
        freshness: freshness.map_or_else(|| Reading::derive(ListFreshness::default), Into::into),
    }))
}

/// What a [`run_list`] works on: the properties of [`RunList`].
#[derive(Clone, Copy, Debug)]
pub struct RunListParts {
    /// All runs, newest first.
    pub runs: Reading<Vec<Arc<HandlerState>>>,
    /// Is the first listing still on its way?
    pub loading: Reading<bool>,
    /// Why the listing failed, if it did.
    pub error: Reading<Option<Error>>,
    /// The handler of the open run.
    pub open: Live<Option<String>>,
    /// A run was opened.
    pub on_open: Call<String>,
    /// Whether runs can be selected, cancelled and deleted.
    pub editable: Live<bool>,
    /// How old the list is, and when it is asked for again.
    pub freshness: Reading<ListFreshness>,
}

/// [`RunList`] as an element.
pub fn run_list(parts: RunListParts) -> El {
    for style in [
        crate::icon::STYLE,
        crate::grid::STYLE,
        crate::status::STYLE,
        STYLE,
    ] {
        mount_style(style);
    }
    let RunListParts {
        runs,
        loading,
        error,
        open,
        on_open,
        editable,
        freshness,
    } = parts;
    let filter = Var::new(RunFilter::default());
    let shown = Var::new(0_usize);
    let is_empty = move || shown.get() == 0;
    let grid = div("wf-grid wf-runs__list")
        .attr("data-part", "runs")
        .attr("role", "grid")
        .attr("aria-label", "Runs")
        .attr("aria-readonly", true)
        .attr("aria-multiselectable", move || editable.get().then_some("true"))
        .flag("hidden", is_empty);
    let ticked = Var::new(Vec::<String>::new());
    let marked = move || ticked.with(Vec::len);
    let doomed = Var::new(Vec::<String>::new());
    let (deleting, cancelling) = (Var::new(false), Var::new(false));
    let source = Rc::new(Source {
        client: use_workflow_client(),
        doom: Call::new(move |ids| {
            doomed.set(ids);
            deleting.set(true);
        }),
        ticked,
        runs: RefCell::default(),
        list: RefCell::default(),
        open,
        on_open,
        shown,
        editable,
    });
    let options = ListOptions {
        row_role: "row",
        row_part: "run-row",
        follow: false,
    };
    let list = WindowedList::mount(
        grid.node().clone(),
        Rc::clone(&source) as Rc<dyn RowSource>,
        options,
    );
    source.list.replace(Some(list));
    keep_fresh(&source);
    let (mark, some, many) = (Rc::clone(&source), Rc::clone(&source), Rc::clone(&source));
    effect(move || runs.with(|runs| filter.with(|filter| source.take(runs, filter))));
    effect(move || {
        let _ = (open.get(), ticked.get());
        mark.with_list(WindowedList::changed);
    });

    // What can't be done any more is done to nothing.
    effect(move || {
        if !editable.get() && !ticked.peek_with(Vec::is_empty) {
            ticked.set(Vec::new());
        }
    });

    let workflows = memo(move || {
        let mut names: Vec<String> = Vec::new();
        runs.with(|runs| {
            for run in runs {
                let name = &run.handler.workflow_name;
                if let Err(at) = names.binary_search(name) {
                    names.insert(at, name.clone());
                }
            }
        });
        names
    });
    let delete_words = move || match marked() {
        0 => "Delete runs",
        _ => "Delete selected runs",
    };
    let delete = button("wf-button wf-button--plain wf-button--icon")
        .attr("aria-label", delete_words)
        .attr("title", move || match marked() {
            0 => "Delete the runs that are listed (Space selects some, Delete deletes the one)",
            _ => delete_words(),
        })
        .flag("hidden", move || is_empty() || !editable.get())
        .child(icon(Icon::Bin))
        .on("click", move |_| {
            let ids = many.meant().into_iter().map(|run| run.handler.handler_id.clone());
            many.doom.run(ids.collect());
        });
    let cancel = button("wf-button wf-button--plain wf-button--icon")
        .attr("aria-label", "Cancel selected runs")
        .attr("title", "Cancel selected runs")
        .flag("hidden", move || marked() == 0)
        .child(icon(Icon::Stop))
        .on("click", move |_| {
            let meant = some.meant();
            let running = meant.iter().filter(|run| !run.status.is_terminal());
            doomed.set(running.map(|run| run.handler.handler_id.clone()).collect());
            cancelling.set(true);
        });
    let all = move || runs.with(Vec::len);
    let counted = move || {
        if marked() > 0 {
            return [count(marked() as u64).as_str(), " selected"].concat();
        }
        let (shown, all) = (shown.get() as u64, all() as u64);
        if shown == all {
            count(all)
        } else {
            [count(shown), count(all)].join(" of ")
        }
    };
    let nothing = move || {
        if loading.get() && all() == 0 {
            "Loading the runs…"
        } else if all() == 0 && error.with(Option::is_some) {
            "The runs can't be read."
        } else if all() == 0 {
            "No runs yet. Start one, here or anywhere: it shows up by itself."
        } else {
            "No run fits the filters."
        }
    };
    let search = el("input")
        .class("wf-input")
        .attr("type", "search")
        .attr("aria-label", "Filter runs by text")
        .attr("placeholder", "Filter")
        .attr("autocomplete", "off")
        .attr("spellcheck", false)
        .on("input", move |event| {
            filter.change(|filter| filter.text = typed(&event))
        });
    let by_status = el("select")
        .class("wf-select")
        .attr("aria-label", "Filter runs by status")
        .child(option("", "Any status", true))
        .child(
            STATUSES
                .iter()
                .map(|status| option(status, status_word(status), false))
                .collect::<Vec<_>>(),
        )
        .on("change", move |event| {
            filter.change(|filter| filter.status = typed(&event))
        });
    let by_workflow = el("select")
        .class("wf-select")
        .attr("aria-label", "Filter runs by workflow")
        .child(option("", "Any workflow", true))
        .child(dynamic(move || {
            let chosen = filter.peek_with(|filter| filter.workflow.clone());
            let mut names = workflows.get();
            // What is filtered by stays visible, also when none of its runs is left.
            if !chosen.is_empty() && !names.contains(&chosen) {
                names.push(chosen.clone());
            }
            names
                .into_iter()
                .map(move |name| option(&name, &name, name == chosen))
                .collect::<Vec<_>>()
        }))
        .on("change", move |event| {
            filter.change(|filter| filter.workflow = typed(&event))
        });
    el("section")
        .class("wf-runs")
        .flag("data-editable", move || editable.get())
        .child(
            div("wf-runs__bar")
                .child(el("h2").class("wf-h wf-grow").text("Runs"))
                .child(age(freshness))
                .child(span("wf-muted wf-num").text(counted))
                .child(cancel)
                .child(delete),
        )
        .child(
            div("wf-runs__filters")
                .child(search)
                .child(by_status)
                .child(by_workflow),
        )
        .child(dynamic(move || {
            error.get().map(|words| {
                el("p")
                    .class("wf-error wf-runs__bar")
                    .attr("role", "status")
                    .text(words.to_string())
                    .text(". ")
                    .child(next_try(Reading::derive(move || freshness.get().next_try)))
            })
        }))
        .child(grid)
        .child(
            el("p")
                .class("wf-empty")
                .flag("hidden", move || !is_empty())
                .text(nothing),
        )
        .child(end_dialog(deleting, true, doomed, ticked))
        .child(end_dialog(cancelling, false, doomed, ticked))
}

/// How old the list is, once that is more than five seconds.
fn age(freshness: Reading<ListFreshness>) -> El {
    let element = span("wf-muted wf-num").attr("data-part", "list-age");
    let node = element.node().clone();
    let client = use_workflow_client();
    let write = move |freshness: ListFreshness| {
        let age = freshness
            .listed_at
            .map(|at| page_now(client.as_ref()).since(at))
            .filter(|age| *age > SHOWN_AGE);
        node.set_text_content(age.map(|age| ["as of ", &ago(age)].concat()).as_deref());
    };
    let again = write.clone();
    effect(move || write(freshness.get()));
    every(1000, move || again(freshness.get_untracked()));
    element
}

fn option(value: &str, words: &str, selected: bool) -> El {
    el("option")
        .attr("value", value)
        .text(words)
        .on_off("selected", selected)
}

/// Asks before runs are cancelled or deleted.
fn end_dialog(open: Var<bool>, delete: bool, ids: Var<Vec<String>>, ticked: Var<Vec<String>>) -> El {
    let title = if delete { "Delete runs?" } else { "Cancel runs?" };
    // They outlive what the dialog shows: closed and opened again, it begins nothing twice.
    let (busy, trouble) = (Var::new(false), Var::new(None));
    let deed = Ending {
        open,
        delete,
        ids,
        ticked,
        busy,
        trouble,
    };
    dialog(open, title, move || ending(deed))
}

/// Runs that are to be cancelled or deleted, and how far that is.
#[derive(Clone, Copy)]
struct Ending {
    open: Var<bool>,
    delete: bool,
    ids: Var<Vec<String>>,
    ticked: Var<Vec<String>>,
    busy: Var<bool>,
    trouble: Var<Option<String>>,
}

/// Cancels or deletes runs one after the other. Those that are done are no longer ticked.
fn ending(deed: Ending) -> El {
    let Ending {
        open,
        delete,
        ids,
        ticked,
        busy,
        trouble,
    } = deed;
    if !busy.peek() {
        trouble.set(None);
    }
    let client = use_workflow_client().map(SendWrapper::new);
    let end = move |_| {
        let Some(client) = client.clone() else { return };
        if busy.peek() {
            return;
        }
        busy.set(true);
        trouble.set(None);
        spawn_local(async move {
            for id in ids.peek() {
                match client.cancel(&id, delete).await {
                    // 404: it is gone, or has ended, already.
                    Ok(_) | Err(Error::Status { status: 404, .. }) => {
                        for list in [ids, ticked] {
                            list.change(|list| list.retain(|known| *known != id));
                        }
                    }
                    Err(error) => trouble.set(Some(error.to_string())),
                }
            }
            busy.set(false);
            if ids.peek_with(Vec::is_empty) {
                open.set(false);
            }
        });
    };
    let (go, mark, about) = if delete {
        (
            "Delete runs",
            Icon::Bin,
            " to delete. Runs that have not ended are cancelled first; the server forgets all events of what is deleted. This can't be undone.",
        )
    } else {
        (
            "Cancel runs",
            Icon::Stop,
            " to cancel, of those that are selected and have not ended.",
        )
    };
    let words = move || [count(ids.with(Vec::len) as u64).as_str(), about].concat();
    let said = dynamic(move || {
        trouble
            .get()
            .map(|words| el("p").class("wf-error").attr("role", "alert").text(words))
    });
    let keep = button("wf-button")
        .text("Keep them")
        .on("click", move |_| open.set(false));
    let go = button("wf-button wf-button--danger")
        .flag("disabled", move || busy.get())
        .child(icon(mark))
        .text(go)
        .on("click", end);
    let parts = div("wf-form")
        .child(el("p").class("wf-note").text(words))
        .child(said);
    div("wf-part")
        .child(parts)
        .child(div("wf-form__foot").child(keep).child(go))
}

/// Redraws the rows in sight once a second, for the times in them, and lets the list go with its owner.
fn keep_fresh(source: &Rc<Source>) {
    let weak = Rc::downgrade(source);
    every(1000, move || {
        if let Some(source) = weak.upgrade() {
            source.with_list(WindowedList::changed);
        }
    });
    let held = SendWrapper::new(Rc::clone(source));
    on_cleanup(move || {
        held.list.take();
    });
}
