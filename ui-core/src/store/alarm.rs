//! The timer of a state machine.

use std::cell::RefCell;
use std::rc::Rc;

use workflow_protocol::Time;

use crate::clock::Clock;
use crate::task::{Task, spawn};

/// Wakes its owner at the deadline of a machine. Dropping it stops the timer.
#[derive(Default)]
pub(super) struct Alarm(RefCell<Option<(Time, Task)>>);

impl Alarm {
    /// Sets a timer for this deadline, which calls `wake`. An earlier timer is kept: an early tick does no harm, and moving the
    /// deadline with every chunk costs nothing.
    pub(super) fn set(&self, clock: &Rc<dyn Clock>, deadline: Option<Time>, wake: Box<dyn FnOnce()>) {
        let known = self.0.borrow().as_ref().map(|(at, _)| *at);
        if deadline.is_some_and(|deadline| known.is_some_and(|known| known <= deadline)) {
            return;
        }
        let timer = deadline.map(|at| {
            let sleep = clock.sleep(at.since(clock.now()));
            let task = spawn(async move {
                sleep.await;
                wake();
            });
            (at, task)
        });
        self.0.replace(timer);
    }

    /// The owner calls this first when the timer fires.
    pub(super) fn unset(&self) {
        self.0.take();
    }
}
