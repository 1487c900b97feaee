//! The text of the server's error responses.

mod detail;
mod validation;

pub use detail::error_detail;
pub use validation::{FieldError, validation_errors};
