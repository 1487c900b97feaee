//! Paths of the Agent Data API below the server's base address.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Create with POST; the prefix of all other paths.
pub const AGENT_DATA: &str = "/api/v1/beta/agent-data";

/// POST a [`SearchRequest`](crate::SearchRequest).
pub const SEARCH: &str = "/api/v1/beta/agent-data/:search";

/// POST an [`AggregateRequest`](crate::AggregateRequest).
pub const AGGREGATE: &str = "/api/v1/beta/agent-data/:aggregate";

/// POST a [`DeleteRequest`](crate::DeleteRequest).
pub const DELETE: &str = "/api/v1/beta/agent-data/:delete";

/// The header that names the project of a request. The query parameter [`PROJECT_PARAMETER`] has priority.
pub const PROJECT_HEADER: &str = "Project-Id";

/// The query parameter that names the project of a request.
pub const PROJECT_PARAMETER: &str = "project_id";

/// The unreserved characters of RFC 3986 stay as they are.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// The path of one record: GET, PUT and DELETE.
///
/// ```
/// assert_eq!(workflow_cloud::endpoint::item("a/b"), "/api/v1/beta/agent-data/a%2Fb");
/// ```
pub fn item(id: &str) -> String {
    format!("{AGENT_DATA}/{}", utf8_percent_encode(id, SEGMENT))
}
