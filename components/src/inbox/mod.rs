//! The open prompts of all running runs, with their count.

use crate::dom::{key_press, unique_id};
use crate::icon::{Icon, IconView};
use crate::theme::mount_style;
use leptos::{ev, html, prelude::*};
use workflow_inspector::text;
use workflow_protocol::PromptState;
use workflow_ui_core::{
    PendingInput, UsePendingInputsOptions, UsePendingInputsReturn, use_pending_inputs_with_options,
};

const STYLE: &str = include_str!("inbox.css");

/// Number of prompts that are listed at first, and that each press of `Show more` adds.
const ROWS: usize = 200;

/// The open prompts of all running runs of all clients: a button with their count that expands a list.
///
/// The button opens a single prompt at once.
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::inbox::Inbox;
///
/// #[component]
/// fn Bell(opened: RwSignal<Option<String>>) -> impl IntoView {
///     view! { <Inbox on_open=move |handler_id| opened.set(Some(handler_id)) /> }
/// }
/// ```
#[component]
pub fn Inbox(
    /// The prompts. Defaults to those of all running runs.
    #[prop(optional)]
    pending: Option<UsePendingInputsReturn>,
    /// Whether the list is expanded. Defaults to collapsed.
    #[prop(optional, into)]
    expanded: RwSignal<bool>,
    /// Called with the handler id of the chosen prompt.
    #[prop(into)]
    on_open: Callback<String>,
) -> impl IntoView {
    mount_style(STYLE);
    let UsePendingInputsReturn { inputs, count, .. } = pending.unwrap_or_else(|| {
        use_pending_inputs_with_options(UsePendingInputsOptions {
            all_running: true,
            ..UsePendingInputsOptions::default()
        })
    });
    let open_prompt = Callback::new(move |handler_id| {
        expanded.set(false);
        on_open.run(handler_id);
    });
    let press = move |_| {
        let single = inputs.with_untracked(|inputs| match open(inputs).take(2).collect::<Vec<_>>()[..] {
            [only] => Some(only.handler_id.clone()),
            _ => None,
        });
        match single {
            // A single prompt needs no list.
            Some(handler_id) if !expanded.get_untracked() => on_open.run(handler_id),
            _ => expanded.update(|expanded| *expanded = !*expanded),
        }
    };
    let button = NodeRef::<html::Button>::new();
    let collapse_on_escape = move |event: ev::KeyboardEvent| {
        let is_escape = key_press(&event).is_some_and(|event| event.key() == "Escape");
        if is_escape && expanded.get_untracked() {
            event.stop_propagation();
            expanded.set(false);
            // The focus may be in the list.
            if let Some(button) = button.get_untracked() {
                let _ = button.focus();
            }
        }
    };
    let id = unique_id("inbox");
    let list_id = id.clone();
    view! {
        <section
            class="wf-inbox"
            data-part="inbox"
            part="inbox"
            role="region"
            aria-label="Open prompts"
            data-count=count
            on:keydown=collapse_on_escape
        >
            <button
                type="button"
                class="wf-button wf-inbox__button"
                node_ref=button
                aria-expanded=move || expanded.get().to_string()
                aria-controls=id
                on:click=press
            >
                <IconView icon=Icon::Ask />
                <span class="wf-num" translate="no">
                    {move || open_prompts(count.get())}
                </span>
            </button>
            <div id=list_id hidden=move || !expanded.get()>
                <InboxList inputs on_open=open_prompt />
            </div>
        </section>
    }
}

/// The prompts that wait for an answer.
fn open(inputs: &[PendingInput]) -> impl Iterator<Item = &PendingInput> {
    inputs.iter().filter(|input| input.state() != PromptState::Sent)
}

/// A row for each prompt. It stays while others come and go, and keeps the focus.
#[component]
fn InboxList(inputs: Signal<Vec<PendingInput>>, on_open: Callback<String>) -> impl IntoView {
    let limit = RwSignal::new(ROWS);
    let rows = Memo::new(move |_| {
        let rows = |inputs: &Vec<_>| open(inputs).take(limit.get()).cloned().collect::<Vec<_>>();
        inputs.with(rows)
    });
    let hidden = Memo::new(move |_| {
        let count = inputs.with(|inputs| open(inputs).count());
        count.saturating_sub(limit.get())
    });
    view! {
        <ul class="wf-inbox__list">
            <For
                each=move || rows.get()
                key=PendingInput::key
                children=move |input| view! { <InboxRow input on_open /> }
            />
            <Show when=move || hidden.get() != 0>
                <li>
                    <button
                        type="button"
                        class="wf-inbox__item"
                        translate="no"
                        on:click=move |_| limit.update(|limit| *limit += ROWS)
                    >
                        {move || format!("Show more ({})", hidden.get())}
                    </button>
                </li>
            </Show>
            <li class="wf-inbox__none" hidden=move || !rows.with(Vec::is_empty)>
                "Nothing waits for you. Questions of all running runs show up in this list."
            </li>
        </ul>
    }
}

/// A prompt, and where it was asked.
#[component]
fn InboxRow(input: PendingInput, on_open: Callback<String>) -> impl IntoView {
    let PendingInput {
        handler_id,
        workflow_name,
        text,
        prompt,
        ..
    } = input;
    let location = format!(
        "{workflow_name} {} #{}",
        text::short_id(&handler_id),
        prompt.sequence
    );
    view! {
        <li>
            <button type="button" class="wf-inbox__item" on:click=move |_| on_open.run(handler_id.clone())>
                <span>{text}</span>
                <span class="wf-inbox__where" translate="no">
                    {location}
                </span>
            </button>
        </li>
    }
}

/// "No open prompts", "1 open prompt", "3 open prompts".
pub(crate) fn open_prompts(count: usize) -> String {
    match count {
        0 => String::from("No open prompts"),
        1 => String::from("1 open prompt"),
        many => format!("{many} open prompts"),
    }
}
