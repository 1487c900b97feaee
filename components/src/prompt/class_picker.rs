//! The choice of the class that answers.

use super::question::Question;
use crate::dom::unique_id;
use leptos::prelude::*;

/// A select of the classes that can answer; nothing if there is one. If none is likelier than the others, none is chosen.
#[component]
pub(super) fn ClassPicker(question: Question) -> impl IntoView {
    let Question {
        ranked,
        chosen,
        must_choose,
        ..
    } = question;
    let labels = Memo::new(move |_| {
        ranked.with(|ranked| {
            let labels: Vec<String> = ranked.answers.iter().map(|answer| answer.class.label()).collect();
            (labels, ranked.is_clear)
        })
    });
    let is_missing = Memo::new(move |_| must_choose.get() && chosen.with(Option::is_none));
    move || {
        let (labels, is_clear) = labels.get();
        (labels.len() > 1).then(|| {
            let id = unique_id("class");
            let select_id = id.clone();
            let error_id = unique_id("class-error");
            let error = error_id.clone();
            let now = chosen.get_untracked().filter(|now| labels.contains(now));
            let invitation = (!is_clear && now.is_none()).then(|| {
                view! {
                    <option value="" prop:selected=true disabled=true>
                        "Choose…"
                    </option>
                }
            });
            let options: Vec<_> = labels
                .into_iter()
                .map(|label| {
                    let is_chosen = now.as_ref() == Some(&label);
                    let value = label.clone();
                    view! {
                        <option value=value translate="no" prop:selected=is_chosen>
                            {label}
                        </option>
                    }
                })
                .collect();
            view! {
                <div>
                    <div class="wf-prompt__class">
                        <label class="wf-muted" for=id>
                            "Answer with"
                        </label>
                        <select
                            class="wf-select"
                            id=select_id
                            aria-invalid=move || is_missing.get().then_some("true")
                            aria-describedby=move || is_missing.get().then(|| error.clone())
                            on:change=move |event| chosen.set(Some(event_target_value(&event)))
                        >
                            {invitation}
                            {options}
                        </select>
                    </div>
                    <p class="wf-error" id=error_id hidden=move || !is_missing.get()>
                        "Choose what to answer with: several classes fit."
                    </p>
                </div>
            }
        })
    }
}
