//! Opens, confirms and reopens the stream.

use super::stalling::Silence;
use super::{
    DEATHS, FRESH_MS, LAST_TRIES, MAX_PATIENCE_MS, Phase, PoisonCheck, RunCommand, RunMachine, StreamEnd,
};
use crate::retry;
use crate::{Changes, Connection, Failure, FailureKind, Handler, Time};

impl RunMachine {
    pub(super) fn connect(&mut self, now: Time) {
        self.deadline = None;
        if !self.online {
            self.stall = None;
            self.phase = Phase::Waiting;
            self.connection = Connection::Retrying {
                attempt: self.attempt,
                at: now,
                cause: Failure::network("The browser is offline."),
            };
            return;
        }
        let keeps = matches!(
            self.connection,
            Connection::Retrying { .. } | Connection::Stalled { .. }
        );
        if !keeps && !self.is_checking_quietly() {
            self.connection = Connection::Connecting;
        }
        // A lost run is read first: if it is back, its events are read from the first one.
        if self.run_id.is_some() && !self.gone {
            self.open();
        } else {
            self.phase = Phase::Reading;
            self.awaited_read = Some(self.read());
        }
    }

    pub(super) fn open(&mut self) {
        self.close_stream();
        self.epoch += 1;
        self.stream = Some(self.epoch);
        self.decoder.reset();
        self.arriving = None;
        self.phase = Phase::Opening;
        self.heard = false;
        let cursor = self.cursor();
        if self.poison.cursor != cursor {
            self.poison = PoisonCheck {
                cursor,
                ..PoisonCheck::default()
            };
        }
        self.poison.behind = self.poison.dead >= DEATHS + self.poison.alive;
        self.commands.push(RunCommand::OpenStream {
            epoch: self.epoch,
            after: cursor.saturating_add(i64::from(self.poison.behind)),
        });
    }

    /// The stream from after an event that the server may be unable to send works. Returns whether that event is skipped; if not, the
    /// stream is closed and the event gets another chance.
    pub(super) fn is_given_up(&mut self, changes: &mut Changes) -> bool {
        self.poison.alive += 1;
        if self.poison.alive < 2 {
            self.open();
            return false;
        }
        self.poison = PoisonCheck::default();
        let sequence = self.next_sequence();
        let error = "The server could not send this event.".to_owned();
        self.log.push_undecodable(sequence, "", error, None);
        changes.events = true;
        true
    }

    pub(super) fn opened(&mut self, now: Time) {
        if self.phase != Phase::Opening {
            return;
        }
        let trusted = self.wire.connects == 0 && self.is_fresh(now);
        self.wire.connects = self.wire.connects.saturating_add(1);
        self.opened_at = now;
        self.last_bytes_at = now;
        self.rush_until = None;
        self.silence = Silence::default();
        if trusted {
            self.go_live(now);
        } else {
            self.phase = Phase::Confirming {
                held: Vec::new(),
                end: None,
            };
        }
        self.awaited_read = Some(self.read());
    }

    /// Whether we just started the run: the response to that named the run that the stream serves.
    fn is_fresh(&self, now: Time) -> bool {
        self.started_at.is_some_and(|at| now.since(at) <= FRESH_MS)
    }

    fn go_live(&mut self, now: Time) {
        self.phase = Phase::Live;
        if self.stall.is_none() && !self.is_checking_quietly() {
            self.connection = Connection::Live;
        }
        self.problem = None;
        self.event_at = now;
        self.watch_silence(now);
        self.prompts.watch(now, self.log.last_sequence());
    }

