//! The list of runs: newest first, windowed, filtered by text, status and workflow.

mod end_dialog;
mod filters;
mod rows;
mod toolbar;

use crate::dom::set_interval_while_visible;
use crate::grid::{Grid, GridRef};
use crate::status::{NextTry, page_now};
use crate::theme::mount_style;
use end_dialog::EndDialog;
use filters::{Filters, RunFilter};
use leptos::prelude::*;
use rows::RunRows;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use toolbar::Toolbar;
use workflow_protocol::HandlerState;
use workflow_ui_core::{UseWorkflowHandlerListReturn, use_workflow_client, use_workflow_handler_list};

const STYLE: &str = include_str!("runs.css");

/// What the parts of one list share.
#[derive(Clone, Copy)]
struct ListState {
    runs: Signal<Vec<Arc<HandlerState>>>,
    filter: RwSignal<RunFilter>,
    /// The runs that match the filter: the rows.
    listed: Memo<Vec<Arc<HandlerState>>>,
    /// The handler ids of the selected rows.
    selected: RwSignal<Vec<String>>,
    /// Whether runs can be selected, cancelled and deleted.
    editable: Signal<bool>,
    /// The handler ids of the runs that a dialog asks about.
    targets: RwSignal<Vec<String>>,
    /// Whether the dialog that deletes runs is open.
    deleting: RwSignal<bool>,
    /// Whether the dialog that cancels runs is open.
    cancelling: RwSignal<bool>,
}

impl ListState {
    fn new(runs: Signal<Vec<Arc<HandlerState>>>, editable: Signal<bool>) -> Self {
        let filter = RwSignal::new(RunFilter::default());
        let matching = move |_: Option<&Vec<_>>| {
            filter.with(|filter| {
                let matches = |run: &&Arc<HandlerState>| filter.matches(run);
                runs.with(|runs| runs.iter().filter(matches).cloned().collect())
            })
        };
        Self {
            runs,
            filter,
            // Comparing thousands of runs costs more than showing them again.
            listed: Memo::new_with_compare(matching, |_, _| true),
            selected: RwSignal::new(Vec::new()),
            editable,
            targets: RwSignal::new(Vec::new()),
            deleting: RwSignal::new(false),
            cancelling: RwSignal::new(false),
        }
    }

    fn is_empty(self) -> bool {
        self.listed.with(Vec::is_empty)
    }

    fn is_selected(self, id: &String) -> bool {
        self.selected
            .try_with_untracked(|selected| selected.contains(id))
            .unwrap_or_default()
    }

    fn toggle(self, id: String) {
        self.selected.try_update(|selected| {
            let before = selected.len();
            selected.retain(|known| *known != id);
            if selected.len() == before {
                selected.push(id);
            }
        });
    }

    /// Keeps those selected that fulfil a condition.
    fn retain_selected(self, keep: impl Fn(&String) -> bool) {
        let is_stale = |selected: &Vec<String>| selected.iter().any(|id| !keep(id));
        if self.selected.try_with_untracked(is_stale) == Some(true) {
            self.selected
                .try_update(|selected| selected.retain(|id| keep(id)));
        }
    }

    /// Asks whether to delete these runs.
    fn delete(self, ids: Vec<String>) {
        self.targets.try_set(ids);
        self.deleting.try_set(true);
    }

    /// Asks whether to cancel these runs.
    fn cancel(self, ids: Vec<String>) {
        self.targets.try_set(ids);
        self.cancelling.try_set(true);
    }
}

/// The runs of a server, newest first.
///
/// Give it a height: it fills the space that its container, a flex column, leaves.
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::runs::RunList;
///
/// #[component]
/// fn Runs(opened: RwSignal<Option<String>>) -> impl IntoView {
///     view! { <RunList open=opened on_open=move |id| opened.set(Some(id)) /> }
/// }
/// ```
#[component]
pub fn RunList(
    /// The runs. Defaults to all runs of the server.
    #[prop(optional)]
    runs: Option<UseWorkflowHandlerListReturn>,
    /// The handler id of the open run. Defaults to the run opened last.
    #[prop(optional, into)]
    open: Option<Signal<Option<String>>>,
    /// Whether runs can be selected, cancelled and deleted. Defaults to true.
    #[prop(into, default = Signal::stored(true))]
    editable: Signal<bool>,
    /// Called with the handler id of a run that is opened.
    #[prop(into)]
    on_open: Callback<String>,
    /// Called with the handler ids of two runs that are to be compared. Defaults to no such button.
    #[prop(optional, into)]
    on_compare: Option<Callback<(String, String)>>,
) -> impl IntoView {
    for style in [
        crate::icon::STYLE,
        crate::grid::STYLE,
        crate::status::STYLE,
        STYLE,
    ] {
        mount_style(style);
    }
    let UseWorkflowHandlerListReturn {
        handlers,
        loading,
        error,
        freshness,
        ..
    } = runs.unwrap_or_else(|| use_workflow_handler_list(None::<String>));
    let state = ListState::new(handlers, editable);
    let opened = RwSignal::new(None);
    let open = open.unwrap_or_else(|| opened.into());
    let on_open = Callback::new(move |id: String| {
        opened.set(Some(id.clone()));
        on_open.run(id);
    });
    let client = use_workflow_client();
    let now = RwSignal::new(page_now(client.as_ref()));
    let tick = move || {
        now.try_set(page_now(client.as_ref()));
    };
    set_interval_while_visible(tick, Duration::from_secs(1));

    let grid = GridRef::new();
    let rows = RunRows::new(state, grid, open, on_open);
    let updated = Rc::clone(&rows);
    Effect::new(move |_| updated.set_runs(state.listed.get()));
    // The rows show how long ago things were.
    Effect::new(move |_| {
        open.with(|_| ());
        state.selected.track();
        now.track();
        grid.changed();
    });
    Effect::new(move |_| {
        if !editable.get() {
            state.retain_selected(|_| false);
        }
    });

    let empty_text = move || {
        let is_empty = handlers.with(Vec::is_empty);
        if loading.get() && is_empty {
            "Loading the runs…"
        } else if is_empty && error.with(Option::is_some) {
            "The runs can't be read."
        } else if is_empty {
            "No runs yet. Start one, here or anywhere: it shows up by itself."
        } else {
            "No run fits the filters."
        }
    };
    view! {
        <section class="wf-runs" data-editable=editable>
            <Toolbar state freshness now on_compare />
            <Filters state />
            <Show when=move || error.with(Option::is_some)>
                <p class="wf-error wf-runs__bar" role="status">
                    <span translate="no">{move || error.get().map(|error| format!("{error}. "))}</span>
                    <NextTry at=move || freshness.get().next_try />
                </p>
            </Show>
            <Grid
                source=rows
                grid_ref=grid
                class="wf-grid wf-runs__list"
                label="Runs"
                part="runs"
                row_part="run-row"
                attr:translate="no"
                attr:aria-multiselectable=move || editable.get().then_some("true")
                attr:hidden=move || state.is_empty()
            />
            <p class="wf-empty" translate="no" hidden=move || !state.is_empty()>
                {empty_text}
            </p>
            <EndDialog state delete=true />
            <EndDialog state delete=false />
        </section>
    }
}
