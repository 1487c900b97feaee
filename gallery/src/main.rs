//! Every component in every state, with data from recorded runs. For development, and for a test with an accessibility checker.
//! `?show=chat` shows one section, `?theme=dark` sets the theme.

#![expect(
    clippy::expect_used,
    reason = "what the gallery itself is made of has to be whole"
)]
#![allow(unreachable_pub, reason = "`#[component]` generates public items")]

mod made;
mod scene;
mod sections;

use leptos::mount::mount_to_body;
use leptos::prelude::*;
use sections::Section;
use std::time::Duration;
use workflow_ui_components::theme::mount_style;

const STYLE: &str = include_str!("gallery.css");

/// When all scripts have been played: buttons were pressed, and requests answered.
const PLAYED: Duration = Duration::from_secs(2);

fn main() {
    mount_to_body(Gallery);
}

#[component]
fn Gallery() -> impl IntoView {
    mount_style(STYLE);
    let query = window().location().search().unwrap_or_default();
    let parameter = |name: &str| {
        let mut pairs = query.trim_start_matches('?').split('&');
        pairs.find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
    };
    let only = StoredValue::new(parameter("show"));
    let theme = RwSignal::new(parameter("theme").unwrap_or_default());
    Effect::new(move |_| set_root_attribute("data-theme", &theme.get()));
    // Tests wait for it.
    set_timeout(|| set_root_attribute("data-played", ""), PLAYED);
    let is_shown = move |section: &Section| {
        only.with_value(|only| only.as_deref().is_none_or(|only| only == section.name))
    };
    let links = Section::ALL.iter().map(|section| {
        let is_current = only.with_value(|only| only.as_deref() == Some(section.name));
        view! {
            <li>
                <a
                    href=format!("?show={}", section.name)
                    aria-current=is_current.then_some("page")
                    data-section=section.name
                >
                    {section.title}
                </a>
            </li>
        }
    });
    let shown = Section::ALL.iter().filter(|section| is_shown(section));
    view! {
        <div class="wf-root gallery">
            <header class="gallery__head">
                <h1 class="gallery__title">"Components"</h1>
                <nav aria-label="Components">
                    <ul class="gallery__links">{links.collect_view()}</ul>
                </nav>
                <span class="gallery__themes" role="group" aria-label="Theme">
                    <ThemeButton theme value="" label="System" />
                    <ThemeButton theme value="light" label="Light" />
                    <ThemeButton theme value="dark" label="Dark" />
                </span>
            </header>
            <main class="gallery__body">{shown.map(section_view).collect_view()}</main>
        </div>
    }
}

fn section_view(section: &'static Section) -> impl IntoView {
    view! {
        <section class="gallery__section" id=section.name aria-label=section.title>
            <h2 class="gallery__name">{section.title}</h2>
            <div class="gallery__specimens">{(section.content)()}</div>
        </section>
    }
}

#[component]
fn ThemeButton(theme: RwSignal<String>, value: &'static str, label: &'static str) -> impl IntoView {
    view! {
        <button
            type="button"
            class="wf-button"
            aria-pressed=move || theme.with(|theme| theme == value).to_string()
            on:click=move |_| theme.set(value.to_owned())
        >
            {label}
        </button>
    }
}

fn set_root_attribute(name: &str, value: &str) {
    if let Some(root) = document().document_element() {
        // The names are valid.
        let _ = root.set_attribute(name, value);
    }
}
