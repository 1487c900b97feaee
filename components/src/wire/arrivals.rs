//! The chart of a run's arrivals over time.

use leptos::prelude::*;
use std::fmt::Write as _;
use workflow_inspector::text::{count, duration};
use workflow_inspector::wire::Rates;

/// Height of the chart's coordinates; the width is one per bar.
const HEIGHT: u32 = 100;

/// What the chart draws and says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct ArrivalsChartData {
    bars: usize,
    outline: String,
    /// The same as a sentence.
    label: String,
    /// The span of the whole chart.
    span: String,
}

impl ArrivalsChartData {
    pub(super) fn new(rates: &Rates) -> Self {
        let bars = rates.bars();
        let highest = rates.highest();
        if highest == 0 {
            return Self::default();
        }
        let mut outline = format!("M0 {HEIGHT}");
        for (at, bar) in bars.iter().enumerate() {
            let top = f64::from(HEIGHT) * (1.0 - f64::from(*bar) / f64::from(highest));
            let _ = write!(outline, "V{top:.1}H{}", at + 1);
        }
        let _ = write!(outline, "V{HEIGHT}Z");
        let span = bars.len() as u64 * rates.width();
        let total: u64 = bars.iter().map(|bar| u64::from(*bar)).sum();
        Self {
            bars: bars.len(),
            outline,
            label: format!(
                "{} events in {}, at most {} in {}",
                count(total),
                duration(span),
                count(u64::from(highest)),
                duration(rates.width())
            ),
            span: duration(span),
        }
    }
}

/// Bars of the number of events over time. Hidden as long as no event arrived while the page watched.
#[component]
pub(super) fn ArrivalsChart(#[prop(into)] data: Signal<ArrivalsChartData>) -> impl IntoView {
    view! {
        <figure class="wf-arrivals" data-part="arrivals" part="arrivals" hidden=move || data.with(|data| data.bars == 0)>
            <figcaption class="wf-muted">
                "Arrivals: " <span translate="no">{move || data.with(|data| data.label.clone())}</span>
            </figcaption>
            <svg
                class="wf-arrivals__bars"
                role="img"
                aria-label=move || data.with(|data| format!("Arrivals: {}", data.label))
                viewBox=move || data.with(|data| format!("0 0 {} {HEIGHT}", data.bars.max(1)))
                preserveAspectRatio="none"
            >
                <path d=move || data.with(|data| data.outline.clone())></path>
            </svg>
            <div class="wf-arrivals__axis wf-num wf-muted" translate="no">
                <span>"0"</span>
                <span>{move || data.with(|data| data.span.clone())}</span>
            </div>
        </figure>
    }
}
