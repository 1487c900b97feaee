//! Delays between retries.

/// The delays between attempts to connect: capped doubling with "equal jitter".
///
/// Jitter keeps the many tabs of a restarted server from reconnecting at the same moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RetryPolicy {
    /// Milliseconds before the second attempt. Defaults to `500`.
    pub base: u64,
    /// The maximum delay in milliseconds. Defaults to `30_000`.
    pub cap: u64,
    /// The random share of each delay, from 0 to 1. Defaults to `0.5`.
    pub jitter: f64,
    /// The number of consecutive attempts before giving up. Defaults to `None`: no limit.
    pub limit: Option<u32>,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            base: 500,
            cap: 30_000,
            jitter: 0.5,
            limit: None,
        }
    }
}

impl RetryPolicy {
    /// Milliseconds to wait before attempt number `attempt` (from 1), given a random number from 0 to 1; `None` beyond the limit.
    ///
    /// ```
    /// # use workflow_protocol::RetryPolicy;
    /// let policy = RetryPolicy::default();
    /// assert_eq!(policy.delay(1, 1.0), Some(500));
    /// assert_eq!(policy.delay(3, 0.0), Some(1_000));
    /// assert_eq!(policy.delay(99, 1.0), Some(30_000));
    /// ```
    pub fn delay(&self, attempt: u32, random: f64) -> Option<u64> {
        if self.limit.is_some_and(|limit| attempt > limit) {
            return None;
        }
        let doubled = 2_u64.checked_pow(attempt.saturating_sub(1)).unwrap_or(u64::MAX);
        let full = self.base.saturating_mul(doubled).min(self.cap);
        let left_to_chance = share(self.jitter) * (1.0 - share(random));
        // A float has at most 53 exact bits; rounding must not exceed the cap.
        Some(full.saturating_sub((full as f64 * left_to_chance) as u64))
    }

    /// The same, or longer if the server asks for it: `Retry-After` in milliseconds, up to a minute.
    pub fn delay_or_asked(&self, attempt: u32, random: f64, retry_after: Option<u64>) -> Option<u64> {
        self.delay(attempt, random).map(|delay| wait(delay, retry_after))
    }
}

/// The longest `Retry-After` in milliseconds that is accepted: servers send years, or dates by a wrong clock.
const LONGEST_ASKED: u64 = 60_000;

/// The delay for the policy's `delay` and the server's `retry_after`, all in milliseconds.
pub(crate) fn wait(delay: u64, retry_after: Option<u64>) -> u64 {
    delay.max(retry_after.unwrap_or(0).min(LONGEST_ASKED))
}

/// Treats NaN as 0.
fn share(value: f64) -> f64 {
    if value.is_nan() {
        0.0
    } else {
        value.clamp(0.0, 1.0)
    }
}

/// Random numbers for jitter (splitmix64). Not for secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rng(u64);

impl Rng {
    /// Equal seeds give equal numbers.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 random bits.
    pub const fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    /// The next number from 0 (included) to 1 (not).
    pub const fn next_f64(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_cap() {
        let policy = RetryPolicy {
            base: 100,
            cap: 1_000,
            jitter: 0.0,
            limit: None,
        };
        let waits: Vec<_> = (0..8).map(|attempt| policy.delay(attempt, 0.3)).collect();
        assert_eq!(
            waits,
            [100, 100, 200, 400, 800, 1_000, 1_000, 1_000].map(Some),
            "attempt 0 counts as the first"
        );
    }

    #[test]
    fn jitter_stays_within_its_share() {
        let policy = RetryPolicy {
            base: 1_000,
            cap: 1_000,
            jitter: 0.5,
            limit: None,
        };
        for (random, wait) in [
            (0.0, 500),
            (0.5, 750),
            (1.0, 1_000),
            (-7.0, 500),
            (7.0, 1_000),
            (f64::NAN, 500),
        ] {
            assert_eq!(policy.delay(3, random), Some(wait), "random {random}");
        }
        for (jitter, lowest) in [(1.0, 0), (9.0, 0), (0.0, 1_000), (-1.0, 1_000), (f64::NAN, 1_000)] {
            assert_eq!(
                RetryPolicy { jitter, ..policy }.delay(1, 0.0),
                Some(lowest),
                "jitter {jitter}"
            );
        }
    }

    #[test]
    fn a_limit_ends_it() {
        let policy = RetryPolicy {
            limit: Some(2),
            ..RetryPolicy::default()
        };
        assert_eq!(policy.delay(2, 1.0), Some(1_000));
        assert_eq!(policy.delay(3, 1.0), None);
        assert_eq!(
            RetryPolicy {
                limit: Some(0),
                ..policy
            }
            .delay(1, 1.0),
            None
        );
    }

    #[test]
    fn no_numbers_are_too_large() {
        for base in [0, 1, u64::MAX] {
            for cap in [0, 1, u64::MAX] {
                for attempt in [0, 1, 63, 64, 65, u32::MAX] {
                    let policy = RetryPolicy {
                        base,
                        cap,
                        jitter: 0.5,
                        limit: None,
                    };
                    let wait = policy.delay(attempt, 0.0).unwrap_or(u64::MAX);
                    assert!(
                        wait <= cap.min(base.saturating_mul(u64::MAX)),
                        "{policy:?}, attempt {attempt}: {wait}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_server_can_ask_for_a_minute_at_most() {
        // A page that got `Retry-After: 31536000` from a proxy reconnected after a year.
        for (delay, asked, wait_for) in [
            (500, None, 500),
            (500, Some(0), 500),
            (500, Some(20_000), 20_000),
            (500, Some(60_001), 60_000),
            (500, Some(u64::MAX), 60_000),
            (90_000, Some(u64::MAX), 90_000),
        ] {
            assert_eq!(wait(delay, asked), wait_for, "{delay}, {asked:?}");
        }
    }

    #[test]
    fn random_numbers_repeat_and_spread() {
        let (mut one, mut other) = (Rng::new(7), Rng::new(7));
        let numbers: Vec<f64> = (0..1_000).map(|_| one.next_f64()).collect();
        assert!(
            numbers.iter().all(|number| *number == other.next_f64()),
            "equal seeds give equal numbers"
        );
        assert!(
            numbers.iter().all(|number| (0.0..1.0).contains(number)),
            "from 0 to 1"
        );
        let mut tenths = [0; 10];
        numbers
            .iter()
            .for_each(|number| tenths[(number * 10.0) as usize] += 1);
        assert!(
            tenths.iter().all(|count| (60..140).contains(count)),
            "about as many in each tenth: {tenths:?}"
        );
        // Published reference value for splitmix64 with seed 0.
        assert_eq!(Rng::new(0).next_u64(), 0xE220_A839_7B1D_CDAF);
    }
}
