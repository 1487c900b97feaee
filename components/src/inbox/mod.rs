//! The open prompts of all watched runs, with their count.

use crate::dom::unique_id;
use crate::icon::{Icon, icon};
use crate::reactive::*;
use crate::theme::mount_style;
#[cfg(feature = "leptos")]
use crate::ui::View;
use crate::ui::fixed;
use crate::ui::{Call, El, Live, Var, button, dynamic, each, effect, el, memo, span};
#[cfg(feature = "leptos")]
use leptos::prelude::{IntoView, component};
use wasm_bindgen::JsCast;
use web_sys::KeyboardEvent;
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

/// The open prompts by handler: a handful of runs.
type Found = Vec<(String, Vec<Waiting>)>;

/// The open prompts of the watched runs. Watching a run keeps its stream open.
#[cfg(feature = "leptos")]
#[component]
pub fn Inbox(
    /// The handlers to watch. Not more than four: a browser has six connections to a server.
    #[prop(into)]
    watched: Live<Vec<String>>,
    /// The number of open prompts, for those who show it elsewhere.
    count: Var<usize>,
    /// Is the list unfolded?
    unfolded: Var<bool>,
    /// A prompt of this handler was chosen.
    on_go: Call<String>,
) -> impl IntoView {
    View::from(inbox(watched, count, unfolded, on_go))
}

/// [`Inbox`] as an element.
pub fn inbox(watched: Live<Vec<String>>, count: Var<usize>, unfolded: Var<bool>, on_go: Call<String>) -> El {
    mount_style(crate::icon::STYLE);
    mount_style(STYLE);
    let found = Var::new(Found::new());
    let total =
        memo(move || found.with(|found| found.iter().map(|(_, waiting)| waiting.len()).sum::<usize>()));
    effect(move || count.set(total.get()));
    let id = unique_id("inbox");
    let press = move |_| {
        // With a single prompt there is nothing to choose.
        let single = found.peek_with(|found| match found.as_slice() {
            [(handler, waiting)] if waiting.len() == 1 => Some(handler.clone()),
            _ => None,
        });
        match single {
            Some(handler) if !unfolded.peek() => on_go.run(handler),
            _ => unfolded.set(!unfolded.peek()),
        }
    };
    let on_key = move |event: web_sys::Event| {
        let escape = event
            .dyn_ref::<KeyboardEvent>()
            .is_some_and(|event| event.key() == "Escape");
        if escape && unfolded.peek() {
            event.stop_propagation();
            unfolded.set(false);
        }
    };
    let words = move || match total.get() {
        0 => String::from("No open prompts"),
        1 => String::from("1 open prompt"),
        many => [&many.to_string(), " open prompts"].concat(),
    };
    let go = move |handler: String| {
        unfolded.set(false);
        on_go.run(handler);
    };
    let toggle = button("wf-button wf-inbox__button")
        .attr("aria-expanded", move || unfolded.get())
        .attr("aria-controls", id.as_str())
        .child(icon(Icon::Ask))
        .child(span("wf-num").text(words))
        .on("click", press);
    let list = el("ul")
        .class("wf-inbox__list")
        .attr("id", id)
        .flag("hidden", move || !unfolded.get())
        .child(dynamic(move || found.with(|found| items(found, go))));
    el("section")
        .class("wf-inbox")
        .attr("data-part", "inbox")
        .attr("role", "region")
        .attr("aria-label", "Open prompts")
        .attr("data-count", move || total.get())
        .on("keydown", on_key)
        .child(toggle)
        .child(list)
        .child(each(
            move || watched.get(),
            move |handler| {
                watch(handler, found);
                span("").attr("hidden", "")
            },
        ))
}

fn items(found: &Found, go: impl Fn(String) + Copy + 'static) -> Vec<El> {
    let mut items = Vec::new();
    for (handler, waiting) in found {
        for one in waiting {
            let target = handler.clone();
            let place = [
                &one.workflow,
                " ",
                text::short_id(handler).as_ref(),
                " #",
                &one.sequence.to_string(),
            ]
            .concat();
            let item = button("wf-inbox__item")
                .child(span("").text(one.text.as_str()))
                .child(span("wf-inbox__where").text(place))
                .on("click", move |_| go(target.clone()));
            items.push(el("li").child(item));
        }
    }
    if items.is_empty() {
        let words = "Nothing waits for you. Questions of the runs opened here show up in this list.";
        items.push(el("li").class("wf-inbox__none").text(words));
    }
    items
}

/// Follows one run's prompts until it is no longer watched.
fn watch(handler: &str, found: Var<Found>) {
    let UseWorkflowHandlerReturn {
        prompts,
        handler: state,
        ..
    } = use_workflow_handler(fixed(handler), true);
    let open = memo(move || {
        let workflow = state.with(|state| state.as_ref().map(|state| state.handler.workflow_name.clone()));
        prompts.with(|prompts| {
            let open = prompts
                .iter()
                .filter(|prompt| !matches!(prompt.state, PromptState::Closed | PromptState::Sent));
            open.map(|prompt| Waiting {
                sequence: prompt.sequence,
                workflow: workflow.clone().unwrap_or_default(),
                text: prompt.text(),
            })
            .collect::<Vec<_>>()
        })
    });
    let key = handler.to_owned();
    effect(move || {
        let open = open.get();
        found.change(|found| {
            found.retain(|(known, _)| *known != key);
            if !open.is_empty() {
                found.push((key.clone(), open));
            }
        });
    });
    let left = handler.to_owned();
    on_cleanup(move || found.change(|found| found.retain(|(known, _)| *known != left)));
}
