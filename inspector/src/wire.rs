//! The arrival of a run's events: gaps in their sequence, silences and bursts.

use workflow_protocol::EventRef;

/// Gaps that are remembered; all are counted.
const MOST: usize = 100;

/// How events arrived, folded from them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arrivals {
    last: Option<u64>,
    last_at: Option<u64>,
    gaps: Vec<(u64, u64)>,
    silence: Option<(u64, u64)>,
    second: (u64, u32),
    fastest: u32,
    timed: usize,
    count: usize,
}

impl Arrivals {
    /// Takes the next event of the run, internal ones included.
    pub fn push(&mut self, event: &EventRef<'_>) {
        if !event.numbered {
            self.count += 1;
            return;
        }
        let expected = self.last.map_or(0, |last| last.saturating_add(1));
        if event.sequence > expected && self.gaps.len() < MOST {
            self.gaps.push((expected, event.sequence - 1));
        }
        self.last = Some(event.sequence);
        self.count += 1;
        let Some(seen) = event.seen else { return };
        self.timed += 1;
        if let Some(before) = self.last_at.replace(seen.0) {
            let silence = seen.0.saturating_sub(before);
            if self.silence.is_none_or(|(longest, _)| silence > longest) {
                self.silence = Some((silence, event.sequence));
            }
        }
        let second = seen.0 / 1000;
        self.second = if self.second.0 == second {
            (second, self.second.1 + 1)
        } else {
            (second, 1)
        };
        self.fastest = self.fastest.max(self.second.1);
    }

    /// How many events were taken.
    pub fn count(&self) -> usize {
        self.count
    }

    /// How many of them arrived while we watched; the others are history.
    pub fn timed(&self) -> usize {
        self.timed
    }

    /// The last sequence: where a stream that is opened again goes on.
    pub fn last(&self) -> Option<u64> {
        self.last
    }

    /// Sequences that never came, as first and last of each gap; the first hundred gaps.
    pub fn gaps(&self) -> &[(u64, u64)] {
        &self.gaps
    }

    /// The longest silence between two events, in milliseconds, and the sequence of the event that ended it.
    pub fn silence(&self) -> Option<(u64, u64)> {
        self.silence
    }

    /// The most events that arrived within a second of the clock.
    pub fn fastest(&self) -> u32 {
        self.fastest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use workflow_protocol::{Envelope, EventLog, Time};

    fn fold(events: &[(u64, Option<u64>)]) -> Arrivals {
        let mut log = EventLog::default();
        for (sequence, seen) in events {
            if let Ok(envelope) = Envelope::parse(r#"{"type":"Tick","value":{}}"#) {
                log.push(*sequence, &envelope, seen.map(Time));
            }
        }
        let mut arrivals = Arrivals::default();
        for at in 0..log.len() {
            if let Some(event) = log.get(at) {
                arrivals.push(&event);
            }
        }
        arrivals
    }

    #[test]
    fn gaps_silences_and_bursts_are_found() {
        let arrivals = fold(&[
            (0, None),
            (3, Some(1_000)),
            (4, Some(1_010)),
            (5, Some(1_990)),
            (9, Some(9_000)),
        ]);
        assert_eq!(arrivals.gaps(), [(1, 2), (6, 8)]);
        assert_eq!(arrivals.silence(), Some((7_010, 9)));
        assert_eq!(
            (arrivals.fastest(), arrivals.timed(), arrivals.last()),
            (3, 4, Some(9))
        );
    }

    proptest! {
        #[test]
        fn gaps_are_what_is_missing(sequences in prop::collection::btree_set(0..200_u64, 0..60)) {
            let events: Vec<_> = sequences.iter().map(|sequence| (*sequence, None)).collect();
            let arrivals = fold(&events);
            let missing: u64 = arrivals.gaps().iter().map(|(from, to)| to - from + 1).sum();
            let end = sequences.last().map_or(0, |last| last + 1);
            prop_assert_eq!(missing, end - sequences.len() as u64);
        }
    }
}
