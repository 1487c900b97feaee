//! What stands in an element, from when it is mounted until it is dropped.

use crate::detail::{Question, to_json};
use crate::{Port, Provider, chat, prompt, run, runs, trigger};
use js_sys::Promise;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{JsError, JsValue, wasm_bindgen};
use wasm_bindgen_futures::future_to_promise;
use web_sys::{Node, ShadowRoot};
use workflow_protocol::{Prompt, RawJson};
use workflow_ui_components::reactive::{GetUntracked as _, WithUntracked as _};
use workflow_ui_components::reactive::{Owner, Reading};
use workflow_ui_components::renewal::on_renewal;
use workflow_ui_components::theme::{mount_style, provide_style_root};
use workflow_ui_components::ui::{El, Live, Var, div, memo};
use workflow_ui_core::UseWorkflowHandlerReturn;

const STYLE: &str = include_str!("elements.css");

/// The inside of one element.
#[wasm_bindgen]
#[derive(Debug)]
pub struct View {
    owner: Owner,
    build: fn(&Context) -> El,
    context: Context,
    element: RefCell<Option<El>>,
}

/// What the inside of an element is made of.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) attributes: Attributes,
    pub(crate) port: Rc<Port>,
    /// The run that the element is about, where it is about one.
    run: Cell<Option<UseWorkflowHandlerReturn>>,
}

/// The attributes that any of the elements has.
const NAMES: [&str; 11] = [
    "editable",
    "field",
    "handler-id",
    "input",
    "label",
    "messages",
    "pieces",
    "placeholder",
    "selected",
    "view",
    "workflow",
];

/// The attributes of one element.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attributes([Var<Option<String>>; NAMES.len()]);

impl Attributes {
    fn new() -> Self {
        Self(NAMES.map(|_| Var::new(None)))
    }

    fn named(&self, name: &str) -> Option<Var<Option<String>>> {
        let at = NAMES.iter().position(|known| *known == name)?;
        self.0.get(at).copied()
    }

    /// The value of one that is set. Who reads it inside an effect or a memo is run again when it changes.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        self.named(name)?.get()
    }

    /// The same for those to whom none is an empty one.
    pub(crate) fn text(&self, name: &'static str) -> Live<String> {
        let attribute = self.named(name);
        memo(move || attribute.and_then(Var::get).unwrap_or_default())
    }
}

impl Context {
    /// Follows the run that the attribute `handler-id` names, and lets the element's methods reach it.
    pub(crate) fn follow(&self) -> (UseWorkflowHandlerReturn, Live<String>) {
        let id = self.attributes.text("handler-id");
        let run = workflow_ui_core::use_workflow_handler(Reading::derive(move || id.get()), true);
        self.run.set(Some(run));
        on_renewal(move || run.refresh.call());
        (run, id)
    }
}

#[wasm_bindgen]
impl View {
    /// The inside of an element of this kind, not in the page yet. None for a kind that is not known.
    pub fn of(kind: &str, provider: &Provider, port: Port) -> Option<Self> {
        let build = match kind {
            "workflow-chat" => chat::chat,
            "workflow-prompt" => prompt::prompt,
            "workflow-run" => run::run,
            "workflow-runs" => runs::runs,
            "workflow-trigger" => trigger::trigger,
            _ => return None,
        };
        let owner = provider.child();
        let attributes = owner.with(Attributes::new);
        let context = Context {
            attributes,
            port: Rc::new(port),
            run: Cell::default(),
        };
        Some(Self {
            owner,
            build,
            context,
            element: RefCell::default(),
        })
    }

    /// Sets an attribute, or takes it away.
    pub fn set(&self, name: &str, value: Option<String>) {
        if let Some(attribute) = self.context.attributes.named(name)
            && attribute.peek() != value
        {
            attribute.set(value);
        }
    }

    /// Puts it at the end of the element, or of its shadow root.
    pub fn mount(&self, root: &Node) {
        let element = self.owner.with(|| {
            // Its own shadow root, or one of the page's that it stands in: the document's styles reach neither.
            if let Ok(root) = root.get_root_node().dyn_into::<ShadowRoot>() {
                provide_style_root(root);
            }
            mount_style(STYLE);
            div("wf-root wf-element").child((self.build)(&self.context))
        });
        // A new element can stand below any other.
        let _ = root.append_child(element.node());
        self.element.replace(Some(element));
    }

    /// The status of the run, in the word of the contract.
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

    /// The questions that can be answered, as a JSON array.
    pub fn prompts(&self) -> String {
        let list = self.run().map(|run| {
            run.prompts.with_untracked(|prompts| {
                let open = prompts.iter().filter(|prompt| prompt.state.can_respond());
                to_json(&open.map(Question::from).collect::<Vec<_>>())
            })
        });
        list.unwrap_or_else(|| String::from("[]"))
    }

    /// Answers a question with an event of this class, whose fields are JSON.
    ///
    /// # Errors
    /// What was given is no JSON, there is no such question to answer, or no run.
    pub fn respond(&self, sequence: f64, class: &str, json: &str) -> Result<(), JsError> {
        let value = RawJson::parse(json).map_err(|error| JsError::new(&error.to_string()))?;
        let run = self.run().ok_or_else(|| JsError::new("No run is chosen"))?;
        let is_asked = |prompt: &&Prompt| prompt.sequence as f64 == sequence && prompt.state.can_respond();
        let asked = run
            .prompts
            .with_untracked(|prompts| prompts.iter().find(is_asked).map(|prompt| prompt.sequence))
            .ok_or_else(|| JsError::new("The run has no question of this sequence that can be answered"))?;
        run.respond
            .call_json(asked, class, value)
            .map_err(|error| JsError::new(&error.to_string()))
    }

    /// Cancels the run; resolves with what came of it: `cancelled`, `already_finished` or `still_running`.
    pub fn cancel(&self) -> Promise {
        let asked = self.run().map(|run| run.cancel.call());
        future_to_promise(async move {
            let Some(asked) = asked else {
                return Err(JsError::new("No run is chosen").into());
            };
            match asked.await {
                Ok(outcome) => Ok(JsValue::from_str(outcome.as_str())),
                Err(error) => Err(JsError::new(&error.to_string()).into()),
            }
        })
    }

    /// Asks the server about the run again now.
    pub fn refresh(&self) {
        if let Some(run) = self.run() {
            run.refresh.call();
        }
    }

    fn run(&self) -> Option<UseWorkflowHandlerReturn> {
        self.context.run.get()
    }
}

impl Drop for View {
    fn drop(&mut self) {
        self.owner.cleanup();
        if let Some(element) = self.element.take() {
            element.node().remove();
        }
    }
}
