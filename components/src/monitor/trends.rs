//! What each workflow did lately: small charts, and the same numbers as tables.

use super::state::MonitorState;
use leptos::prelude::*;
use workflow_inspector::monitor::{MINUTES, Minute, Trend, bars};
use workflow_inspector::text::{ago, duration};
use workflow_protocol::Time;

const MINUTE_MS: u64 = 60_000;

#[component]
pub(super) fn TrendTable(state: MonitorState) -> impl IntoView {
    let chosen = RwSignal::new(None::<(String, String)>);
    // How many minutes the page has watched, the current one included.
    let minutes = Memo::new(move |_| {
        let now = state.now.get().0 / MINUTE_MS;
        let watched = now.saturating_sub(state.since.0 / MINUTE_MS) + 1;
        watched.min(MINUTES as u64)
    });
    let keys = Memo::new(move |_| {
        state
            .trends
            .with(|trends| trends.iter().map(key).collect::<Vec<_>>())
    });
    let is_empty = move || keys.with(Vec::is_empty);
    let since = move || {
        let watched = state.now.get().since(state.since);
        format!(
            "From what this page has seen since it was opened {}, at most {MINUTES} minutes. What happened before, or while it was closed, is not counted.",
            ago(watched)
        )
    };
    view! {
        <section class="wf-monitor__pad" aria-label="Trends">
            <p class="wf-note" translate="no">
                {since}
            </p>
            <p class="wf-empty" hidden=move || !is_empty()>
                "No run was started or has ended since."
            </p>
            <div class="wf-monitor__wide" hidden=is_empty tabindex="0" role="region" aria-label="Trends per workflow">
                <table class="wf-trends" data-part="trends" part="trends">
                    <caption class="wf-sr">"Runs per workflow"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Workflow"</th>
                            <th scope="col">{format!("Last {MINUTES} minutes")}</th>
                            <th scope="col">"Started / min"</th>
                            <th scope="col">"Completed / min"</th>
                            <th scope="col">"Failed / min"</th>
                            <th scope="col">"Median duration"</th>
                        </tr>
                    </thead>
                    <tbody>
                        <For each=move || keys.get() key=Clone::clone let:key>
                            <TrendRow state key minutes chosen />
                        </For>
                    </tbody>
                </table>
            </div>
            <Show when=move || chosen.with(Option::is_some)>
                <MinuteTable state chosen />
            </Show>
        </section>
    }
    .into_any()
}

type Key = (String, String);

fn key(trend: &Trend) -> Key {
    (trend.deployment.to_string(), trend.workflow.clone())
}

fn find(state: MonitorState, wanted: &Key) -> Option<Trend> {
    let is_it = |trend: &&Trend| *trend.deployment == *wanted.0 && trend.workflow == wanted.1;
    state.trends.with(|trends| trends.iter().find(is_it).cloned())
}

