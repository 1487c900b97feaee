//! A page without views: the hooks over the real network, controlled by a script.
//!
//! Tests of many tabs and benchmarks need pages that watch runs and show nothing. They call `Probe`, a thin wrapper of the public hooks, so
//! they measure the hooks of an app.
#![cfg(target_arch = "wasm32")]

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use futures::channel::oneshot;
use leptos::prelude::{Effect, Get as _, GetUntracked as _, Owner};
use serde_json::{Value, json};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use workflow_ui_core::protocol::{Connection, RetryPolicy, RunOptions};
use workflow_ui_core::{
    Events, UseWorkflowHandlerOptions, UseWorkflowHandlerReturn, WorkflowClient,
    use_workflow_handler_with_options,
};

/// Watches runs of one server.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Probe {
    client: WorkflowClient,
    runs: BTreeMap<String, Watched>,
    /// Further components, each of which watches a run.
    many: Vec<Watched>,
}

#[derive(Debug)]
struct Watched {
    owner: Owner,
    hook: UseWorkflowHandlerReturn,
    notified: Rc<RefCell<Notifications>>,
}

/// The values of a run's signals.
#[derive(Debug, Default)]
struct Notifications {
    changes: u32,
    waiting: Vec<(Wanted, oneshot::Sender<f64>)>,
}

#[derive(Clone, Copy, Debug)]
struct Wanted {
    events: usize,
    /// The run must also have ended, and its stream must be closed.
    end: bool,
}

#[wasm_bindgen]
impl Probe {
    /// A client of the server at `base`, with options as JSON: `log_bytes` (the log's cap), `retry_base` and `retry_cap`
    /// in ms, `shared` (with the other tabs).
    #[wasm_bindgen(constructor)]
    pub fn new(base: &str, options: &str) -> Self {
        // Only the first instance of a page initialises it.
        let _ = any_spawner::Executor::init_wasm_bindgen();
        let options: Value = serde_json::from_str(options).unwrap_or_default();
        let number = |key: &str| options[key].as_u64();
        let (mut run, default) = (RunOptions::default(), RetryPolicy::default());
        if let Some(bytes) = number("log_bytes") {
            run.log_bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        }
        run.retry = RetryPolicy {
            base: number("retry_base").unwrap_or(default.base),
            cap: number("retry_cap").unwrap_or(default.cap),
            ..default
        };
        let client = WorkflowClient::builder(base).run_options(run);
        let client = if options["shared"] == true {
            client.shared_tabs("")
        } else {
            client
        };
        Self {
            client: client.build(),
            runs: BTreeMap::new(),
            many: Vec::new(),
        }
    }

    /// Watches a run.
    pub fn watch(&mut self, id: &str) {
        let watched = self.component(id);
        self.runs.insert(id.to_owned(), watched);
    }

    /// The same with so many further components.
    pub fn watch_also(&mut self, id: &str, components: usize) {
        for _ in 0..components {
            let watched = self.component(id);
            self.many.push(watched);
        }
    }

    /// How often the signals of each component have changed.
    pub fn changes(&self) -> Vec<u32> {
        let all = self.runs.values().chain(&self.many);
        all.map(|watched| watched.notified.borrow().changes).collect()
    }

    fn component(&self, id: &str) -> Watched {
        let owner = Owner::new();
        let notified: Rc<RefCell<Notifications>> = Rc::default();
        let options = UseWorkflowHandlerOptions {
            include_internal: true,
            client: Some(self.client.clone()),
        };
        let hook = owner.with(|| use_workflow_handler_with_options(id.to_owned(), true, options));
        let listener = Rc::clone(&notified);
        owner.with(|| {
            Effect::new(move |_| {
                let (events, ended) = (hook.events.get(), hook.connection.get() == Connection::Closed);
                listener.borrow_mut().tell(events.len(), ended);
            });
        });
        Watched {
            owner,
            hook,
            notified,
        }
    }

    /// Stops watching it.
    pub fn unwatch(&mut self, id: &str) {
        if let Some(watched) = self.runs.remove(id) {
            watched.owner.cleanup();
        }
    }

    /// Resolves with `performance.now()` when the signals of a watched run have delivered so many events; with `end`, also only after it
    /// has ended and its connection is closed.
    pub fn when(&self, id: &str, events: usize, end: bool) -> js_sys::Promise {
        let waiting = self.runs.get(id).map(|watched| {
            let (sender, done) = oneshot::channel();
            let wanted = Wanted { events, end };
            watched.notified.borrow_mut().waiting.push((wanted, sender));
            let (seen, ended) = (
                watched.hook.events.get_untracked().len(),
                watched.hook.connection.get_untracked() == Connection::Closed,
            );
            watched.notified.borrow_mut().answer(seen, ended);
            done
        });
        wasm_bindgen_futures::future_to_promise(async move {
            let Some(done) = waiting else {
                return Err(JsValue::from_str("not watched"));
            };
            done.await
                .map(JsValue::from_f64)
                .map_err(|_| JsValue::from_str("no longer watched"))
        })
    }

    /// The watched runs as a JSON array, ordered by id.
    pub fn state(&self) -> String {
        let runs = self.runs.iter().map(|(id, watched)| {
            let hook = watched.hook;
            let events = hook.events.get_untracked();
            let wire = hook.wire.get_untracked();
            json!({
                "id": id,
                "status": hook.status.get_untracked().as_str(),
                "connection": hook.connection.get_untracked().as_str(),
                "events": events.len(),
                "missing": events.missing(),
                "evicted": events.evicted(),
                "changes": watched.notified.borrow().changes,
                "connects": wire.connects,
                "bytes": wire.bytes,
            })
        });
        Value::Array(runs.collect()).to_string()
    }

    /// The sequences of a run's events.
    pub fn sequences(&self, id: &str) -> Vec<f64> {
        let mut sequences = vec![];
        if let Some(events) = self.events(id) {
            events.for_each(0..events.len(), |_, event| sequences.push(event.sequence as f64));
        }
        sequences
    }

    /// A fingerprint of a run's events: of every sequence, class name and payload text in order (FNV-1a, 64 bits, hex).
    pub fn fingerprint(&self, id: &str) -> String {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        let mut add = |bytes: &[u8]| {
            for byte in bytes {
                hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
            }
        };
        if let Some(events) = self.events(id) {
            events.for_each(0..events.len(), |_, event| {
                add(&event.sequence.to_le_bytes());
                add(event.class.name.as_bytes());
                add(event.value.unwrap_or("-").as_bytes());
            });
        }
        format!("{hash:016x}")
    }

    fn events(&self, id: &str) -> Option<Events> {
        Some(self.runs.get(id)?.hook.events.get_untracked())
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.owner.cleanup();
    }
}

impl Notifications {
    fn tell(&mut self, events: usize, ended: bool) {
        self.changes += 1;
        self.answer(events, ended);
    }

    fn answer(&mut self, events: usize, ended: bool) {
        if self.waiting.is_empty() {
            return;
        }
        let now = web_sys::window()
            .and_then(|window| window.performance())
            .map_or(0.0, |performance| performance.now());
        for (wanted, sender) in std::mem::take(&mut self.waiting) {
            if events >= wanted.events && (ended || !wanted.end) {
                // The caller may be gone.
                let _ = sender.send(now);
            } else {
                self.waiting.push((wanted, sender));
            }
        }
    }
}
