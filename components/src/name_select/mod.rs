//! A select by which a list is narrowed to the rows of one name.

use leptos::prelude::*;

/// A select of names. Its first option selects all of them.
#[component]
pub(crate) fn NameSelect(
    /// The accessible name.
    label: &'static str,
    /// The text of the first option, which selects all names.
    any: &'static str,
    /// The names to choose from. The chosen name is offered even if it is not among them.
    #[prop(into)]
    names: Signal<Vec<String>>,
    /// The chosen name; empty for any.
    #[prop(into)]
    chosen: Signal<String>,
    /// Called with the chosen name, or with an empty text for any.
    #[prop(into)]
    on_choose: Callback<String>,
    /// The text of a name.
    #[prop(default = |name| name)]
    text: fn(&str) -> &str,
    #[prop(default = "wf-select")] class: &'static str,
    /// Further options.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let offered = Memo::new(move |_| {
        let mut names = names.get();
        chosen.with(|chosen| {
            if !chosen.is_empty() && !names.contains(chosen) {
                names.push(chosen.clone());
            }
        });
        names
    });
    let option = move |name: String| {
        let label = text(&name).to_owned();
        let value = name.clone();
        view! {
            <option value=value translate="no" prop:selected=move || chosen.with(|chosen| *chosen == name)>
                {label}
            </option>
        }
    };
    view! {
        <select
            class=class
            aria-label=label
            on:change=move |event| on_choose.run(event_target_value(&event))
        >
            <option value="">{any}</option>
            <For each=move || offered.get() key=Clone::clone children=option />
            {children.map(|children| children())}
        </select>
    }
}
