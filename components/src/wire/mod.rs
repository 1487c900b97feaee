//! Figures of a run's stream that the browser's developer tools do not show.

use crate::dom::{set_interval_while_visible, this_moment};
use crate::theme::mount_style;
use leptos::prelude::*;
use std::time::Duration;
use workflow_inspector::text::{ago, bytes, count, duration};
use workflow_inspector::wire::Arrivals;
use workflow_protocol::{Connection, Time};
use workflow_ui_core::{Events, UseWorkflowHandlerReturn};

mod arrivals;

use arrivals::{ArrivalsChart, ArrivalsChartData};

const STYLE: &str = include_str!("wire.css");

/// Events that are read in one go.
const SLICE: usize = 50_000;
/// Gaps that are written out.
const GAPS: usize = 8;

/// The name and the meaning of each figure.
const FIGURES: [(&str, &str); 11] = [
    (
        "Connection",
        "What we know of the stream; the run goes on without it",
    ),
    (
        "Connects",
        "Streams that the server accepted, turns with other runs included",
    ),
    (
        "Received",
        "Bytes of the stream, heartbeats and repeated frames included",
    ),
    (
        "Frames",
        "Frames on the wire, and how many of them were known already",
    ),
    (
        "Events",
        "Events of the run, and how many of them came while this page watched",
    ),
    ("Cursor", "The last sequence: from here a broken stream goes on"),
    (
        "Missing",
        "Sequences that the server skipped. Internal events are read too, so each is an event that was lost",
    ),
    ("Last data", "When anything arrived last"),
    (
        "Heartbeats",
        "Comments that the server sends into silence, and how often",
    ),
    (
        "Longest silence",
        "The longest time between two events, and the event that ended it",
    ),
    ("Fastest second", "The most events within a second"),
];

/// Figures of a run's stream.
#[component]
pub(crate) fn WirePanel(run: UseWorkflowHandlerReturn) -> impl IntoView {
    mount_style(STYLE);
    let values = RwSignal::new(<[String; FIGURES.len()]>::default());
    let chart = RwSignal::new(ArrivalsChartData::default());
    let seen = StoredValue::new_local(Seen::default());
    let update = move || {
        let texts = seen.try_update_value(|seen| {
            seen.read(run.events.get_untracked().with_internal(true));
            (
                figures(run, &seen.arrivals),
                ArrivalsChartData::new(seen.arrivals.rates()),
            )
        });
        if let Some((texts, bars)) = texts {
            values.set(texts);
            chart.set(bars);
        }
    };
    Effect::new(move |_| {
        run.wire.track();
        run.connection.track();
        run.events.track();
        update();
    });
    set_interval_while_visible(update, Duration::from_millis(500));
    let rows = FIGURES.into_iter().enumerate().map(|(at, (name, meaning))| {
        view! {
            <div title=meaning>
                <dt>{name}</dt>
                <dd translate="no">{move || values.with(|values| values.get(at).cloned())}</dd>
            </div>
        }
    });
    view! {
        <section
            class="wf-wire__pane"
            data-part="wire"
            part="wire"
            role="region"
            aria-label="Wire"
            tabindex="0"
            data-bytes=move || run.wire.get().bytes
            data-missing=move || run.wire.get().missing
            data-connects=move || run.wire.get().connects
        >
            <ArrivalsChart data=chart />
            <dl class="wf-wire">{rows.collect_view()}</dl>
        </section>
    }
}

/// The events that were read so far.
#[derive(Debug, Default)]
struct Seen {
    events: Events,
    /// Number of events that were read.
    count: usize,
    arrivals: Arrivals,
}

impl Seen {
    /// Reads the next slice of the events; all of them again if they are another run's.
    fn read(&mut self, events: Events) {
        if !self.events.same_run(&events) || events.len() < self.count {
            *self = Self::default();
        }
        let end = events.len().min(self.count + SLICE);
        events.for_each(self.count..end, |_, event| self.arrivals.push(&event));
        self.count = end;
        self.events = events;
    }
}

/// The values of [`FIGURES`].
fn figures(run: UseWorkflowHandlerReturn, arrivals: &Arrivals) -> [String; FIGURES.len()] {
    let wire = run.wire.get_untracked();
    let now = this_moment();
    let never = || String::from("none yet");
    let since = |time: Option<Time>| time.map_or_else(never, |time| ago(now.since(time)));
    let connection = run.connection.with_untracked(|connection| match connection {
        Connection::Retrying { attempt, cause, .. } => {
            format!("retrying, attempt {attempt}: {}", cause.detail)
        }
        other => other.as_str().to_owned(),
    });
    let heartbeats = match wire.heartbeat_interval {
        Some(interval) => format!(
            "{}, every {}, the last one {}",
            count(wire.heartbeats),
            duration(interval),
            since(wire.last_heartbeat)
        ),
        None => count(wire.heartbeats),
    };
    [
        connection,
        format!(
            "{}, reconnects: {}",
            count(u64::from(wire.connects)),
            count(u64::from(wire.reconnects()))
        ),
        bytes(wire.bytes),
        format!("{}, repeated: {}", count(wire.frames), count(wire.repeated)),
        format!(
            "{}, while watched: {}",
            count(arrivals.count() as u64),
            count(arrivals.timed() as u64)
        ),
        arrivals.last().map_or_else(never, |last| format!("#{last}")),
        missing(wire.missing, arrivals),
        since(wire.last_bytes),
        heartbeats,
        arrivals.silence().map_or_else(never, |(ms, sequence)| {
            format!("{}, until #{sequence}", duration(ms))
        }),
        format!("{} events", count(u64::from(arrivals.fastest()))),
    ]
}

/// How many sequences are missing, and the first gaps: "3: #4–5, #9".
fn missing(total: u64, arrivals: &Arrivals) -> String {
    let mut text = count(total);
    for (nth, (from, to)) in arrivals.gaps().iter().enumerate() {
        text.push_str(if nth == 0 { ": #" } else { ", #" });
        if nth == GAPS {
            text.push('…');
            break;
        }
        text.push_str(&from.to_string());
        if to > from {
            text.push('–');
            text.push_str(&to.to_string());
        }
    }
    text
}
