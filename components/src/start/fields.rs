//! The start form of one workflow: fields from its schema, or the whole event as JSON.

use super::{StartChoices, Started};
use crate::form::{FormFields, FormState, focus_field};
use crate::icon::{Icon, icon};
use crate::prompt::Drafts;
use leptos::ev::{KeyboardEvent, SubmitEvent};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::sync::Arc;
use workflow_inspector::form::{Form, parse_object};
use workflow_inspector::text;
use workflow_protocol::{FieldError, RawJson};
use workflow_ui_core::{
    Error, RunWorkflowOptions, UseWorkflowReturn, UseWorkflowRunReturn, use_workflow, use_workflow_run,
};

pub(super) fn fields(workflow: String, choices: StartChoices, drafts: Drafts) -> AnyView {
    let StartChoices { continues, folded, on_started, .. } = choices;
    let UseWorkflowReturn { schema, error: unread, refresh, .. } = use_workflow(workflow.clone());
    let UseWorkflowRunReturn { run_workflow, is_creating, .. } = use_workflow_run();
    let node = NodeRef::<html::Form>::new();
    let state = FormState::new();
    let key = ["start ", &workflow].concat();
    state.inputs.set(drafts.get(&key));
    let keep = key;
    Effect::new(move |_| drafts.set(&keep, state.inputs.get()));

    let form = Memo::new(move |_| {
        let schema = schema.get();
        match schema {
            Some(schema) => Some(Arc::new(Form::from_schema(&schema.start))),
            // Without its schema a workflow can still be started: any keys, as fields or as JSON.
            None => unread.with(Option::is_some).then(|| Arc::new(Form::from_schema(&RawJson::null()))),
        }
    });
    let as_json = Memo::new(move |_| state.inputs.with(|inputs| inputs.json.is_some()));

    let finish = move |result: Result<(workflow_protocol::Handler, RawJson), Error>| match result {
        Ok((handler, input)) => {
            state.errors.try_set(Vec::new());
            continues.try_set(None);
            folded.try_set(true);
            on_started.try_run(Started { handler, input });
        }
        Err(error) => refused(state, form, &error, node),
    };
    let run = move || {
        let Some(form) = form.get_untracked() else { return };
        if is_creating.get_untracked() {
            return;
        }
        let value = match composed(state, &form) {
            Ok(value) => value,
            Err(errors) => {
                state.errors.set(errors);
                show_errors(node);
                return;
            }
        };
        state.errors.set(Vec::new());
        let options = RunWorkflowOptions { handler_id: continues.get_untracked(), ..RunWorkflowOptions::default() };
        let started = run_workflow.call_with(workflow.clone(), value.clone(), options);
        spawn_local(async move { finish(started.await.map(|handler| (handler, value))) });
    };
    let run = StoredValue::new_local(run);
    let go = move || run.with_value(|run| run());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        go();
    };
    let on_submit = Callback::new(move |()| go());

    let body = move || {
        let form = form.get()?;
        Some(if as_json.get() {
            json_side(state, on_submit)
        } else {
            let about = form.description.clone();
            let none = form.fields.is_empty().then_some("This workflow takes any fields, or none.");
            view! {
                {about.map(|text| view! { <p class="wf-start__about">{text}</p> })}
                {none.map(|text| view! { <p class="wf-start__about">{text}</p> })}
                <FormFields form=form state=state on_submit=on_submit />
            }
            .into_any()
        })
    };
    let general = move || {
        let text = state.general();
        (!text.is_empty() && !as_json.get()).then(|| view! { <p class="wf-error" role="alert">{text}</p> }.into_any())
    };
    let trouble = move || {
        unread.get().map(|error| {
            view! {
                <p class="wf-error" role="status">
                    {error.to_string()} " "
                    <button type="button" class="wf-link" on:click=move |_| refresh.call()>"Try again"</button>
                </p>
            }
            .into_any()
        })
    };
    let continued = move || {
        continues.get().map(|handler| {
            view! {
                <p class="wf-start__about">
                    "A new run in the handler " <span class="wf-mono" title=handler.clone()>{text::short_id(&handler).into_owned()}</span>
                    ", with the state of its last one. "
                    <button type="button" class="wf-link" on:click=move |_| continues.set(None)>"Start a new handler instead"</button>
                </p>
            }
            .into_any()
        })
    };
    let loading = move || form.with(Option::is_none).then_some("Reading the form…");
    view! {
        <form class="wf-form" data-part="start-form" aria-label="Start run" novalidate node_ref=node on:submit=submit>
            {continued}
            {trouble}
            <p class="wf-note" hidden=move || form.with(Option::is_some)>{loading}</p>
            {body}
            {general}
            <div class="wf-form__foot">
                <button
                    type="button"
                    class="wf-button"
                    title="The whole start event as JSON"
                    aria-pressed=move || as_json.get().to_string()
                    on:click=move |_| toggle_json(state, form, node)
                >
                    {icon(Icon::Braces)}
                    "JSON"
                </button>
                <span class="wf-grow"></span>
                <button
                    type="submit"
                    class="wf-button wf-button--primary"
                    data-part="run-button"
                    disabled=move || is_creating.get() || form.with(Option::is_none)
                >
                    {icon(Icon::Play)}
                    "Run"
                </button>
            </div>
        </form>
    }
    .into_any()
}

