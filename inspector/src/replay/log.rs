//! What steps did, in the words that workflows print in verbose mode.

use crate::steps::{NONE, Outcome, Steps};

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The sequence of the event that it is about.
    pub sequence: u64,
    /// When that event was seen, in milliseconds since the epoch; none for history.
    pub at: Option<u64>,
    /// The words: `Running step plan`, `Step plan produced event Draft`.
    pub text: String,
}

/// The line of a mark: one for each event that moved a step or asked a person. None beyond the last one.
///
/// The words are those of `Workflow(verbose=True)` where it has any. Retries, questions and the end of the run have none there.
pub fn line(steps: &Steps, mark: u32) -> Option<Line> {
    let known = steps.marks().get(mark as usize)?;
    Some(Line {
        sequence: known.sequence,
        at: known.at,
        text: text(steps, mark, known.span),
    })
}

fn text(steps: &Steps, mark: u32, span: u32) -> String {
    if mark == steps.end() {
        return "The run ended".to_owned();
    }
    let Some(found) = steps.span(span) else {
        return "A step ended that was not seen to begin".to_owned();
    };
    let step = steps.lane(found.lane).map_or(NONE, |lane| lane.step);
    let (step, input) = (steps.name(step), steps.name(found.input));
    if found.from == mark {
        return match found.attempt {
            _ if steps.counted(span).asked => format!("Asked a person with {input}"),
            1 => format!("Running step {step}"),
            attempt => format!("Running step {step}, attempt {attempt}"),
        };
    }
    match found.outcome {
        Outcome::Failed => format!("Step {step} failed with event {input}"),
        Outcome::Parked => format!("Step {step} waits for an answer"),
        Outcome::Returned if found.output == NONE => format!("Step {step} produced no event"),
        Outcome::Returned => format!("Step {step} produced event {}", steps.name(found.output)),
        _ => format!("Step {step} was cut off"),
    }
}
