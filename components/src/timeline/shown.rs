//! What the chart and the list share.

use super::fold::StepFold;
use leptos::prelude::*;
use std::cell::Cell;
use std::rc::Rc;

/// What chart and list show.
pub(super) struct Shown {
    pub(super) fold: Rc<StepFold>,
    /// The end of turns that have not ended; none once the run has ended.
    pub(super) now: Cell<Option<u64>>,
    pub(super) selected: Signal<Option<u64>>,
    pub(super) on_select: Option<Callback<u64>>,
}

impl Shown {
    pub(super) fn selected_event(&self) -> Option<u64> {
        self.selected.try_get_untracked().flatten()
    }

    /// The span that the selected event started or ended.
    pub(super) fn selected_span(&self) -> Option<u32> {
        self.fold.steps.borrow().span_at(self.selected_event()?)
    }

    /// Opens the event that started a span.
    pub(super) fn open(&self, span: u32) {
        let sequence = {
            let steps = self.fold.steps.borrow();
            steps.span(span).map(|span| steps.sequence(&span))
        };
        if let (Some(sequence), Some(on_select)) = (sequence, self.on_select) {
            on_select.try_run(sequence);
        }
    }
}
