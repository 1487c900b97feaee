//! The real machine behind a simulated network.

use std::collections::VecDeque;

use workflow_protocol::{
    Connection, Failure, Handler, HandlerStatus, RunCommand, RunInput, RunMachine, RunOptions, RunStatus,
    StreamEnd, Time,
};

use crate::random::Random;
use crate::server::Server;

/// A stream on its way: which run it serves, how far it got, and when the network does what to it.
#[derive(Debug)]
struct Stream {
    epoch: u32,
    run: usize,
    next: usize,
    /// Bytes of the frame at `next` that were already delivered.
    offset: usize,
    opened: bool,
    at: u64,
    /// Bytes until the connection breaks.
    breaks_after: Option<u64>,
    /// Nothing comes any more, and nothing says so.
    half_open: bool,
    /// Heartbeats come, and events don't any more.
    deaf: bool,
    /// A proxy keeps everything until the server ends the stream.
    buffered: bool,
    /// The server ends it: it brought a stop event.
    ended: bool,
    heartbeat: u64,
    last: u64,
}

#[derive(Debug)]
enum Answer {
    Handler { epoch: u32, token: u64 },
    Open { epoch: u32, after: i64, token: u64 },
}

#[derive(Debug)]
pub struct Client {
    pub machine: RunMachine,
    stream: Option<Stream>,
    answers: VecDeque<(u64, Answer)>,
    token: u64,
    /// Now and then somebody stops watching, and watches again.
    toggles: Vec<u64>,
    watched: bool,
    /// When a listing shows the handler next, and what an earlier one showed: answers overtake each other.
    listing_at: u64,
    listed: Option<Handler>,
    /// Every stream goes through a proxy that buffers.
    proxied: bool,
    /// How far the clock of the page is from the world's, and what it showed last: it never goes back.
    ahead: i64,
    shown: u64,
}

impl Client {
    pub fn new(random: &mut Random, seed: u64) -> Self {
        let mut toggles: Vec<u64> = (0..random.below(3) * 2).map(|_| random.below(60_000)).collect();
        toggles.push(0);
        toggles.sort_unstable_by(|a, b| b.cmp(a));
        Self {
            machine: RunMachine::new(
                "h",
                RunOptions {
                    seed,
                    ..RunOptions::default()
                },
            ),
            stream: None,
            answers: VecDeque::new(),
            token: 0,
            toggles,
            watched: false,
            listing_at: random.below(5_000),
            listed: None,
            proxied: random.chance(10),
            ahead: 0,
            shown: 0,
        }
    }

    /// The machine's deadline by the world's clock.
    fn deadline(&self) -> Option<u64> {
        let at = self.machine.next_deadline()?.0;
        Some(at.saturating_add_signed(self.ahead.saturating_neg()))
    }

    /// The page's clock.
    fn clock(&mut self, now: Time) -> Time {
        self.shown = self.shown.max(now.0.saturating_add_signed(self.ahead));
        Time(self.shown)
    }

