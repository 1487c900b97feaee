//! The prompt cards.

use std::time::Duration;

use serde_json::json;
use thirtyfour::Key;

use super::{Page, SOON};
use crate::{PromptView, until};

impl Page<'_> {
    /// The open prompt cards, in document order.
    pub async fn prompts(&self) -> Vec<PromptView> {
        let script = "return parts('prompt').filter(shown).map((it) => ({
            handler: it.dataset.handlerId ?? '', sequence: Number(it.dataset.seq), state: it.dataset.state ?? '',
            text: words(it), fields: fields(it).map((field) => field.name) }))";
        self.ask(script, json!([])).await
    }

    /// Waits for a prompt that can be answered and contains this text.
    pub async fn until_prompt(&self, words: &str) -> PromptView {
        until(
            &format!("a prompt with {words:?}"),
            Duration::from_secs(20),
            async || {
                let prompts = self.prompts().await;
                let open = prompts
                    .iter()
                    .find(|it| it.state == "open" && it.text.contains(words));
                open.cloned().ok_or_else(|| format!("{prompts:?}"))
            },
        )
        .await
    }

    /// How many prompts wait for an answer.
    pub async fn open_prompts(&self) -> usize {
        self.prompts()
            .await
            .iter()
            .filter(|it| it.state == "open")
            .count()
    }

    /// Fills in a field of the open prompt.
    pub async fn fill_prompt(&self, field: &str, value: &str) {
        self.fill_in("prompt", field, value).await;
    }

    /// Unfolds the closed prompts, and waits for one with this outcome and all these texts.
    pub async fn until_answered(&self, outcome: &str, words: &[&str]) {
        let find = "const all = part('answered');
            if (all && !all.open) all.querySelector('summary').click();
            return parts('answered-question', all ?? document).filter(shown).find((it) =>
                it.dataset.outcome === args[0] && args[1].every((word) => words(it).includes(word))) ?? null";
        let what = format!("a question that is {outcome}, with {words:?}");
        self.find(&what, find, json!([outcome, words])).await;
    }

    /// Presses Enter in a field of the open prompt.
    pub async fn enter_in_prompt(&self, field: &str) {
        let input = self
            .find(
                "the field",
                "return field(part('prompt'), args[0])",
                json!([field]),
            )
            .await;
        input.send_keys(Key::Enter).await.expect("Enter");
    }

    /// Presses Send.
    pub async fn press_send(&self) {
        let find = "const it = byRole('button', 'Send', part('prompt')); return it?.disabled ? null : it";
        self.click("the button Send", find, json!([])).await;
    }

    /// Clicks Send twice, as fast as a browser can.
    pub async fn double_click_send(&self) {
        until("a double click on Send", SOON, async || {
            let script = "const it = byRole('button', 'Send', part('prompt'));
                if (!it) return null;
                window.clicksOnSend = 0;
                it.addEventListener('click', () => { window.clicksOnSend += 1; }, true);
                return it";
            let send = self.find("the button Send", script, json!([])).await;
            let chain = self
                .browser()
                .driver()
                .action_chain_with_delay(Some(Duration::ZERO), Some(Duration::ZERO));
            chain
                .double_click_element(&send)
                .perform()
                .await
                .map_err(|error| error.to_string())?;
            // The page may have moved the button while the pointer moved.
            match self.ask::<u64>("return window.clicksOnSend", json!([])).await {
                0 => Err("no click reached it".to_owned()),
                _ => Ok(()),
            }
        })
        .await;
    }
}
