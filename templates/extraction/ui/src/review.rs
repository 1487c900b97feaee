//! The review of a record beside the text that it was extracted from.

use leptos::{html, prelude::*};
use serde::Deserialize;
use workflow_ui_components::cloud::ExtractedReview;
use workflow_ui_core::agent_data::Citation;
use workflow_ui_core::protocol::RawJson;
use workflow_ui_core::{UseAgentDataItemReturn, use_agent_data_item};

/// The part of a record that is read here.
#[derive(Deserialize)]
struct Record {
    metadata: Document,
}

#[derive(Deserialize)]
struct Document {
    text: String,
}

/// The review of the record with this id.
#[component]
pub(crate) fn Review(#[prop(into)] id: Signal<Option<String>>, schema: RawJson) -> impl IntoView {
    let UseAgentDataItemReturn { item, .. } = use_agent_data_item::<Record>(id);
    let text = Memo::new(move |_| {
        let record = item.get().and_then(Result::ok);
        record.map_or_else(String::new, |record| record.data.metadata.text.clone())
    });
    let cited = RwSignal::new(String::new());
    let cite = move |citation: Citation| cited.set(citation.matching_text.unwrap_or_default());
    view! {
        <main class="app__review">
            <div class="app__card app__form">
                <ExtractedReview id schema=Some(schema) on_cite=cite />
            </div>
            <Text text cited />
        </main>
    }
}

/// The text with the cited part marked and in view.
#[component]
fn Text(#[prop(into)] text: Signal<String>, cited: RwSignal<String>) -> impl IntoView {
    let mark = NodeRef::<html::Mark>::new();
    let parts = Memo::new(move |_| {
        let (text, cited) = (text.get(), cited.get());
        let found = text.split_once(&cited).filter(|_| !cited.is_empty());
        let found = found.map(|(before, after)| (before.to_owned(), cited.clone(), after.to_owned()));
        found.unwrap_or((text, String::new(), String::new()))
    });
    Effect::new(move |_| {
        if let (false, Some(mark)) = (cited.with(String::is_empty), mark.get()) {
            mark.scroll_into_view();
        }
    });
    view! {
        // Scrolled with the keys, too.
        <section class="app__card app__text" aria-label="Text of the document" tabindex="0">
            <pre translate="no">
                {move || parts.with(|(before, ..)| before.clone())}
                <mark node_ref=mark>{move || parts.with(|(_, cited, _)| cited.clone())}</mark>
                {move || parts.with(|(.., after)| after.clone())}
            </pre>
        </section>
    }
}
