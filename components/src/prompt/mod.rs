//! The questions of a run, and their answers.

mod card;

use crate::theme::mount_style;
use card::{Question, card};
use leptos::prelude::*;
use std::collections::HashMap;
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
pub struct Drafts(StoredValue<HashMap<String, Inputs>>);

impl Drafts {
    /// No drafts yet.
    #[must_use]
    pub fn new() -> Self {
        Self(StoredValue::new(HashMap::new()))
    }

    pub(crate) fn get(&self, key: &str) -> Inputs {
        self.0.try_with_value(|drafts| drafts.get(key).cloned()).flatten().unwrap_or_default()
    }

    pub(crate) fn set(&self, key: &str, inputs: Inputs) {
        self.0.try_update_value(|drafts| drafts.insert(key.to_owned(), inputs));
    }

    /// Drops all drafts whose key begins like this.
    pub(crate) fn forget(&self, prefix: &str) {
        self.0.try_update_value(|drafts| drafts.retain(|key, _| !key.starts_with(prefix)));
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
#[component]
pub fn Prompts(
    /// The run.
    run: UseWorkflowHandlerReturn,
    /// Its handler's id.
    #[prop(into)]
    handler_id: Signal<String>,
) -> impl IntoView {
    mount_style(STYLE);
    mount_style(crate::form::STYLE);
    let drafts = use_context::<Drafts>().unwrap_or_default();
    let workflow = Signal::derive(move || {
        run.handler.with(|state| state.as_ref().map(|state| state.handler.workflow_name.clone()).unwrap_or_default())
    });
    let UseWorkflowReturn { event_schemas, graph, .. } = use_workflow(workflow);
    let answers = Memo::new(move |_| {
        let schemas = event_schemas.get();
        let schemas: &[RawJson] = schemas.as_ref().map(|schemas| schemas.as_slice()).unwrap_or_default();
        graph.with(|graph| answers(&response_classes(graph.as_deref(), schemas), schemas))
    });
    let shown = Memo::new(move |_| {
        let run_id = run.run_id.get().unwrap_or_default();
        run.prompts.with(|prompts| {
            let open = prompts.iter().filter(|prompt| prompt.state != PromptState::Closed);
            open.map(|prompt| (run_id.clone(), prompt.sequence)).collect::<Vec<_>>()
        })
    });
    let news = move || {
        run.prompts.with(|prompts| {
            let open = prompts.iter().filter(|prompt| prompt.state == PromptState::Open).last();
            open.map(|prompt| ["Input required: ", &prompt.text()].concat()).unwrap_or_default()
        })
    };
    view! {
        <div class="wf-run__prompts">
            <For each=move || shown.get() key=Clone::clone children=move |(run_id, sequence)| {
                card(Question { run, handler_id: handler_id.get_untracked(), run_id, sequence, answers, drafts })
            } />
        </div>
        <span class="wf-sr" role="alert">{news}</span>
    }
    .into_any()
}

fn answers(classes: &[String], schemas: &[RawJson]) -> Vec<Answer> {
    let answer = |class: &str| {
        let schema = schemas.iter().find(|schema| schema_title(schema).as_deref() == Some(class));
        let form = Arc::new(Form::for_response(schema.unwrap_or(&RawJson::null())));
        Answer { class: class.to_owned(), form }
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
