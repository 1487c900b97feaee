//! The classes that can answer the prompts of a run, with their forms.

use leptos::prelude::*;
use std::sync::Arc;
use workflow_inspector::form::Form;
use workflow_protocol::{Prompt, RawJson, ResponseClass, answer_classes};
use workflow_ui_core::{UseWorkflowHandlerReturn, UseWorkflowReturn, use_workflow};

/// A class that can answer, and its form. A class that declares no fields, like the stock one, has the field `response`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) class: ResponseClass,
    pub(crate) form: Arc<Form>,
}

impl Answer {
    fn new(class: &ResponseClass) -> Self {
        let null = RawJson::null();
        Self {
            class: class.clone(),
            form: Arc::new(Form::for_response(class.schema.as_ref().unwrap_or(&null))),
        }
    }

    fn all(classes: &[ResponseClass]) -> Vec<Self> {
        if classes.is_empty() {
            // The workflow lists no class, or can't be described: a plain workflow takes the stock one.
            return vec![Self::new(&ResponseClass {
                class: String::from("HumanResponseEvent"),
                ..ResponseClass::default()
            })];
        }
        classes.iter().map(Self::new).collect()
    }
}

/// What can answer one prompt.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Ranked {
    /// Likeliest first.
    pub(crate) answers: Vec<Answer>,
    /// Whether the first is likelier than the others. Otherwise the user has to choose.
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

/// What can answer the prompts of a run; empty until that is known.
pub(crate) fn answers_of(run: UseWorkflowHandlerReturn) -> Memo<Vec<Answer>> {
    let workflow = Memo::new(move |_| {
        run.handler.with(|state| {
            let state = state.as_ref();
            state.map(|state| state.handler.workflow_name.clone())
        })
    });
    let UseWorkflowReturn {
        event_schemas,
        graph,
        error,
        ..
    } = use_workflow(workflow);
    let is_failing = move || error.with(Option::is_some) || run.error.with(Option::is_some);
    Memo::new(move |_| {
        let schemas = event_schemas.get();
        let known = run.answers.get();
        // A guess would be typed into, and another form would take its place.
        if known.is_empty() && schemas.is_none() && graph.with(Option::is_none) && !is_failing() {
            return Vec::new();
        }
        let is_complete = schemas.is_some() && graph.with(Option::is_some);
        // The run repeats requests that failed here.
        if !is_complete && !known.is_empty() {
            return Answer::all(&known);
        }
        let schemas = schemas.as_deref().map_or(&[][..], Vec::as_slice);
        graph.with(|graph| Answer::all(&answer_classes(graph.as_deref(), schemas)))
    })
}
