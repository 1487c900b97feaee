//! One extracted document beside what is known about each value.

mod conflict;
mod notes;
mod record;
mod state;
mod threshold;

use super::STYLE;
use super::count::ErrorLine;
use super::status::{canonical, review_icon, review_word};
use crate::form::{Form, FormFields, hand_focus_on, provide_form_pages};
use crate::icon::{Icon, IconView};
use crate::theme::mount_style;
use conflict::ConflictDialog;
use leptos::{ev, html, prelude::*};
use notes::{extracted_text, provide_notes};
use record::{Stored, original, text, value};
use state::Review;
use std::sync::Arc;
pub use threshold::provide_review_threshold;
use threshold::{level, percent};
use wasm_bindgen::JsCast;
use workflow_cloud::{Citation, ReviewStatus};
use workflow_protocol::RawJson;
use workflow_ui_core::{
    UseAgentDataItemReturn, UseAgentDataOptions, use_agent_data_client, use_agent_data_item_with_options,
    use_agent_data_write_with_options,
};

/// Reviews one record of extracted data: its values as a form, and beside each its confidence, the value as extracted, the reasoning and
/// the citations. `Accept` writes the status `accepted`, `Reject` writes `rejected`, `Save` leaves the status as it is.
///
/// Values that don't fit the schema can be rejected, not accepted. Values that are no object stay as they are stored until something is
/// typed into a field.
///
/// Before a save the record is read again. What another editor changed meanwhile is shown change by change, for the user to decide; a list
/// whose items the user removed, added or moved is one change.
/// Unsaved work is kept in the tab's session storage until it is saved or given up, and the browser asks before the page is left.
/// Of a record with hundreds of values a page of each group is built at a time; a value that can't be saved is turned to. Lists of more
/// than 1 000 items are edited as JSON.
///
/// Nothing says which item is which in a list whose items an earlier review removed, added or moved: its items show no notes.
///
/// Confidences below the threshold of [`provide_review_threshold`] are marked; 0 is marked as worst, and a missing one says "none".
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::cloud::ExtractedReview;
/// use workflow_ui_core::protocol::RawJson;
///
/// #[component]
/// fn Invoice(id: Signal<Option<String>>, schema: RawJson, page: RwSignal<u64>) -> impl IntoView {
///     view! {
///         <ExtractedReview
///             id
///             schema=Some(schema)
///             on_cite=move |citation: workflow_ui_core::agent_data::Citation| page.set(citation.page.unwrap_or(1))
///         />
///     }
/// }
/// ```
#[component]
pub fn ExtractedReview(
    /// The id of the record.
    #[prop(into)]
    id: Signal<Option<String>>,
    /// The JSON Schema of the values. Without one the form is made of the values themselves.
    #[prop(optional, into)]
    schema: Signal<Option<RawJson>>,
    /// Called with the new status after each save.
    #[prop(optional, into)]
    on_saved: Option<Callback<String>>,
    /// Called with a citation that the user wants to see. Without it citations are only named.
    #[prop(optional, into)]
    on_cite: Option<Callback<Citation>>,
    /// The client, and how often it is asked. Defaults to the client in context, and 30 seconds.
    #[prop(optional)]
    options: UseAgentDataOptions,
) -> impl IntoView {
    for style in [crate::form::STYLE, crate::status::STYLE, STYLE] {
        mount_style(style);
    }
    let UseAgentDataItemReturn {
        item,
        missing,
        loading,
        error,
        ..
    } = use_agent_data_item_with_options::<RawJson>(id, options.clone());
    // Raw data always decode.
    let record = Memo::new_with_compare(
        move |_| item.get().and_then(Result::ok),
        |before, now| match (before, now) {
            (Some(Some(before)), Some(Some(now))) => !Arc::ptr_eq(before, now),
            _ => true,
        },
    );
    // The form is made again for another record or schema, not when the same one is read again. It stays when the record is deleted
    // meanwhile: what was typed is still there.
    let shown = Memo::new(move |before: Option<&Option<(String, Option<RawJson>)>>| {
        let read = record.with(|record| record.as_ref().map(|record| record.id.clone()));
        let edited = || {
            let (known, _) = before?.as_ref()?;
            id.with(|id| id.as_ref() == Some(known)).then(|| known.clone())
        };
        Some((read.or_else(edited)?, schema.get()))
    });
    let words = move || {
        if missing.get() {
            "There is no such record."
        } else if loading.get() {
            "Loading the record…"
        } else if error.with(Option::is_some) {
            "The record can't be read."
        } else {
            "No record is chosen."
        }
    };
    view! {
        <section class="wf-review" role="region" aria-label="Review" data-part="review" part="review" data-id=move || id.get()>
            <ErrorLine error />
            <p class="wf-empty" translate="no" hidden=move || shown.with(Option::is_some)>
                {words}
            </p>
            <For
                each=move || shown.get()
                key=|(id, schema)| (id.clone(), schema.as_ref().map(|schema| schema.as_str().to_owned()))
                children=move |(_, schema)| {
                    view! { <ReviewForm record schema on_saved on_cite missing options=options.clone() /> }
                }
            />
        </section>
    }
}

