//! The closed prompts of a run with their answers, folded at first.

use super::run_prompts::RunPrompts;
use crate::dom::this_moment;
use crate::event::exact_time;
use crate::send::words;
use indexmap::IndexMap;
use leptos::prelude::*;
use std::time::Duration;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event};
use workflow_inspector::json::preview;
use workflow_inspector::text;
use workflow_protocol::{Closing, Prompt, SentEvent, SentState, Time};
use workflow_ui_core::{Events, UseWorkflowHandlerReturn};

/// Closed prompts that are listed. Earlier ones are only among the events, so that the document does not grow with the run.
const SHOWN: usize = 200;

/// Characters of a question in the document. Its line shows fewer, its title all.
const LINE: usize = 300;

/// Characters of an answer that are shown, and of its title.
const ANSWER: usize = 400;
const WHOLE_ANSWER: usize = 4000;

/// What became of a question, as far as is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
fn outcome_of(closed: Option<Closing>, sent: impl Iterator<Item = SentState>) -> Outcome {
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

/// What this tab sent, by the prompt that it answers. What the server refused is left out.
type Answers = IndexMap<u64, Vec<SentEvent>>;

fn answers_by_prompt(sent: Vec<SentEvent>) -> Answers {
    let mut answers = Answers::new();
    for event in sent {
        if let Some(prompt) = event.prompt.filter(|_| event.state != SentState::Refused) {
            answers.entry(prompt).or_default().push(event);
        }
    }
    answers
}

/// The answers to one prompt.
fn answers_to<'a>(prompt: &Prompt, answers: &'a Answers) -> &'a [SentEvent] {
    answers.get(&prompt.sequence).map_or(&[], Vec::as_slice)
}

fn outcome(prompt: &Prompt, answers: &[SentEvent]) -> Outcome {
    outcome_of(prompt.closed, answers.iter().map(|event| event.state))
}

/// The closed prompts of a run; nothing while there are none.
#[component]
pub(super) fn AnsweredPrompts(run: UseWorkflowHandlerReturn, prompts: Memo<RunPrompts>) -> impl IntoView {
    // The list of another run is another one, and folded.
    let shown = Memo::new(move |_| {
        prompts.with(|prompts| {
            let any = prompts.closed().next();
            any.map(|prompt| (prompt.handler_id.clone(), prompt.run_id.clone()))
        })
    });
    view! {
        <For each=move || shown.get() key=Clone::clone let:_run>
            <Folded run prompts />
        </For>
    }
}

#[component]
fn Folded(run: UseWorkflowHandlerReturn, prompts: Memo<RunPrompts>) -> impl IntoView {
    let open = RwSignal::new(false);
    let counts = Memo::new(move |_| {
        let answers = answers_by_prompt(run.sent.get());
        prompts.with(|prompts| {
            let (mut answered, mut others) = (0, 0);
            for prompt in prompts.closed() {
                if outcome(prompt, answers_to(prompt, &answers)).is_answer() {
                    answered += 1;
                } else {
                    others += 1;
                }
            }
            (answered, others)
        })
    });
    let toggled = move |event: Event| {
        let details = event
            .target()
            .and_then(|target| target.dyn_into::<Element>().ok());
        let is_open = details.is_some_and(|details| details.has_attribute("open"));
        open.try_set(is_open);
    };
    view! {
        <details
            class="wf-answered"
            data-part="answered"
            part="answered"
            data-count=move || prompts.with(|prompts| prompts.closed().count())
            on:toggle=toggled
        >
            <summary translate="no">
                {move || {
                    let (answered, others) = counts.get();
                    title(answered, others)
                }}
            </summary>
            <Show when=move || open.get()>
                <Unfolded run prompts />
            </Show>
        </details>
    }
}

fn title(answered: usize, others: usize) -> String {
    match (answered, others) {
        (0, others) => format!("Unanswered questions ({others})"),
        (answered, 0) => format!("Answered questions ({answered})"),
        (answered, others) => format!("Answered questions ({answered}), unanswered ({others})"),
    }
}

/// A closed prompt with its answers.
#[derive(Clone)]
struct Entry {
    prompt: Prompt,
    answers: Vec<SentEvent>,
    outcome: Outcome,
}

impl Entry {
    /// Everything that the entry shows and that can change.
    fn key(&self) -> (u64, Outcome, Vec<SentState>) {
        let states = self.answers.iter().map(|answer| answer.state).collect();
        (self.prompt.sequence, self.outcome, states)
    }
}

