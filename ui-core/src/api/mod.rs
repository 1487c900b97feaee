//! The server's HTTP interface: what can be asked, how it travels, and what the answers mean. Knows no run and no signal of a run.

mod http;
mod requests;
mod server_state;
pub(crate) mod transport;

pub(crate) use http::{HeaderProvider, Http, Problem};
pub(crate) use requests::to_json;
pub use requests::{CancelOutcome, RunEnd, SendEvent, StartRequest};
pub(crate) use server_state::ServerState;
pub use server_state::{SignIn, SlowRequest};
