//! Polls running runs for prompts: the state machine, its timer, and the runs that have prompts.

use std::cell::RefCell;
use std::fmt;
use std::rc::{Rc, Weak};

use workflow_protocol::{PeeksCommand, PeeksInput, PeeksMachine};

use super::alarm::Alarm;
use super::list::ListWatch;
use super::run::Watch;
use super::{Run, Store};

/// Polls the runs of one server until it is dropped.
pub(crate) struct Peeks {
    me: Weak<Self>,
    store: Rc<Store>,
    machine: RefCell<PeeksMachine>,
    alarm: Alarm,
    look: RefCell<Option<Watch>>,
    /// Kept watched without a stream, so that their prompts are shown and can be answered.
    asking: RefCell<Vec<Watch>>,
    _list: ListWatch,
}

impl fmt::Debug for Peeks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peeks").finish_non_exhaustive()
    }
}

impl Peeks {
    /// Polls nothing before it knows which runs are running. Keeps the list fresh.
    pub(crate) fn new(store: Rc<Store>, list: ListWatch) -> Rc<Self> {
        Rc::new_cyclic(|me| Self {
            me: me.clone(),
            store,
            machine: RefCell::default(),
            alarm: Alarm::default(),
            look: RefCell::default(),
            asking: RefCell::default(),
            _list: list,
        })
    }

    /// Passes an input to the machine and executes its commands.
    pub(crate) fn input(&self, input: PeeksInput) {
        let clock = &self.store.http().clock;
        let (commands, deadline) = {
            let mut machine = self.machine.borrow_mut();
            machine.handle(clock.now(), input);
            let commands: Vec<PeeksCommand> = std::iter::from_fn(|| machine.poll_command()).collect();
            (commands, machine.next_deadline())
        };
        let me = self.me.clone();
        let wake = move || {
            if let Some(peeks) = me.upgrade() {
                peeks.alarm.unset();
                peeks.check();
            }
        };
        self.alarm.set(clock, deadline, Box::new(wake));
        for command in commands {
            // Dropping a watch may call the store, so nothing is borrowed here.
            let before = match command {
                PeeksCommand::Look(id) => self.look.replace(Some(self.store.peek(&id))),
                PeeksCommand::Leave => self.look.take(),
            };
            if let Some(watch) = before.filter(|watch| watch.run().asks()) {
                self.keep(std::slice::from_ref(watch.run()));
            }
        }
    }

    fn check(&self) {
        let sight = self.look.borrow().as_ref().and_then(|watch| watch.run().sight());
        self.input(sight.unwrap_or(PeeksInput::Tick));
    }

    /// Keeps these runs watched while they have open prompts, and releases the others.
    pub(crate) fn keep(&self, runs: &[Rc<Run>]) {
        let (mut asking, left): (Vec<_>, Vec<_>) = self
            .asking
            .take()
            .into_iter()
            .partition(|watch| watch.run().asks());
        for run in runs {
            if !asking.iter().any(|watch| Rc::ptr_eq(watch.run(), run)) {
                asking.push(Watch::hold(run.clone()));
            }
        }
        self.asking.replace(asking);
        drop(left);
    }
}
