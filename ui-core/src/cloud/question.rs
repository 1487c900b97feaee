//! One question to Agent Data and its newest answer, for all hooks that ask it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use workflow_protocol::Time;

use super::error::AgentDataError;
use super::overlay::SharedOverlays;
use super::wire::{Answer, Ask, Record, Scope, Wire, page_size};
use crate::reactive::*;
use crate::task::{Task, spawn};

/// Groups beyond these are not asked for.
const MOST_GROUPS: usize = 10_000;

/// A question, and what is known of its answer.
///
/// There is one request at a time. Asking again ends the one before, so an old answer never takes the place of a newer one.
pub(super) struct Question {
    pub(super) scope: Scope,
    pub(super) ask: Ask,
    wire: Rc<Wire>,
    overlays: SharedOverlays,
    /// As the service answered.
    base: RefCell<Answer>,
    /// The same with the writes under way.
    pub(super) shown: ArcRwSignal<Answer>,
    /// Whether an answer is awaited.
    pub(super) loading: ArcRwSignal<bool>,
    /// Why the newest request failed; cleared by the next answer.
    pub(super) error: ArcRwSignal<Option<AgentDataError>>,
    /// When it was asked last.
    asked_at: Cell<Time>,
    /// How many rows are wanted.
    wanted: Cell<usize>,
    task: RefCell<Option<Task>>,
}

impl Question {
    pub(super) fn new(wire: Rc<Wire>, overlays: SharedOverlays, scope: Scope, ask: Ask) -> Rc<Self> {
        let question = Rc::new(Self {
            scope,
            ask,
            wire,
            overlays,
            base: RefCell::default(),
            shown: ArcRwSignal::default(),
            loading: ArcRwSignal::new(true),
            error: ArcRwSignal::default(),
            asked_at: Cell::default(),
            wanted: Cell::new(0),
            task: RefCell::default(),
        });
        question.ask_again();
        question
    }

    /// Asks from the beginning. What is shown stays until the answer is here.
    pub(super) fn ask_again(self: &Rc<Self>) {
        let size = match &self.ask {
            Ask::Search(request) => page_size(request.page_size, self.wanted.get()),
            Ask::Item(_) | Ask::Groups(_) => None,
        };
        self.start(Answer {
            size,
            ..Answer::default()
        });
    }

    /// Asks for further pages until this many rows are here, or all. While a request is under way it goes on to them by itself.
    pub(super) fn want(self: &Rc<Self>, rows: usize) {
        if rows <= self.wanted.get() {
            return;
        }
        self.wanted.set(rows);
        if !self.is_asking() {
            let base = self.base.borrow().clone();
            if base.next.is_some() && base.rows.len() < rows {
                self.start(base);
            }
        }
    }

    pub(super) fn is_asking(&self) -> bool {
        self.task.borrow().is_some()
    }

    /// Asks again if the last time is at least this long ago, in milliseconds, and nothing is awaited.
    pub(super) fn ask_if_older(self: &Rc<Self>, ms: u64) {
        if self.age() >= ms && !self.is_asking() {
            self.ask_again();
        }
    }

    /// How long ago it was asked last, in milliseconds.
    pub(super) fn age(&self) -> u64 {
        self.wire.now().since(self.asked_at.get())
    }

    /// What is on its way is older than a write: it is not awaited any longer. Ask again.
    pub(super) fn outdate(&self) {
        self.task.take();
        set_if_changed(&self.loading, true);
    }

    fn start(self: &Rc<Self>, beginning: Answer) {
        // Ends the request before.
        self.task.take();
        set_if_changed(&self.loading, true);
        self.asked_at.set(self.wire.now());
        let (me, wire) = (Rc::downgrade(self), self.wire.clone());
        let (scope, ask) = (self.scope.clone(), self.ask.clone());
        let task = spawn(async move {
            let mut answer = beginning;
            let result = loop {
                match wire.ask(&scope, &ask, &answer).await {
                    Ok(page) => answer.append(page),
                    Err(error) => break Err(error),
                }
                // The question is gone, and this task with it.
                let Some(question) = me.upgrade() else { return };
                if answer.next.is_none() || question.has_enough(&answer) {
                    break Ok(answer);
                }
            };
            if let Some(question) = me.upgrade() {
                question.answered(result);
            }
        });
        *self.task.borrow_mut() = Some(task);
    }

    fn has_enough(&self, answer: &Answer) -> bool {
        match &self.ask {
            Ask::Search(_) => answer.rows.len() >= self.wanted.get(),
            Ask::Groups(_) => answer.groups.len() >= MOST_GROUPS,
            Ask::Item(_) => true,
        }
    }

    fn answered(&self, result: Result<Answer, AgentDataError>) {
        let error = match result {
            Ok(mut answer) => {
                answer.is_there = true;
                answer.reuse(&self.base.borrow());
                *self.base.borrow_mut() = answer;
                self.publish();
                None
            }
            Err(error) => Some(error),
        };
        set_if_changed(&self.error, error);
        set_if_changed(&self.loading, false);
        self.task.take();
    }

    /// Shows the answer with the writes under way.
    pub(super) fn publish(&self) {
        let shown = self.overlays.over(&self.scope, &self.base.borrow());
        set_if_changed(&self.shown, shown);
    }

    /// The service answered a write with this record.
    pub(super) fn put(&self, record: &Arc<Record>) {
        let mut base = self.base.borrow_mut();
        if let Some(row) = base.rows.iter_mut().find(|row| row.id == record.id) {
            *row = record.clone();
        }
    }

    /// A record is deleted.
    pub(super) fn remove(&self, id: &str) {
        let mut base = self.base.borrow_mut();
        let before = base.rows.len();
        base.rows.retain(|row| row.id != id);
        if base.rows.len() < before {
            base.total = base.total.map(|total| total.saturating_sub(1));
        }
    }
}
