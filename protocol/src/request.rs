//! Requests, and the base address of their server.

use percent_encoding::percent_decode_str;

use crate::HandlerStatus;

/// The HTTP methods of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Reads.
    Get,
    /// Changes something. The workflow server also uses it to cancel and delete.
    Post,
    /// Replaces something (Agent Data).
    Put,
    /// Removes something (Agent Data).
    Delete,
}

impl Method {
    /// The name of the method in HTTP.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// A request, relative to the base address of its server: see [`join_base`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Path and query with a leading slash, percent-encoded: `/workflows/a%20b/run-nowait`.
    pub path: String,
    /// A JSON body.
    pub body: Option<String>,
}

impl Request {
    /// The name in this request that no URL can contain, if any: browsers treat `.` and `..` as folders, in every encoding.
    pub fn unaddressable(&self) -> Option<String> {
        // Paths without a name, which older servers write with a trailing slash.
        if matches!(self.path.as_str(), "/status/" | "/deployments/") {
            return None;
        }
        self.segments()
            .find(|segment| matches!(*segment, "" | "." | ".."))
            .map(str::to_owned)
    }

    /// The name with a slash in this request, if any. Most servers treat the slash as a separator and do not find the path.
    pub fn segment_with_slash(&self) -> Option<String> {
        let segment = self.segments().find(|segment| segment.contains("%2F"))?;
        Some(percent_decode_str(segment).decode_utf8_lossy().into_owned())
    }

    fn segments(&self) -> impl Iterator<Item = &str> {
        let path = self.path.split('?').next().unwrap_or_default();
        path.split('/').skip(1)
    }
}

/// A query for handlers. The values of one key are alternatives; both keys must match. Empty means all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct HandlerQuery {
    /// Only handlers with these statuses.
    pub status: Vec<HandlerStatus>,
    /// Only handlers of these workflows.
    pub workflow_name: Vec<String>,
}

/// Appends the path of a request to the base address of its server, which may end with slashes.
///
/// ```
/// # use workflow_protocol::join_base;
/// assert_eq!(join_base("/deployments/app/", "/health"), "/deployments/app/health");
/// assert_eq!(join_base("", "/health"), "/health");
/// ```
pub fn join_base(base: &str, path: &str) -> String {
    format!("{}{path}", base.trim_end_matches('/'))
}

/// Whether a handler with this id can be addressed: a slash, `.` and `..` would lead elsewhere.
///
/// ```
/// # use workflow_protocol::is_addressable;
/// assert!(is_addressable("order.42"));
/// assert!(!is_addressable("team/42") && !is_addressable(".."));
/// ```
pub fn is_addressable(id: &str) -> bool {
    !matches!(id, "" | "." | "..") && !id.contains('/')
}
