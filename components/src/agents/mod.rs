//! What the agents of a run did: their turns as cards, with joined text, tool calls and handoffs.

mod card;
mod follow;

use crate::theme::mount_style;
use crate::watched::run_or_watch;
use card::TurnCard;
use follow::Followed;
use leptos::prelude::*;
use workflow_inspector::agents::is_agent_class;
use workflow_inspector::text::count;
use workflow_ui_core::{Events, UseWorkflowHandlerReturn};

const STYLE: &str = include_str!("agents.css");

/// Turns that are shown: the newest ones.
const SHOWN: usize = 100;

/// How many classes of a run are checked to find out whether it has agents.
const CLASSES: usize = 500;

/// The turns of the agents of an `AgentWorkflow`: a card for each with the text so far, the tool calls with arguments and results, and
/// whom the agent handed over to. The newest hundred turns are shown.
///
/// Give it a height: it fills what its container, a flex column, leaves.
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::agents::RunAgents;
///
/// #[component]
/// fn Agents(#[prop(into)] id: Signal<Option<String>>) -> impl IntoView {
///     view! { <RunAgents handler_id=id on_select=|sequence| leptos::logging::log!("{sequence}") /> }
/// }
/// ```
#[component]
pub fn RunAgents(
    /// The run. Defaults to the one of `handler_id`.
    #[prop(optional)]
    run: Option<UseWorkflowHandlerReturn>,
    /// The handler whose run is watched without `run`.
    #[prop(optional, into)]
    handler_id: Signal<Option<String>>,
    /// Called with the sequence of an event of a turn that is to be shown.
    #[prop(optional, into)]
    on_select: Option<Callback<u64>>,
    /// The sequence of the last event that counts: the turns are shown as they were then. Defaults to none: as they are now.
    #[prop(optional, into)]
    at: Signal<Option<u64>>,
) -> impl IntoView {
    let run = run_or_watch(run, handler_id);
    mount_style(STYLE);
    let followed = Followed::of_run(run);
    let shown = Memo::new(move |_| followed.begun(at.get()));
    let turns = move || {
        let (end, generation) = (shown.get(), followed.generation());
        (end.saturating_sub(SHOWN)..end).map(move |turn| (generation, turn))
    };
    let current = move || followed.current(at.get());
    let summary = move || match shown.get() {
        1 => "1 turn".to_owned(),
        many if many > SHOWN => format!("The last {SHOWN} of {} turns", count(many as u64)),
        many => format!("{} turns", count(many as u64)),
    };
    let is_empty = Memo::new(move |_| shown.get() == 0);
    view! {
        <section
            class="wf-agents"
            data-part="agents"
            part="agents"
            role="region"
            aria-label="Agents"
            data-agent=current
            data-count=shown
        >
            <p class="wf-agents__bar" translate="no" hidden=is_empty>
                <span class="wf-muted">"Current agent "</span>
                <strong>{current}</strong>
                <span class="wf-grow"></span>
                <span class="wf-muted wf-num">{summary}</span>
            </p>
            <ol
                class="wf-agents__turns wf-scroll"
                aria-label="Turns of the agents"
                tabindex="0"
                translate="no"
                hidden=is_empty
            >
                <For each=turns key=|key| *key let((_, turn))>
                    <TurnCard followed turn at on_select />
                </For>
            </ol>
            <div class="wf-empty" hidden=move || !is_empty.get()>
                <p class="wf-note">"No agent has had a turn yet."</p>
            </div>
        </section>
    }
}

/// Whether a run has events of agents.
pub(crate) fn has_agents(events: Signal<Events>) -> Memo<bool> {
    let classes = Memo::new(move |_| events.with(Events::classes));
    Memo::new(move |_| {
        // `track` does not run an unread memo.
        classes.with(|_| ());
        let names = events.with_untracked(|events| events.class_names(CLASSES));
        names.iter().any(|name| is_agent_class(name))
    })
}
