//! Records as a table: sorted, filtered, page by page.

mod delete;
mod head;
mod pages;
mod rows;

use super::STYLE;
use super::column::Column;
use super::count::ErrorLine;
use super::status::review_word;
use super::statuses::{by_status, counts_by};
use crate::dom::{set_interval_while_visible, this_moment, unique_id};
use crate::grid::{Grid, GridRef};
use crate::icon::{Icon, IconView};
use crate::name_select::NameSelect;
use crate::theme::mount_style;
use delete::DeleteDialog;
use head::Head;
use leptos::prelude::*;
use pages::Pages;
use rows::ItemRows;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use workflow_cloud::{AgentData, Filter, Order, OrderKey, ReviewStatus, SearchRequest, field};
use workflow_inspector::text;
use workflow_ui_core::{
    UseAgentDataCountReturn, UseAgentDataOptions, UseAgentDataSearchReturn,
    use_agent_data_count_with_options, use_agent_data_search_with_options,
};

/// What the parts of one grid share.
#[derive(Clone, Copy)]
struct Items {
    columns: StoredValue<Vec<Column>>,
    /// The records of the page that is shown.
    shown: Memo<Vec<Arc<AgentData>>>,
    order: RwSignal<Option<OrderKey>>,
    /// The number of the page, from 0.
    page: RwSignal<usize>,
    /// The ids of the selected records.
    selected: RwSignal<Vec<String>>,
    /// The ids of the records that the dialog asks about.
    targets: RwSignal<Vec<String>>,
    deleting: RwSignal<bool>,
    editable: Signal<bool>,
    /// With which the ids of the headings begin.
    head_id: StoredValue<String>,
}

impl Items {
    fn toggle(self, id: &str) {
        self.selected.try_update(|selected| {
            let before = selected.len();
            selected.retain(|known| known != id);
            if selected.len() == before {
                selected.push(id.to_owned());
            }
        });
    }

    /// Asks whether to delete these records.
    fn delete(self, ids: Vec<String>) {
        self.targets.try_set(ids);
        self.deleting.try_set(true);
    }

    /// Sorts by a column: ascending, then descending, then as the service does.
    fn sort_by(self, name: &str) {
        self.order.update(|order| {
            *order = match order.take() {
                Some(key) if key.name == name && key.descending => None,
                Some(key) if key.name == name => Some(OrderKey {
                    descending: true,
                    ..key
                }),
                _ => Some(OrderKey {
                    name: name.to_owned(),
                    descending: false,
                }),
            };
        });
        self.page.set(0);
    }
}

/// The records of a collection as a table. (React: `<ItemGrid>`)
///
/// A heading sorts by its column: ascending, descending, as the service does. The rows stay, with the focus and the scroll position,
/// while another page, order or filter is loaded, and are kept fresh. In the table the arrow keys move, Enter opens a record, Space
/// selects it, and Delete asks whether to delete the selected ones, or the one.
///
/// Give it a height: it fills the space that its container, a flex column, leaves. The [module](super) has an example.
#[component]
pub fn ItemGrid(
    /// The columns. In a narrow place only the first three are shown.
    columns: Vec<Column>,
    /// The accessible name of the table.
    #[prop(default = "Records")]
    label: &'static str,
    /// Which records. Defaults to all.
    #[prop(optional, into)]
    filter: Signal<Filter>,
    /// The field that holds a status, for a filter by it. Defaults to no such filter.
    #[prop(optional, into)]
    status_field: Option<String>,
    /// The chosen status; empty for any. A page can set it too.
    #[prop(optional)]
    status: RwSignal<String>,
    /// The number of records on a page, at most 1 000. Defaults to 20.
    #[prop(default = 20)]
    page_size: u32,
    /// Whether records can be selected and deleted. Defaults to true.
    #[prop(into, default = Signal::stored(true))]
    editable: Signal<bool>,
    /// The address of a record's page, for a link in the first column. Defaults to no link.
    #[prop(optional, into)]
    href: Option<Callback<Arc<AgentData>, String>>,
    /// Called with the id of a record that is opened, by a click or with Enter.
    #[prop(optional, into)]
    on_open: Option<Callback<String>>,
    /// The client, and how often it is asked. Defaults to the client in context, and 30 seconds.
    #[prop(optional)]
    options: UseAgentDataOptions,
) -> impl IntoView {
    for style in [
        crate::icon::STYLE,
        crate::grid::STYLE,
        crate::status::STYLE,
        STYLE,
    ] {
        mount_style(style);
    }
    let size = page_size.clamp(1, workflow_cloud::MAX_PAGE_SIZE);
    let order = RwSignal::new(None::<OrderKey>);
    let by_status_field = status_field.clone();
    let filtered = Memo::new(move |_| {
        let status = status.get();
        match &by_status_field {
            Some(name) if !status.is_empty() => filter
                .get()
                .and(field(name).includes(ReviewStatus::from(status.as_str()).words())),
            _ => filter.get(),
        }
    });
    let request = Signal::derive(move || SearchRequest {
        filter: filtered.get(),
        order_by: Order(order.get().into_iter().collect()),
        page_size: Some(size),
        ..SearchRequest::default()
    });
    let search = use_agent_data_search_with_options::<serde_json::Value>(request, options.clone());
    let UseAgentDataCountReturn { count, .. } = use_agent_data_count_with_options(filtered, options.clone());
    let page = RwSignal::new(0_usize);
    let shown = shown_rows(search, page, size as usize);
    let items = Items {
        columns: StoredValue::new(columns),
        shown,
        order,
        page,
        selected: RwSignal::new(Vec::new()),
        targets: RwSignal::new(Vec::new()),
        deleting: RwSignal::new(false),
        editable,
        head_id: StoredValue::new(unique_id("column")),
    };
    Effect::new(move |before: Option<Filter>| {
        let now = filtered.get();
        if before.is_some_and(|before| before != now) {
            page.set(0);
        }
        now
    });
    Effect::new(move |_| search.load_more.pages(page.get() + 1));
    let grid = GridRef::new();
    let rows = rows_of(items, grid, href, on_open);
    let statuses = status_field.map(|name| status_filter(name, filter, status, options.clone()));
    view! {
        <section class="wf-items" data-part="item-grid" part="item-grid" data-editable=editable>
            <Bar items statuses count refresh=Callback::new(move |()| search.refresh.call()) />
            <ErrorLine error=search.error />
            <Head items />
            <Grid
                source=rows
                grid_ref=grid
                class="wf-grid wf-items__list"
                label
                part="items"
                row_part="item-row"
                attr:translate="no"
                attr:aria-multiselectable=move || editable.get().then_some("true")
                attr:aria-busy=move || search.is_previous.get().to_string()
                attr:hidden=move || shown.with(Vec::is_empty)
            />
            <p class="wf-empty" translate="no" hidden=move || !shown.with(Vec::is_empty)>
                {move || empty_text(search.loading.get(), search.error.with(Option::is_some))}
            </p>
            <Pages page size=size as usize count has_more=search.has_more shown />
            <DeleteDialog items options />
        </section>
    }
}

