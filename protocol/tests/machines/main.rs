//! Transcripts of the machines: what is handed in, what comes out.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, unreachable_pub)]

mod answers;
mod ending;
mod handlers;
mod large;
mod parallel;
mod polling;
mod prompts;
mod run;
mod stalling;
mod streams;
mod tabs;
mod wire;
mod world;
