//! What the hooks of one client share: questions, the writes under way, and who else writes.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::ops::Deref;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use futures::channel::oneshot;
use workflow_cloud::Filter;
use workflow_protocol::RawJson;

use super::error::AgentDataError;
use super::overlay::{Change, SharedOverlays};
use super::question::Question;
use super::wire::{Ask, Record, Scope, Wire};
use crate::clock::Presence;
use crate::storage::StorageArea;
use crate::task::{Task, spawn};

/// Writes in a row refresh what they touch once, this many milliseconds after the last.
const SETTLE_MS: u64 = 100;
/// A page that is shown again asks what was asked longer ago than this, in milliseconds: it gets the focus too.
const SHOWN_MS: u64 = 1_000;

/// Every key by which tabs tell each other about writes begins with this.
const WRITES: &str = "workflow-agent-data ";

pub(super) struct Store {
    me: Weak<Self>,
    pub(super) wire: Rc<Wire>,
    overlays: SharedOverlays,
    questions: RefCell<Vec<Weak<Question>>>,
    /// The questions that a write touched and that are asked again soon.
    touched: RefCell<Vec<Weak<Question>>>,
    refreshing: RefCell<Option<Task>>,
    /// The records that are being written, each with those who wait for their turn.
    writing: RefCell<Vec<(Scope, String, Vec<oneshot::Sender<()>>)>>,
    presence: RefCell<Option<Box<dyn Any>>>,
    other_tabs: RefCell<Option<Box<dyn Any>>>,
    announced: Cell<u64>,
}

impl Store {
    pub(super) fn new(wire: Wire) -> Rc<Self> {
        Rc::new_cyclic(|me| Self {
            me: me.clone(),
            wire: Rc::new(wire),
            overlays: SharedOverlays::default(),
            questions: RefCell::default(),
            touched: RefCell::default(),
            refreshing: RefCell::default(),
            writing: RefCell::default(),
            presence: RefCell::default(),
            other_tabs: RefCell::default(),
            announced: Cell::default(),
        })
    }

    /// Asks a question, or joins those who ask it already.
    pub(super) fn watch(&self, scope: &Scope, ask: Ask) -> Watched {
        let known = self
            .live()
            .into_iter()
            .find(|known| known.ask == ask && known.scope == *scope);
        let question = known.unwrap_or_else(|| {
            let question = Question::new(self.wire.clone(), self.overlays.clone(), scope.clone(), ask);
            self.questions.borrow_mut().push(Rc::downgrade(&question));
            question
        });
        self.subscribe();
        Watched {
            question,
            store: self.me.clone(),
        }
    }

    fn live(&self) -> Vec<Rc<Question>> {
        self.questions.borrow().iter().filter_map(Weak::upgrade).collect()
    }

    // Writes

    /// Creates a record. It is never sent twice.
    pub(super) async fn create(&self, scope: &Scope, data: RawJson) -> Result<Arc<Record>, AgentDataError> {
        let result = self.wire.create(scope, data).await;
        if result.is_ok() || result.as_ref().is_err_and(AgentDataError::is_unsettled) {
            self.wrote(scope, &|_| {});
        }
        result
    }

    /// Replaces a record's data. With `ahead` the hooks show it before the service has answered.
    pub(super) async fn update(
        &self,
        scope: &Scope,
        id: &str,
        data: RawJson,
        ahead: bool,
    ) -> Result<Arc<Record>, AgentDataError> {
        let shown = ahead.then(|| self.show_ahead(scope, id, Change::Data(data.clone())));
        let _turn = self.turn(scope, id).await;
        let result = self.wire.update(id, &data).await;
        self.settle(scope, id, shown, &result, &|question, record| {
            question.put(record)
        });
        result
    }

    /// Deletes a record. With `ahead` it is gone from the hooks before the service has answered.
    pub(super) async fn delete(&self, scope: &Scope, id: &str, ahead: bool) -> Result<(), AgentDataError> {
        let shown = ahead.then(|| self.show_ahead(scope, id, Change::Gone));
        let _turn = self.turn(scope, id).await;
        let result = self.wire.delete(id).await;
        self.settle(scope, id, shown, &result, &|question, ()| question.remove(id));
        result
    }

