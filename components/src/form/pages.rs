//! Forms with thousands of fields, a page at a time: what is not shown is not built. The inputs of all pages stay in the draft.

use super::FormState;
use crate::icon::{Icon, IconView};
use leptos::prelude::*;
use workflow_inspector::form::Field;
use workflow_inspector::text::count;

/// Turns pages on for the forms under the current owner, and holds which page of a group was turned to, by the group's id: fields are
/// rebuilt after some changes.
#[derive(Clone, Copy)]
struct PagedForms(StoredValue<Vec<(String, usize)>>);

/// Fields of a group on one page.
const GROUP: usize = 100;
/// Fields of the form itself on one page, with those of its groups.
const FORM: usize = 400;

/// Shows long forms under the current owner page by page.
pub(crate) fn provide_form_pages() {
    provide_context(PagedForms(StoredValue::new(Vec::new())));
}

/// A row of a group: the name of its field, and how many fields it shows.
pub(super) type Weighed = (String, usize);

/// Which rows of a group, or of the form itself, are shown.
#[derive(Clone, Copy)]
pub(super) struct FieldPages {
    page: RwSignal<usize>,
    /// The position of the first row of each page.
    starts: Memo<Vec<usize>>,
    len: Signal<usize>,
}

impl FieldPages {
    /// Pages of the rows of a group, or of the form (with an empty id), if forms are shown in pages here. `rows` weighs them. Turns to the
    /// row of the first error, and to a row that is added.
    pub(super) fn new(
        state: FormState,
        id: &str,
        rows: impl Fn(&dyn Fn(&Field) -> Weighed) -> Vec<Weighed> + Send + Sync + 'static,
    ) -> Option<Self> {
        let PagedForms(turned) = use_context()?;
        let budget = if id.is_empty() { FORM } else { GROUP };
        let rows = Memo::new(move |_| rows(&|field| weighed(state, field)));
        let starts = Memo::new(move |_| rows.with(|rows| starts(rows, budget)));
        let before = turned.with_value(|turned| {
            turned
                .iter()
                .find(|(known, _)| known == id)
                .map(|(_, page)| *page)
        });
        let pages = Self {
            page: RwSignal::new(before.unwrap_or_default()),
            starts,
            len: Signal::derive(move || rows.with(Vec::len)),
        };
        let id = id.to_owned();
        Effect::new(move |_| {
            let now = pages.page.get();
            turned.update_value(|turned| match turned.iter_mut().find(|(known, _)| *known == id) {
                Some((_, page)) => *page = now,
                None if now > 0 => turned.push((id.clone(), now)),
                None => {}
            });
        });
        Effect::new(move |_| {
            let wrong = state.errors.with(|errors| {
                let path = &errors.first()?.path;
                rows.with_untracked(|rows| rows.iter().position(|(name, _)| is_within(path, name)))
            });
            if let Some(at) = wrong {
                pages.show(at);
            }
        });
        Effect::new(move |before: Option<usize>| {
            let now = pages.len.get();
            if before.is_some_and(|before| before < now) {
                pages.show(now);
            }
            now
        });
        Some(pages)
    }

    /// Turns to the page of a row.
    fn show(self, at: usize) {
        self.page
            .set(self.starts.with_untracked(|starts| page_of(starts, at)));
    }

    /// The positions of the fields that are shown.
    pub(super) fn range(self) -> std::ops::Range<usize> {
        let (page, len) = (self.number(), self.len.get());
        self.starts.with(|starts| {
            let end = starts.get(page + 1).copied().unwrap_or(len);
            starts.get(page).copied().unwrap_or_default()..end
        })
    }

    /// The number of the page, from 0. There may be fewer pages than when it was turned to.
    fn number(self) -> usize {
        let last = self.starts.with(Vec::len).saturating_sub(1);
        self.page.get().min(last)
    }

    /// The buttons that turn pages, while there is more than one.
    pub(super) fn view(self, label: &str) -> AnyView {
        let label = label.to_owned();
        view! {
            <Show when=move || { self.starts.with(Vec::len) > 1 }>
                <Pager pages=self label=label.clone() />
            </Show>
        }
        .into_any()
    }
}