#[component]
fn ReviewForm(
    record: Memo<Option<Arc<Stored>>>,
    schema: Option<RawJson>,
    on_saved: Option<Callback<String>>,
    on_cite: Option<Callback<Citation>>,
    missing: Signal<bool>,
    options: UseAgentDataOptions,
) -> impl IntoView {
    let Some(first) = record.get_untracked() else {
        return ().into_any();
    };
    let client = options.client.clone().or_else(use_agent_data_client);
    let update = use_agent_data_write_with_options::<RawJson>(options).update;
    let review = Review::new(Stored::clone(&first), schema, client, update, on_saved);
    Effect::new(move |_| {
        if let Some(record) = record.get() {
            review.refreshed(&record);
        }
    });
    keep_unsaved(review);
    provide_form_pages();
    let on_typed = move |event: ev::Event| {
        let name = event
            .target()
            .and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        if let Some(name) = name.and_then(|target| target.get_attribute("name")) {
            review.typed(&name);
        }
    };
    let fallback = Memo::new(move |_| {
        let is_empty = review.form.with(|form| form.fields.is_empty());
        let original = is_empty.then(|| review.base.with(original));
        extracted_text(original.flatten())
    });
    let element = NodeRef::<html::Form>::new();
    // A form that replaces another one is drawn with fields of its own.
    let forms = move || {
        if let Some(element) = element.get_untracked() {
            hand_focus_on(&element);
        }
        [review.form.get()]
    };
    let fields = move |form: Arc<Form>| {
        provide_notes(review, Arc::clone(&form), on_cite);
        view! { <FormFields form state=review.state on_submit=move |()| review.save(None) /> }
    };
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        review.save(None);
    };
    view! {
        <ReviewHead review />
        <p class="wf-error" role="alert" translate="no" hidden=move || !missing.get()>
            "This record was deleted. What you typed is still here."
        </p>
        <form
            novalidate
            class="wf-form"
            aria-label="Extracted values"
            node_ref=element
            on:input=on_typed
            on:change=on_typed
            on:submit=submit
        >
            <For each=forms key=|form| Arc::as_ptr(form).addr() children=fields />
            <pre class="wf-mono" translate="no" hidden=move || fallback.with(String::is_empty)>
                {fallback}
            </pre>
            <ReviewFoot review />
        </form>
        <ConflictDialog review />
    }
    .into_any()
}

