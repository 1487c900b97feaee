//! The demo `interview`: a stock prompt, and a prompt with its own classes.

use workflow_tests::{Page, PromptView};

/// Text of the first prompt.
pub(crate) const NAME: &str = "What is your name?";

/// Text of the second prompt.
pub(crate) const DRINK: &str = "What would you like to drink, Ada?";

/// Answers the first prompt and returns the second.
pub(crate) async fn answer_name(page: &Page<'_>) -> PromptView {
    page.until_prompt(NAME).await;
    page.fill_prompt("response", "Ada").await;
    page.press_send().await;
    page.until_prompt(DRINK).await
}

/// Answers the second prompt.
pub(crate) async fn answer_drink(page: &Page<'_>) {
    page.until_prompt(DRINK).await;
    page.fill_prompt("choice", "tea").await;
    page.press_send().await;
}