#[component]
fn Pager(pages: FieldPages, label: String) -> impl IntoView {
    let FieldPages { page, starts, len } = pages;
    let options = move || {
        let ranges = starts.with(|starts| ranges(starts, len.get()));
        let ranges = ranges.into_iter().enumerate();
        ranges
            .map(|(at, text)| view! { <option prop:selected=move || at == pages.number()>{text}</option> })
            .collect_view()
    };
    let is_last = move || pages.number() + 1 >= starts.with(Vec::len);
    view! {
        <div class="wf-form__pages" data-part="field-pages" part="field-pages" translate="no">
            <button
                type="button"
                class="wf-button wf-button--icon"
                aria-label=format!("Previous fields of {label}")
                disabled=move || pages.number() == 0
                on:click=move |_| page.set(pages.number().saturating_sub(1))
            >
                <IconView icon=Icon::Back />
            </button>
            <select
                class="wf-select"
                aria-label=format!("Shown fields of {label}")
                on:change=move |event| page.set(super::selected_index(&event).unwrap_or_default())
            >
                {options}
            </select>
            <button
                type="button"
                class="wf-button wf-button--icon"
                aria-label=format!("Next fields of {label}")
                disabled=is_last
                on:click=move |_| page.set(pages.number() + 1)
            >
                <span class="wf-form__next">
                    <IconView icon=Icon::Back />
                </span>
            </button>
        </div>
    }
}

/// Whether an error with this path is about the field of this name, or one inside it.
fn is_within(path: &str, name: &str) -> bool {
    path.strip_prefix(name)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// How many fields a row shows: a group at most a page of its own.
fn weighed(state: FormState, field: &Field) -> Weighed {
    let inside = || {
        state
            .inputs
            .with_untracked(|inputs| inputs.count_inside(&field.id))
    };
    let weight = if field.kind.is_container() { inside() } else { 1 };
    (field.name.clone(), weight.clamp(1, GROUP))
}

/// The positions at which pages of this many fields begin.
fn starts(rows: &[Weighed], budget: usize) -> Vec<usize> {
    let (mut starts, mut sum) = (vec![0], 0);
    for (at, (_, weight)) in rows.iter().enumerate() {
        if sum > 0 && sum + weight > budget {
            starts.push(at);
            sum = 0;
        }
        sum += weight;
    }
    starts
}

/// The page of a row; the last one for a row behind the end.
fn page_of(starts: &[usize], at: usize) -> usize {
    starts.partition_point(|start| *start <= at).saturating_sub(1)
}

/// `21–40 of 1 000` for each page.
fn ranges(starts: &[usize], len: usize) -> Vec<String> {
    let ends = starts.iter().skip(1).copied().chain([len]);
    let ranges = starts.iter().zip(ends);
    let ranges = ranges.map(|(start, end)| {
        let number = |number: usize| count(number as u64);
        format!("{}–{} of {}", number(start + 1), number(end), number(len))
    });
    ranges.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_as_many_fields_as_fit_and_at_least_one() {
        let starts = |weights: &[usize]| {
            let rows: Vec<Weighed> = weights.iter().map(|weight| (String::new(), *weight)).collect();
            starts(&rows, 100)
        };
        assert_eq!(starts(&[1; 250]), [0, 100, 200]);
        assert_eq!(starts(&[5; 40]), [0, 20]);
        assert_eq!(starts(&[100, 100, 1, 99]), [0, 1, 2]);
        assert_eq!(starts(&[]), [0]);
        let pages = [0, 20, 40];
        let of = [0, 19, 20, 59].map(|at| page_of(&pages, at));
        assert_eq!(of, [0, 0, 1, 2]);
        assert_eq!(
            ranges(&pages, 1_045),
            ["1–20 of 1 045", "21–40 of 1 045", "41–1 045 of 1 045"]
                .map(|text| text.replace("1 045", &count(1_045)))
        );
    }

    #[test]
    fn errors_are_within_the_field_that_they_name() {
        assert!(is_within("lines/3/name", "lines") && is_within("lines", "lines"));
        assert!(!is_within("liness", "lines") && !is_within("", "lines"));
    }
}
