//! The questions of a run, and their answers.

mod answered;
mod card;
mod focus;
mod offers;

use crate::reactive::*;
use crate::theme::mount_style;
#[cfg(feature = "leptos")]
use crate::ui::View;
use crate::ui::{El, Live, div, each, memo, span};
pub(crate) use card::likeliest_first;
use card::{Question, card};
pub use focus::focus_prompt;
#[cfg(feature = "leptos")]
use leptos::prelude::{IntoView, component};
pub(crate) use offers::offered;
use std::sync::Arc;
use workflow_inspector::form::{Form, Inputs};
use workflow_protocol::{PromptState, RawJson, ResponseClass, answer_classes};
use workflow_ui_core::readings::{UseWorkflowHandlerReturn, UseWorkflowReturn, use_workflow};
use workflow_ui_core::use_workflow_client;

const STYLE: &str = include_str!("prompt.css");

/// What was typed into the forms of a page, by what they are for: a workflow; a handler, run, question and class.
///
/// Provide one at the top of a page and nothing typed is lost while forms come and go from the screen. Over a reload drafts are kept in
/// the tab's session storage, and so are the inputs of the last starts.
#[derive(Clone, Copy, Debug)]
pub struct Drafts {
    inputs: StoredValue<Vec<(String, Inputs)>>,
    /// What handlers were started with during this visit, by server and handler.
    starts: StoredValue<Vec<(String, RawJson)>>,
}

/// How many inputs are kept of each workflow, and how long one may be.
const RECENT: usize = 8;
const STARTS: usize = 32;

/// What the keys in the tab's storage begin with.
const STORED: &str = "workflow-ui.";
const RECENT_LENGTH: usize = 1 << 16;

