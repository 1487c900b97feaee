//! What differs in one row, and between two values.

use super::fold::Pair;
use crate::icon::{Icon, IconView};
use leptos::prelude::*;
use workflow_inspector::compare::{Difference, changes};
use workflow_inspector::json::preview;

/// Payloads that are compared part by part, in bytes.
const MOST: u64 = 4 * 1024 * 1024;
/// Characters of a payload that only one run has.
const SHOWN: usize = 4_000;

/// What is shown of a row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RowDetail {
    label: String,
    difference: Difference,
    moved: bool,
    /// The sequences of the event in both runs.
    sequences: [Option<u64>; 2],
    payloads: [Option<String>; 2],
}

impl RowDetail {
    pub(super) fn of(pair: &Pair, at: usize) -> Option<Self> {
        let row = pair.comparison.borrow().rows.get(at).copied()?;
        let mut sequences = [None, None];
        let mut label = String::new();
        for ((side, place), sequence) in pair.sides.iter().zip([row.left, row.right]).zip(&mut sequences) {
            let side = side.borrow();
            if let Some(item) = place.and_then(|place| side.trail.items().get(place as usize)) {
                *sequence = Some(item.sequence);
                label = side.trail.label(item);
            }
        }
        Some(Self {
            label,
            difference: row.difference(),
            moved: row.moved,
            sequences,
            payloads: pair.payloads(at, MOST),
        })
    }

    /// What the row says, in words.
    fn words(&self) -> &'static str {
        match self.difference {
            Difference::Same => "Both runs have this event with the same payload.",
            Difference::Moved => "Both runs have this event with the same payload, at different places.",
            Difference::Changed if self.moved => "The payloads differ, and the event is at different places.",
            Difference::Changed => "The payloads differ.",
            Difference::Missing => "Only the first run has this event.",
            Difference::Extra => "Only the second run has this event.",
        }
    }
}

/// The detail of a row.
#[component]
pub(super) fn RowDetailView(
    detail: RowDetail,
    /// Called with the number of the run (0 or 1) and the sequence of its event.
    on_open: Option<Callback<(usize, u64)>>,
    #[prop(into)] on_close: Callback<()>,
) -> impl IntoView {
    let words = detail.words();
    let links = on_open.map(|on_open| {
        let links = detail.sequences.into_iter().zip(["first", "second"]).enumerate();
        let links = links.filter_map(|(nth, (sequence, name))| {
            let sequence = sequence?;
            Some(view! {
                <button type="button" class="wf-link" translate="no" on:click=move |_| on_open.run((nth, sequence))>
                    {format!("#{sequence} of the {name} run")}
                </button>
            })
        });
        links.collect_view()
    });
    let [left, right] = detail.payloads;
    let body = match detail.difference {
        Difference::Changed => view! { <ValueChanges left right /> }.into_any(),
        _ => {
            let text = right
                .or(left)
                .map(|text| preview(&text, SHOWN))
                .unwrap_or_default();
            let is_empty = text.is_empty();
            view! {
                <pre class="wf-compare__text wf-mono" translate="no" hidden=is_empty>
                    {text}
                </pre>
            }
            .into_any()
        }
    };
    view! {
        <section
            class="wf-compare__detail"
            data-part="compare-detail"
            part="compare-detail"
            role="region"
            aria-label="Difference"
            data-difference=detail.difference.as_str()
            tabindex="0"
        >
            <div class="wf-compare__bar">
                <h3 class="wf-h wf-mono" translate="no">
                    {detail.label}
                </h3>
                <span class="wf-muted">{words}</span>
                {links}
                <span class="wf-grow"></span>
                <button
                    type="button"
                    class="wf-button wf-button--plain wf-button--icon"
                    aria-label="Close difference"
                    on:click=move |_| on_close.run(())
                >
                    <IconView icon=Icon::Cross />
                </button>
            </div>
            {body}
        </section>
    }
}

/// Two values with what differs, by path. `None` is a value that is not known.
#[component]
pub(super) fn ValueChanges(left: Option<String>, right: Option<String>) -> impl IntoView {
    let (Some(left), Some(right)) = (&left, &right) else {
        let known = left.or(right).map(|text| preview(&text, SHOWN));
        return match known {
            Some(text) => view! {
                <p class="wf-note">"Known of one run only:"</p>
                <pre class="wf-compare__text wf-mono" translate="no">
                    {text}
                </pre>
            }
            .into_any(),
            None => view! { <p class="wf-note">"Not known of either run."</p> }.into_any(),
        };
    };
    let found = changes(left, right);
    if found.list.is_empty() {
        let text = preview(right, SHOWN);
        return view! {
            <p class="wf-note">"The same values in both runs."</p>
            <pre class="wf-compare__text wf-mono" translate="no">
                {text}
            </pre>
        }
        .into_any();
    }
    let cell = |value: Option<String>| match value {
        Some(value) => view! { <td translate="no">{value}</td> }.into_any(),
        None => view! { <td class="wf-muted">"nothing"</td> }.into_any(),
    };
    let is_cut = found.is_cut;
    let rows = found.list.into_iter().map(|change| {
        let path = if change.path.is_empty() {
            String::from("the whole")
        } else {
            change.path
        };
        view! {
            <tr data-part="change" part="change">
                <th scope="row" translate="no">
                    {path}
                </th>
                {cell(change.left)}
                {cell(change.right)}
            </tr>
        }
    });
    view! {
        <table class="wf-compare__table wf-mono">
            <thead>
                <tr>
                    <th scope="col">"Path"</th>
                    <th scope="col">"First run"</th>
                    <th scope="col">"Second run"</th>
                </tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
        <p class="wf-note" hidden=!is_cut>
            "More values differ than are listed."
        </p>
    }
    .into_any()
}
