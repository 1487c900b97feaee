//! The timer of a state machine.

use std::cell::RefCell;
use std::rc::Rc;

use workflow_protocol::Time;

use crate::clock::Clock;
use crate::task::{Task, spawn};

/// Wakes its owner at a machine's deadline. Dropping it ends the timer.
#[derive(Default)]
pub(super) struct Alarm(RefCell<Option<(Time, Task)>>);

impl Alarm {
    /// Keeps one timer for this deadline, which calls `wake`. An earlier one stays: a tick that comes too early does no harm, and a
    /// deadline that moves away with every chunk costs nothing.
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

    /// The owner calls this first when it is woken.
    pub(super) fn unset(&self) {
        self.0.take();
    }
}
