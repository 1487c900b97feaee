//! How many records there are.

use super::STYLE;
use crate::theme::mount_style;
use leptos::prelude::*;
use workflow_cloud::Filter;
use workflow_inspector::text;
use workflow_ui_core::{UseAgentDataCountReturn, UseAgentDataOptions, use_agent_data_count_with_options};

/// The number of records that fit a filter, with a title. (React: `<ItemCount>`)
///
/// Counted exactly, by one aggregate; equal filters on a page share it. The number before stays while another one is awaited.
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::cloud::ItemCount;
/// use workflow_ui_core::agent_data::field;
///
/// #[component]
/// fn Pending() -> impl IntoView {
///     view! { <ItemCount title="To review" filter=field("status").eq("pending_review") /> }
/// }
/// ```
#[component]
pub fn ItemCount(
    /// What is counted.
    #[prop(into)]
    title: Signal<String>,
    /// Which records. Defaults to all.
    #[prop(optional, into)]
    filter: Signal<Filter>,
    /// The client, and how often it is asked. Defaults to the client in context, and 30 seconds.
    #[prop(optional)]
    options: UseAgentDataOptions,
) -> impl IntoView {
    mount_style(STYLE);
    let UseAgentDataCountReturn { count, error, .. } = use_agent_data_count_with_options(filter, options);
    let number = move || count.get().map_or_else(|| "–".to_owned(), text::count);
    view! {
        <div class="wf-item-count" data-part="item-count" part="item-count" role="group" aria-label=title data-count=count>
            <span class="wf-item-count__number wf-num" translate="no">
                {number}
            </span>
            <span class="wf-muted">{title}</span>
            <ErrorLine error />
        </div>
    }
}

/// Why the newest request failed, while it is so.
#[component]
pub(super) fn ErrorLine(error: Signal<Option<workflow_ui_core::AgentDataError>>) -> impl IntoView {
    let words = Memo::new(move |_| error.with(|error| error.as_ref().map(ToString::to_string)));
    view! {
        <Show when=move || words.with(Option::is_some)>
            <p class="wf-error" role="status" translate="no">
                {words}
            </p>
        </Show>
    }
}