fn empty_text(loading: bool, failed: bool) -> &'static str {
    match (loading, failed) {
        (true, _) => "Loading the records…",
        (_, true) => "The records can't be read.",
        _ => "There are no such records.",
    }
}

/// The records of the page. While they are on their way, those of the page before stay.
fn shown_rows(
    search: UseAgentDataSearchReturn<serde_json::Value>,
    page: RwSignal<usize>,
    size: usize,
) -> Memo<Vec<Arc<AgentData>>> {
    Memo::new_with_compare(
        move |before: Option<&Vec<Arc<AgentData>>>| {
            let from = page.get().saturating_mul(size);
            let rows = search.rows.get().into_iter().skip(from).take(size);
            // Untyped data always decode.
            let rows: Vec<_> = rows.filter_map(Result::ok).collect();
            match before {
                Some(before) if rows.is_empty() && from > 0 => before.clone(),
                _ => rows,
            }
        },
        |before, now| match (before, now) {
            (Some(before), Some(now)) => {
                before.len() != now.len() || before.iter().zip(now).any(|(one, two)| !Arc::ptr_eq(one, two))
            }
            _ => true,
        },
    )
}

/// The rows, redrawn with everything that they show.
fn rows_of(
    items: Items,
    grid: GridRef,
    href: Option<Callback<Arc<AgentData>, String>>,
    on_open: Option<Callback<String>>,
) -> Rc<ItemRows> {
    let now = RwSignal::new(this_moment());
    set_interval_while_visible(
        move || {
            now.try_set(this_moment());
        },
        Duration::from_secs(10),
    );
    let rows = ItemRows::new(items, grid, href, on_open, now);
    let updated = Rc::clone(&rows);
    Effect::new(move |_| updated.set_rows(items.shown.get()));
    Effect::new(move |_| {
        items.selected.track();
        now.track();
        grid.changed();
    });
    Effect::new(move |_| {
        if !items.editable.get() {
            items.selected.set(Vec::new());
        }
    });
    rows
}

/// The filter by status, with the words that occur.
fn status_filter(
    name: String,
    filter: Signal<Filter>,
    status: RwSignal<String>,
    options: UseAgentDataOptions,
) -> AnyView {
    let groups = counts_by(name, filter, options).groups;
    let names = Memo::new(move |_| {
        let counts = groups.with(|groups| by_status(groups));
        let words = counts.into_iter().map(|(word, _)| word);
        words.filter(|word| !word.is_empty()).collect::<Vec<_>>()
    });
    view! {
        <NameSelect
            label="Filter by status"
            any="Any status"
            names
            text=review_word
            chosen=status
            on_choose=move |chosen| status.set(chosen)
        />
    }
    .into_any()
}

/// The bar above the table.
#[component]
fn Bar(
    items: Items,
    statuses: Option<AnyView>,
    count: Signal<Option<u64>>,
    refresh: Callback<()>,
) -> impl IntoView {
    let Items {
        selected, editable, ..
    } = items;
    let has_selected = Memo::new(move |_| selected.with(|selected| !selected.is_empty()));
    let words = move || {
        if has_selected.get() {
            format!("{} selected", text::count(selected.with(Vec::len) as u64))
        } else {
            count.get().map(text::count).unwrap_or_default()
        }
    };
    let is_delete_hidden = move || !editable.get() || !has_selected.get();
    view! {
        <div class="wf-items__bar">
            <div class="wf-items__filter">{statuses}</div>
            <span class="wf-grow"></span>
            <span class="wf-muted wf-num" data-part="item-total" part="item-total" translate="no" data-count=count>
                {words}
            </span>
            <button
                type="button"
                class="wf-button wf-button--plain wf-button--icon"
                aria-label="Delete selected records"
                title="Delete selected records"
                hidden=is_delete_hidden
                on:click=move |_| items.delete(selected.get_untracked())
            >
                <IconView icon=Icon::Bin />
            </button>
            <button
                type="button"
                class="wf-button wf-button--plain wf-button--icon"
                aria-label="Refresh the records"
                title="Refresh the records"
                on:click=move |_| refresh.run(())
            >
                <IconView icon=Icon::Again />
            </button>
        </div>
    }
}
