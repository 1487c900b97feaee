//! Writes that are under way, as the hooks show them until the service has answered.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use workflow_protocol::RawJson;

use super::wire::{Answer, Scope};

/// What a write does to one record.
#[derive(Clone, Debug)]
pub(super) enum Change {
    /// Its data becomes this.
    Data(RawJson),
    /// It is deleted.
    Gone,
}

struct Overlay {
    ticket: u64,
    scope: Scope,
    id: String,
    change: Change,
}

/// The writes under way, oldest first. They lie over what the service answered, so taking one away undoes it exactly.
#[derive(Default)]
pub(super) struct Overlays {
    list: RefCell<Vec<Overlay>>,
    next: Cell<u64>,
}

impl Overlays {
    /// Shows a change until the ticket is [removed](Self::remove).
    pub(super) fn add(&self, scope: &Scope, id: &str, change: Change) -> u64 {
        let ticket = self.next.get();
        self.next.set(ticket.wrapping_add(1));
        self.list.borrow_mut().push(Overlay {
            ticket,
            scope: scope.clone(),
            id: id.to_owned(),
            change,
        });
        ticket
    }

    pub(super) fn remove(&self, ticket: u64) {
        self.list.borrow_mut().retain(|overlay| overlay.ticket != ticket);
    }

    /// What the service answered, with the writes under way.
    pub(super) fn over(&self, scope: &Scope, answer: &Answer) -> Answer {
        let mut shown = answer.clone();
        for overlay in self
            .list
            .borrow()
            .iter()
            .filter(|overlay| overlay.scope == *scope)
        {
            let Some(at) = shown.rows.iter().position(|row| row.id == overlay.id) else {
                continue;
            };
            match &overlay.change {
                Change::Data(data) => {
                    let mut row = (*shown.rows[at]).clone();
                    row.data = data.clone();
                    shown.rows[at] = Arc::new(row);
                }
                Change::Gone => {
                    shown.rows.remove(at);
                    shown.total = shown.total.map(|total| total.saturating_sub(1));
                }
            }
        }
        shown
    }
}

/// The overlays that the questions of one client share.
pub(super) type SharedOverlays = Rc<Overlays>;
