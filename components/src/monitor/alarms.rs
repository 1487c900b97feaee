//! Alarms: the banner, the announcement, the notification, and when they are raised.

use super::notify::{is_supported, notify, request_permission};
use super::state::MonitorState;
use crate::icon::{Icon, IconView};
use leptos::prelude::*;
use leptos::task::spawn_local;
use workflow_inspector::monitor::{Alarm, AlarmKind, AlarmSettings};

/// Alarms, above everything else.
#[component]
pub(super) fn AlarmBanner(state: MonitorState) -> impl IntoView {
    let alarms = state.alarms;
    let keys = Memo::new(move |_| alarms.with(|alarms| alarms.iter().map(Key::of).collect::<Vec<_>>()));
    let announced = announce(state, keys);
    let text = move |key: Key| {
        move || {
            let words = alarms.with(|alarms| {
                alarms
                    .iter()
                    .find(|it| Key::of(it) == key)
                    .map(|it| it.text.clone())
            });
            words.unwrap_or_default()
        }
    };
    view! {
        <section
            class="wf-monitor__alarms"
            data-part="alarms"
            part="alarms"
            role="region"
            aria-label="Alarms"
            data-count=move || keys.with(Vec::len)
            hidden=move || keys.with(Vec::is_empty)
        >
            <ul class="wf-monitor__list" translate="no">
                <For
                    each=move || keys.get()
                    key=Clone::clone
                    children=move |key: Key| {
                        let (kind, deployment) = (key.kind, key.deployment.clone());
                        view! {
                            <li data-part="alarm" part="alarm" data-alarm=kind data-deployment=deployment>
                                <IconView icon=Icon::Warning />
                                <span>{text(key)}</span>
                            </li>
                        }
                    }
                />
            </ul>
        </section>
        <span class="wf-sr" role="alert" translate="no">
            {announced}
        </span>
    }
    .into_any()
}

/// Names an alarm, whatever its numbers are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    kind: &'static str,
    deployment: String,
}

impl Key {
    fn of(alarm: &Alarm) -> Self {
        Self {
            kind: alarm.kind.as_str(),
            deployment: alarm.deployment.to_string(),
        }
    }

    fn words(&self) -> String {
        let name = &self.deployment;
        if self.kind == AlarmKind::Silent.as_str() {
            format!("{name} does not answer.")
        } else if self.kind == AlarmKind::Failures.as_str() {
            format!("Many runs of {name} failed.")
        } else {
            format!("Prompts of {name} wait for long.")
        }
    }
}

/// Announces alarms once each, and shows a notification if that is wanted. Gives the words for screen readers.
fn announce(state: MonitorState, keys: Memo<Vec<Key>>) -> RwSignal<String> {
    let words = RwSignal::new(String::new());
    Effect::new(move |before: Option<Vec<Key>>| {
        let now = keys.get();
        let before = before.unwrap_or_default();
        let new: Vec<&Key> = now.iter().filter(|key| !before.contains(key)).collect();
        if !new.is_empty() {
            words.set(new.iter().map(|key| key.words()).collect::<Vec<_>>().join(" "));
            if state.settings.with_untracked(|settings| settings.notify) {
                // Other people may see it: no names and no contents.
                notify("Workflow monitor", "There is an alarm.");
            }
        }
        now
    });
    words
}

/// When alarms are raised.
#[component]
pub(super) fn AlarmForm(state: MonitorState) -> impl IntoView {
    let settings = state.settings;
    let refused = RwSignal::new(false);
    let toggle = move |_| {
        let wanted = !settings.with_untracked(|settings| settings.notify);
        if !wanted {
            return settings.update(|settings| settings.notify = false);
        }
        spawn_local(async move {
            let allowed = request_permission().await;
            refused.try_set(!allowed);
            settings.try_update(|settings| settings.notify = allowed);
        });
    };
    view! {
        <form class="wf-form wf-monitor__pad wf-monitor__settings" data-part="alarm-settings" part="alarm-settings" aria-label="Alarms" on:submit=move |event| event.prevent_default()>
            <p class="wf-note">"An alarm is raised from these numbers on. Alarms are shown above and counted in the title of the window. An empty field turns one off."</p>
            <NumberField label="Seconds without an answer from a deployment" settings get=|it| it.silent_s set=|it, value| it.silent_s = value />
            <NumberField label="Failed runs of a deployment within 10 minutes" settings get=|it| it.failures set=|it, value| it.failures = value />
            <NumberField label="Seconds that a prompt has waited" settings get=|it| it.prompt_s set=|it, value| it.prompt_s = value />
            <button
                type="button"
                class="wf-switch"
                role="switch"
                aria-checked=move || settings.with(|settings| settings.notify).to_string()
                hidden=!is_supported()
                on:click=toggle
            >
                <span class="wf-switch__track"></span>
                "Show a system notification"
            </button>
            <p class="wf-error" role="status" hidden=move || !refused.get()>
                "The browser does not allow notifications of this page."
            </p>
        </form>
    }
    .into_any()
}

#[component]
fn NumberField(
    label: &'static str,
    settings: RwSignal<AlarmSettings>,
    get: fn(&AlarmSettings) -> Option<u32>,
    set: fn(&mut AlarmSettings, Option<u32>),
) -> impl IntoView {
    let value = move || {
        let number = settings.with(get);
        number.map(|number| number.to_string()).unwrap_or_default()
    };
    let change = move |event| {
        let typed = event_target_value(&event).trim().parse::<u32>().ok();
        settings.update(|settings| set(settings, typed.filter(|number| *number > 0)));
    };
    view! {
        <label class="wf-field">
            <span class="wf-field__label">{label}</span>
            <input class="wf-input wf-num" type="number" min="1" step="1" inputmode="numeric" prop:value=value on:change=change />
        </label>
    }
}
