//! What a task asks.

use workflow_protocol::legacy::LegacyEvent;
use workflow_protocol::prompt_text;

/// A prompt of a task that waits for an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegacyPrompt {
    /// The prompt's number among the events of the task.
    pub id: u64,
    /// The event that asks.
    pub event: LegacyEvent,
}

impl LegacyPrompt {
    /// What is asked: the field that most likely holds it, else all fields.
    #[must_use]
    pub fn text(&self) -> String {
        prompt_text(self.event.value.as_str())
    }
}
