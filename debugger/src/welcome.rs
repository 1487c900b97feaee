//! What the middle says while no run is open.

use crate::server::Health;
use leptos::prelude::*;
use workflow_ui_components::icon::{Icon, icon};

/// How many workflows are offered at once; the picker has them all.
const OFFERED: usize = 12;

/// Two lines on what to do, with the workflows one click away; or why nothing can be done.
#[component]
pub(crate) fn Welcome(
    #[prop(into)] names: Signal<Vec<String>>,
    health: RwSignal<Health>,
    on_choose: Callback<String>,
    on_retry: Callback<()>,
) -> impl IntoView {
    let body = move || match health.get() {
        Health::Down(reason) => view! {
            <span class="wf-welcome__mark" data-tone="down">{icon(Icon::Server)}</span>
            <h2 class="wf-welcome__title">"The server can't be reached"</h2>
            <p class="wf-note">{reason}</p>
            <p class="wf-note">"It is asked again every two seconds, and everything shows up by itself once it answers."</p>
            <button type="button" class="wf-button" on:click=move |_| on_retry.run(())>{icon(Icon::Again)} "Try again now"</button>
        }
        .into_any(),
        _ => offer(names, on_choose),
    };
    view! { <section class="wf-welcome" aria-label="Welcome">{body}</section> }.into_any()
}

fn offer(names: Signal<Vec<String>>, on_choose: Callback<String>) -> AnyView {
    let buttons = move || {
        let names = names.get();
        let buttons = names.into_iter().take(OFFERED).map(|name| {
            let chosen = name.clone();
            view! {
                <button type="button" class="wf-button" on:click=move |_| on_choose.run(chosen.clone())>
                    {icon(Icon::Play)}
                    {name}
                </button>
            }
            .into_any()
        });
        buttons.collect_view()
    };
    let none = move || names.with(Vec::is_empty);
    view! {
        <span class="wf-welcome__mark">{icon(Icon::Pulse)}</span>
        <h2 class="wf-welcome__title">"Start a run, or open one"</h2>
        <p class="wf-note">
            {move || if none() {
                "This server has no workflows yet. Runs that others start show up in the list."
            } else {
                "Choose a workflow, fill in its form and press Run. Its events arrive here, and so do its questions."
            }}
        </p>
        <div class="wf-welcome__list">{buttons}</div>
    }
    .into_any()
}
