//! Read access to the steps.

use super::{Activity, Counted, Flow, Lane, Mark, NONE, Span, Steps, beginning};

impl Steps {
    /// The name with this number; empty for [`NONE`].
    pub fn name(&self, name: u32) -> &str {
        self.names.get(name as usize).map_or("", String::as_str)
    }

    /// The number of a name.
    pub fn find(&self, name: &str) -> Option<u32> {
        self.numbers.get(beginning(name)).copied()
    }

    /// The spans in the order of their start.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// One span.
    pub fn span(&self, span: u32) -> Option<Span> {
        self.spans.get(span as usize).copied()
    }

    /// One lane.
    pub fn lane(&self, lane: u32) -> Option<&Lane> {
        self.lanes.get(lane as usize)
    }

    /// The lanes from top to bottom.
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// The marks in order.
    pub fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// The inputs of steps.
    pub fn taken(&self) -> &[Flow] {
        self.taken.list()
    }

    /// The outputs of steps.
    pub fn given(&self) -> &[Flow] {
        self.given.list()
    }

    /// The prompts, which belong to no step.
    pub fn asked(&self) -> &[Flow] {
        self.asked.list()
    }

    /// How many workers of a step are running.
    pub fn at_work(&self, step: u32) -> usize {
        let open = |lane: &&Lane| lane.step == step && lane.open != NONE;
        self.lanes.iter().filter(open).count()
    }

    /// The inputs and outputs of steps so far, and the running steps.
    pub fn activity(&self) -> Activity {
        let mut activity = Activity {
            taken: self.taken().to_vec(),
            given: self.given().to_vec(),
            asked: self.asked().to_vec(),
            at_work: Vec::new(),
        };
        for lane in self.lanes.iter().filter(|lane| lane.open != NONE) {
            activity.count_worker(lane.step);
        }
        activity
    }

    /// Whether the run has ended.
    pub fn has_ended(&self) -> bool {
        self.end != NONE
    }

    /// The mark of the event that ended the run, or [`NONE`].
    pub fn end(&self) -> u32 {
        self.end
    }

    /// The mark and the span of each end of a span, in order.
    pub fn ends(&self) -> &[(u32, u32)] {
        &self.ends
    }

    /// Where a span is counted.
    pub(crate) fn counted(&self, span: u32) -> Counted {
        self.counted.get(span as usize).copied().unwrap_or_default()
    }

    /// The total number of attempts with a span's event; `None` if unknown. The server reports it when a step failed permanently.
    pub fn attempts(&self, span: u32) -> Option<u32> {
        Some(self.counted(span).attempts).filter(|attempts| *attempts > 0)
    }

    /// The error with which a span failed, as `ValueError: no space left`. Known of the attempt after which the server gave up: its event
    /// alone has an error, those of earlier attempts are not sent.
    pub fn error(&self, span: u32) -> Option<&str> {
        let at = self.errors.binary_search_by_key(&span, |known| known.0).ok()?;
        self.errors.get(at).map(|known| known.1.as_str())
    }

    /// The server's delay before it retried a step with this span, in milliseconds; `None` for a first attempt, and without times.
    pub fn retry_delay(&self, span: u32) -> Option<u64> {
        let failed = self.span(self.counted(span).retry_of)?;
        let failed_at = self.marks.get(failed.to as usize)?.at?;
        let again_at = self.marks.get(self.span(span)?.from as usize)?.at?;
        Some(again_at.saturating_sub(failed_at))
    }

    /// The number of marks up to and including the event of a sequence.
    pub fn marks_until(&self, sequence: u64) -> usize {
        self.marks.partition_point(|mark| mark.sequence <= sequence)
    }

    /// Step events that could not be read, or whose payload had been evicted.
    pub fn unread(&self) -> usize {
        self.unread
    }

    /// The duration of a span, or until `now`, in milliseconds; `None` without times.
    pub fn duration(&self, span: &Span, now: Option<u64>) -> Option<u64> {
        let from = self.marks.get(span.from as usize)?.at?;
        let to = if span.to == NONE {
            now?
        } else {
            self.marks.get(span.to as usize)?.at?
        };
        Some(to.saturating_sub(from))
    }

    /// The sequence of the event that started a span.
    pub fn sequence(&self, span: &Span) -> u64 {
        self.marks.get(span.from as usize).map_or(0, |mark| mark.sequence)
    }

    /// The span that started or ended with the event of a sequence.
    pub fn span_at(&self, sequence: u64) -> Option<u32> {
        let mark = self.marks.partition_point(|mark| mark.sequence < sequence);
        let mark = self.marks.get(mark)?;
        (mark.sequence == sequence && mark.span != NONE).then_some(mark.span)
    }
}
