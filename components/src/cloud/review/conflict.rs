//! What another editor changed meanwhile, change by change, for the user to decide.

use super::state::{Conflict, Review};
use crate::dialog::Dialog;
use crate::dom::unique_id;
use leptos::prelude::*;
use workflow_inspector::json::{Difference, compact};
use workflow_protocol::RawJson;

/// The dialog that asks which values to keep.
#[component]
pub(super) fn ConflictDialog(review: Review) -> impl IntoView {
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(review.conflict.with(Option::is_some)));
    // Closed by Escape or the cross: nothing is saved, and what was typed stays.
    Effect::new(move |_| {
        if !open.get() && review.conflict.with_untracked(Option::is_some) {
            review.conflict.set(None);
        }
    });
    view! {
        <Dialog open title="Somebody else changed this record">
            <ConflictForm review />
        </Dialog>
    }
}

#[component]
fn ConflictForm(review: Review) -> impl IntoView {
    let Some(conflict) = review.conflict.get_untracked() else {
        return ().into_any();
    };
    let theirs = RwSignal::new(first_choice(review, &conflict));
    let rows: Vec<AnyView> = conflict
        .changes
        .iter()
        .enumerate()
        .map(|(at, change)| change_row(review, at, change, theirs))
        .collect();
    let save = move |_| review.merge(conflict.clone(), &theirs.get_untracked());
    view! {
        <div class="wf-part" data-part="conflict" part="conflict">
            <div class="wf-form wf-merge" translate="no">
                <p class="wf-note">"Choose the value to keep for each change, then save."</p>
                {rows}
            </div>
            <div class="wf-form__foot">
                <button type="button" class="wf-button" on:click=move |_| review.conflict.set(None)>
                    "Don't save yet"
                </button>
                <button type="button" class="wf-button wf-button--primary" on:click=save>
                    "Save"
                </button>
            </div>
        </div>
    }
    .into_any()
}

/// At first the user's value where the user changed it, else the other editor's.
fn first_choice(review: Review, conflict: &Conflict) -> Vec<bool> {
    let changes = conflict.changes.iter();
    let is_theirs = |change: &Difference| {
        let mine = review.mine(change);
        !is_value(change) || words(mine.as_ref()) == words(change.before.as_ref())
    };
    changes.map(is_theirs).collect()
}

/// Whether a change is one of the reviewed values. Everything else of the record is not edited here.
fn is_value(change: &Difference) -> bool {
    change.path.first().is_some_and(|first| first == "data")
}

fn words(value: Option<&RawJson>) -> String {
    value.map_or_else(|| "nothing".to_owned(), |value| compact(value.as_str()))
}

fn change_row(review: Review, at: usize, change: &Difference, theirs: RwSignal<Vec<bool>>) -> AnyView {
    let path = match change.path.as_slice() {
        [first, rest @ ..] if first == "data" && !rest.is_empty() => rest.join(" › "),
        path => path.join(" › "),
    };
    let their_words = words(change.after.as_ref());
    if !is_value(change) {
        let line = format!("{path}: {} became {their_words}", words(change.before.as_ref()));
        return view! { <p class="wf-merge__field">{line}</p> }.into_any();
    }
    let my_words = words(review.mine(change).as_ref());
    let name = unique_id("merge");
    let choice = |is_theirs: bool, label: &'static str, words: String| {
        let name = name.clone();
        view! {
            <label>
                <input
                    type="radio"
                    name=name
                    prop:checked=theirs.with_untracked(|theirs| theirs.get(at) == Some(&is_theirs))
                    on:change=move |_| {
                        theirs.update(|theirs| {
                            if let Some(choice) = theirs.get_mut(at) {
                                *choice = is_theirs;
                            }
                        });
                    }
                />
                <span>
                    {label}
                    <code>{words}</code>
                </span>
            </label>
        }
    };
    view! {
        <fieldset class="wf-merge__field" data-part="conflict-field" part="conflict-field">
            <legend>{path}</legend>
            {choice(false, "Yours: ", my_words)}
            {choice(true, "Theirs: ", their_words)}
        </fieldset>
    }
    .into_any()
}
