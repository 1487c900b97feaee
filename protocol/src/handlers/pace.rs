//! How often, and with how many bytes, a list of handlers is polled.

/// How often a list is polled while the page is visible, in milliseconds.
const POLL_MS: u64 = 2_000;
/// How much each further list of a page lengthens the interval.
const POLL_MORE_MS: u64 = 60;
/// The longest interval with many lists.
const MOST_POLL_MS: u64 = 5_000;
/// How many bytes per second all lists of a page may use together.
const BYTES_PER_SECOND: u64 = 50_000;

/// How often, and with how many bytes, a [`HandlersMachine`](crate::HandlersMachine) polls.
///
/// Several lists on one page share what one list may take:
///
/// ```
/// use workflow_protocol::ListPace;
///
/// let paces: Vec<ListPace> = (0..50).map(|position| ListPace::shared(position, 50)).collect();
/// assert_eq!(paces.iter().map(|pace| pace.bytes_per_second).sum::<u64>(), 50_000);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListPace {
    /// How often the list is polled while the page is visible, in milliseconds: the whole list while it is small, else the running
    /// handlers. Defaults to 2 000. Hidden pages poll a third as often.
    pub poll_ms: u64,
    /// How many bytes of answers per second polling may take. Defaults to 50 000.
    pub bytes_per_second: u64,
    /// The delay of the first request, in milliseconds, so that several lists do not start at the same moment. Defaults to 0.
    pub first_after_ms: u64,
    /// Whether the running handlers are requested before the first whole list, which may be long. Defaults to `false`.
    pub running_first: bool,
}

impl Default for ListPace {
    fn default() -> Self {
        Self {
            poll_ms: POLL_MS,
            bytes_per_second: BYTES_PER_SECOND,
            first_after_ms: 0,
            running_first: false,
        }
    }
}

impl ListPace {
    /// The pace of the list at `position`, counted from 0, of `lists` on one page: an equal share of the bytes, and an interval of 2 to 5
    /// seconds. The lists start one after the other, each with the running handlers.
    pub fn shared(position: usize, lists: usize) -> Self {
        let lists = (lists as u64).max(1);
        let poll_ms = (POLL_MS + POLL_MORE_MS * (lists - 1)).min(MOST_POLL_MS);
        Self {
            poll_ms,
            bytes_per_second: (BYTES_PER_SECOND / lists).max(1),
            first_after_ms: poll_ms * (position as u64 % lists) / lists,
            running_first: true,
        }
    }

    /// A whole list of at most this many bytes is small enough to poll.
    pub(super) const fn small_bytes(self) -> u64 {
        self.bytes_per_second.saturating_mul(self.poll_ms) / 1_000
    }

    /// How long a response of this size takes at this many bytes per second.
    pub(super) const fn affordable_ms(bytes: u64, bytes_per_second: u64) -> u64 {
        let rate = if bytes_per_second == 0 {
            1
        } else {
            bytes_per_second
        };
        bytes.saturating_mul(1_000) / rate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_list_has_the_whole_budget_and_many_start_one_after_the_other() {
        let alone = ListPace::shared(0, 1);
        assert_eq!(
            (alone.poll_ms, alone.bytes_per_second, alone.first_after_ms),
            (2_000, 50_000, 0)
        );
        let starts: Vec<u64> = (0..50)
            .map(|at| ListPace::shared(at, 50).first_after_ms)
            .collect();
        assert!(
            starts.windows(2).all(|pair| pair[1] - pair[0] >= 90),
            "{starts:?}"
        );
        assert!(starts.iter().all(|start| *start < 5_000), "{starts:?}");
        assert_eq!(ListPace::shared(0, 0), ListPace::shared(0, 1), "no list at all");
    }
}
