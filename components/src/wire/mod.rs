//! What a run's stream carries: what the browser's own tools don't show of a stream that is read by a script.

use crate::dom::Dom;
use crate::theme::mount_style;
use crate::ui::{El, effect, el, every};
use leptos::prelude::{Get as _, GetUntracked as _, WithUntracked as _};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use workflow_inspector::text::{ago, bytes, count, duration};
use workflow_inspector::wire::Arrivals;
use workflow_protocol::{Connection, Time};
use workflow_ui_core::Events;
use workflow_ui_core::UseWorkflowHandlerReturn;

const STYLE: &str = include_str!("wire.css");

/// Events that are looked at in one go.
const SLICE: usize = 50_000;
/// Gaps that are written out.
const GAPS: usize = 8;

/// What is told, and what it means.
const HTML: &str = r#"<dl class="wf-wire"><div title="What we know of the stream; the run goes on without it"><dt>Connection</dt><dd></dd></div>
<div title="Streams that the server accepted, turns with other runs included"><dt>Connects</dt><dd></dd></div>
<div title="Bytes of the stream, heartbeats and repeated frames included"><dt>Received</dt><dd></dd></div>
<div title="Frames on the wire, and how many of them were known already"><dt>Frames</dt><dd></dd></div>
<div title="Events of the run, and how many of them came while this page watched"><dt>Events</dt><dd></dd></div>
<div title="The last sequence: from here a broken stream goes on"><dt>Cursor</dt><dd></dd></div>
<div title="Sequences that the server skipped. Internal events are read too, so each is an event that was lost"><dt>Missing</dt><dd></dd></div>
<div title="When anything arrived last"><dt>Last data</dt><dd></dd></div>
<div title="Comments that the server sends into silence, and how often"><dt>Heartbeats</dt><dd></dd></div>
<div title="The longest time between two events, and the event that ended it"><dt>Longest silence</dt><dd></dd></div>
<div title="The most events within a second"><dt>Fastest second</dt><dd></dd></div></dl>"#;

/// Figures of a run's stream.
pub(crate) fn wire(run: UseWorkflowHandlerReturn) -> El {
    mount_style(STYLE);
    let pane = el("section")
        .class("wf-wire__pane")
        .attr("data-part", "wire")
        .attr("role", "region")
        .attr("aria-label", "Wire")
        .attr("tabindex", "0");
    let root = pane.node().clone();
    root.set_inner_html(HTML);
    let arrivals = Rc::new(RefCell::new(Arrivals::default()));
    let seen: Rc<RefCell<Events>> = Rc::default();
    let done = Cell::new(0_usize);
    let write = Rc::new(move || {
        let events = run.events.get_untracked().with_internal(true);
        let mut arrivals = arrivals.borrow_mut();
        if !seen.borrow().same_run(&events) || events.len() < done.get() {
            *arrivals = Arrivals::default();
            done.set(0);
        }
        let end = events.len().min(done.get() + SLICE);
        events.for_each(done.get()..end, |_, event| arrivals.push(&event));
        done.set(end);
        seen.replace(events);
        let cells = root.query_selector_all("dd").ok();
        for (at, words) in facts(run, &arrivals).iter().enumerate() {
            let cell = cells.as_ref().and_then(|cells| cells.item(at as u32));
            if let Some(cell) = cell.filter(|cell| cell.text_content().as_deref() != Some(words.as_str())) {
                cell.set_text_content(Some(words));
            }
        }
        let wire = run.wire.get_untracked();
        for (name, value) in [
            ("data-bytes", wire.bytes),
            ("data-missing", wire.missing),
            ("data-connects", u64::from(wire.connects)),
        ] {
            Dom::set_attribute(&root, name, &value.to_string());
        }
    });
    let now = Rc::clone(&write);
    effect(move || {
        let _ = (run.wire.get(), run.connection.get(), run.events.get());
        now();
    });
    every(500, move || write());
    pane
}

fn facts(run: UseWorkflowHandlerReturn, arrivals: &Arrivals) -> [String; 11] {
    let wire = run.wire.get_untracked();
    let now = crate::dom::this_moment();
    let never = || String::from("none yet");
    let since = |time: Option<Time>| time.map_or_else(never, |time| ago(now.since(time)));
    let with = |first: String, words: &str, second: String| [&first, words, &second].concat();
    let connection = run.connection.with_untracked(|connection| match connection {
        Connection::Retrying { attempt, cause, .. } => {
            ["retrying, attempt ", &attempt.to_string(), ": ", &cause.detail].concat()
        }
        other => other.as_str().to_owned(),
    });
    let mut missing = count(wire.missing);
    for (nth, (from, to)) in arrivals.gaps().iter().enumerate() {
        missing.push_str(if nth == 0 { ": #" } else { ", #" });
        if nth == GAPS {
            missing.push('…');
            break;
        }
        missing.push_str(&from.to_string());
        if to > from {
            missing.push('–');
            missing.push_str(&to.to_string());
        }
    }
    let mut heartbeats = count(wire.heartbeats);
    if let Some(interval) = wire.heartbeat_interval {
        heartbeats = with(heartbeats, ", every ", duration(interval));
        heartbeats = with(heartbeats, ", the last one ", since(wire.last_heartbeat));
    }
    let silence = arrivals.silence();
    [
        connection,
        with(
            count(u64::from(wire.connects)),
            ", reconnects: ",
            count(u64::from(wire.reconnects())),
        ),
        bytes(wire.bytes),
        with(count(wire.frames), ", repeated: ", count(wire.repeated)),
        with(
            count(arrivals.count() as u64),
            ", while watched: ",
            count(arrivals.timed() as u64),
        ),
        arrivals
            .last()
            .map_or_else(never, |last| ["#", &last.to_string()].concat()),
        missing,
        since(wire.last_bytes),
        heartbeats,
        silence.map_or_else(never, |(ms, sequence)| {
            with(duration(ms), ", until #", sequence.to_string())
        }),
        with(count(u64::from(arrivals.fastest())), " events", String::new()),
    ]
}
