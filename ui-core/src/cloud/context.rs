//! The Agent Data client of a part of the page.

use super::client::AgentDataClient;
use crate::reactive::*;

/// Makes a client available to the hooks of this component, or owner, and everything below it. It is independent of the
/// [workflow client](crate::provide_workflow_client). The nearest one is used.
pub fn provide_agent_data_client<T: 'static>(client: AgentDataClient<T>) {
    provide_context::<AgentDataClient>(client.into_typed());
}

/// The nearest client, if one was provided. [`typed`](AgentDataClient::typed) gives it the type of your data.
pub fn use_agent_data_client() -> Option<AgentDataClient> {
    use_context()
}
