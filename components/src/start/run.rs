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
    /// The key of the inputs of earlier starts.
    recent_key: StoredValue<String>,
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
    on_refused: Option<Callback<String>>,
}

/// What a start took from the form beside its fields.
struct Sent {
    continues: Option<String>,
    handler_id: String,
}

impl Starter {
    pub(super) fn new(
        workflow: String,
        continues: RwSignal<Option<String>>,
        folded: RwSignal<bool>,
        on_started: Callback<Started>,
        on_refused: Option<Callback<String>>,
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
        // Only here there is an owner, with the server in its context.
        let recent_key = of_this_server(&format!("recent {workflow}"));
        Self {
            recent: RwSignal::new(drafts.recent(&recent_key)),
            recent_key: StoredValue::new(recent_key),
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
            on_refused,
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
        let workflow = self.workflow.get_value();
        let recent_key = self.recent_key.get_value();
        let sent = Sent {
            continues: self.continues.get_untracked(),
            handler_id: self.handler_id.get_untracked(),
        };
        let typed = Some(sent.handler_id.trim().to_owned()).filter(|id| !id.is_empty());
        let options = RunWorkflowOptions {
            handler_id: sent.continues.clone().or(typed),
            follow: true,
            ..RunWorkflowOptions::default()
        };
        self.without_key.set(start_is_beyond_key(&input));
        let started = self
            .run_workflow
            .call_with(workflow.clone(), input.clone(), options);
        spawn_local(async move {
            match started.await {
                Ok(handler) => self.finish(&recent_key, &sent, Started::new(handler, input)),
                Err(error) if self.is_gone() => {
                    if let Some(on_refused) = self.on_refused {
                        on_refused.try_run(format!("{workflow} was not started: {error}"));
                    }
                }
                Err(error) => self.fields.show_refusal(&form, &error, self.element),
            }
        });
    }

    /// Whether the form of another workflow has taken the place of this one.
    fn is_gone(self) -> bool {
        self.handler_id.is_disposed()
    }

    /// Clears the form after a start, but not what the user chose or typed meanwhile.
    fn finish(self, recent_key: &str, sent: &Sent, started: Started) {
        self.drafts.started(recent_key, &started.input);
        // This belongs to the page, so it may outlive the form.
        if self.continues.try_get_untracked().as_ref() == Some(&sent.continues) {
            self.continues.try_set(None);
        }
        if !self.is_gone() {
            self.fields.errors.set(Vec::new());
            if self.handler_id.get_untracked() == sent.handler_id {
                self.handler_id.set(String::new());
            }
            self.recent.set(self.drafts.recent(recent_key));
            // The note about the request would be folded away with the form.
            self.folded.set(!self.without_key.get_untracked());
        }
        self.on_started.try_run(started);
    }
}
