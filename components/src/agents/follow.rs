//! The turns of the agents of a run, folded from its log in slices of time.

use crate::work::SLICE;
use leptos::prelude::*;
use workflow_inspector::agents::{AgentLog, AgentTurn};
use workflow_ui_core::{Events, UseWorkflowHandlerReturn};

/// Events that are read between two checks of the time.
const CHUNK: usize = 256;

/// What is known of the agents.
#[derive(Default)]
struct Known {
    log: AgentLog,
    events: Events,
    /// Events that were read.
    done: usize,
    is_scheduled: bool,
    /// Counts the runs.
    generation: u32,
}

/// The agents of a run, followed until the owner is cleaned up.
#[derive(Clone, Copy)]
pub(super) struct Followed {
    known: StoredValue<Known, LocalStorage>,
    version: RwSignal<u64>,
}

impl Followed {
    pub(super) fn of_run(run: UseWorkflowHandlerReturn) -> Self {
        let followed = Self {
            known: StoredValue::new_local(Known::default()),
            version: RwSignal::new(0),
        };
        Effect::new(move |_| followed.take(run.events.get().with_internal(false)));
        followed
    }

    fn take(self, events: Events) {
        self.known.update_value(|known| {
            if !known.events.same_run(&events) || events.len() < known.done {
                known.log = AgentLog::default();
                known.done = 0;
                known.generation = known.generation.wrapping_add(1);
            }
            known.events = events;
        });
        self.read();
    }

    /// Reads for a while; continues in the next frame.
    fn read(self) {
        let changed = self.known.try_update_value(|known| {
            let until = crate::dom::now() + SLICE;
            let len = known.events.len();
            let mut changed = known.done == 0;
            while known.done < len && crate::dom::now() < until {
                let end = len.min(known.done + CHUNK);
                let log = &mut known.log;
                known
                    .events
                    .for_each(known.done..end, |_, event| changed |= log.push(&event));
                known.done = end;
            }
            let more = known.done < len && !std::mem::replace(&mut known.is_scheduled, known.done < len);
            (changed, more)
        });
        let Some((changed, more)) = changed else { return };
        if changed {
            self.version.try_update(|version| *version += 1);
        }
        if more {
            request_animation_frame(move || {
                self.known.try_update_value(|known| known.is_scheduled = false);
                self.read();
            });
        }
    }

    fn with<R>(self, read: impl FnOnce(&Known) -> R) -> Option<R> {
        self.version.track();
        self.known.try_with_value(read)
    }

    /// Changes with the run.
    pub(super) fn generation(self) -> u32 {
        self.with(|known| known.generation).unwrap_or_default()
    }

    /// How many turns had begun.
    pub(super) fn begun(self, at: Option<u64>) -> usize {
        let at = at.unwrap_or(u64::MAX);
        self.with(|known| known.log.turns().partition_point(|turn| turn.sequence <= at))
            .unwrap_or_default()
    }

    /// The agent whose turn it was.
    pub(super) fn current(self, at: Option<u64>) -> Option<String> {
        self.with(|known| known.log.current(at.unwrap_or(u64::MAX)).map(str::to_owned))
            .flatten()
    }

    /// Reads one turn.
    pub(super) fn turn<R>(self, turn: usize, read: impl FnOnce(&AgentTurn) -> R) -> Option<R> {
        self.with(|known| known.log.turns().get(turn).map(read)).flatten()
    }
}
