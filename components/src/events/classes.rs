//! The classes by which events can be filtered.

use super::filter::Filter;
use crate::name_select::NameSelect;
use leptos::prelude::*;
use workflow_ui_core::Events;

/// Classes that are offered. A run has dozens; one that invents a class per event must not fill the page with options.
const OFFERED: usize = 500;

/// The first classes of a run.
#[derive(Clone, Default)]
struct Classes {
    events: Events,
    /// How many classes `names` was made from.
    count: usize,
    /// The names, sorted, without duplicates.
    names: Vec<String>,
    /// Whether the run has more classes.
    more: bool,
}

impl Classes {
    /// The classes of the events. Most events bring no new class, so `before` is reused where possible.
    fn of(events: &Events, before: Option<&Self>) -> Self {
        let all = events.classes();
        let count = all.min(OFFERED);
        let before = before.filter(|before| before.count == count && before.events.same_run(events));
        let names = match before {
            Some(before) => before.names.clone(),
            None => {
                let mut names = events.class_names(OFFERED);
                names.sort_unstable();
                names.dedup();
                names
            }
        };
        Self {
            events: events.clone(),
            count,
            names,
            more: all > OFFERED,
        }
    }
}

impl PartialEq for Classes {
    fn eq(&self, other: &Self) -> bool {
        self.more == other.more && self.names == other.names
    }
}

/// Selects the class by which events are filtered.
#[component]
pub(super) fn ClassSelect(events: Signal<Events>, filter: RwSignal<String>) -> impl IntoView {
    let classes = Memo::new(move |before| events.with(|events| Classes::of(events, before)));
    let choose = move |class: String| {
        filter.update(|filter| {
            *filter = Filter {
                class: &class,
                ..Filter::parse(filter)
            }
            .join();
        });
    };
    view! {
        <NameSelect
            class="wf-select wf-events__by-class"
            label="Filter events by class"
            any="Any class"
            names=move || classes.with(|classes| classes.names.clone())
            chosen=move || filter.with(|filter| Filter::parse(filter).class.to_owned())
            on_choose=choose
        >
            <Show when=move || classes.with(|classes| classes.more)>
                <option value="" disabled>
                    "More classes: filter by text"
                </option>
            </Show>
        </NameSelect>
    }
}
