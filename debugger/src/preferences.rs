//! What the page remembers about a person's taste and servers, in the browser's local storage.
//!
//! Storage may be denied, full, or hold what another version wrote: every failure means the defaults, never an error.

use workflow_ui_components::window;

const KEY: &str = "workflow-debugger.preferences.1";
const SERVERS: &str = "workflow-debugger.servers.1";

/// How many addresses of servers are remembered.
const MOST: usize = 8;

/// The words of the widths.
const WIDTHS: [&str; 2] = ["left=", "right="];

/// Which of the two designs is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Theme {
    /// What the system says.
    #[default]
    System,
    /// Light, whatever the system says.
    Light,
    /// Dark, whatever the system says.
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

    /// The next one of the switch.
    pub(crate) const fn next(self) -> Self {
        match self {
            Self::System => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::System,
        }
    }
}

/// The preferences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Preferences {
    pub(crate) theme: Theme,
    /// Are the single-key shortcuts on?
    pub(crate) keys: bool,
    /// Are internal events shown?
    pub(crate) internal: bool,
    /// The widths of the left and the right pane in pixels, where they were changed.
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
    /// Reads the words that [`to_text`](Self::to_text) writes; unknown ones are ignored.
    fn parse(text: &str) -> Self {
        let mut found = Self::default();
        for word in text.split(' ') {
            match word {
                "light" => found.theme = Theme::Light,
                "dark" => found.theme = Theme::Dark,
                "no-keys" => found.keys = false,
                "internal" => found.internal = true,
                _ => {
                    for (name, width) in WIDTHS.iter().zip(&mut found.widths) {
                        if let Some(value) = word.strip_prefix(name) {
                            *width = value.parse().ok();
                        }
                    }
                }
            }
        }
        found
    }

    fn to_text(self) -> String {
        let mut text = String::from(self.theme.as_str());
        if !self.keys {
            text.push_str(" no-keys");
        }
        if self.internal {
            text.push_str(" internal");
        }
        for (name, width) in WIDTHS.iter().zip(self.widths) {
            if let Some(width) = width {
                text.push(' ');
                text.push_str(name);
                text.push_str(&width.to_string());
            }
        }
        text
    }

    /// What was stored, or the defaults.
    pub(crate) fn load() -> Self {
        Self::parse(&stored(KEY))
    }

    /// Stores the preferences where the browser allows it.
    pub(crate) fn store(self) {
        store(KEY, &self.to_text());
    }
}

fn stored(key: &str) -> String {
    let storage = window().local_storage().ok().flatten();
    let text = storage.and_then(|storage| storage.get_item(key).ok().flatten());
    text.unwrap_or_default()
}

fn store(key: &str, text: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        // A full or denied storage: the choice holds for this visit.
        let _ = storage.set_item(key, text);
    }
}

/// The addresses of servers that were connected last, newest first.
pub(crate) fn recent_servers() -> Vec<String> {
    stored(SERVERS).lines().map(str::to_owned).collect()
}

/// Remembers the address of a server that is connected.
pub(crate) fn remember_server(base: &str) {
    store(SERVERS, &with_server(&stored(SERVERS), base));
}

/// The addresses, one a line, with this one at their head.
///
/// One that may hold a secret is left out: a name or a password before an `@`, a token behind a `?` or a `#`.
fn with_server(known: &str, base: &str) -> String {
    let is_secret = |one: char| matches!(one, '@' | '?' | '#') || one <= ' ';
    if base.is_empty() || base.contains(is_secret) {
        return known.to_owned();
    }
    let others = known.lines().filter(|line| *line != base);
    let mut all = vec![base];
    all.extend(others.take(MOST - 1));
    all.join("\n")
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
                assert_eq!(
                    Preferences::parse(&preferences.to_text()),
                    preferences,
                    "{preferences:?}"
                );
            }
        }
    }

    #[test]
    fn servers_are_remembered_newest_first_and_once() {
        let mut known = String::new();
        for port in [1, 2, 1, 3] {
            known = with_server(&known, &format!("http://127.0.0.1:{port}"));
        }
        assert_eq!(
            known,
            "http://127.0.0.1:3\nhttp://127.0.0.1:1\nhttp://127.0.0.1:2"
        );
        for port in 10..30 {
            known = with_server(&known, &format!("http://127.0.0.1:{port}"));
        }
        assert_eq!(known.lines().count(), MOST);
        assert_eq!(known.lines().next(), Some("http://127.0.0.1:29"));
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
            assert_eq!(with_server("http://known", base), "http://known", "{base:?}");
        }
    }

    #[test]
    fn junk_means_defaults() {
        assert_eq!(Preferences::parse(""), Preferences::default());
        assert_eq!(Preferences::parse("{\"theme\":12}"), Preferences::default());
        assert_eq!(Preferences::parse("left=wide right=-3"), Preferences::default());
    }
}