/// Stores unsaved work for a reload, and asks before the page is left.
fn keep_unsaved(review: Review) {
    if cfg!(not(target_arch = "wasm32")) {
        return;
    }
    let hidden = window_event_listener(ev::pagehide, move |_| review.store_draft());
    let leaving = window_event_listener(ev::beforeunload, move |event| {
        if review.is_dirty.try_get_untracked() == Some(true) {
            event.prevent_default();
        }
    });
    on_cleanup(move || {
        review.store_draft();
        hidden.remove();
        leaving.remove();
    });
}

/// The record's facts, and the state of its review.
#[component]
fn ReviewHead(review: Review) -> impl IntoView {
    let base = review.base;
    let name = Memo::new(move |_| {
        base.with(|base| match text(base, "file_name") {
            name if name.is_empty() => base.id.clone(),
            name => name,
        })
    });
    let status = Memo::new(move |_| base.with(|base| canonical(&text(base, "status"))));
    let confidence = Memo::new(move |_| base.with(|base| value(base, "overall_confidence").as_f64()));
    let failure = Memo::new(move |_| base.with(extraction_error));
    let threshold = threshold::threshold();
    view! {
        <div class="wf-review__head">
            <h2 class="wf-h wf-review__name" translate="no">
                {name}
            </h2>
            <span
                class="wf-notes__confidence"
                data-part="overall-confidence"
                part="overall-confidence"
                translate="no"
                data-level=move || level(confidence.get(), threshold.get())
            >
                {move || format!("Confidence: {}", percent(confidence.get()))}
            </span>
            <span
                class="wf-review-status wf-status--pill"
                data-part="review-status"
                part="review-status"
                data-review=status
            >
                <IconView icon=move || status.with(|status| review_icon(status)) />
                <span translate="no">{move || status.with(|status| review_word(status).to_owned())}</span>
            </span>
        </div>
        <p class="wf-error" translate="no" data-part="extraction-error" part="extraction-error" hidden=move || failure.with(String::is_empty)>
            {failure}
        </p>
    }
}

/// What went wrong when the values were extracted, in the words of the record. Empty if nothing is said.
fn extraction_error(record: &Stored) -> String {
    let metadata = value(record, "metadata");
    let words = ["extraction_error", "job_error"]
        .iter()
        .filter_map(|key| match &metadata[*key] {
            serde_json::Value::Null => None,
            serde_json::Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        });
    words.collect::<Vec<_>>().join(" ")
}

/// The buttons.
#[component]
fn ReviewFoot(review: Review) -> impl IntoView {
    let Review {
        is_dirty,
        is_saving,
        failure,
        notice,
        state,
        ..
    } = review;
    let has_original = Memo::new(move |_| review.base.with(|base| original(base).is_some()));
    let general = move || state.general_error();
    view! {
        <div class="wf-review__foot">
            <p class="wf-error wf-grow" role="alert" translate="no">
                {move || failure.get().unwrap_or_default()}
                " "
                {general}
            </p>
            <span role="status" class="wf-muted" translate="no" data-part="review-notice" part="review-notice">
                {move || if is_dirty.get() && notice.get().is_empty() { "Not saved yet." } else { notice.get() }}
            </span>
            <button type="button" class="wf-button" hidden=move || !has_original.get() on:click=move |_| review.undo_all()>
                "Undo to extracted"
            </button>
            <button
                type="button"
                class="wf-button"
                hidden=move || !is_dirty.get()
                on:click=move |_| review.discard()
            >
                "Discard changes"
            </button>
            <button type="submit" class="wf-button" disabled=is_saving>
                "Save"
            </button>
            <button
                type="button"
                class="wf-button wf-button--danger"
                disabled=is_saving
                on:click=move |_| review.save(Some(ReviewStatus::Rejected))
            >
                <IconView icon=Icon::Slash />
                "Reject"
            </button>
            <button
                type="button"
                class="wf-button wf-button--primary"
                disabled=is_saving
                on:click=move |_| review.save(Some(ReviewStatus::Accepted))
            >
                <IconView icon=Icon::Check />
                "Accept"
            </button>
        </div>
    }
}
