//! One inbox over all deployments: the prompt that waits longest first, answered in place.

use super::scope::{ForClient, Scope};
use super::state::{MonitorPrompt, MonitorState};
use crate::dom::{focus_first, is_focus_lost, unique_id};
use crate::icon::{Icon, IconView};
use crate::inbox::open_prompts;
use crate::prompt::PromptCard;
use leptos::{html, prelude::*};
use workflow_inspector::text::{ago, short_id};

/// Number of prompts that are listed.
const ROWS: usize = 100;

#[component]
pub(super) fn MonitorInbox(state: MonitorState) -> impl IntoView {
    // Only one is open: each needs the events of its run.
    let expanded = RwSignal::new(None::<String>);
    let rows = Memo::new(move |_| {
        state
            .prompts
            .with(|prompts| prompts.iter().take(ROWS).cloned().collect::<Vec<_>>())
    });
    let count = Memo::new(move |_| state.open_prompts());
    let hidden = move || state.prompts.with(|prompts| prompts.len().saturating_sub(ROWS));
    let section = NodeRef::<html::Section>::new();
    let was_inside = StoredValue::new(false);
    Effect::new(move |_| {
        rows.with(|_| ());
        // A prompt that was answered takes the focus along.
        request_animation_frame(move || {
            if was_inside.try_get_value() == Some(true)
                && is_focus_lost()
                && let Some(section) = section.try_get_untracked().flatten()
            {
                focus_first(&section, &["li button", "h2"]);
            }
        });
    });
    view! {
        <section
            class="wf-monitor__section"
            data-part="monitor-inbox"
            part="monitor-inbox"
            role="region"
            aria-label="Open prompts"
            data-count=count
            node_ref=section
            on:focusin=move |_| was_inside.set_value(true)
            on:focusout=move |event| {
                if event.related_target().is_some() {
                    was_inside.try_set_value(false);
                }
            }
        >
            <h2 class="wf-h wf-monitor__title" tabindex="-1" translate="no">
                {move || open_prompts(count.get())}
            </h2>
            <ul class="wf-monitor__list" aria-label="Open prompts">
                <For
                    each=move || rows.get()
                    key=MonitorPrompt::key
                    children=move |prompt| view! { <PromptRow state prompt expanded /> }
                />
            </ul>
            <p class="wf-note wf-monitor__pad" hidden=move || !rows.with(Vec::is_empty)>
                "Questions of all running runs show up here."
            </p>
            <p class="wf-note wf-monitor__pad" translate="no" hidden=move || hidden() == 0>
                {move || format!("{} more wait", hidden())}
            </p>
        </section>
    }
    .into_any()
}

/// A prompt, and its form once it is unfolded.
#[component]
fn PromptRow(
    state: MonitorState,
    prompt: MonitorPrompt,
    expanded: RwSignal<Option<String>>,
) -> impl IntoView {
    let key = StoredValue::new(prompt.key());
    let MonitorPrompt {
        deployment,
        input,
        since,
    } = prompt;
    let is_expanded =
        Memo::new(move |_| expanded.with(|open| key.with_value(|key| open.as_ref() == Some(key))));
    let toggle = move |_| {
        let key = (!is_expanded.get_untracked()).then(|| key.get_value());
        expanded.set(key);
    };
    let place = format!(
        "{deployment} · {} {}",
        input.workflow_name,
        short_id(&input.handler_id)
    );
    let (name, id, sequence) = (
        deployment.to_string(),
        input.handler_id.clone(),
        input.prompt.sequence,
    );
    let open_run = {
        let (name, id) = (name.clone(), id.clone());
        move |_| {
            // The run shows the prompt too, and reads the draft that the card here stores.
            expanded.set(None);
            let (name, id) = (name.clone(), id.clone());
            request_animation_frame(move || state.open_run(&name, &id));
        }
    };
    let client = {
        let name = name.clone();
        Signal::derive(move || state.find(&name).map(|it| it.client))
    };
    let card = {
        let id = id.clone();
        Callback::new(move |client| match client {
            Some(client) => {
                let id = id.clone();
                view! {
                    <Scope client>
                        <PromptCard handler_id=Signal::stored(Some(id)) sequence />
                    </Scope>
                }
                .into_any()
            }
            None => ().into_any(),
        })
    };
    let body = unique_id("monitor-prompt");
    view! {
        <li
            class="wf-monitor__prompt"
            data-part="monitor-prompt"
            part="monitor-prompt"
            data-deployment=name
            data-handler-id=id
            data-seq=sequence
        >
            <button
                type="button"
                class="wf-monitor__ask"
                aria-expanded=move || is_expanded.get().to_string()
                aria-controls=body.clone()
                on:click=toggle
            >
                <IconView icon=Icon::Hourglass />
                <span class="wf-grow wf-cut">{input.text}</span>
                <span class="wf-num wf-muted" translate="no">
                    {move || ago(state.now.get().since(since))}
                </span>
            </button>
            <div class="wf-monitor__where">
                <span class="wf-cut wf-muted" translate="no">
                    {place}
                </span>
                <button type="button" class="wf-link" on:click=open_run>
                    "Open run"
                </button>
            </div>
            <div id=body hidden=move || !is_expanded.get()>
                <Show when=move || is_expanded.get()>
                    <ForClient client show=card />
                </Show>
            </div>
        </li>
    }
    .into_any()
}
