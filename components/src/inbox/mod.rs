//! The open prompts of all watched runs, with their count.

use crate::dom::unique_id;
use crate::icon::{Icon, icon};
use crate::theme::mount_style;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use std::collections::BTreeMap;
use workflow_inspector::text;
use workflow_protocol::PromptState;
use workflow_ui_core::{UseWorkflowHandlerReturn, use_workflow_handler};

const STYLE: &str = include_str!("inbox.css");

/// One open prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Waiting {
    sequence: u64,
    workflow: String,
    text: String,
}

/// The open prompts by handler.
type Found = BTreeMap<String, Vec<Waiting>>;

/// The open prompts of the watched runs. Watching a run keeps its stream open.
#[component]
pub fn Inbox(
    /// The handlers to watch. Not more than four: a browser has six connections to a server.
    #[prop(into)]
    watched: Signal<Vec<String>>,
    /// The number of open prompts, for those who show it elsewhere.
    count: RwSignal<usize>,
    /// Is the list unfolded?
    unfolded: RwSignal<bool>,
    /// A prompt of this handler was chosen.
    on_go: Callback<String>,
) -> impl IntoView {
    mount_style(crate::icon::STYLE);
    mount_style(STYLE);
    let found = RwSignal::new(Found::new());
    let total = Memo::new(move |_| found.with(|found| found.values().map(Vec::len).sum::<usize>()));
    Effect::new(move |_| count.set(total.get()));
    let id = unique_id("inbox");
    let controls = id.clone();
    let press = move |_| {
        // With a single prompt there is nothing to choose.
        let single = found.with_untracked(|found| match found.iter().next() {
            Some((handler, waiting)) if found.len() == 1 && waiting.len() == 1 => Some(handler.clone()),
            _ => None,
        });
        match single {
            Some(handler) if !unfolded.get_untracked() => on_go.run(handler),
            _ => unfolded.update(|open| *open = !*open),
        }
    };
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Escape" && unfolded.get_untracked() {
            event.stop_propagation();
            unfolded.set(false);
        }
    };
    let words = move || match total.get() {
        0 => String::from("No open prompts"),
        1 => String::from("1 open prompt"),
        many => [&many.to_string(), " open prompts"].concat(),
    };
    let go = Callback::new(move |handler: String| {
        unfolded.set(false);
        on_go.run(handler);
    });
    view! {
        <section class="wf-inbox" data-part="inbox" role="region" aria-label="Open prompts" data-count=move || total.get() on:keydown=on_key>
            <button
                type="button"
                class="wf-button wf-inbox__button"
                aria-expanded=move || unfolded.get().to_string()
                aria-controls=controls
                on:click=press
            >
                {icon(Icon::Ask)}
                <span class="wf-num">{words}</span>
            </button>
            <ul class="wf-inbox__list" id=id hidden=move || !unfolded.get()>
                {move || found.with(|found| list(found, go))}
            </ul>
            <For each=move || watched.get() key=Clone::clone children=move |handler| {
                watch(&handler, found);
            } />
        </section>
    }
    .into_any()
}

fn list(found: &Found, go: Callback<String>) -> AnyView {
    if found.values().all(Vec::is_empty) {
        let words = "Nothing waits for you. Questions of the runs opened here show up in this list.";
        return view! { <li class="wf-inbox__none">{words}</li> }.into_any();
    }
    let item = |handler: &String, waiting: &Waiting| {
        let target = handler.clone();
        let place = [&waiting.workflow, " ", text::short_id(handler).as_ref(), " #", &waiting.sequence.to_string()].concat();
        view! {
            <li>
                <button type="button" class="wf-inbox__item" on:click=move |_| go.run(target.clone())>
                    <span>{waiting.text.clone()}</span>
                    <span class="wf-inbox__where">{place}</span>
                </button>
            </li>
        }
        .into_any()
    };
    found
        .iter()
        .flat_map(|(handler, waiting)| waiting.iter().map(move |waiting| item(handler, waiting)))
        .collect_view()
        .into_any()
}

/// Follows one run's prompts until it is no longer watched.
fn watch(handler: &str, found: RwSignal<Found>) {
    let UseWorkflowHandlerReturn { prompts, handler: state, .. } = use_workflow_handler(handler.to_owned(), true);
    let open = Memo::new(move |_| {
        let workflow = state.with(|state| state.as_ref().map(|state| state.handler.workflow_name.clone()));
        prompts.with(|prompts| {
            let open = prompts.iter().filter(|prompt| !matches!(prompt.state, PromptState::Closed | PromptState::Sent));
            open.map(|prompt| Waiting {
                sequence: prompt.sequence,
                workflow: workflow.clone().unwrap_or_default(),
                text: prompt.text(),
            })
            .collect::<Vec<_>>()
        })
    });
    let (key, left) = (handler.to_owned(), handler.to_owned());
    Effect::new(move |_| {
        let open = open.get();
        found.update(|found| {
            if open.is_empty() {
                found.remove(&key);
            } else {
                found.insert(key.clone(), open);
            }
        });
    });
    on_cleanup(move || {
        found.try_update(|found| found.remove(&left));
    });
}
