//! The user's preferences and servers, in the browser's local storage.
//!
//! Storage may be denied, full, or contain data of another version. Every failure results in the defaults, never in an error.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use workflow_ui_components::monitor::AlarmSettings;
use workflow_ui_core::{StorageArea, page_storage};

const KEY: &str = "workflow-debugger.preferences.1";
const SERVERS: &str = "workflow-debugger.servers.1";
const DEPLOYMENTS: &str = "workflow-debugger.deployments.1";
const ALARMS: &str = "workflow-debugger.alarms.1";

/// How many server addresses are remembered.
const MOST: usize = 8;

/// The theme.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Theme {
    /// The system's theme.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The next theme of the switch.
    pub(crate) const fn next(self) -> Self {
        match self {
            Self::System => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::System,
        }
    }
}

/// The preferences.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Preferences {
    pub(crate) theme: Theme,
    /// Whether the single-key shortcuts are on.
    pub(crate) keys: bool,
    /// Whether internal events are shown.
    pub(crate) internal: bool,
    /// The widths of the left and the right pane in pixels, if they were changed.
    pub(crate) widths: [Option<u16>; 2],
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            theme: Theme::System,
            keys: true,
            internal: false,
            widths: [None; 2],
        }
    }
}

impl Preferences {
    /// The stored preferences, or the defaults.
    pub(crate) fn load() -> Self {
        load(KEY)
    }

    /// Stores what changed since `before`, if the browser allows it. Another tab may have stored the rest.
    pub(crate) fn store_changes(self, before: Self) {
        store(KEY, &Self::load().with_changes(before, self));
    }

    fn with_changes(self, before: Self, now: Self) -> Self {
        Self {
            theme: newer(self.theme, before.theme, now.theme),
            keys: newer(self.keys, before.keys, now.keys),
            internal: newer(self.internal, before.internal, now.internal),
            widths: [0, 1].map(|side| newer(self.widths[side], before.widths[side], now.widths[side])),
        }
    }
}

/// The stored value, or the one that it was changed to.
fn newer<T: PartialEq + Copy>(stored: T, before: T, now: T) -> T {
    if now == before { stored } else { now }
}

fn load<T: DeserializeOwned + Default>(key: &str) -> T {
    page_storage()
        .get(StorageArea::Local, key)
        .map_or_else(T::default, |text| parse(&text))
}

fn parse<T: DeserializeOwned + Default>(text: &str) -> T {
    serde_json::from_str(text).unwrap_or_default()
}

fn store(key: &str, value: &impl Serialize) {
    if let Ok(text) = serde_json::to_string(value) {
        // Full or denied: the value is kept until the page is closed.
        let _ = page_storage().set(StorageArea::Local, key, Some(&text));
    }
}

/// The addresses of the last connected servers, newest first.
pub(crate) fn recent_servers() -> Vec<String> {
    load(SERVERS)
}

/// Remembers the address of a connected server.
pub(crate) fn remember_server(base: &str) {
    store(SERVERS, &with_server(recent_servers(), base));
}

/// An address that the user added to the monitor. Stored without a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    pub(crate) name: String,
    /// The canonical address.
    pub(crate) address: String,
}

/// The addresses that the user added to the monitor; `None` if none are stored, or the browser does not allow it.
pub(crate) fn kept_deployments() -> Option<Vec<Kept>> {
    let text = page_storage().get(StorageArea::Local, DEPLOYMENTS)?;
    Some(parse(&text))
}

/// Stores the addresses of the monitor, without tokens.
pub(crate) fn store_kept_deployments(kept: &[Kept]) {
    store(DEPLOYMENTS, &kept);
}

/// The alarm settings of the monitor.
pub(crate) fn alarm_settings() -> AlarmSettings {
    load(ALARMS)
}

/// Stores the alarm settings of the monitor.
pub(crate) fn store_alarm_settings(settings: AlarmSettings) {
    store(ALARMS, &settings);
}

/// The addresses with this one first.
///
/// An address that may contain a secret is left out: a name or a password before an `@`, a token behind a `?` or a `#`.
fn with_server(mut known: Vec<String>, base: &str) -> Vec<String> {
    let is_secret = |one: char| matches!(one, '@' | '?' | '#') || one <= ' ';
    if !base.is_empty() && !base.contains(is_secret) {
        known.retain(|other| other != base);
        known.insert(0, base.to_owned());
        known.truncate(MOST);
    }
    known
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preferences_survive_storage() {
        for theme in [Theme::System, Theme::Light, Theme::Dark] {
            for (keys, internal) in [(true, false), (false, true), (true, true), (false, false)] {
                let preferences = Preferences {
                    theme,
                    keys,
                    internal,
                    widths: [keys.then_some(400), internal.then_some(65_535)],
                };
                let text = serde_json::to_string(&preferences).unwrap();
                assert_eq!(parse::<Preferences>(&text), preferences, "{text}");
            }
        }
    }

    #[test]
    fn a_change_keeps_what_another_tab_stored() {
        let before = Preferences::default();
        let stored = Preferences {
            theme: Theme::Dark,
            widths: [Some(300), None],
            ..before
        };
        let now = Preferences {
            keys: false,
            widths: [None, Some(400)],
            ..before
        };
        let both = Preferences {
            theme: Theme::Dark,
            keys: false,
            internal: false,
            widths: [Some(300), Some(400)],
        };
        assert_eq!(stored.with_changes(before, now), both);
    }

    #[test]
    fn servers_are_remembered_newest_first_and_once() {
        let mut known = Vec::new();
        for port in [1, 2, 1, 3] {
            known = with_server(known, &format!("http://127.0.0.1:{port}"));
        }
        assert_eq!(
            known,
            ["http://127.0.0.1:3", "http://127.0.0.1:1", "http://127.0.0.1:2"]
        );
        for port in 10..30 {
            known = with_server(known, &format!("http://127.0.0.1:{port}"));
        }
        assert_eq!(known.len(), MOST);
        assert_eq!(known[0], "http://127.0.0.1:29");
    }

    #[test]
    fn no_address_is_remembered_that_may_hold_a_secret() {
        for base in [
            "",
            "http://ada:secret@example.com",
            "http://ada@example.com",
            "http://example.com/?token=secret",
            "http://example.com/#secret",
            "http://example.com\nhttp://other",
            "http://example.com/a b",
        ] {
            let known = vec![String::from("http://known")];
            assert_eq!(with_server(known.clone(), base), known, "{base:?}");
        }
    }

    #[test]
    fn what_another_version_wrote_means_defaults() {
        for text in [
            "",
            "light no-keys left=400",
            "null",
            "{\"theme\":12}",
            "{\"widths\":[-3,\"wide\"]}",
        ] {
            assert_eq!(parse::<Preferences>(text), Preferences::default(), "{text}");
        }
        let newer = "{\"theme\":\"dark\",\"density\":\"compact\"}";
        let dark = Preferences {
            theme: Theme::Dark,
            ..Preferences::default()
        };
        assert_eq!(parse::<Preferences>(newer), dark, "other members are left out");
        for text in ["", "http://a\nhttp://b", "[1]"] {
            assert!(parse::<Vec<String>>(text).is_empty(), "{text}");
        }
    }
}
