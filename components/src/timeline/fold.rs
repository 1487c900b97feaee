//! What the steps did, kept up with the log: new events are looked at once, in slices of time.

use crate::reactive::Reading;
use crate::ui::{Var, effect, frame, memo};
use leptos::prelude::{Get as _, With as _};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use workflow_inspector::steps::Steps;
use workflow_protocol::response_classes;
use workflow_ui_core::Events;
use workflow_ui_core::{UseWorkflowHandlerReturn, UseWorkflowReturn, use_workflow};

/// How long one slice may take, in milliseconds.
const SLICE: f64 = 6.0;
/// Events between two looks at the clock.
const CHUNK: usize = 128;

/// The steps of the open run, for the views that draw them.
pub(crate) struct StepFold {
    pub(crate) steps: RefCell<Steps>,
    /// Grows with every change.
    pub(crate) version: Var<u64>,
    answers: RefCell<Vec<String>>,
    events: RefCell<Events>,
    done: Cell<usize>,
    scheduled: Cell<bool>,
}

impl StepFold {
    fn new() -> Rc<Self> {
        Rc::new(Self {
            steps: RefCell::default(),
            version: Var::new(0),
            answers: RefCell::default(),
            events: RefCell::default(),
            done: Cell::new(usize::MAX),
            scheduled: Cell::new(false),
        })
    }

    /// The steps of a run, followed for as long as the current owner lives, and what the server says about its workflow.
    pub(crate) fn of_run(run: UseWorkflowHandlerReturn) -> (Rc<Self>, UseWorkflowReturn) {
        let name = memo(move || {
            let name = run
                .handler
                .with(|state| state.as_ref().map(|state| state.handler.workflow_name.clone()));
            name.unwrap_or_default()
        });
        let workflow = use_workflow(Reading::derive(move || name.get()));
        let fold = Self::new();
        let followed = Rc::clone(&fold);
        effect(move || {
            let events = run.events.get();
            // Until it is known which classes answer questions, who answered can't be told.
            if workflow.loading.get() || name.with(String::is_empty) {
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

    /// The log as it is now, and the classes that answer this workflow's questions.
    fn take(self: &Rc<Self>, events: Events, answers: Vec<String>) {
        let events = events.with_internal(true);
        let anew = !self.events.borrow().same_run(&events)
            || events.len() < self.done.get()
            || *self.answers.borrow() != answers;
        self.events.replace(events);
        if anew {
            self.steps.replace(Steps::new(answers.clone()));
            self.answers.replace(answers);
            self.done.set(0);
        }
        if !self.scheduled.get() {
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
        self.version.change(|version| *version += 1);
        if at < len && !self.scheduled.replace(true) {
            let weak = Rc::downgrade(self);
            frame(move || {
                if let Some(this) = weak.upgrade() {
                    this.scheduled.set(false);
                    this.scan();
                }
            });
        }
    }
}
