//! Waiting for something to become true.

use std::time::{Duration, Instant};

/// What one look saw: what was waited for, or words on what is there instead.
pub type Seen<T> = Result<T, String>;

/// How long a wait rests between two looks.
const REST: Duration = Duration::from_millis(40);

/// Looks again and again until `look` gives `Ok`, and gives its value.
///
/// # Panics
/// After `limit`, with what was last seen.
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
