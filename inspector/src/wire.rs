//! The arrival of a run's events: gaps in their sequence, silences and bursts.

use workflow_protocol::EventRef;

/// How many gaps are kept; all are counted.
const MOST: usize = 100;

/// Statistics of the arrival of events.
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
    rates: Rates,
}

/// The maximum number of bars in the chart of arrivals.
const BARS: usize = 120;
/// The initial width of a bar, in milliseconds. It doubles whenever there would be more than [`BARS`] bars.
const BAR_MS: u64 = 100;

/// How many events arrived in each period since the first one. The memory does not depend on the duration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rates {
    from: Option<u64>,
    width: u64,
    bars: Vec<u32>,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            from: None,
            width: BAR_MS,
            bars: Vec::new(),
        }
    }
}

impl Rates {
    fn push(&mut self, at: u64) {
        // The clock may have been set back.
        let elapsed = at.saturating_sub(*self.from.get_or_insert(at));
        while elapsed / self.width >= BARS as u64 {
            self.width = self.width.saturating_mul(2);
            self.bars = self.bars.chunks(2).map(|pair| pair.iter().sum()).collect();
        }
        let bar = (elapsed / self.width) as usize;
        if bar >= self.bars.len() {
            self.bars.resize(bar + 1, 0);
        }
        if let Some(count) = self.bars.get_mut(bar) {
            *count += 1;
        }
    }

    /// Number of events in each bar, oldest first; at most 120 bars. Empty before the first event.
    pub fn bars(&self) -> &[u32] {
        &self.bars
    }

    /// The span of one bar, in milliseconds: 100, 200, 400 and so on.
    pub fn width(&self) -> u64 {
        self.width
    }

    /// Number of events in the highest bar.
    pub fn highest(&self) -> u32 {
        self.bars.iter().copied().max().unwrap_or(0)
    }
}

impl Arrivals {
    /// Handles the next event of the run, including internal ones.
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
        self.rates.push(seen.0);
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

    /// The number of events.
    pub fn count(&self) -> usize {
        self.count
    }

    /// How many of them arrived live; the others are history.
    pub fn timed(&self) -> usize {
        self.timed
    }

    /// How many live events arrived in each period.
    pub fn rates(&self) -> &Rates {
        &self.rates
    }

    /// The last sequence: the position at which a reconnect resumes.
    pub fn last(&self) -> Option<u64> {
        self.last
    }

    /// Missing sequences, as first and last of each gap; the first hundred gaps.
    pub fn gaps(&self) -> &[(u64, u64)] {
        &self.gaps
    }

    /// The longest silence between two events, in milliseconds, and the sequence of the event that ended it.
    pub fn silence(&self) -> Option<(u64, u64)> {
        self.silence
    }

    /// The most events that arrived within one second.
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

    #[test]
    fn bars_double_their_width_instead_of_growing_in_number() {
        let events: Vec<_> = (0..121).map(|at| (at, Some(5_000 + at * 100))).collect();
        let arrivals = fold(&events);
        let rates = arrivals.rates();
        assert_eq!((rates.width(), rates.bars().len()), (200, 61));
        assert_eq!((rates.bars()[0], rates.bars()[60], rates.highest()), (2, 1, 2));
        assert_eq!(
            fold(&[(0, None)]).rates().bars(),
            [0_u32; 0],
            "history has no times"
        );
    }

    proptest! {
        #[test]
        fn bars_count_each_event_once_at_its_time(times in prop::collection::vec(0..100_000_000_u64, 1..80)) {
            let mut times = times;
            times.sort_unstable();
            let events: Vec<_> = times.iter().enumerate().map(|(at, time)| (at as u64, Some(*time))).collect();
            let arrivals = fold(&events);
            let rates = arrivals.rates();
            prop_assert!(rates.bars().len() <= BARS);
            for (at, count) in rates.bars().iter().enumerate() {
                let from = times[0] + at as u64 * rates.width();
                let inside = times.iter().filter(|time| (from..from + rates.width()).contains(*time));
                prop_assert_eq!(inside.count(), *count as usize);
            }
        }

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