#[component]
fn Unfolded(run: UseWorkflowHandlerReturn, prompts: Memo<RunPrompts>) -> impl IntoView {
    let now = RwSignal::new(this_moment());
    let tick = move || {
        if !document().hidden() {
            now.try_set(this_moment());
        }
    };
    if let Ok(timer) = set_interval_with_handle(tick, Duration::from_secs(1)) {
        on_cleanup(move || timer.clear());
    }
    let skipped = Memo::new(move |_| {
        let closed = prompts.with(|prompts| prompts.closed().count());
        closed.saturating_sub(SHOWN)
    });
    let entries = move || {
        let answers = answers_by_prompt(run.sent.get());
        prompts.with(|prompts| {
            let shown = prompts.closed().skip(skipped.get());
            let entry = |prompt: &Prompt| {
                let answers = answers_to(prompt, &answers).to_vec();
                Entry {
                    outcome: outcome(prompt, &answers),
                    prompt: prompt.clone(),
                    answers,
                }
            };
            shown.map(entry).collect::<Vec<_>>()
        })
    };
    let earlier = move || {
        let skipped = skipped.get();
        (skipped > 0).then(|| {
            let words = format!(
                "{} earlier ones stand among the events.",
                text::count(skipped as u64)
            );
            view! {
                <p class="wf-note" translate="no">
                    {words}
                </p>
            }
        })
    };
    view! {
        <div class="wf-answered__all">
            {earlier}
            <ul class="wf-answered__list">
                <For each=entries key=Entry::key let:entry>
                    <EntryRow run entry now />
                </For>
            </ul>
        </div>
    }
}

#[component]
fn EntryRow(run: UseWorkflowHandlerReturn, entry: Entry, now: RwSignal<Time>) -> impl IntoView {
    let Entry {
        prompt,
        answers,
        outcome,
    } = entry;
    let question = prompt.text();
    let line: String = question.chars().take(LINE).collect();
    let (words, explanation) = outcome.words();
    let seen = match prompt.closed {
        Some(Closing::Answered(sequence) | Closing::AskedAgain(sequence)) => {
            let seen = |events: &Events| events.by_sequence(sequence, |event| event.seen);
            run.events.with(seen).flatten()
        }
        Some(Closing::Ended) | None => None,
    };
    let result = (!words.is_empty()).then(|| {
        view! {
            <div class="wf-answered__line">
                <span class="wf-grow wf-muted" title=explanation>
                    {words}
                </span>
                <Moment word="" at=seen now />
            </div>
        }
    });
    let answers: Vec<_> = answers
        .into_iter()
        .map(|answer| view! { <GivenAnswer answer now /> })
        .collect();
    view! {
        <li
            data-part="answered-question"
            part="answered-question"
            data-seq=prompt.sequence
            data-outcome=outcome.as_str()
        >
            <div class="wf-answered__line">
                <span class="wf-answered__question wf-cut" title=question>
                    {line}
                </span>
                <span class="wf-mono wf-muted" translate="no">
                    {format!("{} #{}", prompt.class, prompt.sequence)}
                </span>
                <Moment word="asked " at=prompt.seen now />
            </div>
            {answers}
            {result}
        </li>
    }
}

/// An answer that was sent from this tab.
#[component]
fn GivenAnswer(answer: SentEvent, now: RwSignal<Time>) -> impl IntoView {
    let value = if answer.value.is_null() {
        String::from("(too large to be kept over a reload)")
    } else {
        preview(answer.value.as_str(), ANSWER)
    };
    view! {
        <div class="wf-answered__line">
            <span
                class="wf-answered__answer wf-mono"
                translate="no"
                title=preview(answer.value.as_str(), WHOLE_ANSWER)
            >
                {format!("{} {value}", answer.class)}
            </span>
            <span class="wf-muted">{words(&answer)}</span>
            <Moment word="sent " at=Some(answer.at) now />
        </div>
    }
}

/// How long ago something was, with the exact time as its title; nothing for history, whose times are unknown.
#[component]
fn Moment(word: &'static str, at: Option<Time>, now: RwSignal<Time>) -> impl IntoView {
    at.map(|at| {
        view! {
            <span
                class="wf-answered__time wf-num wf-muted"
                translate="no"
                title=exact_time(at.0)
            >
                {move || format!("{word}{}", text::ago(now.get().since(at)))}
            </span>
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outcome_of_a_prompt() {
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
                outcome_of(closed, sent.iter().copied()),
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
