//! The prompts of a run, with the forms that answer them.

mod answer_form;
mod answered;
mod answers;
mod card;
mod class_picker;
mod focus;
mod layout;
mod more;
mod offers;
mod question;
mod question_fields;
mod run_prompts;

use crate::theme::mount_style;
use crate::watched::run_or_watch;
use answered::AnsweredPrompts;
pub(crate) use answers::{Answer, Ranked, answers_of};
pub(crate) use card::Card;
pub use focus::focus_prompt;
use layout::{Layout, pin};
use leptos::{html, prelude::*};
use more::MorePrompts;
pub(crate) use offers::offered;
pub(crate) use run_prompts::{PromptKey, RunPrompts};
use web_sys::FocusEvent;
use workflow_protocol::PromptState;
use workflow_ui_core::UseWorkflowHandlerReturn;

const STYLE: &str = include_str!("prompt.css");

/// The open prompts of a run, oldest first, each as a card with the form that answers it. Closed prompts with their answers are in a
/// folded list below.
///
/// If more than ten prompts wait for an answer, the first ten are cards and the others rows of a list. A click on a row makes the prompt
/// a card.
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::prompt::Prompts;
///
/// #[component]
/// fn Questions(handler_id: RwSignal<Option<String>>) -> impl IntoView {
///     view! { <Prompts handler_id /> }
/// }
/// ```
#[component]
pub fn Prompts(
    /// The run. Defaults to the one of `handler_id`.
    #[prop(optional)]
    run: Option<UseWorkflowHandlerReturn>,
    /// The handler whose run is watched without `run`.
    #[prop(optional, into)]
    handler_id: Signal<Option<String>>,
) -> impl IntoView {
    mount_style(STYLE);
    let run = run_or_watch(run, handler_id);
    let prompts = RunPrompts::of(run);
    let answers = answers_of(run);
    let pinned = RwSignal::new(Vec::<PromptKey>::new());
    let layout =
        Memo::new(move |_| pinned.with(|pinned| prompts.with(|prompts| Layout::of(prompts, pinned))));
    let pin = move |sequence: u64| {
        let key = prompts
            .try_with_untracked(|prompts| prompts.key(sequence))
            .flatten();
        let is_last = |key: &PromptKey| pinned.with_untracked(|pinned| pinned.last() == Some(key));
        if let Some(key) = key.filter(|key| !is_last(key)) {
            pinned.update(|pinned| pin(pinned, key));
        }
    };
    let list = NodeRef::<html::Div>::new();
    let is_answering = StoredValue::new(false);
    focus::follow_answers(list, prompts, is_answering);
    let chosen = RwSignal::new(None::<u64>);
    focus::focus_chosen(list, layout, chosen);
    let news = Memo::new(move |_| {
        prompts.with(|prompts| {
            let newest = prompts
                .all()
                .iter()
                .rfind(|prompt| prompt.state == PromptState::Open);
            newest.map(|prompt| format!("Input required: {}", prompt.text()))
        })
    });
    let focused = move |event: FocusEvent| {
        // The user may be typing while another client answers.
        is_answering.try_set_value(true);
        if let Some(sequence) = focus::card_of(&event) {
            pin(sequence);
        }
    };
    let choose = Callback::new(move |sequence: u64| {
        pin(sequence);
        chosen.set(Some(sequence));
    });
    view! {
        <div
            class="wf-run__prompts"
            node_ref=list
            on:submit=move |_| is_answering.set_value(true)
            on:focusin=focused
        >
            <For each=move || layout.with(|layout| layout.cards.clone()) key=PromptKey::clone let:key>
                <Card run prompts answers key />
            </For>
            <MorePrompts prompts layout on_choose=choose />
            <AnsweredPrompts run prompts />
            <span class="wf-sr" role="alert">
                {news}
            </span>
        </div>
    }
}

/// One prompt of a run, whatever its state.
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::prompt::PromptCard;
///
/// #[component]
/// fn FirstQuestion(handler_id: RwSignal<Option<String>>) -> impl IntoView {
///     view! { <PromptCard handler_id sequence=2 /> }
/// }
/// ```
#[component]
pub fn PromptCard(
    /// The run. Defaults to the one of `handler_id`.
    #[prop(optional)]
    run: Option<UseWorkflowHandlerReturn>,
    /// The handler whose run is watched without `run`.
    #[prop(optional, into)]
    handler_id: Signal<Option<String>>,
    /// The sequence of the event that asked.
    sequence: u64,
) -> impl IntoView {
    let run = run_or_watch(run, handler_id);
    let prompts = RunPrompts::of(run);
    let answers = answers_of(run);
    // A prompt of another run with the same sequence is another card.
    let key = Memo::new(move |_| prompts.with(|prompts| prompts.key(sequence)));
    view! {
        <For each=move || key.get() key=PromptKey::clone let:key>
            <Card run prompts answers key />
        </For>
    }
}
