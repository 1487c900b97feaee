//! The stream slots of an origin, shared by everything on the page.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::rc::{Rc, Weak};

use indexmap::IndexMap;
use workflow_protocol::{StreamsCommand, StreamsInput, StreamsMachine, Time};

use super::alarm::Alarm;
use super::next;
use crate::clock::Clock;

/// A change of a [`StreamSlot`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// The stream may be opened.
    Granted,
    /// Other streams wait: close the stream and request a slot again.
    Revoked,
}

type OnTurn = Rc<dyn Fn(Turn)>;
/// A connection pool and an origin.
type Key = (usize, String);

thread_local! {
    /// Shared by all clients, because the browser limits connections per origin.
    static PAGE: RefCell<Vec<(Key, Weak<StreamSlots>)>> = RefCell::default();
}

/// The stream slots of one origin.
pub(crate) struct StreamSlots {
    me: Weak<Self>,
    key: Key,
    clock: Rc<dyn Clock>,
    machine: RefCell<StreamsMachine>,
    callbacks: RefCell<IndexMap<String, OnTurn>>,
    commands: RefCell<VecDeque<StreamsCommand>>,
    busy: Cell<bool>,
    alarm: Alarm,
    made: Cell<u64>,
}

impl fmt::Debug for StreamSlots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamSlots")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

impl StreamSlots {
    /// The slots of this origin. All callers share one instance.
    pub(super) fn of(pool: usize, origin: String, clock: &Rc<dyn Clock>) -> Rc<Self> {
        let key = (pool, origin);
        PAGE.with_borrow_mut(|page| {
            let known = page.iter().find(|(known, _)| *known == key);
            if let Some(slots) = known.and_then(|(_, slots)| slots.upgrade()) {
                return slots;
            }
            page.retain(|(known, _)| *known != key);
            let slots = Rc::new_cyclic(|me| Self {
                me: me.clone(),
                key: key.clone(),
                clock: clock.clone(),
                machine: RefCell::default(),
                callbacks: RefCell::default(),
                commands: RefCell::default(),
                busy: Cell::default(),
                alarm: Alarm::default(),
                made: Cell::default(),
            });
            page.push((key, Rc::downgrade(&slots)));
            slots
        })
    }

    /// A slot that was not requested yet. `on_turn` may be called during any call of this type.
    pub(super) fn slot(&self, on_turn: impl Fn(Turn) + 'static) -> Option<StreamSlot> {
        let slots = self.me.upgrade()?;
        let number = self.made.get();
        self.made.set(number + 1);
        let name = number.to_string();
        self.callbacks.borrow_mut().insert(name.clone(), Rc::new(on_turn));
        Some(StreamSlot { slots, name })
    }

    /// Another tab used the slots until now.
    #[cfg(feature = "shared-tabs")]
    pub(super) fn inherit(&self) {
        self.input(StreamsInput::Inherited);
    }

    fn input(&self, input: StreamsInput) {
        let deadline = {
            // Borrowed only here, not during callbacks.
            let mut machine = self.machine.borrow_mut();
            machine.handle(self.clock.now(), input);
            let mut commands = self.commands.borrow_mut();
            commands.extend(std::iter::from_fn(|| machine.poll_command()));
            machine.next_deadline()
        };
        self.set_timer(deadline);
        // A revoked run requests a slot again at once, which re-enters here; the outer call handles it.
        if self.busy.replace(true) {
            return;
        }
        while let Some(command) = next(&self.commands) {
            let (name, turn) = match command {
                StreamsCommand::Grant(name) => (name, Turn::Granted),
                StreamsCommand::Revoke(name) => (name, Turn::Revoked),
            };
            let on_turn = self.on_turn(&name);
            if let Some(on_turn) = on_turn {
                on_turn(turn);
            }
        }
        self.busy.set(false);
    }

    fn on_turn(&self, name: &str) -> Option<OnTurn> {
        self.callbacks.borrow().get(name).cloned()
    }

    fn set_timer(&self, deadline: Option<Time>) {
        let me = self.me.clone();
        let wake = move || {
            if let Some(slots) = me.upgrade() {
                slots.alarm.unset();
                slots.input(StreamsInput::Tick);
            }
        };
        self.alarm.set(&self.clock, deadline, Box::new(wake));
    }
}

impl Drop for StreamSlots {
    fn drop(&mut self) {
        // The page may be unloading, or the list may be borrowed.
        let _ = PAGE.try_with(|page| {
            if let Ok(mut page) = page.try_borrow_mut() {
                page.retain(|(_, known)| known.strong_count() > 0);
            }
        });
    }
}

/// A request for a stream slot. Dropping it releases the slot.
#[must_use = "a slot is given back when it is dropped"]
pub(crate) struct StreamSlot {
    slots: Rc<StreamSlots>,
    name: String,
}

impl fmt::Debug for StreamSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StreamSlot").field(&self.name).finish()
    }
}

impl StreamSlot {
    /// Requests a slot. A stream that has one gives it up, and will probably get it again. `briefly`: only a slot that no other stream
    /// needs. A second call without `briefly` keeps the slot.
    pub(super) fn want(&self, briefly: bool) {
        let name = self.name.clone();
        self.slots.input(if briefly {
            StreamsInput::Peek(name)
        } else {
            StreamsInput::Want(name)
        });
    }

    /// Requests a slot that cannot be revoked.
    pub(super) fn pin(&self) {
        self.slots.input(StreamsInput::Pin(self.name.clone()));
    }

    /// The stream was opened or received events.
    pub(super) fn progress(&self) {
        self.slots.input(StreamsInput::Progress(self.name.clone()));
    }

    /// The server is known to have new events.
    pub(super) fn moved(&self) {
        self.slots.input(StreamsInput::Moved(self.name.clone()));
    }
}

impl Drop for StreamSlot {
    fn drop(&mut self) {
        let on_turn = self.slots.callbacks.borrow_mut().shift_remove(&self.name);
        // Dropped outside the borrow: it may own other slots.
        drop(on_turn);
        self.slots.input(StreamsInput::Release(self.name.clone()));
    }
}
