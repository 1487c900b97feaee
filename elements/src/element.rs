//! What the content of an element knows of the element.

use crate::Port;
use leptos::prelude::*;
use workflow_ui_components::renewal::on_renewal;
use workflow_ui_core::{UseWorkflowHandlerReturn, use_workflow_handler};

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

/// One element: its attributes, its events, and the run that it shows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element {
    attributes: [RwSignal<Option<String>>; NAMES.len()],
    port: StoredValue<Port, LocalStorage>,
    /// Set by elements that show a run.
    run: StoredValue<Option<UseWorkflowHandlerReturn>>,
}

impl Element {
    pub(crate) fn new(port: Port) -> Self {
        Self {
            attributes: NAMES.map(|_| RwSignal::new(None)),
            port: StoredValue::new_local(port),
            run: StoredValue::new(None),
        }
    }

    /// The attribute with this name, if any of the elements has it.
    pub(crate) fn named(self, name: &str) -> Option<RwSignal<Option<String>>> {
        let index = NAMES.iter().position(|known| *known == name)?;
        self.attributes.get(index).copied()
    }

    /// The value of an attribute. Effects and memos that read it follow it.
    pub(crate) fn attribute(self, name: &str) -> Option<String> {
        self.named(name)?.get()
    }

    /// The value of an attribute, empty if it is not set.
    pub(crate) fn text(self, name: &'static str) -> Signal<String> {
        Memo::new(move |_| self.attribute(name).unwrap_or_default()).into()
    }

    /// Watches the run that the attribute `handler-id` names; the element's methods act on it.
    pub(crate) fn watch_run(self) -> UseWorkflowHandlerReturn {
        let id = Memo::new(move |_| self.attribute("handler-id").filter(|id| !id.is_empty()));
        let run = use_workflow_handler(id, true);
        self.run.set_value(Some(run));
        on_renewal(move || run.refresh.call());
        run
    }

    /// The run that the element shows.
    pub(crate) fn run(self) -> Option<UseWorkflowHandlerReturn> {
        self.run.try_get_value().flatten()
    }

    /// Dispatches an event of the element, whose `detail` is this JSON.
    pub(crate) fn dispatch(self, event: &str, detail: &str) {
        self.port.try_with_value(|port| port.dispatch(event, detail));
    }
}