impl Drafts {
    /// No drafts yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            inputs: StoredValue::new(Vec::new()),
            starts: StoredValue::new(Vec::new()),
        }
    }

    /// The draft of this visit, else the one that was kept over a reload.
    pub(crate) fn get(self, key: &str) -> Inputs {
        self.of_this_visit(key)
            .or_else(|| self.stored(key).map(|text| Inputs::from_text(&text)))
            .unwrap_or_default()
    }

    fn of_this_visit(self, key: &str) -> Option<Inputs> {
        let found = self.inputs.try_with_value(|drafts| {
            let mut drafts = drafts.iter();
            drafts
                .find(|(known, _)| known == key)
                .map(|(_, inputs)| inputs.clone())
        });
        found.flatten()
    }

    /// Keeps a draft over a reload, unless it was forgotten meanwhile.
    pub(crate) fn save(self, key: &str) {
        let inputs = self
            .of_this_visit(key)
            .filter(|inputs| *inputs != Inputs::default());
        self.store(key, &inputs.map(|inputs| inputs.to_text()).unwrap_or_default());
    }

    pub(crate) fn set(self, key: &str, inputs: Inputs) {
        self.inputs.try_update_value(|drafts| {
            drafts.retain(|(known, _)| known != key);
            drafts.push((key.to_owned(), inputs));
        });
    }

    /// Drops all drafts whose key begins like this.
    pub(crate) fn forget(self, prefix: &str) {
        self.inputs
            .try_update_value(|drafts| drafts.retain(|(key, _)| !key.starts_with(prefix)));
        let Some(storage) = crate::dom::window().session_storage().ok().flatten() else {
            return;
        };
        let prefix = [STORED, prefix].concat();
        // From the end, since those behind one that goes take its place.
        for at in (0..storage.length().unwrap_or_default()).rev() {
            let key = storage.key(at).ok().flatten().unwrap_or_default();
            if key.starts_with(&prefix) {
                let _ = storage.remove_item(&key);
            }
        }
    }

    /// What was kept over a reload.
    fn stored(self, key: &str) -> Option<String> {
        session(|storage, key| storage.get_item(key).ok().flatten(), key)
    }

    /// Keeps a text over a reload; an empty one is none.
    fn store(self, key: &str, text: &str) {
        session(
            |storage, key| {
                // Full or denied: the draft ends with the page.
                let _ = if text.is_empty() {
                    storage.remove_item(key)
                } else {
                    storage.set_item(key, text)
                };
                None
            },
            key,
        );
    }

    /// The inputs that a workflow was started with in this tab, newest first, each on a line.
    pub(crate) fn recent(self, key: &str) -> Vec<String> {
        let kept = self.stored(key).unwrap_or_default();
        kept.lines().map(str::to_owned).collect()
    }

    /// A workflow was started.
    pub(crate) fn started(self, key: &str, input: &RawJson) {
        self.add_recent(key, "", input, RECENT);
    }

    /// A handler was started with these fields at the server of this address, which doesn't keep them. The last 32 are kept over a
    /// reload, with the drafts, unless they are long.
    pub fn remember_start(self, server: &str, handler_id: &str, input: &RawJson) {
        let (key, name) = (["starts ", server].concat(), [handler_id, " "].concat());
        let whole = [&key, " ", handler_id].concat();
        self.starts.try_update_value(|starts| {
            starts.retain(|(known, _)| *known != whole);
            starts.push((whole, input.clone()));
        });
        self.add_recent(&key, &name, input, STARTS);
    }

    /// What a handler was started with in this tab, if that is known.
    #[must_use]
    pub fn start_of(self, server: &str, handler_id: &str) -> Option<RawJson> {
        let whole = ["starts ", server, " ", handler_id].concat();
        let known = self.starts.try_with_value(|starts| {
            let mut starts = starts.iter();
            starts
                .find(|(known, _)| *known == whole)
                .map(|(_, input)| input.clone())
        });
        if let Some(known) = known.flatten() {
            return Some(known);
        }
        let starts = self.recent(&["starts ", server].concat());
        let mut starts = starts.iter().filter_map(|line| line.split_once(' '));
        let (_, input) = starts.find(|(known, _)| *known == handler_id)?;
        RawJson::parse(input).ok()
    }

    /// Puts an input in front of those that are kept under `key`, as a line that begins with `name`.
    fn add_recent(self, key: &str, name: &str, input: &RawJson, most: usize) {
        // Between the values of JSON a line's end is as good as a space, and inside of strings there is none.
        let line = [name, &input.as_str().replace(['\n', '\r'], " ")].concat();
        let mut lines = self.recent(key);
        lines.retain(|known| {
            if name.is_empty() {
                *known != line
            } else {
                !known.starts_with(name)
            }
        });
        if input.as_str().len() <= RECENT_LENGTH {
            lines.insert(0, line);
        }
        lines.truncate(most);
        self.store(key, &lines.join("\n"));
    }
}

/// Does something with the tab's storage, where there is one.
fn session(f: impl FnOnce(&web_sys::Storage, &str) -> Option<String>, key: &str) -> Option<String> {
    let storage = crate::dom::window().session_storage().ok().flatten()?;
    f(&storage, &[STORED, key].concat())
}

/// The key of something that is kept, with the server that it is about.
pub(crate) fn of_this_server(key: &str) -> String {
    let server = use_workflow_client().map(|client| client.base_url());
    [key, " ", &server.unwrap_or_default()].concat()
}

impl Default for Drafts {
    fn default() -> Self {
        Self::new()
    }
}

/// A class that can answer, and its form: one field `response` for the stock event and others that declare none.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) class: String,
    pub(crate) form: Arc<Form>,
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
#[cfg(feature = "leptos")]
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
#[cfg(feature = "leptos")]
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
    let answer = |class: &str, schema: Option<&RawJson>| Answer {
        class: class.to_owned(),
        form: Arc::new(Form::for_response(schema.unwrap_or(&RawJson::null()))),
    };
    if classes.is_empty() {
        // Nothing is known yet, or the workflow lists no class: the stock one is what a plain workflow takes.
        return vec![answer("HumanResponseEvent", None)];
    }
    let known = classes.iter();
    known
        .map(|known| answer(&known.class, known.schema.as_ref()))
        .collect()
}
