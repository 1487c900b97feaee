//! Values as Python sees them: order of keys, integers of any length, and the words of its JSON parser.
//!
//! Clients show the `detail` texts of the real server, which are Python's and pydantic's. To answer with the
//! same words the embedded server reads JSON as Python 3.11 does (observed on llama-agents-server 0.8.0). It
//! knows nothing of workflows.

mod json;
mod read;
mod repr;

pub use json::Json;
pub use read::{JsonError, parse};
pub use repr::{repr, type_name};

pub(crate) use repr::{float_repr as repr_float, truncated_repr};