    pub fn next_action(&self) -> Option<u64> {
        [
            self.deadline(),
            self.answers.iter().map(|(at, _)| *at).min(),
            self.stream
                .as_ref()
                .filter(|stream| !stream.half_open && !self.machine.is_buffering())
                .map(|s| s.at),
            self.toggles.last().copied(),
            Some(self.listing_at),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    pub fn act(&mut self, now: Time, server: &mut Server, random: &mut Random) {
        if self.toggles.last().is_some_and(|at| *at <= now.0) {
            self.toggles.pop();
            self.watched = !self.watched;
            self.give(
                now,
                if self.watched {
                    RunInput::Watch
                } else {
                    RunInput::Unwatch
                },
                server,
                random,
            );
        } else if let Some(at) = self.answers.iter().position(|(at, _)| *at <= now.0) {
            if let Some((_, answer)) = self.answers.remove(at) {
                self.answer(now, &answer, server, random);
            }
        } else if self.listing_at <= now.0 {
            self.listing_at = now.0 + random.between(1_000, 20_000);
            if !server.calm && random.chance(5) {
                // The computer slept, or its clock was set.
                self.ahead += random.below(7_200_000) as i64 - 600_000;
            }
            if server.calm && self.machine.problem().is_some() {
                // The connection was given up, for a token that stayed bad; a person asks again.
                self.give(now, RunInput::Refresh, server, random);
            }
            let fresh = server.handler(server.token()).ok();
            let listed = if random.chance(20) {
                std::mem::replace(&mut self.listed, fresh)
            } else {
                fresh
            };
            if let Some(handler) = listed {
                self.give(now, RunInput::HandlerSeen(handler), server, random);
            }
        } else if self.deadline().is_some_and(|at| at <= now.0) {
            self.give(now, RunInput::Tick, server, random);
        } else if self.stream.as_ref().is_some_and(|stream| stream.at <= now.0) {
            self.deliver(now, server, random);
        }
    }

    fn give(&mut self, now: Time, input: RunInput<'_>, server: &Server, random: &mut Random) {
        let clock = self.clock(now);
        self.machine.handle(clock, input);
        while let Some(command) = self.machine.poll_command() {
            let delay = if random.chance(5) && !server.calm {
                random.below(5_000)
            } else {
                random.below(30)
            };
            // The header provider is asked at every request; now and then it is late with the new token.
            if server.calm || random.chance(70) {
                self.token = server.token();
            }
            let token = self.token;
            match command {
                RunCommand::ReadHandler { epoch } => {
                    self.answers
                        .push_back((now.0 + delay, Answer::Handler { epoch, token }));
                }
                RunCommand::OpenStream { epoch, after } => {
                    assert!(
                        self.stream.is_none(),
                        "a second stream was opened beside the first"
                    );
                    self.answers
                        .push_back((now.0 + delay, Answer::Open { epoch, after, token }));
                }
                RunCommand::CloseStream => {
                    self.stream = None;
                    self.answers
                        .retain(|(_, answer)| !matches!(answer, Answer::Open { .. }));
                }
                RunCommand::Answer { .. } => panic!("nobody answered a prompt"),
                RunCommand::StoreClaim { .. } | RunCommand::LookUpClaim { .. } => {}
            }
        }
    }

    fn answer(&mut self, now: Time, answer: &Answer, server: &Server, random: &mut Random) {
        let fault = (!server.calm && random.chance(10)).then(|| match random.below(5) {
            0 => Failure::network("connection reset"),
            1 => Failure::status(502, "Upstream server unavailable"),
            // Of a proxy that has no server behind it just now.
            4 => Failure::status(404, "Not Found"),
            2 => Failure {
                retry_after: Some(2_000),
                ..Failure::status(503, "busy")
            },
            _ => Failure {
                kind: workflow_protocol::FailureKind::Timeout,
                ..Failure::network("timeout")
            },
        });
        match *answer {
            Answer::Handler { epoch, token } => {
                let result = fault.map_or_else(|| server.handler(token), Err);
                self.give(now, RunInput::HandlerRead { epoch, result }, server, random);
            }
            Answer::Open { epoch, after, token } => {
                // A client that lost its place may be sent what it already has.
                let after = if random.chance(5) {
                    after - random.below(3) as i64
                } else {
                    after
                };
                let end = match fault.map_or_else(|| server.open(token, after), Err) {
                    Ok(Some((run, next))) => {
                        self.stream = Some(Stream {
                            epoch,
                            run,
                            next,
                            offset: 0,
                            opened: false,
                            at: now.0,
                            breaks_after: (!server.calm && random.chance(40)).then(|| random.below(3_000)),
                            half_open: false,
                            deaf: false,
                            ended: false,
                            buffered: self.proxied || (!server.calm && random.chance(5)),
                            heartbeat: 25_000,
                            last: now.0,
                        });
                        return;
                    }
                    Ok(None) => StreamEnd::NoContent,
                    Err(failure) => StreamEnd::Failed(failure),
                };
                self.give(now, RunInput::StreamEnded { epoch, end }, server, random);
            }
        }
    }

    fn deliver(&mut self, now: Time, server: &Server, random: &mut Random) {
        let Some(stream) = self.stream.as_mut() else {
            return;
        };
        let epoch = stream.epoch;
        if !stream.opened {
            stream.opened = true;
            self.give(now, RunInput::StreamOpened { epoch }, server, random);
            return;
        }
        let dies = server
            .runs
            .get(stream.run)
            .is_some_and(|run| run.unsendable == Some(stream.next) && stream.next < run.events.len());
        if server.down || dies || stream.breaks_after == Some(0) {
            self.stream = None;
            let end = if random.chance(50) {
                StreamEnd::Closed
            } else {
                StreamEnd::Failed(Failure::network("reset"))
            };
            self.give(now, RunInput::StreamEnded { epoch, end }, server, random);
            return;
        }
        let Some(run) = server.runs.get(stream.run) else {
            return;
        };
        if stream.buffered && !run.ends(stream.next) {
            stream.at = now.0 + random.between(1, 250);
            return;
        }
        let mut bytes = Vec::new();
        // A piece of the stream: some frames, cut anywhere, also inside a character.
        let wanted = random.between(1, 600) as usize;
        while bytes.len() < wanted && !stream.deaf && run.unsendable != Some(stream.next) {
            let Some(event) = run.events.get(stream.next) else {
                break;
            };
            if stream.offset == 0 && stream.ended {
                break;
            }
            let rest = event.frame.get(stream.offset..).unwrap_or_default();
            let mut take = rest.len().min(wanted - bytes.len());
            if let Some(left) = stream.breaks_after.as_mut() {
                take = take.min(*left as usize);
                *left -= take as u64;
            }
            bytes.extend_from_slice(&rest[..take]);
            if take == rest.len() {
                stream.next += 1;
                stream.offset = 0;
                stream.ended = event.terminal;
            } else {
                stream.offset += take;
            }
            if stream.breaks_after == Some(0) {
                break;
            }
        }
        // Between two frames, as a server that was never notified of the next one.
        stream.deaf |= !server.calm && stream.offset == 0 && random.chance(1);
        let over = stream.ended || (stream.next == run.events.len() && run.over);
        if bytes.is_empty() {
            if over {
                self.stream = None;
                self.give(
                    now,
                    RunInput::StreamEnded {
                        epoch,
                        end: StreamEnd::Closed,
                    },
                    server,
                    random,
                );
                return;
            }
            if now.0 >= stream.last + stream.heartbeat {
                stream.last = now.0;
                bytes.extend_from_slice(b": heartbeat\n\n");
            }
        } else {
            stream.last = now.0;
        }
        stream.half_open = !server.calm && random.chance(1);
        // Poll sooner when there is more, as a network would; a slow consumer now and then.
        stream.at = now.0
            + if random.chance(3) {
                random.below(3_000)
            } else {
                random.between(1, 250)
            };
        if !bytes.is_empty() {
            self.give(
                now,
                RunInput::StreamBytes { epoch, bytes: &bytes },
                server,
                random,
            );
        }
    }

    /// Whether the client has nothing left to wait for.
    pub fn has_settled(&self, server: &Server) -> bool {
        if !self.watched {
            return self.toggles.is_empty();
        }
        let Some(run) = server.latest() else {
            return self.machine.status().is_terminal();
        };
        self.toggles.is_empty()
            // Until a listing corrects it.
            && self.machine.status() != RunStatus::Gone
            && self.machine.run_id() == Some(run.id.as_str())
            && (self.machine.log().len() == run.events.len() || self.is_held_back(server))
            && (!run.over || *self.machine.connection() == Connection::Closed)
            // Until somebody asks again: its last read was refused.
            && (!run.over || self.machine.handler().is_some_and(|it| it.status.is_terminal()))
    }

    /// Whether what the client lacks is kept by a proxy, until the run ends. It knows.
    fn is_held_back(&self, server: &Server) -> bool {
        let run = server.latest().filter(|run| !run.over);
        let lacks = run.filter(|run| !run.ends(self.machine.log().len()));
        self.proxied && lacks.is_some()
    }

    /// Holds at every moment: what the log holds is of the run that it names, in order, none twice.
    pub fn check_prefix(&self, server: &Server) {
        let log = self.machine.log();
        let Some(last) = log.len().checked_sub(1).and_then(|at| log.get(at)) else {
            return;
        };
        let run = self
            .machine
            .run_id()
            .and_then(|id| server.run(id))
            .expect("a log without a run");
        let shown = run.shown(last.index).expect("more events than the server has");
        assert_eq!(
            (last.sequence, last.value),
            (shown.0, Some(shown.1)),
            "event {} of {}",
            last.index,
            run.id
        );
    }

    /// Holds when the world is calm: sequence by sequence, the client's log is the server's.
    pub fn check_complete(&self, server: &Server) {
        let Some(run) = server.latest() else { return };
        if !self.watched && self.toggles.is_empty() {
            return;
        }
        if self.is_held_back(server) {
            return;
        }
        let log = self.machine.log();
        let ours: Vec<(u64, Option<&str>)> = (0..log.len())
            .filter_map(|at| log.get(at))
            .map(|event| (event.sequence, event.value))
            .collect();
        let theirs: Vec<(u64, Option<&str>)> = (0..run.events.len())
            .filter_map(|at| run.shown(at))
            .map(|(sequence, value)| (sequence, Some(value)))
            .collect();
        assert_eq!(ours, theirs, "the log of {} differs", run.id);
        if run.over {
            let handler = self.machine.handler().expect("a handler");
            assert_eq!(
                handler.status,
                HandlerStatus::from(run.status),
                "the handler's last word"
            );
            assert!(self.machine.status().is_terminal(), "the run has ended");
        }
    }
}
