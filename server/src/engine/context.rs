//! The context of a step: publish, send, wait, sleep, and state.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use super::{Event, Exit, Frame, RunLog, Typed, Wait, lock};

/// The state store of a run. A continued handler passes it on to its next run.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    values: Arc<Mutex<HashMap<String, serde_json::Value>>>,
    touched: Arc<AtomicBool>,
}

impl State {
    /// An independent copy. A run that never used its state passes none on, not even the state that it received (observed on
    /// llama-agents-server 0.8.0).
    pub(crate) fn handed_over(&self) -> Self {
        if !self.touched.load(Ordering::Relaxed) {
            return Self::default();
        }
        Self {
            values: Arc::new(Mutex::new(lock(&self.values).clone())),
            touched: Arc::default(),
        }
    }

    /// Approximate size of the texts in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let values = lock(&self.values);
        values
            .iter()
            .map(|(key, value)| key.len() + bytes_of(value))
            .sum()
    }

    fn values(&self) -> MutexGuard<'_, HashMap<String, serde_json::Value>> {
        self.touched.store(true, Ordering::Relaxed);
        lock(&self.values)
    }
}

/// Approximate size of a value in bytes.
pub(crate) fn bytes_of(value: &serde_json::Value) -> usize {
    use serde_json::Value;
    size_of::<Value>()
        + match value {
            Value::String(text) => text.len(),
            Value::Array(items) => items.iter().map(bytes_of).sum(),
            Value::Object(members) => members
                .iter()
                .map(|(key, value)| key.len() + bytes_of(value))
                .sum(),
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        }
}

/// The effects of a step, apart from its result.
#[derive(Debug, Default)]
pub(crate) struct Aside {
    pub(crate) sent: Vec<Event>,
    pub(crate) answered: Vec<String>,
}

/// The argument of every step. Cheap to clone; all clones belong to one execution of one step.
#[derive(Debug, Clone)]
pub struct Context {
    pub(crate) log: Arc<RunLog>,
    pub(crate) state: State,
    pub(crate) collected: Arc<Mutex<Vec<Event>>>,
    pub(crate) answers: Arc<HashMap<String, Event>>,
    pub(crate) aside: Arc<Mutex<Aside>>,
}

impl Context {
    /// `ctx.write_event_to_stream(event)`.
    pub fn emit<E: Typed + Serialize>(&self, event: &E) {
        self.emit_event(Event::from(event));
    }

    /// Publishes an event from its class and its JSON text.
    pub fn emit_event(&self, event: Event) {
        self.log.push(Frame::Event(event));
    }

    /// Writes text into the stream that is not an event.
    pub fn emit_raw(&self, text: impl Into<Arc<str>>) {
        self.log.push(Frame::Raw(text.into()));
    }

    /// `ctx.send_event(event)`: delivers an event to the steps that accept it, after this step has ended.
    pub fn send<E: Typed + Serialize>(&self, event: &E) {
        lock(&self.aside).sent.push(Event::from(event));
    }

    /// `await ctx.wait_for_event(…)`: parks the step. It publishes the prompt once. When a matching event arrives, the step runs again from
    /// its start, and this call returns the event.
    ///
    /// # Errors
    /// [`Exit::Waiting`], which the step returns with `?`.
    pub fn wait_for(&self, wait: Wait) -> Result<Event, Exit> {
        match self.answers.get(&wait.id) {
            Some(answer) => {
                lock(&self.aside).answered.push(wait.id);
                Ok(answer.clone())
            }
            None => Err(Exit::Waiting(Box::new(wait))),
        }
    }

    /// `ctx.collect_events(event, [Class] * count)`: buffers events until there are `count`, then returns them all.
    #[must_use]
    pub fn collect(&self, event: Event, count: usize) -> Option<Vec<Event>> {
        let mut collected = lock(&self.collected);
        collected.push(event);
        if collected.len() < count {
            None
        } else {
            Some(std::mem::take(&mut *collected))
        }
    }

    /// `await ctx.store.set(key, value)`.
    pub fn set<T: Serialize>(&self, key: &str, value: T) {
        let Ok(value) = serde_json::to_value(value) else {
            return;
        };
        let before = self.state.values().get(key).map_or(0, bytes_of);
        let more = bytes_of(&value).saturating_sub(before);
        // If it does not fit, the run ends.
        if more == 0 || self.log.take(more).is_ok() {
            self.state.values().insert(key.to_owned(), value);
        }
    }

    /// `await ctx.store.get(key)`; `None` if the key is missing or the value has another type.
    #[must_use]
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        let value = self.state.values().get(key).cloned()?;
        serde_json::from_value(value).ok()
    }

    /// `await asyncio.sleep(seconds)`. Invalid durations count as 0; the longest is a day.
    pub async fn sleep(&self, seconds: f64) {
        let length = Duration::try_from_secs_f64(seconds.clamp(0.0, 86_400.0)).unwrap_or_default();
        tokio::time::sleep(length).await;
    }
}

/// Spreads events over time without a timer for each.
///
/// A timer has a resolution of a millisecond, so ten thousand events per second come in small bursts, each on time. At rate 0 there are no
/// delays; other tasks still get a turn.
#[derive(Debug)]
pub struct Pace {
    begun: Instant,
    per_second: f64,
    count: u64,
}

impl Pace {
    /// Starts now. `per_second` of 0 (or negative, or NaN) means as fast as possible.
    #[must_use]
    pub fn new(per_second: f64) -> Self {
        Self {
            begun: Instant::now(),
            per_second,
            count: 0,
        }
    }

    /// Call after each event: waits until the next one is due.
    pub async fn turn(&mut self) {
        self.count += 1;
        if self.per_second > 0.0 {
            let due =
                Duration::try_from_secs_f64(self.count as f64 / self.per_second).unwrap_or(Duration::MAX);
            let early = due.saturating_sub(self.begun.elapsed());
            if early >= Duration::from_millis(2) {
                tokio::time::sleep(early).await;
                return;
            }
        }
        if self.count.is_multiple_of(256) {
            tokio::task::yield_now().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_pace_is_kept_in_bursts() {
        for (per_second, count, seconds) in [(10.0, 20, 2.0), (10_000.0, 5000, 0.5), (0.0, 5000, 0.0)] {
            let begun = Instant::now();
            let mut pace = Pace::new(per_second);
            for _ in 0..count {
                pace.turn().await;
            }
            // With a simulated clock, only sleeping advances time.
            let took = begun.elapsed().as_secs_f64();
            assert!(
                (took - seconds).abs() <= 0.003,
                "{count} at {per_second} per second took {took} s"
            );
        }
    }
}
