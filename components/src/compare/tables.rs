//! The panels beside the events: how long steps took, inputs and results.

use super::detail::ValueChanges;
use super::fold::Pair;
use crate::run::times as times_of_run;
use leptos::prelude::*;
use std::rc::Rc;
use workflow_inspector::compare::{StepTimes, step_times};
use workflow_inspector::text::{count, duration};
use workflow_protocol::RawJson;
use workflow_ui_core::UseWorkflowHandlerReturn;

/// How often each step was at work in both runs, and how long.
#[component]
pub(super) fn StepsPanel(pair: Rc<Pair>, runs: [UseWorkflowHandlerReturn; 2]) -> impl IntoView {
    let pair = StoredValue::new_local(pair);
    let times = Memo::new(move |_| {
        pair.with_value(|pair| {
            pair.version.track();
            step_times(&pair.sides[0].borrow().steps, &pair.sides[1].borrow().steps)
        })
    });
    let rows = move || times.get().into_iter().map(step_row).collect_view();
    let whole = move || {
        let times = runs.map(|run| {
            let times = run.handler.with(|state| state.as_deref().and_then(times_of_run));
            times.and_then(|(start, end)| Some(end?.since(start)))
        });
        time_cells(times)
    };
    view! {
        <div class="wf-compare__scroll" tabindex="0" role="region" aria-label="Durations of the steps">
            <table class="wf-compare__table" data-part="compare-steps" part="compare-steps">
                <thead>
                    <tr>
                        <th scope="col">"Step"</th>
                        <th scope="col">"Turns, first"</th>
                        <th scope="col">"Turns, second"</th>
                        <th scope="col">"Time, first"</th>
                        <th scope="col">"Time, second"</th>
                        <th scope="col">"Change"</th>
                    </tr>
                </thead>
                <tbody translate="no">{rows}</tbody>
                <tfoot translate="no">
                    <tr>
                        <th scope="row">"The whole run"</th>
                        <td></td>
                        <td></td>
                        {whole}
                    </tr>
                </tfoot>
            </table>
            <p class="wf-note">
                "Times of steps are those at which events arrived here: what came before this page watched has none. The server times the whole run."
            </p>
        </div>
    }
}

fn step_row(times: StepTimes) -> impl IntoView {
    let StepTimes { step, turns, ms } = times;
    let differs = (turns[0] != turns[1]).then_some("");
    let name = step.clone();
    view! {
        <tr data-part="compare-step" part="compare-step" data-step=name data-differs=differs>
            <th scope="row" class="wf-mono">
                {step}
            </th>
            {turns.map(|turns| view! { <td>{count(u64::from(turns))}</td> }).collect_view()}
            {time_cells(ms)}
        </tr>
    }
}

/// Two durations and how much longer the second one is.
fn time_cells(ms: [Option<u64>; 2]) -> impl IntoView {
    let time = |ms: Option<u64>| ms.map_or_else(|| String::from("–"), duration);
    let difference = match ms {
        [Some(a), Some(b)] if b >= a => format!("+{}", duration(b - a)),
        [Some(a), Some(b)] => format!("−{}", duration(a - b)),
        _ => String::from("–"),
    };
    let [first, second] = ms.map(time);
    [first, second, difference]
        .map(|text| view! { <td>{text}</td> })
        .into_iter()
        .collect_view()
}

/// What both runs were started with, and how they ended.
#[component]
pub(super) fn ValuesPanel(
    runs: [UseWorkflowHandlerReturn; 2],
    input_of: Option<Callback<String, Option<RawJson>>>,
) -> impl IntoView {
    let inputs = Memo::new(move |_| {
        runs.map(|run| {
            let id = run.handler_id.get()?;
            let input = input_of?.run(id)?;
            Some(input.as_str().to_owned())
        })
    });
    let results = Memo::new(move |_| {
        runs.map(|run| {
            run.result
                .with(|result| Some(result.as_ref()?.shown().as_str().to_owned()))
        })
    });
    let statuses = move || {
        let [first, second] =
            runs.map(|run| crate::status::status_word(run.status.get().as_str()).to_owned());
        if first == second {
            format!("Both runs: {first}.")
        } else {
            format!("First run: {first}. Second run: {second}.")
        }
    };
    let values = |values: Memo<[Option<String>; 2]>| {
        move || {
            let [left, right] = values.get();
            view! { <ValueChanges left right /> }
        }
    };
    view! {
        <div class="wf-compare__scroll" tabindex="0" role="region" aria-label="Inputs and results">
            <section data-part="compare-input" part="compare-input">
                <h3 class="wf-h">"Input"</h3>
                <p class="wf-note">"The server does not keep inputs. Known are those of runs that this tab started."</p>
                {values(inputs)}
            </section>
            <section data-part="compare-result" part="compare-result">
                <h3 class="wf-h">"Result"</h3>
                <p class="wf-note" translate="no">
                    {statuses}
                </p>
                {values(results)}
            </section>
        </div>
    }
}
