//! The controls of a replay: play, steps, speed, and the slider.

use super::position::position_text;
use super::view::ReplayView;
use crate::dom::{key_press, now};
use crate::icon::{Icon, IconView};
use leptos::{ev, html, prelude::*};
use std::cell::Cell;
use std::time::Duration;
use workflow_inspector::replay::{NORMAL, Player, SPEEDS};
use workflow_ui_core::Events;

/// How often a replay that plays moves.
const TICK: Duration = Duration::from_millis(33);

/// The longest time that counts between two ticks, in milliseconds: a page that was hidden continues where it was.
const LATE: f64 = 250.0;

/// Play, the step before and after, and the speed.
#[component]
pub(super) fn Controls(view: ReplayView) -> impl IntoView {
    let playing = view.replay.playing;
    let speed = RwSignal::new(1.0);
    play(view, speed);
    let label = move || if playing.get() { "Pause" } else { "Play" };
    let icon = move || if playing.get() { Icon::Pause } else { Icon::Play };
    let choose = move |event| {
        if let Ok(chosen) = event_target_value(&event).parse() {
            speed.set(chosen);
        }
    };
    let speeds = SPEEDS.iter().enumerate().map(|(nth, speed)| {
        view! {
            <option value=speed.to_string() selected={nth == NORMAL}>
                {format!("{speed}×")}
            </option>
        }
    });
    view! {
        <button
            type="button"
            class="wf-button wf-button--icon"
            aria-label=label
            title=label
            on:click=move |_| toggle(view)
        >
            <IconView icon />
        </button>
        <StepButton label="Previous step" title="Previous step (,)" icon=Icon::Previous view forward=false />
        <StepButton label="Next step" title="Next step (.)" icon=Icon::Forward view forward=true />
        <select class="wf-select wf-replay__speed" aria-label="Speed" translate="no" on:change=choose>
            {speeds.collect_view()}
        </select>
    }
}

#[component]
fn StepButton(
    label: &'static str,
    title: &'static str,
    icon: Icon,
    view: ReplayView,
    forward: bool,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="wf-button wf-button--icon"
            aria-label=label
            title=title
            on:click=move |_| view.step(forward)
        >
            <IconView icon />
        </button>
    }
}

/// The position among all events. The browser moves it with the arrow keys, Page Up, Page Down, Home and End.
#[component]
pub(super) fn Slider(view: ReplayView) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    let takes_focus = view.replay.takes_focus;
    field.on_load(move |field| {
        if takes_focus.try_update_value(std::mem::take) == Some(true) {
            request_animation_frame(move || {
                let _ = field.focus();
            });
        }
    });
    // One effect: the browser cuts a value off at the largest one that it knows.
    Effect::new(move |_| {
        let Some(field) = field.get() else { return };
        let row = view.row();
        view.events.with(|events| {
            field.set_max(&events.len().saturating_sub(1).to_string());
            let _ = field.set_attribute("aria-valuetext", &position_text(events, row));
        });
        field.set_value(&row.unwrap_or_default().to_string());
    });
    let playing = view.replay.playing;
    let go = move |event| {
        playing.set(false);
        if let Ok(row) = event_target_value(&event).parse() {
            view.go(row);
        }
    };
    let on_key = move |event: ev::KeyboardEvent| {
        let Some(event) = key_press(&event) else { return };
        if event.key() == " " {
            event.prevent_default();
            toggle(view);
        }
    };
    view! {
        <input
            type="range"
            class="wf-replay__slider"
            data-part="replay-slider"
            part="replay-slider"
            aria-label="Position"
            title="Arrow keys: one event; , and . : one step"
            min="0"
            step="1"
            node_ref=field
            on:input=go
            on:keydown=on_key
        />
    }
}

/// Plays or pauses. At the end it plays from the beginning.
fn toggle(view: ReplayView) {
    let playing = view.replay.playing;
    let rows = view.events.with_untracked(Events::len);
    if !playing.get_untracked() && view.row_untracked().is_some_and(|row| row + 1 >= rows) {
        view.go(0);
    }
    playing.update(|playing| *playing = !*playing);
}

/// Moves the replay while it plays, until the current owner is cleaned up.
fn play(view: ReplayView, speed: RwSignal<f64>) {
    let playing = view.replay.playing;
    Effect::new(move |_| {
        if !playing.get() {
            return;
        }
        let player = Cell::new(Player::default());
        let last = Cell::new(now());
        let tick = move || {
            let time = now();
            let passed = (time - last.replace(time)).min(LATE);
            let (Some(events), Some(speed)) = (view.events.try_get_untracked(), speed.try_get_untracked())
            else {
                return;
            };
            let (rows, from) = (events.len(), view.row_untracked().unwrap_or_default());
            let mut now = player.get();
            let to = now.play(passed * speed, from, rows, |row| {
                events.with(row, |event| event.seen).flatten()
            });
            player.set(now);
            if to != from {
                view.go(to);
            }
            if to + 1 >= rows {
                playing.try_set(false);
            }
        };
        if let Ok(handle) = set_interval_with_handle(tick, TICK) {
            on_cleanup(move || handle.clear());
        }
    });
}
