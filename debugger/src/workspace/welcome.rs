//! The middle pane while no run is open.

use crate::health::Health;
use crate::state::WorkspaceState;
use leptos::either::EitherOf3;
use leptos::prelude::*;
use workflow_ui_components::icon::{Icon, IconView};
use workflow_ui_components::status::SignInNote;
use workflow_ui_core::{SignIn, UseWorkflowsReturn};

/// Number of workflows that are listed; the picker has all of them.
const OFFERED: usize = 12;

/// Instructions, with buttons for the workflows; or the reason why nothing can be started.
#[component]
pub(super) fn Welcome() -> impl IntoView {
    let WorkspaceState { health, .. } = expect_context();
    let content = move || match health.get() {
        Health::Down(reason) => EitherOf3::A(view! { <ServerDown reason /> }),
        Health::SignIn(sign_in) => EitherOf3::B(view! { <SignedOut sign_in /> }),
        Health::Ok | Health::Unknown => EitherOf3::C(view! { <Offer /> }),
    };
    view! {
        <section class="wf-welcome" aria-label="Welcome">
            {content}
        </section>
    }
}

#[component]
fn ServerDown(reason: String) -> impl IntoView {
    let state = expect_context::<WorkspaceState>();
    view! {
        <span class="wf-welcome__mark" data-tone="down">
            <IconView icon=Icon::Server />
        </span>
        <h2 class="wf-welcome__title">"The server can't be reached"</h2>
        <p class="wf-note">{reason}</p>
        <p class="wf-note">
            "It is asked again every two seconds, and everything shows up by itself once it answers."
        </p>
        <button type="button" class="wf-button" on:click=move |_| state.refresh_lists()>
            <IconView icon=Icon::Again />
            "Try again now"
        </button>
    }
}

#[component]
fn SignedOut(sign_in: SignIn) -> impl IntoView {
    let WorkspaceState { token_requested, .. } = expect_context();
    let on_token = Callback::new(move |()| token_requested.set(true));
    view! {
        <span class="wf-welcome__mark" data-tone="down">
            <IconView icon=Icon::Server />
        </span>
        <h2 class="wf-welcome__title">"Sign in to this server"</h2>
        <SignInNote sign_in on_token />
        <p class="wf-note">
            "Nothing is asked for until then. Everything shows up by itself when you come back to this page."
        </p>
    }
}

#[component]
fn Offer() -> impl IntoView {
    let state = expect_context::<WorkspaceState>();
    let UseWorkflowsReturn {
        names,
        loading,
        error,
        ..
    } = state.workflows;
    let text = move || {
        if !names.with(Vec::is_empty) {
            "Choose a workflow, fill in its form and press Run. Its events arrive here, and so do its questions."
        } else if loading.get() || error.with(Option::is_some) {
            "The workflows are not known yet. They show up here once the server has named them."
        } else {
            "This server has no workflows yet. Runs that others start show up in the list."
        }
    };
    view! {
        <span class="wf-welcome__mark">
            <IconView icon=Icon::Pulse />
        </span>
        <h2 class="wf-welcome__title">"Start a run, or open one"</h2>
        <p class="wf-note">{text}</p>
        <div class="wf-welcome__list">
            // The position is part of the key, because a server may name a workflow twice.
            <For
                each=move || names.get().into_iter().take(OFFERED).enumerate()
                key=Clone::clone
                children=move |(_, name): (usize, String)| {
                    let label = name.clone();
                    view! {
                        <button
                            type="button"
                            class="wf-button"
                            on:click=move |_| state.open_start_form(name.clone(), None)
                        >
                            <IconView icon=Icon::Play />
                            {label}
                        </button>
                    }
                }
            />
        </div>
    }
}
