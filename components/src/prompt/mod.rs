//! The questions of a run, and their answers.

mod answered;
mod card;
mod focus;
mod offers;
mod question_fields;

use crate::drafts::Drafts;
use crate::reactive::*;
use crate::theme::mount_style;
use crate::ui::View;
use crate::ui::{El, Live, div, each, memo, span};
use card::{Question, card};
pub use focus::focus_prompt;
use leptos::prelude::{IntoView, component};
pub(crate) use offers::offered;
use std::sync::Arc;
use workflow_inspector::form::Form;
use workflow_protocol::{Prompt, PromptState, RawJson, ResponseClass, answer_classes};
use workflow_ui_core::{UseWorkflowHandlerReturn, UseWorkflowReturn, use_workflow};

const STYLE: &str = include_str!("prompt.css");

/// A class that can answer, and its form: one field `response` for the stock event and others that declare none.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) class: ResponseClass,
    pub(crate) form: Arc<Form>,
}

/// What can answer one question.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Ranked {
    /// Likeliest first.
    pub(crate) answers: Vec<Answer>,
    /// The first is likelier than the others. Otherwise a person has to choose.
    pub(crate) is_clear: bool,
}

impl Ranked {
    pub(crate) fn of(prompt: &Prompt, answers: &[Answer]) -> Self {
        let classes: Vec<ResponseClass> = answers.iter().map(|answer| answer.class.clone()).collect();
        let ranked = prompt.rank(&classes);
        let in_order = ranked.order.iter().filter_map(|at| answers.get(*at));
        Self {
            answers: in_order.cloned().collect(),
            is_clear: ranked.is_clear,
        }
    }
}

/// The open questions of a run, oldest first, each in a card with the form that answers it; below them, folded to a line, those
/// that are no longer open, with their answers.
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::prompt::Prompts;
/// use workflow_ui_core::use_workflow_handler;
///
/// #[component]
/// fn Questions(id: Signal<String>) -> impl IntoView {
///     view! { <Prompts run=use_workflow_handler(id, true) handler_id=id /> }
/// }
/// ```
#[component]
pub fn Prompts(
    /// The run.
    run: workflow_ui_core::UseWorkflowHandlerReturn,
    /// Its handler's id.
    #[prop(into)]
    handler_id: Live<String>,
) -> impl IntoView {
    View::from(prompts(run.into(), handler_id))
}

/// [`Prompts`] as an element.
pub fn prompts(run: UseWorkflowHandlerReturn, handler_id: Live<String>) -> El {
    mount_style(STYLE);
    mount_style(crate::form::STYLE);
    let drafts = use_context::<Drafts>().unwrap_or_default();
    let answers = answers_of(run);
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
    let list = div("wf-run__prompts")
        .child(cards)
        .child(answered::history(run))
        .child(span("wf-sr").attr("role", "alert").text(news));
    focus::follow(list, run)
}

/// One question of a run, whatever its state.
#[component]
pub fn PromptCard(
    /// The run.
    run: workflow_ui_core::UseWorkflowHandlerReturn,
    /// Its handler's id.
    #[prop(into)]
    handler_id: String,
    /// The sequence of the event that asked.
    sequence: u64,
) -> impl IntoView {
    let run = run.into();
    View::from(prompt_card(run, handler_id, sequence, answers_of(run)))
}

/// What can answer the questions of a run.
#[derive(Clone, Copy)]
pub(crate) struct Answers {
    /// The classes, with their forms.
    pub(crate) classes: Live<Vec<Answer>>,
}

/// The classes that can answer the questions of a run.
pub(crate) fn answers_of(run: UseWorkflowHandlerReturn) -> Answers {
    let workflow = Reading::derive(move || {
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
    let classes = memo(move || {
        let schemas = event_schemas.get();
        let schemas: &[RawJson] = schemas
            .as_ref()
            .map(|schemas| schemas.as_slice())
            .unwrap_or_default();
        let known = run.answers.get();
        let whole = graph.with(Option::is_some) && event_schemas.with(Option::is_some);
        // What the server could not tell at once the run asks for again.
        if !whole && !known.is_empty() {
            return answers(&known);
        }
        graph.with(|graph| answers(&answer_classes(graph.as_deref(), schemas)))
    });
    Answers { classes }
}

/// The card of one question.
pub(crate) fn prompt_card(
    run: UseWorkflowHandlerReturn,
    handler_id: String,
    sequence: u64,
    answers: Answers,
) -> El {
    mount_style(STYLE);
    mount_style(crate::form::STYLE);
    mount_style(crate::icon::STYLE);
    card(Question {
        run,
        handler_id,
        run_id: run.run_id.get_untracked().unwrap_or_default(),
        sequence,
        answers,
        drafts: use_context::<Drafts>().unwrap_or_default(),
    })
}

fn answers(classes: &[ResponseClass]) -> Vec<Answer> {
    let answer = |class: &ResponseClass| Answer {
        class: class.clone(),
        form: Arc::new(Form::for_response(
            class.schema.as_ref().unwrap_or(&RawJson::null()),
        )),
    };
    if classes.is_empty() {
        // Nothing is known yet, or the workflow lists no class: the stock one is what a plain workflow takes.
        return vec![answer(&ResponseClass {
            class: String::from("HumanResponseEvent"),
            ..ResponseClass::default()
        })];
    }
    classes.iter().map(answer).collect()
}
