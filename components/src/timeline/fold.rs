//! What the steps of a run did, computed from its log: each event is read once, in slices of time.

use leptos::prelude::*;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use workflow_inspector::replay::{Moment, Replay};
use workflow_inspector::steps::{Activity, Outcome, Steps};
use workflow_protocol::{HandlerState, response_classes};
use workflow_ui_core::{Events, UseWorkflowHandlerReturn, UseWorkflowReturn, use_workflow};

/// Milliseconds of work before the browser gets its turn.
const SLICE: f64 = 6.0;
/// How many events are read between two checks of the time.
const CHUNK: usize = 128;

/// The steps of a run, for the views that draw them.
pub(crate) struct StepFold {
    pub(crate) steps: RefCell<Steps>,
    /// The moment that is shown; none shows the run as it is now.
    replay: RefCell<Option<Replay>>,
    /// The sequence of the last event of that moment.
    at: Cell<Option<u64>>,
    /// Changes whenever the steps or the moment do.
    pub(crate) version: RwSignal<u64>,
    answers: RefCell<Vec<String>>,
    events: RefCell<Events>,
    /// Events that were read.
    done: Cell<usize>,
    is_scheduled: Cell<bool>,
    /// Counts the runs that were folded.
    generation: Cell<u32>,
}

impl StepFold {
    fn new() -> Self {
        Self {
            steps: RefCell::default(),
            replay: RefCell::default(),
            at: Cell::new(None),
            version: RwSignal::new(0),
            answers: RefCell::default(),
            events: RefCell::default(),
            done: Cell::new(usize::MAX),
            is_scheduled: Cell::new(false),
            generation: Cell::new(0),
        }
    }

    /// The steps of a run, followed while `active` is true and the current owner lives, and the description of its workflow. `at` is the
    /// sequence of the last event of the moment that is shown, none for now.
    pub(crate) fn of_run(
        run: UseWorkflowHandlerReturn,
        active: Signal<bool>,
        at: Signal<Option<u64>>,
    ) -> (Rc<Self>, UseWorkflowReturn) {
        // A description that was read once is kept.
        let is_needed = Memo::new(move |before| before == Some(&true) || active.get());
        let name = Memo::new(move |_| {
            let name =
                |state: &Option<Arc<HandlerState>>| Some(state.as_ref()?.handler.workflow_name.clone());
            if is_needed.get() {
                run.handler.with(name)
            } else {
                None
            }
        });
        let workflow = use_workflow(name);
        let fold = Rc::new(Self::new());
        let shown = Rc::clone(&fold);
        Effect::new(move |_| shown.show(at.get()));
        let followed = Rc::clone(&fold);
        Effect::new(move |_| {
            if !active.get() {
                return;
            }
            let events = run.events.get();
            // The classes that answer prompts decide who answered.
            if workflow.loading.get() || name.with(Option::is_none) {
                return;
            }
            let graph = workflow.graph.get();
            let schemas = workflow.event_schemas.get();
            let schemas = schemas.as_ref().map(|schemas| schemas.as_slice());
            followed.take(
                events,
                response_classes(graph.as_deref(), schemas.unwrap_or_default()),
            );
        });
        (fold, workflow)
    }

    /// Continues with the current log, or starts again if it is another one or the answering classes changed.
    fn take(self: &Rc<Self>, events: Events, answers: Vec<String>) {
        let events = events.with_internal(true);
        let is_new = !self.events.borrow().same_run(&events)
            || events.len() < self.done.get()
            || *self.answers.borrow() != answers;
        self.events.replace(events);
        if is_new {
            self.steps.replace(Steps::new(answers.clone()));
            self.replay.take();
            self.generation.set(self.generation.get().wrapping_add(1));
            self.answers.replace(answers);
            self.done.set(0);
        }
        if !self.is_scheduled.get() {
            self.scan();
        }
    }

    fn scan(self: &Rc<Self>) {
        let until = crate::dom::now() + SLICE;
        let len = self.events.borrow().len();
        let mut at = self.done.get();
        while at < len && crate::dom::now() < until {
            let end = len.min(at + CHUNK);
            let mut steps = self.steps.borrow_mut();
            self.events
                .borrow()
                .for_each(at..end, |_, event| steps.push(&event));
            at = end;
        }
        self.done.set(at);
        self.seek();
        if at < len && !self.is_scheduled.replace(true) {
            let weak = Rc::downgrade(self);
            request_animation_frame(move || {
                if let Some(this) = weak.upgrade() {
                    this.is_scheduled.set(false);
                    this.scan();
                }
            });
        }
    }

    /// Shows the moment after an event, or now.
    fn show(&self, at: Option<u64>) {
        if self.at.replace(at) != at {
            self.seek();
        }
    }

    fn seek(&self) {
        let mut replay = self.replay.borrow_mut();
        match self.at.get() {
            Some(at) => replay.get_or_insert_default().seek(&self.steps.borrow(), at),
            None => *replay = None,
        }
        drop(replay);
        self.version.try_update(|version| *version += 1);
    }

    /// Whether all events that were received are folded.
    pub(crate) fn is_complete(&self) -> bool {
        let done = self.done.get();
        done != usize::MAX && done >= self.events.borrow().len()
    }

    /// Changes when the steps begin again, for another run.
    pub(crate) fn generation(&self) -> u32 {
        self.generation.get()
    }

    /// Reads the moment that is shown; none if that is now.
    pub(crate) fn moment<R>(&self, read: impl FnOnce(&Steps, &Moment) -> R) -> Option<R> {
        let replay = self.replay.borrow();
        let moment = replay.as_ref()?.moment();
        Some(read(&self.steps.borrow(), moment))
    }

    /// What steps took and returned until the moment that is shown.
    pub(crate) fn activity(&self) -> Activity {
        let then = self.moment(|steps, moment| moment.activity(steps));
        then.unwrap_or_else(|| self.steps.borrow().activity())
    }

    /// The outcome of a span at the moment that is shown; none for one that begins later.
    pub(crate) fn outcome(&self, span: u32) -> Option<Outcome> {
        let then = self.moment(|steps, moment| moment.outcome(steps, span));
        then.unwrap_or_else(|| self.steps.borrow().span(span).map(|span| span.outcome))
    }
}
