//! Starting a run from what is typed into the form.

use super::Started;
use crate::drafts::{Drafts, of_this_server};
use crate::form::{FormState, focus_error};
use leptos::task::spawn_local;
use leptos::{html, prelude::*};
use std::sync::Arc;
use workflow_inspector::form::Form;
use workflow_protocol::{RawJson, is_addressable, start_is_beyond_key};
use workflow_ui_core::{RunWorkflow, RunWorkflowOptions, UseWorkflowRunReturn, use_workflow_run};

/// What the parts of a start form share.
#[derive(Clone, Copy)]
pub(super) struct Starter {
    /// The workflow's name.
    workflow: StoredValue<String>,
    pub(super) fields: FormState,
    /// The form element.
    pub(super) element: NodeRef<html::Form>,
    /// The handler that the next run continues.
    pub(super) continues: RwSignal<Option<String>>,
    /// The id that is typed for the handler; empty if the server chooses it.
    pub(super) handler_id: RwSignal<String>,
    pub(super) has_bad_id: Memo<bool>,
    /// Inputs of earlier starts, newest first.
    pub(super) recent: RwSignal<Vec<RawJson>>,
    /// Whether the last start was too large for an idempotency key.
    pub(super) without_key: RwSignal<bool>,
    pub(super) is_creating: Signal<bool>,
    folded: RwSignal<bool>,
    drafts: Drafts,
    run_workflow: RunWorkflow,
    on_started: Callback<Started>,
}

impl Starter {
    pub(super) fn new(
        workflow: String,
        continues: RwSignal<Option<String>>,
        folded: RwSignal<bool>,
        on_started: Callback<Started>,
    ) -> Self {
        let UseWorkflowRunReturn {
            run_workflow,
            is_creating,
            ..
        } = use_workflow_run();
        let drafts = use_context::<Drafts>().unwrap_or_default();
        let fields = FormState::new();
        fields.keep_draft(drafts, of_this_server(&format!("start {workflow}")));
        let handler_id = RwSignal::new(String::new());
        let has_bad_id = Memo::new(move |_| {
            let is_bad = |id: &str| !id.is_empty() && !is_addressable(id);
            handler_id.with(|id| is_bad(id.trim())) && continues.with(Option::is_none)
        });
        Self {
            recent: RwSignal::new(drafts.recent(&recent_key(&workflow))),
            workflow: StoredValue::new(workflow),
            fields,
            element: NodeRef::new(),
            continues,
            handler_id,
            has_bad_id,
            without_key: RwSignal::new(false),
            is_creating,
            folded,
            drafts,
            run_workflow,
            on_started,
        }
    }

    /// Starts a run, or shows why the form can't be sent.
    pub(super) fn submit(self, form: &Arc<Form>) {
        if self.is_creating.get_untracked() {
            return;
        }
        if self.has_bad_id.get_untracked() {
            // A field that is folded away would refuse in silence.
            if let Some(element) = self.element.get_untracked()
                && let Ok(Some(details)) = element.query_selector("details")
            {
                let _ = details.set_attribute("open", "");
            }
            return focus_error(self.element);
        }
        let sent = Arc::clone(form);
        self.fields
            .compose_event(form, self.element, move |input| self.start(sent, input));
    }

    fn start(self, form: Arc<Form>, input: RawJson) {
        let (workflow, handler_id) = (self.workflow.get_value(), self.handler_id.get_untracked());
        let typed = Some(handler_id.trim().to_owned()).filter(|id| !id.is_empty());
        let options = RunWorkflowOptions {
            handler_id: self.continues.get_untracked().or(typed),
            follow: true,
            ..RunWorkflowOptions::default()
        };
        self.without_key.set(start_is_beyond_key(&input));
        let recent_key = recent_key(&workflow);
        let started = self.run_workflow.call_with(workflow, input.clone(), options);
        spawn_local(async move {
            match started.await {
                Ok(handler) => self.finish(&recent_key, Started::new(handler, input)),
                Err(error) => self.fields.show_refusal(&form, &error, self.element),
            }
        });
    }

    /// Clears the form after a start. It may be gone by now.
    fn finish(self, recent_key: &str, started: Started) {
        self.fields.errors.try_set(Vec::new());
        self.continues.try_set(None);
        self.handler_id.try_set(String::new());
        // The note about the request would be folded away with the form.
        let has_note = self.without_key.try_get_untracked() == Some(true);
        self.folded.try_set(!has_note);
        self.drafts.started(recent_key, &started.input);
        self.recent.try_set(self.drafts.recent(recent_key));
        self.on_started.try_run(started);
    }
}

fn recent_key(workflow: &str) -> String {
    of_this_server(&format!("recent {workflow}"))
}
