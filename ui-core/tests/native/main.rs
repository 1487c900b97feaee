//! The hooks over a scripted transport and a clock that the tests turn: no browser, no network, no waiting.
// A test that cannot go on panics.
#![allow(clippy::expect_used)]

#[path = "../addresses/mod.rs"]
mod addresses;
mod agent_data;
mod agent_data_hooks;
mod answers;
mod client;
mod control_plane;
#[path = "../delivery/mod.rs"]
mod delivery;
mod delivery_scripted;
mod exactly_once;
mod inbox;
mod kit;
mod legacy;
mod list;
mod monitor;
mod monitor_load;
mod monitor_others;
mod polls;
mod react_cases;
mod recordings;
mod refetch;
mod resolving;
mod run;
mod run_once;
mod server_state;
mod soak;
mod sockets;
mod stories;
mod tabs;
mod typed_events;
mod watch;
mod watch_log;
mod workflows;