    /// Deletes all records that fit a filter; all of the collection without one.
    pub(super) async fn delete_where(
        &self,
        scope: &Scope,
        filter: Option<&Filter>,
    ) -> Result<u64, AgentDataError> {
        let result = self.wire.delete_where(scope, filter).await;
        if result.is_ok() || result.as_ref().is_err_and(AgentDataError::is_unsettled) {
            self.wrote(scope, &|_| {});
        }
        result
    }

    fn show_ahead(&self, scope: &Scope, id: &str, change: Change) -> Ahead {
        let ticket = self.overlays.add(scope, id, change);
        self.publish(scope);
        Ahead {
            store: self.me.clone(),
            scope: scope.clone(),
            ticket,
            is_settled: Cell::new(false),
        }
    }

    /// A write was answered, or never will be.
    fn settle<T>(
        &self,
        scope: &Scope,
        id: &str,
        shown: Option<Ahead>,
        result: &Result<T, AgentDataError>,
        apply: &dyn Fn(&Question, &T),
    ) {
        match result {
            Ok(done) => self.wrote(scope, &|question| apply(question, done)),
            // What is there now is for the service to say. A record that went meanwhile is gone for everybody.
            Err(error) if error.is_unsettled() => self.wrote(scope, &|_| {}),
            Err(AgentDataError::NotFound(_)) => self.wrote(scope, &|question| question.remove(id)),
            Err(_) => {}
        }
        if let Some(shown) = shown {
            shown.is_settled.set(true);
        }
    }

    /// A collection was written to: what asks about it is corrected, and asked again soon. The other tabs hear of it.
    fn wrote(&self, scope: &Scope, correct: &dyn Fn(&Question)) {
        self.touch(scope, correct);
        if let Some(storage) = &self.wire.http.storage {
            let count = self.announced.get().wrapping_add(1);
            self.announced.set(count);
            // Another text each time, or no tab hears of it. Where storage is denied, the tabs ask at their intervals.
            let text = format!("{} {} {count}", self.wire.now().0, self.wire.http.clock.seed());
            let _ = storage.set(StorageArea::Local, &self.key(scope), Some(&text));
        }
    }

    fn touch(&self, scope: &Scope, correct: &dyn Fn(&Question)) {
        let mut any = false;
        for question in self.live() {
            if question.scope == *scope {
                correct(&question);
                question.outdate();
                question.publish();
                let mut touched = self.touched.borrow_mut();
                let question = Rc::downgrade(&question);
                if !touched.iter().any(|known| known.ptr_eq(&question)) {
                    touched.push(question);
                }
                any = true;
            }
        }
        if any {
            let (me, pause) = (self.me.clone(), self.wire.http.clock.sleep(SETTLE_MS));
            *self.refreshing.borrow_mut() = Some(spawn(async move {
                pause.await;
                if let Some(store) = me.upgrade() {
                    store.refresh_touched();
                }
            }));
        }
    }

    fn refresh_touched(&self) {
        self.refreshing.take();
        for question in self.touched.take().iter().filter_map(Weak::upgrade) {
            question.ask_again();
        }
    }

    fn publish(&self, scope: &Scope) {
        for question in self.live() {
            if question.scope == *scope {
                question.publish();
            }
        }
    }

    /// Waits until no other write of this page to the same record is under way: the last one given is the last one sent.
    async fn turn(&self, scope: &Scope, id: &str) -> Turn {
        let mut turn = self.queue(scope, id);
        if let Some(waiting) = &mut turn.waiting {
            // The sender is only dropped with the store.
            let _ = waiting.await;
        }
        turn.waiting = None;
        turn
    }

    fn queue(&self, scope: &Scope, id: &str) -> Turn {
        let mut writing = self.writing.borrow_mut();
        let under_way = writing
            .iter_mut()
            .find(|(known, record, _)| record == id && known == scope);
        let waiting = match under_way {
            Some((_, _, queue)) => {
                let (sender, waiting) = oneshot::channel();
                queue.push(sender);
                Some(waiting)
            }
            None => {
                writing.push((scope.clone(), id.to_owned(), Vec::new()));
                None
            }
        };
        Turn {
            store: self.me.clone(),
            scope: scope.clone(),
            id: id.to_owned(),
            waiting,
        }
    }

