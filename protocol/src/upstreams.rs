//! The upstreams of a `workflow-debugger`: not part of the workflow server's protocol, but our own.

use serde::{Deserialize, Serialize};

use crate::DecodeError;
use crate::json::decode;

/// The servers with names behind a `workflow-debugger`: the response to `GET /upstreams`. Other servers do not have that path.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpstreamList {
    /// The upstreams, in the order of the command line.
    pub upstreams: Vec<UpstreamPath>,
    /// What is at the root of the origin: `demo` for demo workflows, `upstream` for a server without a name.
    pub root: String,
    /// Whether the `workflow-debugger` requires a token of its own, also in front of the upstreams.
    pub guarded: bool,
}

/// An upstream's name, and the path of its API below the origin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpstreamPath {
    /// Lower-case letters, digits and hyphens.
    pub name: String,
    /// `/upstreams/NAME`.
    pub path: String,
}

impl UpstreamList {
    /// Reads the answer to `GET /upstreams`.
    ///
    /// # Errors
    /// If the text is not that response.
    pub fn parse(json: &str) -> Result<Self, DecodeError> {
        decode("list of upstreams", json)
    }
}
