//! The region of a log: a filter, a button that copies, and the lines.

use super::STYLE;
use super::rows::LogRows;
use crate::copy::CopyButton;
use crate::grid::Grid;
use crate::icon::{Icon, IconView};
use crate::theme::mount_style;
use crate::timeline::StepFold;
use leptos::prelude::*;
use std::rc::Rc;
use workflow_inspector::text::count;

/// The log of steps that are followed already.
#[component]
pub(crate) fn StepLog(
    fold: Rc<StepFold>,
    /// Whether it is visible: it is drawn only then.
    #[prop(into)]
    active: Signal<bool>,
    on_select: Option<Callback<u64>>,
) -> impl IntoView {
    for style in [crate::icon::STYLE, crate::events::STYLE, STYLE] {
        mount_style(style);
    }
    let filter = RwSignal::new(String::new());
    let shown = RwSignal::new(0);
    let version = fold.version;
    let rows = LogRows::new(fold, shown, on_select);
    let (grid, drawn) = (rows.grid, Rc::clone(&rows));
    Effect::new(move |_| {
        version.track();
        let filter = filter.get();
        if active.get() {
            drawn.update(&filter);
        }
    });
    let text = {
        let rows = StoredValue::new_local(Rc::clone(&rows));
        Signal::derive(move || rows.try_with_value(|rows| rows.text()).unwrap_or_default())
    };
    let is_empty = Memo::new(move |_| shown.get() == 0);
    let nothing = move || {
        if filter.with(String::is_empty) {
            "No step has started yet. What steps do shows up here."
        } else {
            "No line holds this text."
        }
    };
    view! {
        <section class="wf-log" data-part="log" part="log" role="region" aria-label="Log" data-count=shown>
            <div class="wf-events__bar">
                <div class="wf-events__filter">
                    <IconView icon=Icon::Search />
                    <input
                        class="wf-input"
                        type="text"
                        aria-label="Filter log"
                        placeholder="Filter"
                        autocomplete="off"
                        spellcheck="false"
                        prop:value=filter
                        on:input=move |event| filter.set(event_target_value(&event))
                    />
                </div>
                <span class="wf-events__count" translate="no">
                    {move || format!("{} lines", count(shown.get() as u64))}
                </span>
                <CopyButton label="Copy log" text="Copy" value=text disabled=is_empty />
            </div>
            <Grid
                source=rows
                grid_ref=grid
                class="wf-grid wf-log__list"
                label="Log lines"
                part="log-lines"
                row_part="log-line"
                follow=true
                attr:translate="no"
                attr:hidden=is_empty
            />
            <div class="wf-empty" hidden=move || !is_empty.get()>
                <p class="wf-note" translate="no">
                    {nothing}
                </p>
            </div>
        </section>
    }
}
