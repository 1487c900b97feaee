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

/// What happens to a [`Seat`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Its stream may be opened.
    Granted,
    /// Others wait: close the stream, and want it again.
    Revoked,
}

type OnTurn = Rc<dyn Fn(Turn)>;
/// Which connections, and to which origin.
type Key = (usize, String);

thread_local! {
    /// The browser counts connections per origin, whichever client uses them.
    static PAGE: RefCell<Vec<(Key, Weak<Sockets>)>> = RefCell::default();
}

/// The places of one origin.
pub(crate) struct Sockets {
    me: Weak<Self>,
    key: Key,
    clock: Rc<dyn Clock>,
    machine: RefCell<StreamsMachine>,
    seats: RefCell<IndexMap<String, OnTurn>>,
    orders: RefCell<VecDeque<StreamsCommand>>,
    busy: Cell<bool>,
    alarm: Alarm,
    made: Cell<u64>,
}

impl fmt::Debug for Sockets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sockets")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

impl Sockets {
    /// The places of this origin: the same for all that ask while any of them lives.
    pub(super) fn of(pool: usize, origin: String, clock: &Rc<dyn Clock>) -> Rc<Self> {
        let key = (pool, origin);
        PAGE.with_borrow_mut(|page| {
            let known = page.iter().find(|(known, _)| *known == key);
            if let Some(sockets) = known.and_then(|(_, sockets)| sockets.upgrade()) {
                return sockets;
            }
            page.retain(|(known, _)| *known != key);
            let sockets = Rc::new_cyclic(|me| Self {
                me: me.clone(),
                key: key.clone(),
                clock: clock.clone(),
                machine: RefCell::default(),
                seats: RefCell::default(),
                orders: RefCell::default(),
                busy: Cell::default(),
                alarm: Alarm::default(),
                made: Cell::default(),
            });
            page.push((key, Rc::downgrade(&sockets)));
            sockets
        })
    }

    /// A seat that has not been asked for yet. `on_turn` may be called from within every call here.
    pub(super) fn seat(&self, on_turn: impl Fn(Turn) + 'static) -> Option<Seat> {
        let sockets = self.me.upgrade()?;
        let number = self.made.get();
        self.made.set(number + 1);
        let name = number.to_string();
        self.seats.borrow_mut().insert(name.clone(), Rc::new(on_turn));
        Some(Seat { sockets, name })
    }

    /// Another tab had the places until a moment ago.
    #[cfg(feature = "shared-tabs")]
    pub(super) fn inherit(&self) {
        self.input(StreamsInput::Inherited);
    }

    fn input(&self, input: StreamsInput) {
        let deadline = {
            // Never borrowed while others are called.
            let mut machine = self.machine.borrow_mut();
            machine.handle(self.clock.now(), input);
            let mut orders = self.orders.borrow_mut();
            orders.extend(std::iter::from_fn(|| machine.poll_command()));
            machine.next_deadline()
        };
        self.set_timer(deadline);
        // A revoked run requests a place again at once, which comes back here; the outer call handles it.
        if self.busy.replace(true) {
            return;
        }
        while let Some(order) = next(&self.orders) {
            let (name, turn) = match order {
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
        self.seats.borrow().get(name).cloned()
    }

    fn set_timer(&self, deadline: Option<Time>) {
        let me = self.me.clone();
        let wake = move || {
            if let Some(sockets) = me.upgrade() {
                sockets.alarm.unset();
                sockets.input(StreamsInput::Tick);
            }
        };
        self.alarm.set(&self.clock, deadline, Box::new(wake));
    }
}

impl Drop for Sockets {
    fn drop(&mut self) {
        // The page itself may be on its way out, or others may look for their places just now.
        let _ = PAGE.try_with(|page| {
            if let Ok(mut page) = page.try_borrow_mut() {
                page.retain(|(_, known)| known.strong_count() > 0);
            }
        });
    }
}

/// One that may want a place. Dropping it gives the place back.
#[must_use = "a seat is given back when it is dropped"]
pub(crate) struct Seat {
    sockets: Rc<Sockets>,
    name: String,
}

impl fmt::Debug for Seat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Seat").field(&self.name).finish()
    }
}

impl Seat {
    /// Requests a place; a run that has one gives it up with that, and is likely to get it again. `briefly`: only one that nobody else
    /// needs. Wanting for good what was wanted briefly keeps the place.
    pub(super) fn want(&self, briefly: bool) {
        let name = self.name.clone();
        self.sockets.input(if briefly {
            StreamsInput::Peek(name)
        } else {
            StreamsInput::Want(name)
        });
    }

    /// Wants a place that is never asked back.
    pub(super) fn hold(&self) {
        self.sockets.input(StreamsInput::Hold(self.name.clone()));
    }

    /// The stream is open, or brought events.
    pub(super) fn progress(&self) {
        self.sockets.input(StreamsInput::Progress(self.name.clone()));
    }

    /// There is known to be something to fetch.
    pub(super) fn moved(&self) {
        self.sockets.input(StreamsInput::Moved(self.name.clone()));
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let on_turn = self.sockets.seats.borrow_mut().shift_remove(&self.name);
        // Not dropped while it is borrowed: it may hold other seats.
        drop(on_turn);
        self.sockets.input(StreamsInput::Release(self.name.clone()));
    }
}
