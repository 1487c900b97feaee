//! Inputs of earlier starts.

use crate::form::selected_index;
use leptos::prelude::*;
use workflow_inspector::json::preview;
use workflow_protocol::RawJson;

/// Longest text of an option.
const PREVIEW_LENGTH: usize = 80;

/// A select of what the workflow was started with in this tab; nothing if it was not started yet.
#[component]
pub(super) fn RecentInputs(
    recent: RwSignal<Vec<RawJson>>,
    #[prop(into)] on_choose: Callback<RawJson>,
) -> impl IntoView {
    let choose = move |event| {
        // The first option is the invitation.
        let position = selected_index(&event).and_then(|index| index.checked_sub(1));
        let input =
            position.and_then(|position| recent.with_untracked(|recent| recent.get(position).cloned()));
        if let Some(input) = input {
            on_choose.run(input);
        }
    };
    let invitation = move || {
        recent.track();
        ""
    };
    let options = move || {
        let recent = recent.get();
        let option = |input: &RawJson| {
            let text = preview(input.as_str(), PREVIEW_LENGTH);
            view! { <option translate="no">{text}</option> }
        };
        recent.iter().map(option).collect::<Vec<_>>()
    };
    view! {
        <Show when=move || recent.with(|recent| !recent.is_empty())>
            // A start brings the invitation back.
            <select class="wf-select" aria-label="Recent inputs" prop:value=invitation on:change=choose>
                <option value="">"Recent inputs…"</option>
                {options}
            </select>
        </Show>
    }
}
