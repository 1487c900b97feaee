//! Which tasks are read: the server gives each event to one reader only.

use std::cell::RefCell;
use std::rc::Rc;

/// The ids of the tasks whose streams one client reads. A clone is the same list.
#[derive(Clone, Debug, Default)]
pub(super) struct Readers(Rc<RefCell<Vec<String>>>);

impl Readers {
    /// Begins to read a task; none if it is read already.
    pub(super) fn begin(&self, task_id: &str) -> Option<Reading> {
        let mut read = self.0.borrow_mut();
        if read.iter().any(|known| known == task_id) {
            return None;
        }
        read.push(task_id.to_owned());
        Some(Reading {
            readers: self.clone(),
            task_id: task_id.to_owned(),
        })
    }
}

/// A task whose stream is read, as long as this lives.
pub(super) struct Reading {
    readers: Readers,
    task_id: String,
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.readers.0.borrow_mut().retain(|known| *known != self.task_id);
    }
}
