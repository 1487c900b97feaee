//! Requests to a control plane, relative to its address. All except [`version`] need a bearer token if
//! [`requires_auth`](super::ControlPlaneVersion::requires_auth) is set.

use crate::Request;
use crate::endpoint::{encoded, get};

/// The version; needs no token.
pub fn version() -> Request {
    get("/api/v1beta1/deployments-public/version".to_owned())
}

/// The organizations of the user.
pub fn organizations() -> Request {
    get("/api/v1beta1/deployments/organizations".to_owned())
}

/// The projects of the user, or of one organization.
pub fn projects(organization: Option<&str>) -> Request {
    let query = organization.map_or_else(String::new, |id| format!("?org_id={}", encoded(id)));
    get(format!("/api/v1beta1/deployments/list-projects{query}"))
}

/// The deployments of a project.
pub fn deployments(project: &str) -> Request {
    get(format!(
        "/api/v1beta1/deployments?project_id={}",
        encoded(project)
    ))
}

/// One deployment with its recent events.
pub fn deployment(project: &str, id: &str) -> Request {
    of_deployment(project, id, "", "&include_events=true")
}

/// The released versions of a deployment.
pub fn history(project: &str, id: &str) -> Request {
    of_deployment(project, id, "/history", "")
}

/// The last lines of a deployment's log as server-sent events `log`; with `follow` also future ones, until the next release. 409 before the
/// first release.
pub fn logs(project: &str, id: &str, lines: u32, follow: bool) -> Request {
    let query = format!("&follow={follow}&tail_lines={lines}");
    of_deployment(project, id, "/logs", &query)
}

fn of_deployment(project: &str, id: &str, what: &str, query: &str) -> Request {
    get(format!(
        "/api/v1beta1/deployments/{}{what}?project_id={}{query}",
        encoded(id),
        encoded(project)
    ))
}
