//! The server's HTTP API: requests, transports, and the meaning of answers. Independent of runs and their signals.

mod http;
mod requests;
mod server_state;
pub(crate) mod transport;

pub(crate) use http::{HeaderProvider, Http, Problem};
pub(crate) use requests::to_json;
pub use requests::{CancelOutcome, RunEnd, SendEvent, StartRequest};
pub(crate) use server_state::ServerState;
pub use server_state::{SignIn, SlowRequest};