    /// The read that the phase waited for has its response.
    pub(super) fn awaited(&mut self, now: Time, result: Result<Handler, Failure>, changes: &mut Changes) {
        let handler = match result {
            Ok(handler) => handler,
            Err(failure) if failure.is_not_found() => return self.lose(changes),
            Err(failure) => {
                // The run's end was received; only the final handler is missing.
                if self.outcome.is_some() && failure.is_permanent() && !self.is_checking_stop() {
                    return self.finish();
                }
                return self.retry(now, failure);
            }
        };
        let served = self.run_id.clone();
        self.learn(now, handler, changes);
        let same_run = self.run_id == served;
        let phase = std::mem::replace(&mut self.phase, Phase::Reading);
        match phase {
            Phase::Confirming { held, end } if same_run => {
                self.go_live(now);
                if !held.is_empty() {
                    self.bytes(now, &held, changes);
                }
                if let Some(end) = end
                    && self.phase == Phase::Live
                {
                    self.stream_ended(now, end);
                }
            }
            // It is unknown which of the two runs this stream serves.
            Phase::Confirming { .. } => self.open_or_wait(now),
            // The run of our own start was replaced before its stream was opened: the data was of another one.
            Phase::Live if !same_run => {
                self.reconnect(now);
            }
            Phase::Settling { .. } | Phase::Asking { .. } if same_run && self.suspicion.is_some() => {
                self.await_more(now, changes);
            }
            Phase::Settling { drained: true } | Phase::Asking { .. } if same_run && self.is_end_stale() => {
                self.suspect_end(now);
                self.await_more(now, changes);
            }
            // The run ended after the server had reported that nothing is left: its last events came later.
            Phase::Settling { drained: true } if same_run && self.stale_end.take().is_some() => self.open(),
            Phase::Settling { drained: true } if same_run => {
                if self
                    .handler
                    .as_ref()
                    .is_some_and(|handler| handler.status.is_terminal())
                {
                    if !self.poison.behind || self.is_given_up(changes) {
                        self.finish();
                    }
                } else {
                    self.retry(
                        now,
                        Failure::network("The server has no more events of a run that it lists as running."),
                    );
                }
            }
            // Perhaps there is nothing left to stream, perhaps only this stream broke: a few more attempts show which.
            Phase::Asking { cause } if same_run && self.outcome.is_none() => {
                let ended = self.handler.as_ref().is_some_and(|h| h.status.is_terminal());
                let is_unexplained = cause.kind == FailureKind::Unknown;
                if ended && is_unexplained && self.attempt >= LAST_TRIES {
                    self.problem = Some(cause);
                    self.finish();
                } else {
                    self.retry(now, cause);
                }
            }
            Phase::Settling { .. } | Phase::Reading | Phase::Asking { .. } => self.open_or_finish(now),
            other => self.phase = other,
        }
    }

    pub(super) fn open_or_finish(&mut self, now: Time) {
        if self.outcome.is_some() && self.handler.as_ref().is_none_or(|h| h.status.is_terminal()) {
            self.finish();
        } else if self.outcome.is_some() {
            // The row is written before the last event is stored (observed), so this is an error of a proxy or cache: retry, but not
            // forever.
            if self.attempt >= 3 {
                self.finish();
            } else {
                self.retry(
                    now,
                    Failure::network("The run has ended, but the server still lists it as running."),
                );
            }
        } else {
            self.open_or_wait(now);
        }
    }

    pub(super) fn open_or_wait(&mut self, now: Time) {
        if self.run_id.is_some() {
            self.open();
        } else {
            self.retry(now, Failure::network("The handler has no run yet."));
        }
    }

    pub(super) fn retry(&mut self, now: Time, cause: Failure) {
        self.close_stream();
        self.awaited_read = None;
        if self.is_checking_quietly() && !cause.is_permanent() {
            return self.check_again(now);
        }
        if self.stays_stalled(&cause) {
            // The handler is read anyway, and the stream requested again later.
            self.phase = Phase::Waiting;
            self.deadline = None;
            return;
        }
        self.stall = None;
        let permanent = cause.is_permanent()
            || (matches!(cause.kind, FailureKind::Status(401)) && std::mem::replace(&mut self.refused, true));
        self.attempt += 1;
        let delay = if permanent {
            None
        } else {
            self.options.retry.delay(self.attempt, self.rng.next_f64())
        };
        let Some(delay) = delay else {
            self.problem = Some(cause);
            self.phase = Phase::Done;
            self.deadline = None;
            self.connection = Connection::Closed;
            return;
        };
        let at = now.plus(retry::wait(delay, cause.retry_after));
        self.phase = Phase::Waiting;
        self.deadline = Some(at);
        self.connection = Connection::Retrying {
            attempt: self.attempt,
            at,
            cause,
        };
    }

    pub(super) fn finish(&mut self) {
        self.close_stream();
        self.awaited_read = None;
        self.deadline = None;
        self.stall = None;
        self.phase = Phase::Done;
        self.connection = Connection::Closed;
    }