    fn end_turn(&self, scope: &Scope, id: &str) {
        let mut writing = self.writing.borrow_mut();
        let Some(at) = writing
            .iter()
            .position(|(known, record, _)| record == id && known == scope)
        else {
            return;
        };
        while !writing[at].2.is_empty() {
            // Whoever no longer waits has dropped its end.
            if writing[at].2.remove(0).send(()).is_ok() {
                return;
            }
        }
        writing.remove(at);
    }

    // Other writers and readers

    /// Listens for the page's presence and for other tabs while anything is asked.
    fn subscribe(&self) {
        if self.presence.borrow().is_some() || self.other_tabs.borrow().is_some() {
            return;
        }
        let http = &self.wire.http;
        let me = self.me.clone();
        *self.presence.borrow_mut() = http.clock.on_presence(Rc::new(move |presence| {
            if let Some(store) = me.upgrade() {
                store.present(presence);
            }
        }));
        let Some(storage) = &http.storage else { return };
        let me = self.me.clone();
        *self.other_tabs.borrow_mut() = storage.listen(Rc::new(move |key| {
            if let Some(store) = me.upgrade() {
                store.written_elsewhere(key);
            }
        }));
    }

    fn present(&self, presence: Presence) {
        if presence.visible && presence.online {
            for question in self.live() {
                question.ask_if_older(SHOWN_MS);
            }
        }
    }

    fn written_elsewhere(&self, key: &str) {
        if !key.starts_with(WRITES) {
            return;
        }
        let scopes: Vec<Scope> = self
            .live()
            .iter()
            .map(|question| question.scope.clone())
            .collect();
        if let Some(scope) = scopes.iter().find(|scope| self.key(scope) == key) {
            self.touch(scope, &|_| {});
        }
    }

    fn key(&self, scope: &Scope) -> String {
        let server = self.wire.http.storage_name();
        format!("{WRITES}{server} {} {}", scope.deployment, scope.collection)
    }

    /// Removes a request that no other hook uses.
    fn leave(&self, leaving: &Rc<Question>) {
        let last = Rc::strong_count(leaving) == 1;
        self.questions.borrow_mut().retain(|known| {
            known.strong_count() > 0 && !(last && std::ptr::eq(known.as_ptr(), Rc::as_ptr(leaving)))
        });
        if self.questions.borrow().is_empty() {
            self.presence.take();
            self.other_tabs.take();
            self.refreshing.take();
            self.touched.take();
        }
    }
}

/// One hook's part in a question. The last one's drop ends its requests.
pub(super) struct Watched {
    question: Rc<Question>,
    store: Weak<Store>,
}

impl Deref for Watched {
    type Target = Rc<Question>;

    fn deref(&self) -> &Rc<Question> {
        &self.question
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if let Some(store) = self.store.upgrade() {
            store.leave(&self.question);
        }
    }
}

/// A change that is shown before the service has answered. Dropping it undoes it.
struct Ahead {
    store: Weak<Store>,
    scope: Scope,
    ticket: u64,
    is_settled: Cell<bool>,
}

impl Drop for Ahead {
    fn drop(&mut self) {
        let Some(store) = self.store.upgrade() else { return };
        store.overlays.remove(self.ticket);
        if self.is_settled.get() {
            store.publish(&self.scope);
        } else {
            // The write was given up on its way: it may have been carried out.
            store.touch(&self.scope, &|_| {});
        }
    }
}

/// The right to write a record, or a place in the queue for it. Dropping it passes the right on.
struct Turn {
    store: Weak<Store>,
    scope: Scope,
    id: String,
    /// None once it is this one's turn.
    waiting: Option<oneshot::Receiver<()>>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        // A write may be given up just when its turn has come.
        let is_mine = match &mut self.waiting {
            None => true,
            Some(waiting) => matches!(waiting.try_recv(), Ok(Some(()))),
        };
        if let Some(store) = self.store.upgrade().filter(|_| is_mine) {
            store.end_turn(&self.scope, &self.id);
        }
    }
}
