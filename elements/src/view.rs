//! The content of an element, from when it is mounted until it is dropped.

use crate::chat::WorkflowChat;
use crate::detail::{PromptDetail, to_json};
use crate::element::Element;
use crate::prompt::WorkflowPrompt;
use crate::run::WorkflowRun;
use crate::runs::WorkflowRuns;
use crate::trigger::WorkflowTrigger;
use crate::{Port, Provider};
use js_sys::Promise;
use leptos::mount::mount_to;
use leptos::prelude::*;
use std::any::Any;
use std::cell::RefCell;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{JsError, JsValue, wasm_bindgen};
use wasm_bindgen_futures::future_to_promise;
use web_sys::{Node, ShadowRoot};
use workflow_protocol::{Prompt, RawJson};
use workflow_ui_components::theme::{mount_style, provide_style_root};
use workflow_ui_core::UseWorkflowHandlerReturn;

const STYLE: &str = include_str!("elements.css");

/// The content of one element.
#[wasm_bindgen]
#[derive(Debug)]
pub struct View {
    owner: Owner,
    kind: Kind,
    element: Element,
    /// Unmounts the content when it is dropped.
    mounted: RefCell<Option<Box<dyn Any>>>,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Chat,
    Prompt,
    Run,
    Runs,
    Trigger,
}

impl Kind {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "workflow-chat" => Self::Chat,
            "workflow-prompt" => Self::Prompt,
            "workflow-run" => Self::Run,
            "workflow-runs" => Self::Runs,
            "workflow-trigger" => Self::Trigger,
            _ => return None,
        })
    }

    fn content(self, element: Element) -> AnyView {
        match self {
            Self::Chat => view! { <WorkflowChat element /> }.into_any(),
            Self::Prompt => view! { <WorkflowPrompt element /> }.into_any(),
            Self::Run => view! { <WorkflowRun element /> }.into_any(),
            Self::Runs => view! { <WorkflowRuns element /> }.into_any(),
            Self::Trigger => view! { <WorkflowTrigger element /> }.into_any(),
        }
    }
}

#[wasm_bindgen]
impl View {
    /// The content of an element with this name, not mounted yet. None for an unknown name.
    pub fn of(name: &str, provider: &Provider, port: Port) -> Option<Self> {
        let kind = Kind::parse(name)?;
        let owner = provider.child();
        let element = owner.with(|| Element::new(port));
        Some(Self {
            owner,
            kind,
            element,
            mounted: RefCell::default(),
        })
    }

    /// Sets an attribute, or removes it.
    pub fn set(&self, name: &str, value: Option<String>) {
        if let Some(attribute) = self.element.named(name)
            && attribute.with_untracked(|before| *before != value)
        {
            attribute.set(value);
        }
    }

    /// Mounts the content at the end of the element, or of its shadow root.
    pub fn mount(&self, root: &Node) {
        let (kind, element) = (self.kind, self.element);
        let mounted = self.owner.with(|| {
            // The element's own shadow root, or one of the page's around it: the document's styles reach neither.
            if let Ok(root) = root.get_root_node().dyn_into::<ShadowRoot>() {
                provide_style_root(root);
            }
            mount_style(STYLE);
            // A shadow root is no element, but it takes children as one.
            mount_to(root.clone().unchecked_into(), move || {
                view! { <div class="wf-root wf-element">{kind.content(element)}</div> }
            })
        });
        self.mounted.replace(Some(Box::new(mounted)));
    }

    /// The status of the run, as in the contract.
    pub fn status(&self) -> Option<String> {
        let status = self.run()?.status.get_untracked();
        Some(status.as_str().to_owned())
    }

    /// The id of the run, once it is known.
    pub fn run_id(&self) -> Option<String> {
        self.run()?.run_id.get_untracked()
    }

    /// The result of the run as JSON, once there is one.
    pub fn result(&self) -> Option<String> {
        let result = self.run()?.result.get_untracked()?;
        Some(result.shown().as_str().to_owned())
    }

    /// The prompts that can be answered, as a JSON array.
    pub fn prompts(&self) -> String {
        let list = self.run().map(|run| {
            run.prompts.with_untracked(|prompts| {
                let open = prompts.iter().filter(|prompt| prompt.state.can_respond());
                to_json(&open.map(PromptDetail::from).collect::<Vec<_>>())
            })
        });
        list.unwrap_or_else(|| String::from("[]"))
    }

    /// Answers a prompt with an event of this class, whose fields are JSON.
    ///
    /// # Errors
    /// `json` is no JSON; there is no run, or it has no such prompt that can be answered.
    pub fn respond(&self, sequence: f64, class: &str, json: &str) -> Result<(), JsError> {
        let value = RawJson::parse(json).map_err(|error| JsError::new(&error.to_string()))?;
        let run = self.run().ok_or_else(|| JsError::new("No run is chosen"))?;
        let is_meant = |prompt: &&Prompt| prompt.sequence as f64 == sequence && prompt.state.can_respond();
        let prompt = run
            .prompts
            .with_untracked(|prompts| prompts.iter().find(is_meant).cloned())
            .ok_or_else(|| JsError::new("The run has no question of this sequence that can be answered"))?;
        run.respond
            .call(&prompt, class, value)
            .map_err(|error| JsError::new(&error.to_string()))
    }

    /// Cancels the run; resolves with `cancelled`, `already_finished` or `still_running`.
    pub fn cancel(&self) -> Promise {
        let cancelling = self.run().map(|run| run.cancel.call());
        future_to_promise(async move {
            let Some(cancelling) = cancelling else {
                return Err(JsError::new("No run is chosen").into());
            };
            match cancelling.await {
                Ok(outcome) => Ok(JsValue::from_str(outcome.as_str())),
                Err(error) => Err(JsError::new(&error.to_string()).into()),
            }
        })
    }

    /// Requests the run from the server again.
    pub fn refresh(&self) {
        if let Some(run) = self.run() {
            run.refresh.call();
        }
    }

    fn run(&self) -> Option<UseWorkflowHandlerReturn> {
        self.element.run()
    }
}

impl Drop for View {
    fn drop(&mut self) {
        // First: handlers of focus may run while elements are removed.
        self.mounted.take();
        self.owner.cleanup();
    }
}
