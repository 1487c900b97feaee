//! What is known about each value, beside its field: confidence, the value as extracted, reasoning, citations.

use super::record::value;
use super::state::Review;
use super::threshold::{level, percent, threshold};
use crate::form::{Field, FieldAside, Form};
use crate::icon::{Icon, IconView};
use leptos::prelude::*;
use std::sync::Arc;
use workflow_cloud::{Citation, FieldNotes, field_notes};
use workflow_inspector::json::compact;
use workflow_protocol::RawJson;

/// Shows the notes beside the fields of this form, which is under the current owner.
pub(super) fn provide_notes(review: Review, form: Arc<Form>, on_cite: Option<Callback<Citation>>) {
    let metadata = Memo::new(move |_| Arc::new(review.base.with(|base| value(base, "field_metadata"))));
    let threshold = threshold();
    provide_context(FieldAside(Callback::new(move |field: Field| {
        let is_group = field.kind.is_container();
        let is_doubtful = review.is_doubtful(&field.source);
        let path = segments(&field.source);
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let notes = metadata.with_untracked(|metadata| field_notes(metadata, &path));
        let notes = notes.filter(|_| !is_doubtful);
        if is_group && notes.is_none() {
            return None;
        }
        Some(beside(
            review,
            &form,
            field,
            notes.unwrap_or_default(),
            threshold,
            on_cite,
        ))
    })));
}

/// The keys and positions of a JSON pointer without its first slash.
fn segments(pointer: &str) -> Vec<String> {
    let names = pointer.split('/');
    names
        .map(|name| name.replace("~1", "/").replace("~0", "~"))
        .collect()
}

fn beside(
    review: Review,
    form: &Arc<Form>,
    field: Field,
    notes: FieldNotes,
    threshold: Signal<f64>,
    on_cite: Option<Callback<Citation>>,
) -> AnyView {
    let confidence = notes.confidence.or(notes.extraction_confidence);
    let is_group = field.kind.is_container();
    let label = format!("About {}", field.label);
    let confidence = (!is_group || confidence.is_some()).then(|| {
        view! {
            <span
                class="wf-notes__confidence"
                data-part="confidence"
                part="confidence"
                data-level=move || level(confidence, threshold.get())
            >
                "Confidence: "
                {percent(confidence)}
            </span>
        }
    });
    let original = (!is_group)
        .then(|| original_line(review, Arc::clone(form), field))
        .flatten();
    let more = more(notes, on_cite);
    view! {
        <div class="wf-notes" role="group" aria-label=label data-part="field-notes" part="field-notes" translate="no">
            {confidence}
            {original}
            {more}
        </div>
    }
    .into_any()
}

/// The value as extracted, while the field has another one, and the button that puts it back.
fn original_line(review: Review, form: Arc<Form>, field: Field) -> Option<AnyView> {
    let original = review
        .original_of(&field.source)
        .filter(|_| !review.is_doubtful(&field.source))?;
    let text = compact(original.as_str());
    let label = format!("Undo to the extracted value of {}", field.label);
    let path = segments(&field.name);
    let known = text.clone();
    let is_changed = Memo::new(move |_| {
        review.track(&field.name);
        let now = review
            .state
            .inputs
            .try_with_untracked(|inputs| form.field_json(&field, inputs));
        now.flatten().is_none_or(|now| compact(&now) != known)
    });
    let undo = move |_| {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        review.undo(&path, &original);
    };
    let line = view! {
        <p class="wf-notes__original" data-part="original" part="original" hidden=move || !is_changed.get()>
            "Extracted: "
            <code>{text}</code>
            " "
            <button type="button" class="wf-link" aria-label=label on:click=undo>
                "Undo"
            </button>
        </p>
    };
    Some(line.into_any())
}

/// Reasoning and citations, folded.
fn more(notes: FieldNotes, on_cite: Option<Callback<Citation>>) -> Option<AnyView> {
    let FieldNotes {
        reasoning,
        citations,
        odd,
        ..
    } = notes;
    if reasoning.is_none() && citations.is_empty() && odd.is_empty() {
        return None;
    }
    let summary = match citations.len() {
        0 => "Why".to_owned(),
        1 => "Why (1 citation)".to_owned(),
        many => format!("Why ({many} citations)"),
    };
    let citations: Vec<AnyView> = citations
        .into_iter()
        .map(|citation| citation_line(citation, on_cite))
        .collect();
    let odd: Vec<AnyView> = odd
        .into_iter()
        .map(|(key, text)| view! { <li>{key} ": " <code>{text}</code></li> }.into_any())
        .collect();
    let view = view! {
        <details data-part="why" part="why">
            <summary>{summary}</summary>
            {reasoning.map(|reasoning| view! { <p>{reasoning}</p> })}
            <ul>{citations} {odd}</ul>
        </details>
    };
    Some(view.into_any())
}

fn citation_line(citation: Citation, on_cite: Option<Callback<Citation>>) -> AnyView {
    let page = citation.page.map(|page| format!("Page {page}"));
    let text = citation.matching_text.as_ref().map(|text| format!("“{text}”"));
    let words: Vec<String> = page.into_iter().chain(text).collect();
    let words = match (words.is_empty(), &citation.odd) {
        (true, Some(odd)) => odd.clone(),
        (true, None) => "No place is named".to_owned(),
        _ => words.join(": "),
    };
    let show = on_cite.map(|on_cite| {
        let label = format!("Show {words}");
        view! {
            " "
            <button
                type="button"
                class="wf-button wf-button--plain wf-button--icon"
                aria-label=label
                on:click=move |_| on_cite.run(citation.clone())
            >
                <IconView icon=Icon::Search />
            </button>
        }
    });
    view! {
        <li data-part="citation" part="citation">
            {words}
            {show}
        </li>
    }
    .into_any()
}

/// The extracted values as JSON text, for a record without a form.
pub(super) fn extracted_text(original: Option<RawJson>) -> String {
    original
        .map(|original| compact(original.as_str()))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::segments;

    #[test]
    fn segments_are_the_keys_of_a_pointer() {
        assert_eq!(segments("x~1y/~0/0"), ["x/y", "~", "0"]);
        assert_eq!(segments("/x"), ["", "x"]);
    }
}
