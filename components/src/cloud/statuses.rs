//! How many records there are in each status.

use super::STYLE;
use super::count::ErrorLine;
use super::status::{canonical, review_icon, review_word};
use crate::icon::IconView;
use crate::theme::mount_style;
use leptos::prelude::*;
use serde_json::Value;
use std::sync::Arc;
use workflow_cloud::{AggregateRequest, Filter, Group};
use workflow_inspector::text;
use workflow_ui_core::{UseAgentDataGroupsReturn, UseAgentDataOptions, use_agent_data_groups_with_options};

/// The words that are listed first, in this order, whether or not there are such records.
const USUAL: [&str; 3] = ["pending_review", "accepted", "rejected"];

/// One aggregate over the values of a field.
pub(super) fn counts_by(
    field: String,
    filter: Signal<Filter>,
    options: UseAgentDataOptions,
) -> UseAgentDataGroupsReturn {
    let request = Signal::derive(move || AggregateRequest {
        filter: filter.get(),
        group_by: vec![field.clone()],
        count: true,
        page_size: Some(workflow_cloud::MAX_PAGE_SIZE),
        ..AggregateRequest::default()
    });
    use_agent_data_groups_with_options(request, options)
}

/// The statuses with their counts: the usual ones, then all others that occur. `approved` counts as `accepted`.
pub(super) fn by_status(groups: &[Arc<Group>]) -> Vec<(String, u64)> {
    let mut counts: Vec<(String, u64)> = USUAL.iter().map(|word| ((*word).to_owned(), 0)).collect();
    for group in groups {
        let word = match group.group_key.values().next() {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(word)) => canonical(word),
            Some(other) => other.to_string(),
        };
        let count = group.count.unwrap_or_default();
        match counts.iter_mut().find(|(known, _)| *known == word) {
            Some((_, sum)) => *sum = sum.saturating_add(count),
            None => counts.push((word, count)),
        }
    }
    counts
}

/// The number of records in each status, from one aggregate. Unknown statuses are shown unchanged.
///
/// With `on_choose` each is a button that chooses its status, and the chosen one again gives it up.
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::cloud::StatusCounts;
///
/// #[component]
/// fn Statuses(chosen: RwSignal<String>) -> impl IntoView {
///     view! { <StatusCounts chosen on_choose=move |status| chosen.set(status) /> }
/// }
/// ```
#[component]
pub fn StatusCounts(
    /// The field that holds the status. Defaults to `status`.
    #[prop(into, default = "status".to_owned())]
    field: String,
    /// Which records are counted. Defaults to all.
    #[prop(optional, into)]
    filter: Signal<Filter>,
    /// The chosen status; empty for none.
    #[prop(optional, into)]
    chosen: Signal<String>,
    /// Called with the status that is chosen, or with an empty text. Without it nothing can be chosen.
    #[prop(optional, into)]
    on_choose: Option<Callback<String>>,
    /// The client, and how often it is asked. Defaults to the client in context, and 30 seconds.
    #[prop(optional)]
    options: UseAgentDataOptions,
) -> impl IntoView {
    mount_style(crate::status::STYLE);
    mount_style(STYLE);
    let UseAgentDataGroupsReturn { groups, error, .. } = counts_by(field, filter, options);
    let counts = Memo::new(move |_| groups.with(|groups| by_status(groups)));
    let words = move || counts.with(|counts| counts.iter().map(|(word, _)| word.clone()).collect::<Vec<_>>());
    let chip = move |word: String| {
        let own = word.clone();
        let count = Memo::new(move |_| {
            counts.with(|counts| {
                counts
                    .iter()
                    .find(|(known, _)| *known == own)
                    .map(|(_, count)| *count)
            })
        });
        view! { <Chip word count chosen on_choose /> }
    };
    view! {
        <div class="wf-status-counts" role="group" aria-label="Records by status" data-part="status-counts" part="status-counts">
            <For each=words key=Clone::clone children=chip />
            <ErrorLine error />
        </div>
    }
}

#[component]
fn Chip(
    word: String,
    count: Memo<Option<u64>>,
    chosen: Signal<String>,
    on_choose: Option<Callback<String>>,
) -> impl IntoView {
    let own = word.clone();
    let is_chosen = Memo::new(move |_| chosen.with(|chosen| *chosen == own && !own.is_empty()));
    let label = review_word(&word).to_owned();
    let icon = review_icon(&word);
    let content = view! {
        <IconView icon />
        <span translate="no">{label}</span>
        <strong class="wf-num" translate="no">
            {move || text::count(count.get().unwrap_or_default())}
        </strong>
    };
    let status = word.clone();
    match on_choose {
        Some(on_choose) => {
            let choose = move |_| {
                on_choose.run(if is_chosen.get_untracked() {
                    String::new()
                } else {
                    word.clone()
                });
            };
            view! {
                <button
                    type="button"
                    class="wf-review-status wf-button"
                    data-part="status-count"
                    part="status-count"
                    data-review=status
                    data-count=count
                    aria-pressed=move || is_chosen.get().to_string()
                    on:click=choose
                >
                    {content}
                </button>
            }
            .into_any()
        }
        None => view! {
            <span
                class="wf-review-status wf-status--pill"
                data-part="status-count"
                part="status-count"
                data-review=status
                data-count=count
            >
                {content}
            </span>
        }
        .into_any(),
    }
}

#[cfg(test)]
mod tests {
    use super::by_status;
    use std::sync::Arc;
    use workflow_cloud::Group;

    #[test]
    fn approved_is_counted_as_accepted_and_unknown_words_follow() {
        let groups: Vec<Arc<Group>> = serde_json::from_str::<Vec<Group>>(
            r#"[{"group_key":{"status":"approved"},"count":2},{"group_key":{"status":"accepted"},"count":3},
                {"group_key":{"status":"on_hold"},"count":1},{"group_key":{"status":null},"count":4},
                {"group_key":{"status":7},"count":1},{"group_key":{}}]"#,
        )
        .unwrap()
        .into_iter()
        .map(Arc::new)
        .collect();
        let expected = [
            ("pending_review", 0),
            ("accepted", 5),
            ("rejected", 0),
            ("on_hold", 1),
            ("", 4),
            ("7", 1),
        ];
        assert_eq!(
            by_status(&groups),
            expected.map(|(word, count)| (word.to_owned(), count))
        );
    }
}
