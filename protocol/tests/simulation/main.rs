//! A run followed through a bad world: one schedule of faults per seed, and an oracle that compares sequence by sequence.
//!
//! The server, the network and the clock are simulated; the machine is the real one. The promise under test: whatever
//! happens, the client's log holds only events of the run that it names, in order, none twice; and once the faults stop,
//! it holds all of them.
//!
//! `SIMULATION_SEEDS=1000000 cargo test -p workflow-protocol --test simulation` tries more; a failure prints the
//! seed, and `SIMULATION_SEED=n` repeats that one alone.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, unreachable_pub)]

mod client;
mod random;
mod server;

use client::Client;
use random::Random;
use server::Server;
use workflow_protocol::{Connection, RunStatus, Time};

/// How long faults go on, and how long the world may take to settle after them, in milliseconds.
const STORM_MS: u64 = 120_000;
const CALM_MS: u64 = 40 * 60_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Server,
    Client,
}

fn simulate(seed: u64) {
    let mut random = Random::new(seed);
    let mut server = Server::new(&mut random);
    let mut client = Client::new(&mut random, seed);
    let mut now = 0;
    let storm = random.below(STORM_MS);
    loop {
        let calm = now >= storm;
        server.calm = calm;
        let next_server = server.next_action();
        let next_client = client.next_action();
        let Some((at, step)) = [
            next_server.map(|at| (at, Step::Server)),
            next_client.map(|at| (at, Step::Client)),
        ]
        .into_iter()
        .flatten()
        .min() else {
            break;
        };
        now = now.max(at);
        match step {
            Step::Server => server.act(now, &mut random),
            Step::Client => client.act(Time(now), &mut server, &mut random),
        }
        client.check_prefix(&server);
        if calm && server.is_quiet() && client.has_settled(&server) {
            break;
        }
        assert!(
            now < storm + CALM_MS,
            "not settled {CALM_MS} ms after the last fault: {} events of {}, {:?}, {:?}",
            client.machine.log().len(),
            server.latest().map_or(0, |run| run.events.len()),
            client.machine.connection(),
            client.machine.status(),
        );
    }
    client.check_complete(&server);
}

#[test]
fn nothing_is_lost_doubled_or_mixed_whatever_happens() {
    let only = std::env::var("SIMULATION_SEED")
        .ok()
        .and_then(|text| text.parse::<u64>().ok());
    let count = std::env::var("SIMULATION_SEEDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(100_000);
    let seeds = only.map_or(0..count, |seed| seed..seed + 1);
    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get) as u64;
    std::thread::scope(|scope| {
        let handles: Vec<_> = (0..workers)
            .map(|worker| {
                let seeds = seeds.clone();
                scope.spawn(move || {
                    for seed in seeds.filter(|seed| seed % workers == worker || only.is_some()) {
                        let result = std::panic::catch_unwind(|| simulate(seed));
                        assert!(
                            result.is_ok(),
                            "failed; repeat with: SIMULATION_SEED={seed} cargo test -p workflow-protocol --test simulation"
                        );
                    }
                })
            })
            .collect();
        for handle in handles {
            if let Err(panic) = handle.join() {
                std::panic::resume_unwind(panic);
            }
        }
    });
}

/// The oracle must be able to fail: a client that skips one event is caught.
#[test]
fn the_oracle_notices_a_lost_event() {
    let mut random = Random::new(5);
    let mut server = Server::new(&mut random);
    server.calm = true;
    for now in 0..2_000 {
        server.act(now * 100, &mut random);
    }
    let client = Client::new(&mut random, 5);
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| client.check_complete(&server)));
    assert!(caught.is_err(), "an empty log passed for a complete one");
    let status = client.machine.status();
    assert!(status == RunStatus::NotStarted && *client.machine.connection() == Connection::Idle);
}
