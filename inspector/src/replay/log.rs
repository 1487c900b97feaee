//! The work of the steps, in the format of workflows in verbose mode.

use crate::steps::{NONE, Outcome, Steps};
use crate::text::duration;

/// The class that a `@catch_error` step receives.
const FAILED_STEP: &str = "StepFailedEvent";

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The sequence of its event.
    pub sequence: u64,
    /// When that event was seen, in milliseconds since the epoch; `None` for history.
    pub at: Option<u64>,
    /// The text: `Running step plan`, `Step plan produced event Draft`.
    pub text: String,
    /// Whether it says that a step failed.
    pub is_failure: bool,
}

/// The line of a mark: one for each event that moved a step or asked a person. `None` after the last one.
///
/// The text is that of `Workflow(verbose=True)`, which has none for retries, prompts and the end of the run.
pub fn line(steps: &Steps, mark: u32) -> Option<Line> {
    let known = steps.marks().get(mark as usize)?;
    Some(Line {
        sequence: known.sequence,
        at: known.at,
        text: text(steps, mark, known.span),
        is_failure: is_failure(steps, mark, known.span),
    })
}

/// `attempt 2 of 3, 301 ms after the last`, as far as known; `None` for the only attempt.
pub fn attempt(steps: &Steps, span: u32) -> Option<String> {
    let number = steps.span(span)?.attempt;
    let all = steps.attempts(span).filter(|all| *all > 1);
    if number == 1 && all.is_none() {
        return None;
    }
    let mut text = format!("attempt {number}");
    if let Some(all) = all {
        text.push_str(&format!(" of {all}"));
    }
    if let Some(delay) = steps.retry_delay(span) {
        text.push_str(&format!(", {} after the last", duration(delay)));
    }
    Some(text)
}

/// Whether the mark is the end of a failed turn.
fn is_failure(steps: &Steps, mark: u32, span: u32) -> bool {
    let found = steps.span(span).filter(|_| mark != steps.end());
    found.is_some_and(|found| found.from != mark && found.outcome == Outcome::Failed)
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
        if steps.counted(span).asked {
            return format!("Asked a person with {input}");
        }
        let mut text = format!("Running step {step}");
        if input == FAILED_STEP {
            text.push_str(", which handles a failed step");
        }
        if let Some(attempt) = attempt(steps, span) {
            text.push_str(", ");
            text.push_str(&attempt);
        }
        return text;
    }
    match found.outcome {
        Outcome::Failed => {
            let mut text = format!("Step {step} failed with event {input}");
            if let Some(error) = steps.error(span) {
                text.push_str(": ");
                text.push_str(error);
            }
            text
        }
        Outcome::Parked => format!("Step {step} waits for an answer"),
        Outcome::Returned if found.output == NONE => format!("Step {step} produced no event"),
        Outcome::Returned => format!("Step {step} produced event {}", steps.name(found.output)),
        _ => format!("Step {step} was cut off"),
    }
}
