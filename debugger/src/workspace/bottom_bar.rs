//! The bar at the bottom of a narrow screen, which chooses the panel.

use crate::state::{Panel, WorkspaceState};
use leptos::prelude::*;
use workflow_ui_components::icon::{Icon, IconView};

/// A button for each panel.
#[component]
pub(super) fn BottomBar() -> impl IntoView {
    let WorkspaceState { prompt_count, .. } = expect_context();
    view! {
        <nav class="wf-bottom" aria-label="Panels">
            <PanelButton panel=Panel::Start icon=Icon::Play label="Start" />
            <PanelButton panel=Panel::Runs icon=Icon::List label="Runs" />
            <PanelButton panel=Panel::Run icon=Icon::Pulse label="Run" />
            <PanelButton panel=Panel::Prompts icon=Icon::Ask label="Prompts">
                // The space separates the count from the label in the button's name.
                <span class="wf-bottom__count" hidden=move || prompt_count.get() == 0>
                    {move || format!(" {}", prompt_count.get())}
                </span>
            </PanelButton>
        </nav>
    }
}

#[component]
fn PanelButton(
    panel: Panel,
    icon: Icon,
    label: &'static str,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let state = expect_context::<WorkspaceState>();
    let show = move |_| {
        state.panel.set(panel);
        state.inbox_open.set(panel == Panel::Prompts);
    };
    view! {
        <button
            type="button"
            class="wf-bottom__button"
            aria-current=move || (state.panel.get() == panel).then_some("true")
            disabled=move || panel == Panel::Run && !state.has_run.get()
            on:click=show
        >
            <IconView icon />
            <span>{label}</span>
            {children.map(|children| children())}
        </button>
    }
}
