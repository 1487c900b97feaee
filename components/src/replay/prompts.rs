//! The prompts that were open at the moment of a replay.

use super::view::ReplayView;
use leptos::prelude::*;
use workflow_protocol::Prompt;

/// The prompts that were open, to read: only the open run takes answers.
#[component]
pub(crate) fn PromptsThen(
    view: ReplayView,
    /// Called with the sequence of the event that asked.
    on_select: Callback<u64>,
) -> impl IntoView {
    let prompts = Memo::new(move |_| view.prompts());
    let row = move |prompt: Prompt| {
        let sequence = prompt.sequence;
        view! {
            <li class="wf-replay__prompt" data-part="prompt-then" part="prompt-then" data-seq=sequence>
                <button
                    type="button"
                    class="wf-button wf-button--plain wf-mono"
                    on:click=move |_| on_select.run(sequence)
                >
                    {format!("#{sequence} {}", prompt.class)}
                </button>
                <span>{prompt.text()}</span>
            </li>
        }
    };
    view! {
        <ul
            class="wf-replay__prompts"
            data-part="prompts-then"
            part="prompts-then"
            aria-label="Prompts at this moment"
            translate="no"
            hidden=move || prompts.with(Vec::is_empty)
        >
            <For each=move || prompts.get() key=Prompt::key children=row />
        </ul>
    }
}
