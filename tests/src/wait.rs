//! Waiting for something to become true.

use std::time::{Duration, Instant};

/// The result of one check: the expected value, or a description of what was found.
pub type Seen<T> = Result<T, String>;

/// Delay between two checks.
const REST: Duration = Duration::from_millis(40);

/// Repeats `look` until it returns `Ok`, and returns its value.
///
/// # Panics
/// After `limit`, with the last description.
pub async fn until<T>(what: &str, limit: Duration, mut look: impl AsyncFnMut() -> Seen<T>) -> T {
    let begin = Instant::now();
    loop {
        let seen = match look().await {
            Ok(value) => return value,
            Err(seen) => seen,
        };
        assert!(
            begin.elapsed() < limit,
            "waited {limit:?} for {what}; last seen: {seen}"
        );
        tokio::time::sleep(REST).await;
    }
}
