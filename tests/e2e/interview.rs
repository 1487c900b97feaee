//! The demo `interview`: a stock question, and a question with its own classes.

use workflow_tests::{Page, PromptView};

/// Words of the first question.
pub(crate) const NAME: &str = "What is your name?";

/// Words of the second question.
pub(crate) const DRINK: &str = "What would you like to drink, Ada?";

/// Answers the first question and gives the second.
pub(crate) async fn answer_name(page: &Page<'_>) -> PromptView {
    page.until_prompt(NAME).await;
    page.fill_prompt("response", "Ada").await;
    page.press_send().await;
    page.until_prompt(DRINK).await
}

/// Answers the second question.
pub(crate) async fn answer_drink(page: &Page<'_>) {
    page.until_prompt(DRINK).await;
    page.fill_prompt("choice", "tea").await;
    page.press_send().await;
}
