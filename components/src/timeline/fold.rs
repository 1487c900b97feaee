//! What the steps of a run did, computed from its log: each event is read once, in slices of time.

use leptos::prelude::*;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use workflow_inspector::steps::Steps;
use workflow_protocol::response_classes;
use workflow_ui_core::{Events, UseWorkflowHandlerReturn, UseWorkflowReturn, use_workflow};

/// Milliseconds of work before the browser gets its turn.
const SLICE: f64 = 6.0;
/// Events that are read between two looks at the clock.
const CHUNK: usize = 128;

/// The steps of a run, for the views that draw them.
pub(crate) struct StepFold {
    pub(crate) steps: RefCell<Steps>,
    /// Changes whenever the steps do.
    pub(crate) version: RwSignal<u64>,
    answers: RefCell<Vec<String>>,
    events: RefCell<Events>,
    /// Events that were read.
    done: Cell<usize>,
    is_scheduled: Cell<bool>,
}

impl StepFold {
    fn new() -> Self {
        Self {
            steps: RefCell::default(),
            version: RwSignal::new(0),
            answers: RefCell::default(),
            events: RefCell::default(),
            done: Cell::new(usize::MAX),
            is_scheduled: Cell::new(false),
        }
    }

    /// The steps of a run, followed until the current owner is cleaned up, and the description of its workflow.
    pub(crate) fn of_run(run: UseWorkflowHandlerReturn) -> (Rc<Self>, UseWorkflowReturn) {
        let name = Memo::new(move |_| {
            run.handler
                .with(|state| Some(state.as_ref()?.handler.workflow_name.clone()))
        });
        let workflow = use_workflow(name);
        let fold = Rc::new(Self::new());
        let followed = Rc::clone(&fold);
        Effect::new(move |_| {
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
        self.version.try_update(|version| *version += 1);
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
}