/// "1.5": a number per minute.
fn rate(number: u32, minutes: u64) -> String {
    let tenths = (u64::from(number) * 10 + minutes / 2) / minutes.max(1);
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[component]
fn TrendRow(
    state: MonitorState,
    key: Key,
    minutes: Memo<u64>,
    chosen: RwSignal<Option<Key>>,
) -> impl IntoView {
    let (deployment, workflow) = key.clone();
    let (name, place) = (workflow.clone(), deployment.clone());
    let label = format!("Minutes of {workflow} at {deployment}");
    let wanted = StoredValue::new(key);
    let trend = Memo::new(move |_| wanted.with_value(|key| find(state, key)));
    let total = move || trend.with(|it| it.as_ref().map(Trend::total).unwrap_or_default());
    let per_minute = move |pick: fn(Minute) -> u32| move || rate(pick(total()), minutes.get());
    let median = move || {
        let median = trend.with(|it| it.as_ref().and_then(Trend::median_ms));
        median.map(duration).unwrap_or_else(|| String::from("–"))
    };
    let is_chosen = move || chosen.with(|chosen| wanted.with_value(|key| chosen.as_ref() == Some(key)));
    let choose = move |_| chosen.set((!is_chosen()).then(|| wanted.get_value()));
    view! {
        <tr data-part="trend" part="trend" data-deployment=deployment data-workflow=workflow translate="no">
            <th scope="row">
                <span class="wf-trends__name">{name}</span>
                <span class="wf-muted">{place}</span>
            </th>
            <td>
                <Chart trend />
                <button
                    type="button"
                    class="wf-link"
                    aria-label=label
                    aria-expanded=move || is_chosen().to_string()
                    on:click=choose
                >
                    "Minutes"
                </button>
            </td>
            <td class="wf-num">{per_minute(|total| total.started)}</td>
            <td class="wf-num">{per_minute(|total| total.completed)}</td>
            <td class="wf-num">{per_minute(|total| total.failed)}</td>
            <td class="wf-num">{median}</td>
        </tr>
    }
}

/// Completed runs, with failed ones on top, minute by minute; a line for those that were started. For the eyes: the table has the
/// numbers.
#[component]
fn Chart(trend: Memo<Option<Trend>>) -> impl IntoView {
    let draw = move |pick: fn(&Minute) -> (u32, u32)| {
        move || {
            trend.with(|trend| {
                let minutes = trend.as_ref().map(Trend::minutes).unwrap_or_default();
                let height = |minute: &Minute| minute.started.max(minute.completed + minute.failed);
                let highest = minutes.iter().map(height).max().unwrap_or_default();
                bars(minutes.iter().map(pick), highest)
            })
        }
    };
    view! {
        <svg
            class="wf-trends__chart"
            data-part="trend-chart"
            part="trend-chart"
            viewBox=format!("0 0 {MINUTES} 100")
            preserveAspectRatio="none"
            aria-hidden="true"
        >
            <path class="wf-trends__started" d=draw(|minute| (minute.started, 0)) />
            <path class="wf-trends__completed" d=draw(|minute| (minute.completed, 0)) />
            <path class="wf-trends__failed" d=draw(|minute| (minute.failed, minute.completed)) />
        </svg>
    }
}

/// The numbers of the chosen chart, the newest minute first; minutes without anything are left out.
#[component]
fn MinuteTable(state: MonitorState, chosen: RwSignal<Option<Key>>) -> impl IntoView {
    let trend = Memo::new(move |_| chosen.get().and_then(|key| find(state, &key)));
    let minute = Memo::new(move |_| state.now.get().0 / MINUTE_MS);
    let caption = move || {
        let words = trend.with(|it| {
            it.as_ref()
                .map(|it| format!("{} at {}", it.workflow, it.deployment))
        });
        words.unwrap_or_default()
    };
    let rows = move || {
        let now = minute.get();
        trend.with(|trend| {
            let minutes = trend.as_ref().map(Trend::minutes).unwrap_or_default();
            let rows = minutes.iter().rev().enumerate();
            rows.filter(|(_, minute)| **minute != Minute::default())
                .map(|(back, minute)| {
                    let began = Time(now.saturating_sub(back as u64) * MINUTE_MS);
                    let age = state.now.get_untracked().since(began);
                    let when = if back == 0 {
                        String::from("this minute")
                    } else {
                        ago(age)
                    };
                    view! {
                        <tr>
                            <th scope="row">{when}</th>
                            <td class="wf-num">{minute.started}</td>
                            <td class="wf-num">{minute.completed}</td>
                            <td class="wf-num">{minute.failed}</td>
                        </tr>
                    }
                })
                .collect_view()
        })
    };
    view! {
        <div class="wf-monitor__wide">
            <table class="wf-trends" data-part="trend-minutes" part="trend-minutes" translate="no">
                <caption class="wf-h">{caption}</caption>
                <thead>
                    <tr>
                        <th scope="col">"Minute"</th>
                        <th scope="col">"Started"</th>
                        <th scope="col">"Completed"</th>
                        <th scope="col">"Failed"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::rate;

    #[test]
    fn rates_are_rounded_to_tenths() {
        for (number, minutes, want) in [
            (0, 1, "0.0"),
            (3, 2, "1.5"),
            (1, 30, "0.0"),
            (2, 30, "0.1"),
            (10, 3, "3.3"),
        ] {
            assert_eq!(rate(number, minutes), want, "{number} in {minutes}");
        }
    }
}
