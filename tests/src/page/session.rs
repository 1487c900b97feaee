//! Further actions of a session, on controls that are found only by their names.

use super::Page;
use serde_json::json;
use thirtyfour::Key;

/// Searches the open dialog first, because the page behind it cannot be used.
const ROOT: &str = "document.querySelector('dialog[open]') ?? document";

/// How many controls Tab passes at most.
const TABS: usize = 40;

impl Page<'_> {
    /// Types into the field of this name.
    pub async fn type_in(&self, name: &str, words: &str) {
        let find = format!("return byRole('textbox', args[0], {ROOT})");
        let input = self
            .find(&format!("the field {name}"), &find, json!([name]))
            .await;
        self.type_into(&input, words).await.expect("keys");
    }

    /// Types into the field of this name and presses Enter.
    pub async fn enter_in(&self, name: &str, words: &str) {
        self.type_in(name, words).await;
        self.key_in(name, Key::Enter).await;
    }

    /// Presses a key in the field of this name.
    pub async fn key_in(&self, name: &str, key: Key) {
        let find = format!("return byRole('textbox', args[0], {ROOT})");
        let input = self
            .find(&format!("the field {name}"), &find, json!([name]))
            .await;
        input.send_keys(key.value().to_string()).await.expect("keys");
    }

    /// Chooses an option by its value in the select of this name, when it appears.
    pub async fn pick(&self, name: &str, value: &str) {
        let find = format!(
            "const it = [...({ROOT}).querySelectorAll('select')].filter(shown).find((it) => label(it) === args[0]);
            return [...(it?.options ?? [])].some((one) => one.value === args[1]) ? it : null"
        );
        let select = self
            .find(
                &format!("{value} in the select {name}"),
                &find,
                json!([name, value]),
            )
            .await;
        self.choose(&select, value).await.expect("a choice");
    }

    /// Presses keys in the focused element.
    pub async fn keys(&self, keys: impl Into<thirtyfour::TypingData>) {
        let focused = self.browser().driver().active_element().await.expect("a focus");
        focused.send_keys(keys).await.expect("keys");
    }

    /// Presses Tab until the element of this name has the focus, or Shift and Tab to go back.
    pub async fn tab_to(&self, name: &str, back: bool) {
        let mut passed = Vec::new();
        while passed.len() < TABS {
            let keys = if back {
                Key::Shift + Key::Tab
            } else {
                Key::Tab.into()
            };
            self.keys(keys).await;
            let focused: String = self.ask("return label(document.activeElement)", json!([])).await;
            if focused == name {
                return;
            }
            passed.push(focused.chars().take(40).collect::<String>());
        }
        panic!("Tab does not lead to {name}, but to {passed:#?}");
    }

    /// Waits until the element of this name has the focus.
    pub async fn until_focused(&self, name: &str) {
        let focused = "const it = document.activeElement; return label(it) === args[0] ? it : null";
        self.find(&format!("the focus on {name}"), focused, json!([name]))
            .await;
    }

    /// The sent events, as the dialog lists them: class and state, newest first.
    pub async fn until_sent(&self, class: &str, states: &[&str]) {
        let script = "const sent = parts('sent').map((it) => [it.dataset.state, words(it)]);
            return sent.some(([state, text]) => args[1].includes(state) && text.startsWith(args[0])) || JSON.stringify(sent)";
        self.until::<bool>(
            &format!("{class} to be {states:?}"),
            super::SOON,
            script,
            json!([class, states]),
        )
        .await;
    }
}
