//! Polls running runs for prompts: the state machine, its timer, and the runs that have prompts.

use std::cell::RefCell;
use std::fmt;
use std::rc::{Rc, Weak};

use workflow_protocol::{PollCommand, PollInput, PollMachine};

use super::alarm::Alarm;
use super::list::ListWatch;
use super::run::Watch;
use super::{Run, Store};

/// Polls the runs of one server until it is dropped.
pub(crate) struct Poller {
    me: Weak<Self>,
    store: Rc<Store>,
    machine: RefCell<PollMachine>,
    alarm: Alarm,
    poll: RefCell<Option<Watch>>,
    /// Kept watched without a stream, so that their prompts are shown and can be answered.
    waiting: RefCell<Vec<Watch>>,
    _list: ListWatch,
}

impl fmt::Debug for Poller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Poller").finish_non_exhaustive()
    }
}

impl Poller {
    /// Polls nothing before it knows which runs are running. Keeps the list fresh.
    pub(crate) fn new(store: Rc<Store>, list: ListWatch) -> Rc<Self> {
        Rc::new_cyclic(|me| Self {
            me: me.clone(),
            store,
            machine: RefCell::default(),
            alarm: Alarm::default(),
            poll: RefCell::default(),
            waiting: RefCell::default(),
            _list: list,
        })
    }

    /// Passes an input to the machine and executes its commands.
    pub(crate) fn input(&self, input: PollInput) {
        let clock = &self.store.http().clock;
        let (commands, deadline) = {
            let mut machine = self.machine.borrow_mut();
            machine.handle(clock.now(), input);
            let commands: Vec<PollCommand> = std::iter::from_fn(|| machine.poll_command()).collect();
            (commands, machine.next_deadline())
        };
        let me = self.me.clone();
        let wake = move || {
            if let Some(poller) = me.upgrade() {
                poller.alarm.unset();
                poller.check();
            }
        };
        self.alarm.set(clock, deadline, Box::new(wake));
        for command in commands {
            // Dropping a watch may call the store, so nothing is borrowed here.
            let before = match command {
                PollCommand::Start(id) => self.poll.replace(Some(self.store.peek(&id))),
                PollCommand::Stop => self.poll.take(),
            };
            if let Some(watch) = before.filter(|watch| watch.run().has_unsettled_prompts()) {
                self.keep(std::slice::from_ref(watch.run()));
            }
        }
    }

    fn check(&self) {
        let progress = self
            .poll
            .borrow()
            .as_ref()
            .and_then(|watch| watch.run().poll_progress());
        self.input(progress.unwrap_or(PollInput::Tick));
    }

    /// Keeps these runs watched while they have open prompts, and releases the others.
    pub(crate) fn keep(&self, runs: &[Rc<Run>]) {
        let (mut waiting, left): (Vec<_>, Vec<_>) = self
            .waiting
            .take()
            .into_iter()
            .partition(|watch| watch.run().has_unsettled_prompts());
        for run in runs {
            if !waiting.iter().any(|watch| Rc::ptr_eq(watch.run(), run)) {
                waiting.push(Watch::keep_alive(run.clone()));
            }
        }
        self.waiting.replace(waiting);
        drop(left);
    }
}
