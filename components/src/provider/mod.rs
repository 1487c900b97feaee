//! A part of a page that uses one server.

use crate::drafts::Drafts;
use crate::theme::mount_style;
use leptos::prelude::*;
use leptos::tachys::reactive_graph::OwnedView;
use workflow_ui_core::{WorkflowClient, provide_workflow_client};

/// A client of Agent Data. Without the feature `cloud` there is none.
#[cfg(feature = "cloud")]
type AgentData = workflow_ui_core::AgentDataClient;
#[cfg(not(feature = "cloud"))]
type AgentData = std::convert::Infallible;

const STYLE: &str = include_str!("provider.css");

/// Provides a client and the storage for drafts to everything below it, and sets fonts and colours. (React: `<ApiProvider>`)
///
/// Use several providers, nested or side by side, for parts of a page with different servers. With the feature `cloud` the property
/// `agent_data` also provides an `AgentDataClient`; the project is one of its settings.
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::chat::Chat;
/// use workflow_ui_components::provider::ApiProvider;
/// use workflow_ui_core::WorkflowClient;
///
/// #[component]
/// fn App() -> impl IntoView {
///     let client = WorkflowClient::new("/deployments/app");
///     view! { <ApiProvider client><Chat workflow="assistant" /></ApiProvider> }
/// }
/// ```
#[component]
pub fn ApiProvider(
    /// The server.
    client: WorkflowClient,
    /// The records of this part of the page, with their project (feature `cloud`). Defaults to those of the page around it.
    #[prop(optional)]
    agent_data: Option<AgentData>,
    /// The content.
    children: Children,
) -> impl IntoView {
    mount_style(STYLE);
    // An owner of its own, so that the client reaches the children and no siblings.
    let owner = Owner::current().unwrap_or_default().child();
    let children = owner.with(|| {
        provide_workflow_client(client);
        #[cfg(feature = "cloud")]
        if let Some(agent_data) = agent_data {
            workflow_ui_core::provide_agent_data_client(agent_data);
        }
        #[cfg(not(feature = "cloud"))]
        let _ = agent_data;
        provide_context(Drafts::new());
        view! {
            <div class="wf-root wf-provider" data-part="provider" part="provider">
                {children()}
            </div>
        }
    });
    OwnedView::new_with_owner(children, owner)
}