    pub(super) fn lose(&mut self, changes: &mut Changes) {
        self.gone = true;
        self.suspicion = None;
        self.stale_end = None;
        // An earlier request may report that it exists.
        self.side_read = None;
        changes.handler = true;
        changes.prompts |= self.prompts.close_all();
        self.finish();
    }

    pub(super) fn set_online(&mut self, now: Time, online: bool) {
        let was = std::mem::replace(&mut self.online, online);
        if !self.watched || was == online {
            return;
        }
        if online && self.phase == Phase::Waiting {
            self.attempt = 0;
            self.stall = None;
            self.connect(now);
        } else if !online && self.phase == Phase::Waiting {
            self.deadline = None;
        }
        // A stream that is open when the network is lost is left to fail by itself: loopback and LAN servers stay reachable while the
        // browser reports that it is offline.
    }

    pub(super) fn tick(&mut self, now: Time, changes: &mut Changes) {
        if self.deadline.is_none_or(|at| now < at) {
            return;
        }
        self.deadline = None;
        match self.phase {
            Phase::Waiting => self.connect(now),
            Phase::Done if self.suspicion.is_some() => self.check_end(now),
            Phase::Live if now < self.event_at.plus(self.deaf) => self.silent(now, changes),
            Phase::Live => {
                // A silence that a new connection does not end is normal for the run; wait longer each time.
                self.deaf = (self.deaf * 2).min(MAX_PATIENCE_MS);
                self.reconnect(now);
            }
            _ => {}
        }
    }

    /// Replaces an open stream by another one.
    pub(super) fn reconnect(&mut self, now: Time) {
        self.close_stream();
        self.connection = Connection::Connecting;
        self.connect(now);
    }

    pub(super) fn close_stream(&mut self) {
        if self.stream.take().is_some() {
            self.commands.push(RunCommand::CloseStream);
        }
    }

    pub(super) fn stream_ended(&mut self, now: Time, end: StreamEnd) {
        if let Phase::Confirming { end: waiting, .. } = &mut self.phase {
            *waiting = Some(end);
            return;
        }
        self.stream = None;
        if self.phase == Phase::Live && !self.heard {
            // The stream from after the event failed too, so it is not the event.
            self.poison.dead = if self.poison.behind {
                0
            } else {
                self.poison.dead + 1
            };
            self.poison.alive = if self.poison.behind { 0 } else { self.poison.alive };
        }
        match end {
            StreamEnd::NoContent if self.poison.behind && self.poison.alive == 0 => {
                self.poison.alive = 1;
                self.open();
            }
            StreamEnd::Failed(failure) if self.stalls_before_open(now, &failure) => {}
            StreamEnd::Closed => {
                self.retry(now, Failure::network("The connection to the event stream ended."))
            }
            StreamEnd::NoContent => {
                self.phase = Phase::Settling { drained: true };
                self.awaited_read = Some(self.read());
            }
            // The handler shows whether it is gone or only has no run.
            StreamEnd::Failed(failure)
                if failure.is_not_found() && !std::mem::replace(&mut self.reread_after_404, true) =>
            {
                self.phase = Phase::Settling { drained: false };
                self.awaited_read = Some(self.read());
            }
            StreamEnd::Failed(failure) if failure.is_not_found() => {
                self.reread_after_404 = false;
                self.retry(
                    now,
                    Failure {
                        kind: FailureKind::Network,
                        ..failure
                    },
                );
            }
            StreamEnd::Failed(cause)
                if cause.kind == FailureKind::Unknown || self.needs_description(&cause) =>
            {
                self.deadline = None;
                self.phase = Phase::Asking { cause };
                self.awaited_read = Some(self.read());
            }
            StreamEnd::Failed(failure) => self.retry(now, failure),
        }
    }

    /// Whether the handler is read after a failed stream because nothing else would show the end of the run: the stream could not be
    /// opened, and not for the first time.
    fn needs_description(&self, cause: &Failure) -> bool {
        let lists_as_running = self
            .handler
            .as_ref()
            .is_some_and(|handler| !handler.status.is_terminal());
        self.phase == Phase::Opening
            && self.attempt > 0
            && lists_as_running
            && !cause.is_permanent()
            // Nobody is signed in, so the handler would be refused too.
            && cause.kind != FailureKind::Status(401)
            // A stalled stream, and one after a suspected stop event, are checked anyway.
            && self.stall.is_none()
            && self.suspicion.is_none()
    }
}
