//! The client in context.

use crate::reactive::*;

use super::WorkflowClient;

/// Provides a client to the hooks of this component (or owner) and everything below it. (React: `<ApiProvider>`)
///
/// The nearest client is used, so a page can use several servers.
pub fn provide_workflow_client(client: WorkflowClient) {
    provide_context(client);
}

/// The nearest provided client. `None` if there is none.
pub fn use_workflow_client() -> Option<WorkflowClient> {
    use_context()
}
