//! Requests, and the base address of their server.

use percent_encoding::percent_decode_str;

use crate::HandlerStatus;

/// An HTTP method of the protocol. There are no others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Reads.
    Get,
    /// Changes something; also cancels and deletes.
    Post,
}

impl Method {
    /// The method's name as HTTP writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// One request, relative to the base address of its server; see [`join_base`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Path and query with a first slash, percent-encoded: `/workflows/a%20b/run-nowait`.
    pub path: String,
    /// A JSON body.
    pub body: Option<String>,
}

impl Request {
    /// The name that no URL can hold, if this request has one: browsers take `.` and `..` for folders, however they are written.
    pub fn unaddressable(&self) -> Option<String> {
        self.segments()
            .find(|segment| matches!(*segment, "" | "." | ".."))
            .map(str::to_owned)
    }

    /// The name with a slash, if this request has one. Most servers take the slash for the end of a folder and don't find the path.
    pub fn doubtful(&self) -> Option<String> {
        let segment = self.segments().find(|segment| segment.contains("%2F"))?;
        Some(percent_decode_str(segment).decode_utf8_lossy().into_owned())
    }

    fn segments(&self) -> impl Iterator<Item = &str> {
        let path = self.path.split('?').next().unwrap_or_default();
        path.split('/').skip(1)
    }
}

/// Which handlers to list. Values of one key are alternatives, both keys must fit. Empty means all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct HandlerQuery {
    /// Only handlers that stand so.
    pub status: Vec<HandlerStatus>,
    /// Only handlers of these workflows.
    pub workflow_name: Vec<String>,
}

/// A request's path behind the base address of its server, which may end in slashes.
///
/// ```
/// # use workflow_protocol::join_base;
/// assert_eq!(join_base("/deployments/app/", "/health"), "/deployments/app/health");
/// assert_eq!(join_base("", "/health"), "/health");
/// ```
pub fn join_base(base: &str, path: &str) -> String {
    format!("{}{path}", base.trim_end_matches('/'))
}

/// Whether a handler of this id can be addressed: a slash, and what addresses take for folders, would lead elsewhere.
///
/// ```
/// # use workflow_protocol::is_addressable;
/// assert!(is_addressable("order.42"));
/// assert!(!is_addressable("team/42") && !is_addressable(".."));
/// ```
pub fn is_addressable(id: &str) -> bool {
    !matches!(id, "" | "." | "..") && !id.contains('/')
}