/// What the form or the JSON says.
fn composed(state: FormState, form: &Form) -> Result<RawJson, Vec<FieldError>> {
    let json = state.inputs.with_untracked(|inputs| inputs.json.clone());
    match json {
        None => state.compose(form),
        Some(text) => parse_object(&text).map_err(|error| vec![whole(error.to_string())]),
    }
}

/// An error of the whole form.
const fn whole(message: String) -> FieldError {
    FieldError { path: String::new(), message }
}

/// Puts the server's refusal where it belongs; what was typed stays.
fn refused(state: FormState, form: Memo<Option<Arc<Form>>>, error: &Error, node: NodeRef<html::Form>) {
    // The form may be gone by the time the answer is here.
    let Some(Some(form)) = form.try_get_untracked() else { return };
    let json = state.inputs.with_untracked(|inputs| inputs.json.is_some());
    if error.fields().is_empty() {
        state.errors.set(vec![whole(error.to_string())]);
    } else if json {
        let words = |error: &FieldError| whole([error.path.as_str(), ": ", &error.message].concat());
        state.errors.set(error.fields().iter().map(words).collect());
    } else {
        state.refuse(&form, error.fields());
    }
    show_errors(node);
}

fn show_errors(node: NodeRef<html::Form>) {
    request_animation_frame(move || {
        if let Some(form) = node.try_get_untracked().flatten() {
            focus_field(&form);
        }
    });
}

/// Swaps fields and JSON. JSON that can't be read stays until it is mended or dropped: nothing that was typed is lost.
fn toggle_json(state: FormState, form: Memo<Option<Arc<Form>>>, node: NodeRef<html::Form>) {
    let Some(form) = form.get_untracked() else { return };
    let json = state.inputs.with_untracked(|inputs| inputs.json.clone());
    match json {
        None => {
            state.errors.set(Vec::new());
            state.inputs.update(|inputs| inputs.json = Some(form.to_json(inputs)));
        }
        Some(text) => match parse_object(&text) {
            Ok(value) => {
                state.errors.set(Vec::new());
                state.inputs.update(|inputs| {
                    form.update(inputs, &value);
                    inputs.json = None;
                });
            }
            Err(error) => {
                state.errors.set(vec![whole(error.to_string())]);
                show_errors(node);
            }
        },
    }
}

fn json_side(state: FormState, on_submit: Callback<()>) -> AnyView {
    let id = crate::dom::unique_id("json");
    let error_id = [&id, "-error"].concat();
    let shown = state.inputs.with_untracked(|inputs| inputs.json.clone().unwrap_or_default());
    let errors = Memo::new(move |_| state.general());
    let wrong = move || errors.with(|errors| !errors.is_empty());
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
            event.prevent_default();
            on_submit.run(());
        }
    };
    let on_input = move |event| {
        state.inputs.update(|inputs| inputs.json = Some(event_target_value(&event)));
        state.errors.set(Vec::new());
    };
    let described = error_id.clone();
    view! {
        <div class="wf-field">
            <label class="wf-field__label" for=id.clone()>"Start event JSON"</label>
            <textarea
                class="wf-input wf-input--code"
                id=id
                rows="8"
                spellcheck="false"
                autocomplete="off"
                aria-invalid=move || wrong().then_some("true")
                aria-describedby=described
                prop:value=shown
                on:input=on_input
                on:keydown=on_key
            ></textarea>
            <p class="wf-error" id=error_id hidden=move || !wrong()>{move || errors.get()}</p>
            <button type="button" class="wf-link" hidden=move || !wrong() on:click=move |_| {
                state.errors.set(Vec::new());
                state.inputs.update(|inputs| inputs.json = None);
            }>
                "Drop this JSON and go back to the fields"
            </button>
        </div>
    }
    .into_any()
}
