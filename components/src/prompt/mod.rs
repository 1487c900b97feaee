//! The questions of a run, and their answers.

mod card;

use crate::dom::document;
use crate::reactive::*;
use crate::theme::mount_style;
#[cfg(feature = "leptos")]
use crate::ui::View;
use crate::ui::{El, Live, div, each, memo, span};
use card::{Question, card};
#[cfg(feature = "leptos")]
use leptos::prelude::{IntoView, component};
use std::sync::Arc;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use workflow_inspector::form::{Form, Inputs};
use workflow_protocol::{PromptState, RawJson, response_classes, schema_title};
use workflow_ui_core::{UseWorkflowHandlerReturn, UseWorkflowReturn, use_workflow};

const STYLE: &str = include_str!("prompt.css");

/// What was typed into the answers of a page, by handler, run, question and class.
///
/// Provide one at the top of a page and nothing typed is lost while prompts come and go from the screen.
#[derive(Clone, Copy, Debug)]
pub struct Drafts(StoredValue<Vec<(String, Inputs)>>);

impl Drafts {
    /// No drafts yet.
    #[must_use]
    pub fn new() -> Self {
        Self(StoredValue::new(Vec::new()))
    }

    pub(crate) fn get(&self, key: &str) -> Inputs {
        let found = self.0.try_with_value(|drafts| {
            drafts
                .iter()
                .find(|(known, _)| known == key)
                .map(|(_, inputs)| inputs.clone())
        });
        found.flatten().unwrap_or_default()
    }

    pub(crate) fn set(&self, key: &str, inputs: Inputs) {
        self.forget(key);
        self.0
            .try_update_value(|drafts| drafts.push((key.to_owned(), inputs)));
    }

    /// Drops all drafts whose key begins like this.
    pub(crate) fn forget(&self, prefix: &str) {
        self.0
            .try_update_value(|drafts| drafts.retain(|(key, _)| !key.starts_with(prefix)));
    }
}

impl Default for Drafts {
    fn default() -> Self {
        Self::new()
    }
}

/// A class that can answer, and its form: one field `response` for the stock event and others that declare none.
#[derive(Clone, Debug, PartialEq)]
struct Answer {
    class: String,
    form: Arc<Form>,
}

/// The open questions of a run, oldest first.
#[cfg(feature = "leptos")]
#[component]
pub fn Prompts(
    /// The run.
    run: UseWorkflowHandlerReturn,
    /// Its handler's id.
    #[prop(into)]
    handler_id: Live<String>,
) -> impl IntoView {
    View::from(prompts(run, handler_id))
}

/// [`Prompts`] as an element.
pub fn prompts(run: UseWorkflowHandlerReturn, handler_id: Live<String>) -> El {
    mount_style(STYLE);
    mount_style(crate::form::STYLE);
    let drafts = use_context::<Drafts>().unwrap_or_default();
    let workflow = Signal::derive(move || {
        run.handler.with(|state| {
            state
                .as_ref()
                .map(|state| state.handler.workflow_name.clone())
                .unwrap_or_default()
        })
    });
    let UseWorkflowReturn {
        event_schemas, graph, ..
    } = use_workflow(workflow);
    let answers = memo(move || {
        let schemas = event_schemas.get();
        let schemas: &[RawJson] = schemas
            .as_ref()
            .map(|schemas| schemas.as_slice())
            .unwrap_or_default();
        graph.with(|graph| answers(&response_classes(graph.as_deref(), schemas), schemas))
    });
    // The run is part of the key: another run's question is another card.
    let shown = move || {
        let run_id = run.run_id.get().unwrap_or_default();
        run.prompts.with(|prompts| {
            let open = prompts
                .iter()
                .filter(|prompt| prompt.state != PromptState::Closed);
            open.map(|prompt| [&prompt.sequence.to_string(), " ", &run_id].concat())
                .collect::<Vec<_>>()
        })
    };
    let news = move || {
        run.prompts.with(|prompts| {
            let open = prompts.iter().rfind(|prompt| prompt.state == PromptState::Open);
            open.map(|prompt| ["Input required: ", &prompt.text()].concat())
        })
    };
    let cards = each(shown, move |key| {
        let (sequence, run_id) = key.split_once(' ').unwrap_or((key, ""));
        let sequence = sequence.parse().unwrap_or_default();
        card(Question {
            run,
            handler_id: handler_id.peek(),
            run_id: run_id.to_owned(),
            sequence,
            answers,
            drafts,
        })
    });
    div("wf-run__prompts")
        .child(cards)
        .child(span("wf-sr").attr("role", "alert").text(news))
}

fn answers(classes: &[String], schemas: &[RawJson]) -> Vec<Answer> {
    let answer = |class: &str| {
        let schema = schemas
            .iter()
            .find(|schema| schema_title(schema).as_deref() == Some(class));
        let form = Arc::new(Form::for_response(schema.unwrap_or(&RawJson::null())));
        Answer {
            class: class.to_owned(),
            form,
        }
    };
    if classes.is_empty() {
        // Nothing is known yet, or the workflow lists no class: the stock one is what a plain workflow takes.
        return vec![answer("HumanResponseEvent")];
    }
    classes.iter().map(|class| answer(class)).collect()
}

/// Puts the focus into the first open prompt of the page.
pub fn focus_prompt() {
    let card = document().query_selector("[data-part='prompt']").ok().flatten();
    if let Some(card) = card.and_then(|card| card.dyn_into::<HtmlElement>().ok()) {
        crate::form::focus_field(&card);
    }
}
