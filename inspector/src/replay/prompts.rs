//! The open prompts at a moment.

use workflow_protocol::{Closing, Prompt};

/// The prompts of a run that were open after the event of a sequence. `has_ended` is whether the run had ended by then.
///
/// Of an unanswered prompt that a restarted server asked again, only the newer one is known.
pub fn open_prompts(prompts: &[Prompt], sequence: u64, has_ended: bool) -> impl Iterator<Item = &Prompt> {
    prompts.iter().filter(move |prompt| {
        prompt.sequence <= sequence
            && match prompt.closed {
                None => true,
                Some(Closing::Answered(at) | Closing::AskedAgain(at)) => sequence < at,
                Some(Closing::Ended) => !has_ended,
            }
    })
}
