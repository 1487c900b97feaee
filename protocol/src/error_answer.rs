//! The server's words when it refuses a request.

mod detail;
mod validation;

pub use detail::error_detail;
pub use validation::{FieldError, validation_errors};
