//! From bytes to events.

use super::{DEAF_MS, FRESH_MS, HEALTHY_MS, PATIENCE_MS, Phase, RUSH_BYTES, RUSH_MS, RunMachine};
use crate::log::ArrivingFrame;
use crate::{Changes, Envelope, Outcome, RawJson, SseItem, StopResult, Time};

impl RunMachine {
    pub(super) fn bytes(&mut self, now: Time, bytes: &[u8], changes: &mut Changes) {
        self.heard = true;
        self.end_silence();
        if !self.poison.behind {
            self.poison.dead = 0;
            self.poison.alive = 0;
        } else if !self.is_given_up(changes) {
            return;
        }
        if now.since(self.opened_at) > HEALTHY_MS {
            self.attempt = 0;
        }
        let rush = *self.rush_until.get_or_insert(now.plus(RUSH_MS));
        let seen = (self.is_ours() || (now >= rush && bytes.len() < RUSH_BYTES)).then_some(now);

        let (frames, heartbeats) = (self.wire.frames, self.wire.heartbeats);
        let mut decoder = std::mem::take(&mut self.decoder);
        let mut arriving = self.arriving.take();
        decoder.feed(bytes, &mut |item| match item {
            SseItem::Event { data, id, own_id, .. } => {
                // Older servers send no ids, so their events are counted. Frames that are not events do not count.
                let broken = if own_id { None } else { Envelope::parse(data).err() };
                let arrived = arriving.take();
                match broken {
                    None => self.frame(now, (id, data), arrived, seen, changes),
                    Some(error) => {
                        self.wire.frames += 1;
                        self.log.push_undecodable(None, data, error.to_string(), seen);
                        changes.events = true;
                    }
                }
            }
            SseItem::Oversized {
                own_id: false, bytes, ..
            } => {
                self.wire.frames += 1;
                self.log.push_oversized(None, bytes, seen);
                changes.events = true;
            }
            SseItem::Oversized { id, bytes, .. } => {
                if let Some(sequence) = self.advance(id) {
                    self.log.push_oversized(sequence, bytes, seen);
                    changes.events = true;
                }
            }
            SseItem::Comment(_) => {
                self.wire.heartbeats += 1;
                self.wire.last_heartbeat = Some(now);
                let silence = now.since(self.last_bytes_at);
                // A heartbeat is measured from the last frame, so the shortest silence before one is its interval.
                if silence >= 1_000 {
                    self.heartbeat = Some(self.heartbeat.map_or(silence, |known| known.min(silence)));
                }
            }
            SseItem::Retry(_) => {}
        });
        self.arriving = ArrivingFrame::advance(arriving, decoder.pending());
        self.decoder = decoder;
        if self.wire.frames > frames {
            self.event_at = now;
            self.deaf = DEAF_MS;
        }
        self.last_bytes_at = now;
        self.wire.bytes += bytes.len() as u64;
        self.wire.last_bytes = Some(now);
        self.wire.heartbeat_interval = self.heartbeat;

        let completed = self.wire.frames > frames || self.wire.heartbeats > heartbeats;
        // The events after a suspected stop event may arrive in several chunks.
        if self.outcome.is_some() && (completed || self.suspicion.is_none()) {
            self.close_stream();
            self.phase = Phase::Settling { drained: false };
            self.deadline = None;
            self.awaited_read = Some(self.read());
        } else if self.stream.is_some() {
            self.watch_silence(now);
        }
    }

    /// Whether no data is history: we started the run just before its first connection. Events may have been missed before a later one.
    fn is_ours(&self) -> bool {
        let fresh = |at: Time| self.opened_at.since(at) <= FRESH_MS;
        self.wire.connects == 1 && self.started_at.is_some_and(fresh)
    }

    /// The sequence of a frame, or `None` for a duplicate. Older servers send no ids, so their frames are counted.
    pub(super) fn advance(&mut self, id: &str) -> Option<u64> {
        let expected = self.next_sequence();
        let sequence = id.parse::<u64>().unwrap_or(expected);
        self.wire.frames += 1;
        if sequence < expected {
            self.wire.repeated += 1;
            return None;
        }
        self.wire.missing = self.wire.missing.saturating_add(sequence - expected);
        Some(sequence)
    }

    pub(super) fn frame(
        &mut self,
        now: Time,
        (id, data): (&str, &str),
        arrived: Option<ArrivingFrame>,
        seen: Option<Time>,
        changes: &mut Changes,
    ) {
        if self.outcome.is_some() && self.suspicion.is_none() {
            return;
        }
        let Some(sequence) = self.advance(id) else { return };
        if self.suspicion.is_some() {
            self.supersede(changes);
        }
        self.attempt = 0;
        self.refused = false;
        self.patience = PATIENCE_MS;
        changes.events = true;
        let before = self.log.len();
        if let Err(error) = self.log.push_arrived(sequence, data, arrived, seen) {
            self.log.push_undecodable(sequence, data, error.to_string(), seen);
            return;
        }
        // A log is limited by its counters, also of sequences: nothing follows the last number.
        let Some(event) = self.log.get(before) else {
            return;
        };
        let ends = event.kind.is_terminal().then(|| Outcome {
            kind: event.kind,
            sequence,
            event: StopResult {
                value: event
                    .value
                    .and_then(|v| RawJson::parse(v).ok())
                    .unwrap_or_else(RawJson::null),
                class: Some(event.class.name.clone()),
                types: event.class.types.clone(),
                qualified_name: event.class.qualified_name.clone(),
            },
        });
        let is_end = ends.is_none() || self.check_stop(now, before);
        if is_end && let Some(event) = self.log.get(before) {
            changes.prompts |= self.prompts.event(&event);
        }
        if let Some(outcome) = ends {
            self.conclude(outcome);
            changes.handler = true;
        }
    }

    /// The expected sequence of the next event.
    pub(super) fn next_sequence(&self) -> u64 {
        self.log.last_sequence().map_or(0, |last| last.saturating_add(1))
    }

    pub(super) fn cursor(&self) -> i64 {
        self.log
            .last_sequence()
            .map_or(-1, |sequence| i64::try_from(sequence).unwrap_or(i64::MAX))
    }
}
