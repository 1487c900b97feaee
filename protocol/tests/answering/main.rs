//! People who answer prompts in several tabs of one browser over a bad network: one schedule of clicks and faults per seed.
//!
//! The server, the network, the tabs and the browser's storage are simulated; the machines are the real ones. The promise under
//! test: no prompt is answered twice, whatever is clicked in any tab and whatever is lost; and once the faults stop, no tab shows a prompt
//! that is answered, and none hides one that is open.
//!
//! `SIMULATION_SEEDS=1000000 cargo test -p workflow-protocol --test answering` tries more; a failure prints the seed, and
//! `SIMULATION_SEED=n` repeats that one alone.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, unreachable_pub)]

#[path = "../simulation/random.rs"]
mod random;
mod server;
mod world;

use world::{Fault, World};

/// Runs one seed. Gives how many answers were sent, and how many clicks there were.
fn simulate(seed: u64, fault: Option<Fault>) -> (usize, usize) {
    let mut world = World::new(seed, fault);
    while world.step() {
        world.check_always();
    }
    world.check_settled();
    world.counts()
}

/// Seeds that failed: an effect that was only assumed hid an open prompt; a claim that was older than the log of sent events did; a claim
/// of an answer that was known to be unhandled came back late; an unhandled event was taken to be about one answer for certain.
const REGRESSIONS: [u64; 8] = [6_555, 13_455, 13_756, 17_139, 20_096, 24_381, 45_120, 89_579];

#[test]
fn no_prompt_is_answered_twice_and_none_is_left_behind() {
    let only = std::env::var("SIMULATION_SEED")
        .ok()
        .and_then(|text| text.parse::<u64>().ok());
    let count = std::env::var("SIMULATION_SEEDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(10_000);
    let known = REGRESSIONS.into_iter().filter(|_| only.is_none());
    let seeds = only.map_or(0..count, |seed| seed..seed + 1).chain(known);
    let (mut answers, mut clicks) = (0, 0);
    for seed in seeds {
        let result = std::panic::catch_unwind(|| simulate(seed, None));
        let Ok((sent, clicked)) = result else {
            panic!(
                "failed; repeat with: SIMULATION_SEED={seed} cargo test -p workflow-protocol --test answering"
            );
        };
        answers += sent;
        clicks += clicked;
    }
    assert!(
        only.is_some() || (answers > 2_000 && clicks > answers * 2),
        "{clicks} clicks, {answers} answers: too few to say anything"
    );
}

/// The oracle must be able to fail: without claims, or without the log of what was sent, some prompt is answered twice.
#[test]
fn the_oracle_notices_tabs_that_do_not_talk_and_pages_that_forget() {
    for fault in [Fault::NoClaims, Fault::ForgetsSent] {
        let caught = (0..500).any(|seed| std::panic::catch_unwind(|| simulate(seed, Some(fault))).is_err());
        assert!(caught, "{fault:?} went unnoticed");
    }
}
