//! Every component in every state, fed by recorded runs: what one looks at while building them, and what a test takes through an
//! accessibility checker. `?show=chat` shows one section, `?theme=dark` asks for a theme.

#![expect(
    clippy::expect_used,
    reason = "what the gallery itself is made of has to be whole"
)]

mod made;
mod scene;
mod sections;

use std::cell::OnceCell;
use workflow_ui_components::reactive::{Executor, Owner};
use workflow_ui_components::theme::mount_style;
use workflow_ui_components::ui::{El, Var, after, button, div, el, span};
use workflow_ui_components::{document, window};

const STYLE: &str = include_str!("gallery.css");

thread_local! {
    /// The gallery lives until the document is left.
    static PAGE: OnceCell<Owner> = const { OnceCell::new() };
}

/// When the scripts have been played, in milliseconds: what was to be pressed is pressed, and was answered.
const PLAYED: i32 = 2000;

/// One component's states.
pub(crate) struct Section {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) specimens: fn() -> Vec<El>,
}

fn main() {
    // Refused only where there is an executor already.
    let _ = Executor::init_wasm_bindgen();
    let owner = PAGE.with(|page| page.get_or_init(Owner::new).clone());
    let page = owner.with(gallery);
    if let Some(body) = document().body() {
        // A new element can stand below any body.
        let _ = body.append_child(page.node());
    }
}

fn gallery() -> El {
    mount_style(STYLE);
    let query = window().location().search().unwrap_or_default();
    let asked = |name: &str| {
        let mut pairs = query.trim_start_matches('?').split('&');
        pairs.find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
    };
    let only = asked("show");
    let theme = Var::new(asked("theme").unwrap_or_default());
    let set_theme = move |wanted: &str| {
        theme.set(wanted.to_owned());
        if let Some(root) = document().document_element() {
            // An attribute of the page's own.
            let _ = root.set_attribute("data-theme", wanted);
        }
    };
    set_theme(&theme.peek());
    let themes: Vec<El> = [("", "System"), ("light", "Light"), ("dark", "Dark")]
        .into_iter()
        .map(|(key, words)| {
            button("wf-button")
                .attr("aria-pressed", move || theme.with(|theme| theme == key))
                .text(words)
                .on("click", move |_| set_theme(key))
        })
        .collect();
    let shown: Vec<&Section> = sections::ALL
        .iter()
        .filter(|section| only.as_deref().is_none_or(|only| only == section.name))
        .collect();
    let links: Vec<El> = sections::ALL
        .iter()
        .map(|section| {
            let here = only.as_deref() == Some(section.name);
            el("li").child(
                el("a")
                    .attr("href", ["?show=", section.name].concat())
                    .attr("aria-current", here.then_some("page"))
                    .attr("data-section", section.name)
                    .text(section.title),
            )
        })
        .collect();
    let sections: Vec<El> = shown.into_iter().map(section).collect();
    after(PLAYED, || {
        if let Some(root) = document().document_element() {
            // For tests, which look at what the scripts lead to.
            let _ = root.set_attribute("data-played", "");
        }
    });
    div("wf-root gallery")
        .child(
            el("header")
                .class("gallery__head")
                .child(el("h1").class("gallery__title").text("Components"))
                .child(
                    el("nav")
                        .attr("aria-label", "Components")
                        .child(el("ul").class("gallery__links").child(links)),
                )
                .child(
                    span("gallery__themes")
                        .attr("role", "group")
                        .attr("aria-label", "Theme")
                        .child(themes),
                ),
        )
        .child(el("main").class("gallery__body").child(sections))
}

fn section(section: &Section) -> El {
    let specimens = (section.specimens)();
    el("section")
        .class("gallery__section")
        .attr("id", section.name)
        .attr("aria-label", section.title)
        .child(el("h2").class("gallery__name").text(section.title))
        .child(div("gallery__specimens").child(specimens))
}
