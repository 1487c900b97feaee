//! What talks to one of the deployments.

use crate::drafts::Drafts;
use leptos::prelude::*;
use leptos::tachys::reactive_graph::OwnedView;
use workflow_ui_core::{WorkflowClient, provide_workflow_client};

/// Provides the client of a deployment to its children, and to nothing beside them.
#[component]
pub(super) fn Scope(client: WorkflowClient, children: Children) -> impl IntoView {
    let owner = Owner::current().unwrap_or_default().child();
    let children = owner.with(|| {
        provide_workflow_client(client);
        // The page's own drafts are of all servers.
        if use_context::<Drafts>().is_none() {
            provide_context(Drafts::new());
        }
        children().into_any()
    });
    OwnedView::new_with_owner(children, owner)
}

/// What is shown for the client of a deployment, or without one. It is built again for another client only.
#[component]
pub(super) fn ForClient(
    #[prop(into)] client: Signal<Option<WorkflowClient>>,
    show: Callback<Option<WorkflowClient>, AnyView>,
) -> impl IntoView {
    let client = Memo::new(move |_| client.get());
    let version = Memo::new(move |before: Option<&u32>| {
        client.with(|_| ());
        before.map_or(0, |before| before.wrapping_add(1))
    });
    view! {
        <For
            each=move || [version.get()]
            key=|version| *version
            children=move |_| show.run(client.get_untracked())
        />
    }
}
