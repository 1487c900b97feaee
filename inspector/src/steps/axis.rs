//! The horizontal positions of marks in the timeline.

use super::Steps;

/// Idle time that was shortened to a notch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fold {
    /// The start of the notch.
    pub from: u32,
    /// Its end.
    pub to: u32,
    /// How long the run was idle, in milliseconds.
    pub ms: u64,
}

/// The positions of a run's marks: milliseconds of work if marks have times, equal distances otherwise. Idle time beyond the time of work
/// is folded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Axis {
    places: Vec<u32>,
    times: Vec<Option<u64>>,
    end: u32,
    folds: Vec<Fold>,
    timed: usize,
}

impl Axis {
    /// Computes the positions. `now` is the end of the drawing while the run is running.
    pub fn new(steps: &Steps, now: Option<u64>) -> Self {
        let marks = steps.marks();
        let now = if steps.has_ended() { None } else { now };
        // First the amount of work, then the idle times that are too long.
        let mut work = 0_u64;
        let mut gaps = 0_u64;
        let mut timed = 0;
        for (at, mark) in marks.iter().enumerate() {
            timed += usize::from(mark.at.is_some());
            let next = marks.get(at + 1).map_or(now, |next| next.at);
            if let (Some(from), Some(to)) = (mark.at, next)
                && mark.busy > 0
            {
                work += to.saturating_sub(from);
                gaps += 1;
            }
        }
        let notch = (work / 12).max(4);
        let long = (notch * 2).max(50);
        // Without any time, all distances are equal.
        let step = work.checked_div(gaps).unwrap_or(100).max(1);
        // Marks of the same millisecond are still in order, which is shown unless it stretches the rest.
        let least = u64::from(marks.len() as u64 <= (work / 4).max(64));
        let mut axis = Self {
            places: Vec::with_capacity(marks.len()),
            times: Vec::with_capacity(marks.len()),
            end: 0,
            folds: Vec::new(),
            timed,
        };
        for (at, mark) in marks.iter().enumerate() {
            axis.places.push(axis.end);
            axis.times.push(mark.at);
            let next = match marks.get(at + 1) {
                Some(next) => next.at,
                None if now.is_some() => now,
                // The last mark: space for the spans that started there and are open.
                None => break,
            };
            let ms = match (mark.at, next) {
                (Some(from), Some(to)) => to.saturating_sub(from),
                _ => {
                    axis.advance(step);
                    continue;
                }
            };
            if mark.busy == 0 && ms > long {
                let from = axis.end;
                axis.advance(notch);
                axis.folds.push(Fold {
                    from,
                    to: axis.end,
                    ms,
                });
            } else {
                axis.advance(ms.max(least));
            }
        }
        axis.end = axis.end.max(1);
        axis
    }

    fn advance(&mut self, by: u64) {
        self.end = self.end.saturating_add(u32::try_from(by).unwrap_or(u32::MAX));
    }

    /// The position of a mark; the end for a missing one, such as the end of an open span.
    pub fn place(&self, mark: u32) -> u32 {
        self.places.get(mark as usize).copied().unwrap_or(self.end)
    }

    /// The end of the axis, above 0.
    pub fn end(&self) -> u32 {
        self.end
    }

    /// The folded idle times, in order.
    pub fn folds(&self) -> &[Fold] {
        &self.folds
    }

    /// How many marks have a time.
    pub fn timed(&self) -> usize {
        self.timed
    }

    /// The meaning of the distances: `time`, `order`, or `mixed`.
    pub fn scale(&self) -> &'static str {
        if self.timed == self.places.len() {
            "time"
        } else if self.timed == 0 {
            "order"
        } else {
            "mixed"
        }
    }

    /// The last mark at or before a position.
    pub fn mark_at(&self, place: u32) -> Option<u32> {
        let after = self.places.partition_point(|known| *known <= place);
        after.checked_sub(1).map(|mark| mark as u32)
    }

    /// Milliseconds between the first mark with a time and a position; `None` if only the order is known.
    pub fn elapsed(&self, place: u32) -> Option<u64> {
        let mark = self.mark_at(place)?;
        let at = (*self.times.get(mark as usize)?)?;
        let start = self.times.iter().find_map(|time| *time)?;
        let (from, to) = (self.place(mark), self.place(mark + 1));
        let beyond = match self.times.get(mark as usize + 1) {
            Some(Some(next)) if to > from => (next - at) * u64::from(place - from) / u64::from(to - from),
            Some(_) => 0,
            None => u64::from(place - from),
        };
        Some(at.saturating_sub(start) + beyond)
    }
}
