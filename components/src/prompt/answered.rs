//! The questions of a run that are no longer open, with what became of each: a line that unfolds.

use crate::dom::this_moment;
use crate::event::exact_time;
use crate::send::words;
use crate::ui::{Each, El, Var, div, dynamic, each, el, every, show, span};
use leptos::prelude::{Get as _, With as _};
use workflow_inspector::json::preview;
use workflow_inspector::text;
use workflow_protocol::{Closing, Prompt, PromptState, SentEvent, SentState, Time};
use workflow_ui_core::Events;
use workflow_ui_core::UseWorkflowHandlerReturn;

/// Older questions than this many stand among the events only: the document doesn't grow with the run.
const SHOWN: usize = 200;

/// Characters of a question that are laid out; its line shows fewer, its title all.
const LINE: usize = 300;

/// Characters of an answer that are shown, and of its title.
const ANSWER: usize = 400;
const WHOLE_ANSWER: usize = 4000;

/// What became of a question, as far as is known.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Outcome {
    /// The run took an answer that was sent from this tab.
    Answered,
    /// The run took an answer, and none of which this tab knows.
    Elsewhere,
    /// This tab answered. The events don't tell whether the run took it.
    Unclear,
    /// A restarted server lost the answer, and asked again.
    AskedAgain,
    /// The run was over before.
    CutOff,
}

impl Outcome {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Elsewhere => "elsewhere",
            Self::Unclear => "unclear",
            Self::AskedAgain => "asked_again",
            Self::CutOff => "cut_off",
        }
    }

    /// What is said beside the answers, and the long way to say it.
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Answered => ("", ""),
            Self::Elsewhere => (
                "answered elsewhere",
                "This tab holds no answer to it: another tab, somebody else or an event that was sent to the run answered.",
            ),
            Self::Unclear => ("whether the run took the answer is not known", ""),
            Self::AskedAgain => ("asked again: the server was restarted", ""),
            Self::CutOff => ("no answer was seen before the run ended", ""),
        }
    }

    const fn is_answer(self) -> bool {
        matches!(self, Self::Answered | Self::Elsewhere | Self::Unclear)
    }
}

/// `sent`: what became of the answers that this tab sent.
fn judge(closed: Option<Closing>, sent: impl Iterator<Item = SentState>) -> Outcome {
    let (mut taken, mut pending) = (false, false);
    for state in sent {
        taken |= state == SentState::Taken;
        pending |= state.is_pending();
    }
    match closed {
        Some(Closing::AskedAgain(_)) => Outcome::AskedAgain,
        _ if taken => Outcome::Answered,
        _ if pending => Outcome::Unclear,
        Some(Closing::Answered(_)) => Outcome::Elsewhere,
        Some(Closing::Ended) | None => Outcome::CutOff,
    }
}

/// What this tab sent to answer a question; what the server refused was never given.
fn answers(sent: &[SentEvent], question: u64) -> impl Iterator<Item = &SentEvent> {
    sent.iter()
        .filter(move |event| event.prompt == Some(question) && event.state != SentState::Refused)
}

fn outcome(prompt: &Prompt, sent: &[SentEvent]) -> Outcome {
    judge(
        prompt.closed,
        answers(sent, prompt.sequence).map(|event| event.state),
    )
}

fn is_closed(prompt: &&Prompt) -> bool {
    prompt.state == PromptState::Closed
}

/// Nothing, as long as nothing is answered.
pub(super) fn history(run: UseWorkflowHandlerReturn) -> Each {
    // Another run's history is another one, and folded.
    let runs = move || {
        let run_id = run.run_id.get().unwrap_or_default();
        let any = run
            .prompts
            .with(|prompts| prompts.iter().any(|it| is_closed(&it)));
        any.then_some(run_id).into_iter().collect()
    };
    each(runs, move |_| folded(run))
}

fn folded(run: UseWorkflowHandlerReturn) -> El {
    let open = Var::new(false);
    let counts = move || {
        let count = |sent: &Vec<SentEvent>| {
            run.prompts.with(|prompts| {
                let (mut answered, mut others) = (0, 0);
                for prompt in prompts.iter().filter(is_closed) {
                    if outcome(prompt, sent).is_answer() {
                        answered += 1;
                    } else {
                        others += 1;
                    }
                }
                (answered, others)
            })
        };
        run.sent.with(count)
    };
    let element = el("details");
    let node = element.node().clone();
    element
        .class("wf-answered")
        .attr("data-part", "answered")
        .attr("data-count", move || {
            run.prompts
                .with(|prompts| prompts.iter().filter(is_closed).count())
        })
        .on("toggle", move |_| open.set(node.has_attribute("open")))
        .child(el("summary").text(move || {
            let (answered, others) = counts();
            title(answered, others)
        }))
        .child(show(move || open.get(), move || unfolded(run)))
}

fn title(answered: usize, others: usize) -> String {
    let count = |words: &str, count: usize| [words, " (", &count.to_string(), ")"].concat();
    match (answered, others) {
        (0, others) => count("Unanswered questions", others),
        (answered, 0) => count("Answered questions", answered),
        (answered, others) => [
            count("Answered questions", answered),
            count(", unanswered", others),
        ]
        .concat(),
    }
}

