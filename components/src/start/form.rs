//! The start form of one workflow: fields from its schema, or the whole event as JSON.

use super::handler_id::HandlerIdField;
use super::recent::RecentInputs;
use super::run::Starter;
use super::{STYLE, Started};
use crate::form::{EventErrors, EventFields, JsonToggle};
use crate::icon::{Icon, IconView};
use crate::renewal::on_renewal;
use crate::send::WITHOUT_KEY;
use crate::status::NextTry;
use crate::theme::mount_style;
use leptos::{ev, prelude::*};
use std::sync::Arc;
use workflow_inspector::form::{Form, Inputs};
use workflow_inspector::text;
use workflow_protocol::RawJson;
use workflow_ui_core::{UseWorkflowReturn, use_workflow};

/// The start form of one workflow, without a picker.
#[component]
pub(crate) fn StartForm(
    workflow: String,
    /// The handler that the next run continues.
    #[prop(optional)]
    continues: RwSignal<Option<String>>,
    /// Set to true by a start.
    #[prop(optional)]
    folded: RwSignal<bool>,
    #[prop(into)] on_started: Callback<Started>,
    /// Called with the reason when the server refuses a start whose form is gone.
    #[prop(optional)]
    on_refused: Option<Callback<String>>,
) -> impl IntoView {
    mount_style(STYLE);
    let description = use_workflow(Some(workflow.clone()));
    let form = start_form_of(description);
    let starter = Starter::new(workflow, continues, folded, on_started, on_refused);
    let Starter {
        fields,
        element,
        without_key,
        is_creating,
        ..
    } = starter;
    adopt_typed_keys(starter, form);
    let chosen = choose_recent(starter, form);
    let is_ready = Memo::new(move |_| form.with(Option::is_some));
    let submit = move |()| {
        if let Some(form) = form.get_untracked() {
            starter.submit(&form);
        }
    };
    let on_submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        submit(());
    };
    view! {
        <form
            class="wf-form"
            data-part="start-form"
            part="start-form"
            aria-label="Start run"
            aria-busy=move || (!is_ready.get()).to_string()
            novalidate
            node_ref=element
            on:submit=on_submit
        >
            <Continued continues />
            <SchemaError description />
            <EventFields
                form
                state=fields
                label="Start event JSON"
                no_fields="This workflow takes any fields, or none."
                on_submit=submit
            />
            <EventErrors state=fields />
            <p
                class="wf-note"
                data-part="start-note"
                part="start-note"
                role="status"
                hidden=move || !without_key.get()
            >
                {move || without_key.get().then(|| format!("The last start was {WITHOUT_KEY}."))}
            </p>
            <div class="wf-form">
                <RecentInputs recent=starter.recent on_choose=move |input| chosen.set(Some(input)) />
                <HandlerIdField starter />
            </div>
            <div class="wf-form__foot">
                <JsonToggle form state=fields element />
                <span class="wf-grow"></span>
                <button
                    class="wf-button wf-button--primary"
                    type="submit"
                    data-part="run-button"
                    part="run-button"
                    disabled=move || is_creating.get() || !is_ready.get()
                >
                    <IconView icon=Icon::Play />
                    "Run"
                </button>
            </div>
        </form>
    }
}

/// The form of the start event.
fn start_form_of(description: UseWorkflowReturn) -> Memo<Option<Arc<Form>>> {
    let UseWorkflowReturn {
        schema,
        error,
        refresh,
        ..
    } = description;
    on_renewal(move || {
        if schema.with_untracked(Option::is_none) {
            refresh.call();
        }
    });
    Memo::new(move |_| match schema.get() {
        Some(schema) => Some(Arc::new(Form::from_schema(&schema.start))),
        // Without its schema a workflow can still be started: any keys, as fields or as JSON.
        None => error
            .with(Option::is_some)
            .then(|| Arc::new(Form::from_schema(&RawJson::null()))),
    })
}

/// Moves keys that were typed while the schema could not be read into its fields.
fn adopt_typed_keys(starter: Starter, form: Memo<Option<Arc<Form>>>) {
    let fields = starter.fields;
    Effect::new(move |_| {
        let Some(form) = form.get().filter(|form| !form.open) else {
            return;
        };
        if fields.inputs.with_untracked(|inputs| !inputs.extra().is_empty()) {
            fields.replace_inputs(|inputs| form.adopt(inputs));
        }
    });
}

/// The input of an earlier start that was chosen: it is filled in as soon as there is a form.
fn choose_recent(starter: Starter, form: Memo<Option<Arc<Form>>>) -> RwSignal<Option<RawJson>> {
    let chosen = RwSignal::new(None::<RawJson>);
    Effect::new(move |_| {
        if let (Some(input), Some(form)) = (chosen.get(), form.get()) {
            starter.fields.replace_inputs(|inputs| {
                *inputs = Inputs::default();
                form.update(inputs, &input);
            });
            chosen.set(None);
        }
    });
    chosen
}

/// Which handler the run continues, with the way out.
#[component]
fn Continued(continues: RwSignal<Option<String>>) -> impl IntoView {
    move || {
        continues.get().map(|handler_id| {
            let short = text::short_id(&handler_id).into_owned();
            view! {
                <p class="wf-start__about">
                    "A new run in the handler "
                    <span class="wf-mono" translate="no" title=handler_id>
                        {short}
                    </span>
                    ", with the state of its last one. "
                    <button type="button" class="wf-link" on:click=move |_| continues.set(None)>
                        "Start a new handler instead"
                    </button>
                </p>
            }
        })
    }
}

/// Why the workflow's schema could not be read.
#[component]
fn SchemaError(description: UseWorkflowReturn) -> impl IntoView {
    let UseWorkflowReturn {
        error,
        next_try: at,
        refresh,
        ..
    } = description;
    move || {
        error.get().map(|error| {
            view! {
                <p class="wf-error" role="status">
                    {error.to_string()}
                    ". "
                    <NextTry at />
                    " "
                    <button type="button" class="wf-link" on:click=move |_| refresh.call()>
                        "Try again"
                    </button>
                </p>
            }
        })
    }
}
