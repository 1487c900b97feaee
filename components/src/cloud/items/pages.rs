//! From one page of records to another.

use crate::icon::{Icon, IconView};
use leptos::prelude::*;
use std::sync::Arc;
use workflow_cloud::AgentData;
use workflow_inspector::text;

/// The buttons below the table, and where in the whole the page is.
#[component]
pub(super) fn Pages(
    page: RwSignal<usize>,
    size: usize,
    count: Signal<Option<u64>>,
    has_more: Signal<bool>,
    shown: Memo<Vec<Arc<AgentData>>>,
) -> impl IntoView {
    let total = move || count.get().and_then(|count| usize::try_from(count).ok());
    // A page that is empty since its records were deleted.
    Effect::new(move |_| {
        let last = total().map(|total| total.saturating_sub(1) / size);
        if let Some(last) = last.filter(|last| page.get() > *last) {
            page.set(last);
        }
    });
    let is_last = Memo::new(move |_| {
        let next = (page.get() + 1).saturating_mul(size);
        !has_more.get() && total().is_none_or(|total| next >= total)
    });
    let words = move || range_text(page.get(), size, shown.with(Vec::len), count.get());
    view! {
        <div class="wf-items__pages">
            <button
                type="button"
                class="wf-button wf-button--icon"
                aria-label="Previous page"
                title="Previous page"
                disabled=move || page.get() == 0
                on:click=move |_| page.update(|page| *page = page.saturating_sub(1))
            >
                <IconView icon=Icon::Back />
            </button>
            <span class="wf-num" role="status" data-part="item-range" part="item-range" translate="no">
                {words}
            </span>
            <button
                type="button"
                class="wf-button wf-button--icon"
                aria-label="Next page"
                title="Next page"
                disabled=is_last
                on:click=move |_| page.update(|page| *page += 1)
            >
                <span class="wf-items__next">
                    <IconView icon=Icon::Back />
                </span>
            </button>
        </div>
    }
}

/// `21–40 of 143`; without a total `21–40`.
fn range_text(page: usize, size: usize, shown: usize, count: Option<u64>) -> String {
    if shown == 0 {
        return String::new();
    }
    let from = page.saturating_mul(size);
    let place = format!(
        "{}–{}",
        text::count(from as u64 + 1),
        text::count((from + shown) as u64)
    );
    match count {
        Some(count) => format!("{place} of {}", text::count(count)),
        None => place,
    }
}

#[cfg(test)]
mod tests {
    use super::range_text;

    #[test]
    fn the_range_names_the_rows_of_the_page() {
        assert_eq!(range_text(0, 20, 20, Some(143)), "1–20 of 143");
        assert_eq!(range_text(7, 20, 3, Some(143)), "141–143 of 143");
        assert_eq!(range_text(1, 20, 20, None), "21–40");
        assert_eq!(range_text(0, 20, 0, Some(0)), "");
    }
}
