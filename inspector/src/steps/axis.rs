//! The horizontal positions of marks in the timeline.

use super::Steps;

/// Idle time that was shortened to a notch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fold {
    /// Where the notch begins.
    pub from: u32,
    /// Where it ends.
    pub to: u32,
    /// How long the run was idle, in milliseconds.
    pub ms: u64,
}

/// The places of a run's marks, in units of their own: milliseconds of work where marks have times, equal distances where they have
/// none. Idle time beyond what work takes is folded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Axis {
    places: Vec<u32>,
    times: Vec<Option<u64>>,
    end: u32,
    folds: Vec<Fold>,
    timed: usize,
}

impl Axis {
    /// Lays out what is known. `now` is the time up to which a run that goes on is drawn.
    pub fn new(steps: &Steps, now: Option<u64>) -> Self {
        let marks = steps.marks();
        let now = if steps.has_ended() { None } else { now };
        // First how much work there was, then what of the rest is too long to be shown.
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
        // Where nothing has a time, any distance does.
        let step = work.checked_div(gaps).unwrap_or(100).max(1);
        // What arrived within a millisecond still has an order, which is shown as long as that doesn't stretch the rest.
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
                // The last mark: room for what began there and has not ended.
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

    /// Where a mark stands; the end for one that is not there, such as the end of what goes on.
    pub fn place(&self, mark: u32) -> u32 {
        self.places.get(mark as usize).copied().unwrap_or(self.end)
    }

    /// Where the axis ends, above 0.
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

    /// What the distances mean: `time`, `order`, or `mixed`.
    pub fn scale(&self) -> &'static str {
        if self.timed == self.places.len() {
            "time"
        } else if self.timed == 0 {
            "order"
        } else {
            "mixed"
        }
    }

    /// The last mark at or before a place.
    pub fn mark_at(&self, place: u32) -> Option<u32> {
        let after = self.places.partition_point(|known| *known <= place);
        after.checked_sub(1).map(|mark| mark as u32)
    }

    /// Milliseconds between the first mark that has a time and a place; none where there is only order.
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
