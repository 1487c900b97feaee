//! The client of a part of the page.

use crate::reactive::*;

use super::WorkflowClient;

/// Makes a client available to the hooks of this component, or owner, and everything below it. (React: `<ApiProvider>`)
///
/// A nearer one hides a farther one, so two servers can live on one page.
pub fn provide_workflow_client(client: WorkflowClient) {
    provide_context(client);
}

/// The nearest client, if one was provided.
pub fn use_workflow_client() -> Option<WorkflowClient> {
    use_context()
}
