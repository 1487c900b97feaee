//! The headings of the columns, which sort.

use super::Items;
use leptos::prelude::*;

/// The id of a column's heading.
pub(super) fn heading_id(id: &str, column: usize) -> String {
    format!("{id}-{column}")
}

/// The headings. They stand above the scrolled rows, whose cells are described by them.
#[component]
pub(super) fn Head(items: Items) -> impl IntoView {
    let id = items.head_id.get_value();
    let columns = items.columns.get_value().into_iter().enumerate();
    let headings: Vec<AnyView> = columns
        .map(|(at, column)| {
            let id = heading_id(&id, at);
            match column.sort {
                Some(name) => sort_button(items, id, column.title, name),
                None => view! {
                    <span class="wf-items__cell" id=id>
                        {column.title}
                    </span>
                }
                .into_any(),
            }
        })
        .collect();
    view! {
        <div class="wf-items__head" role="group" aria-label="Sort the records">
            <span class="wf-items__tick"></span>
            {headings}
        </div>
    }
}

fn sort_button(items: Items, id: String, title: String, name: String) -> AnyView {
    let key = name.clone();
    // None: not by this column; else whether descending.
    let sorted = Memo::new(move |_| {
        items.order.with(|order| {
            order
                .as_ref()
                .filter(|order| order.name == key)
                .map(|order| order.descending)
        })
    });
    let mark = move || match sorted.get() {
        None => "",
        Some(false) => "↑",
        Some(true) => "↓",
    };
    let word = move || match sorted.get() {
        None => "none",
        Some(false) => "ascending",
        Some(true) => "descending",
    };
    let spoken = move || match sorted.get() {
        None => ", not sorted",
        Some(false) => ", sorted ascending",
        Some(true) => ", sorted descending",
    };
    view! {
        <button
            type="button"
            class="wf-items__cell wf-items__sort"
            id=id
            data-part="item-sort"
            part="item-sort"
            data-sort=word
            on:click=move |_| items.sort_by(&name)
        >
            <span class="wf-cut">{title}</span>
            <span aria-hidden="true" translate="no">
                {mark}
            </span>
            <span class="wf-sr" translate="no">
                {spoken}
            </span>
        </button>
    }
    .into_any()
}