fn unfolded(run: UseWorkflowHandlerReturn) -> El {
    // Counted up every second, for the times.
    let second = Var::new(0_u32);
    every(1000, move || second.set(second.peek().wrapping_add(1)));
    let skipped = move || {
        run.prompts.with(|prompts| {
            let closed = prompts.iter().filter(is_closed).count();
            closed.saturating_sub(SHOWN)
        })
    };
    let earlier = dynamic(move || {
        let skipped = skipped();
        (skipped > 0).then(|| {
            let words = [
                &text::count(skipped as u64),
                " earlier ones stand among the events.",
            ]
            .concat();
            el("p").class("wf-note").text(words)
        })
    });
    // What is shown of an entry is part of its key: it is made anew when that changes, and stays else.
    let keys = move || {
        let skipped = skipped();
        let keys = |sent: &Vec<SentEvent>| {
            run.prompts.with(|prompts| {
                let shown = prompts.iter().filter(is_closed).skip(skipped);
                shown.map(|prompt| key(prompt, sent)).collect()
            })
        };
        run.sent.with(keys)
    };
    let entries = each(keys, move |key| {
        let sequence = key.split(' ').next().and_then(|word| word.parse().ok());
        let entry = |prompts: &Vec<Prompt>| {
            let prompt = prompts.iter().find(|prompt| Some(prompt.sequence) == sequence);
            prompt.map(|prompt| run.sent.with(|sent| entry(prompt, sent, run, second)))
        };
        run.prompts.with(entry).unwrap_or_else(|| el("li"))
    });
    div("wf-answered__all")
        .child(earlier)
        .child(el("ul").class("wf-answered__list").child(entries))
}

fn key(prompt: &Prompt, sent: &[SentEvent]) -> String {
    let mut key = [&prompt.sequence.to_string(), " ", outcome(prompt, sent).as_str()].concat();
    for answer in answers(sent, prompt.sequence) {
        key.push(' ');
        key.push_str(answer.state.as_str());
    }
    key
}

fn entry(prompt: &Prompt, sent: &[SentEvent], run: UseWorkflowHandlerReturn, second: Var<u32>) -> El {
    let question = prompt.text();
    let line: String = question.chars().take(LINE).collect();
    let outcome = outcome(prompt, sent);
    let (words, more) = outcome.words();
    let told = match prompt.closed {
        Some(Closing::Answered(sequence) | Closing::AskedAgain(sequence)) => {
            let seen = |events: &Events| events.by_sequence(sequence, |event| event.seen);
            run.events.with(seen).flatten()
        }
        Some(Closing::Ended) | None => None,
    };
    let result = (!words.is_empty()).then(|| {
        div("wf-answered__line")
            .child(span("wf-grow wf-muted").attr("title", more).text(words))
            .child(moment("", told, second))
    });
    el("li")
        .attr("data-part", "answered-question")
        .attr("data-seq", prompt.sequence)
        .attr("data-outcome", outcome.as_str())
        .child(
            div("wf-answered__line")
                .child(
                    span("wf-answered__question wf-cut")
                        .attr("title", question)
                        .text(line),
                )
                .child(
                    span("wf-mono wf-muted")
                        .text(prompt.class.as_str())
                        .text([" #", &prompt.sequence.to_string()].concat()),
                )
                .child(moment("asked ", prompt.seen, second)),
        )
        .child(
            answers(sent, prompt.sequence)
                .map(|answer| given(answer, second))
                .collect::<Vec<El>>(),
        )
        .child(result)
}

/// An answer that was sent from this tab.
fn given(answer: &SentEvent, second: Var<u32>) -> El {
    let value = if answer.value.is_null() {
        String::from("(too large to be kept over a reload)")
    } else {
        preview(answer.value.as_str(), ANSWER)
    };
    div("wf-answered__line")
        .child(
            span("wf-answered__answer wf-mono")
                .attr("title", preview(answer.value.as_str(), WHOLE_ANSWER))
                .text(answer.class.as_str())
                .text(" ")
                .text(value),
        )
        .child(span("wf-muted").text(words(answer)))
        .child(moment("sent ", Some(answer.at), second))
}

/// How long ago something was, and in the title when; nothing for what is history, whose times nobody knows.
fn moment(word: &'static str, at: Option<Time>, second: Var<u32>) -> Option<El> {
    let at = at?;
    let words = move || {
        second.track();
        [word, &text::ago(this_moment().since(at))].concat()
    };
    Some(
        span("wf-answered__time wf-num wf-muted")
            .attr("title", exact_time(at.0))
            .text(words),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_became_of_a_question() {
        let answered = Some(Closing::Answered(7));
        let again = Some(Closing::AskedAgain(7));
        let ended = Some(Closing::Ended);
        let cases: [(Option<Closing>, &[SentState], Outcome); 9] = [
            (answered, &[SentState::Taken], Outcome::Answered),
            (
                answered,
                &[SentState::Unhandled, SentState::Taken],
                Outcome::Answered,
            ),
            (answered, &[], Outcome::Elsewhere),
            (answered, &[SentState::Unhandled], Outcome::Elsewhere),
            (answered, &[SentState::Unknown], Outcome::Unclear),
            (ended, &[SentState::Sent], Outcome::Unclear),
            (ended, &[SentState::Unhandled], Outcome::CutOff),
            (ended, &[], Outcome::CutOff),
            (again, &[SentState::Taken], Outcome::AskedAgain),
        ];
        for (closed, sent, outcome) in cases {
            assert_eq!(
                judge(closed, sent.iter().copied()),
                outcome,
                "{closed:?} with {sent:?}"
            );
        }
    }

    #[test]
    fn the_line_counts_only_answers_as_answered() {
        assert_eq!(title(2, 0), "Answered questions (2)");
        assert_eq!(title(0, 1), "Unanswered questions (1)");
        assert_eq!(title(2, 1), "Answered questions (2), unanswered (1)");
    }
}
