//! Several prompts at once, unhandled answers, and several possible answer classes, on a real server.

use std::time::Duration;

use serde_json::{Value, json};
use workflow_tests::{Page, PromptView, Stage, until};

use crate::RUN;

on_both!(answers_to_parallel_prompts_leave_the_others_open);

on!(python_only, Python:
    parallel_prompts_of_one_class_are_all_answered,
    parallel_prompts_survive_a_reload,
    a_wrong_value_of_a_declared_field_can_be_corrected,
    a_field_that_the_class_does_not_declare_is_added,
    an_unhandled_answer_can_be_given_again_after_a_reload,
    each_prompt_is_answered_with_its_own_class,
    without_a_likely_class_the_user_chooses,
);

/// The card of a prompt.
const CARD: &str = "parts('prompt').filter(shown).find((it) => it.dataset.seq === String(args[0]))";

/// Replaces the text of a field of one prompt.
async fn fill(page: &Page<'_>, prompt: u64, field: &str, value: &str) {
    let find = format!("return field({CARD}, args[1])");
    let input = page
        .find(
            &format!("the field {field} of prompt {prompt}"),
            &find,
            json!([prompt, field]),
        )
        .await;
    input
        .send_keys(thirtyfour::Key::Control + "a")
        .await
        .expect("keys");
    input.send_keys(value).await.expect("keys");
}

async fn check(page: &Page<'_>, prompt: u64, field: &str) {
    let find = format!("return field({CARD}, args[1])");
    page.click(&format!("the box {field}"), &find, json!([prompt, field]))
        .await;
}

async fn send(page: &Page<'_>, prompt: u64) {
    let find = format!("const it = byRole('button', 'Send', {CARD}); return it?.disabled ? null : it");
    page.click("the button Send", &find, json!([prompt])).await;
}

async fn value(page: &Page<'_>, prompt: u64, field: &str) -> String {
    let script = format!("return field({CARD}, args[1])?.value ?? ''");
    page.ask(&script, json!([prompt, field])).await
}

/// Waits until so many prompts can be answered.
async fn until_open(page: &Page<'_>, count: usize) -> Vec<PromptView> {
    until(
        &format!("{count} open prompts"),
        Duration::from_secs(20),
        async || {
            let prompts = page.prompts().await;
            let open = prompts
                .iter()
                .filter(|it| it.state == "open" || it.state == "unhandled");
            let open: Vec<PromptView> = open.cloned().collect();
            if open.len() == count {
                Ok(open)
            } else {
                Err(format!("{prompts:?}"))
            }
        },
    )
    .await
}

async fn until_state(page: &Page<'_>, prompt: u64, state: &str) {
    until(
        &format!("prompt {prompt} is {state}"),
        Duration::from_secs(20),
        async || {
            let prompts = page.prompts().await;
            let found = prompts
                .iter()
                .any(|it| it.sequence == prompt && it.state == state);
            found.then_some(()).ok_or_else(|| format!("{prompts:?}"))
        },
    )
    .await;
}

async fn unhandled(stage: &Stage, handler: &str) -> usize {
    count(stage, handler, "UnhandledEvent").await
}

/// Symptom: of several parallel prompts of one class only the last stayed open, and the run hung. Cause: the start of another invocation of
/// the step was treated as an answer.
async fn parallel_prompts_of_one_class_are_all_answered(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    let handler = page.start("parallel_questions", &[]).await;
    let mut prompts = until_open(&page, 3).await;
    prompts.reverse();
    for (at, prompt) in prompts.iter().enumerate() {
        assert!(
            !value(&page, prompt.sequence, "number").await.is_empty(),
            "what the question repeats is filled in"
        );
        check(&page, prompt.sequence, "paint").await;
        send(&page, prompt.sequence).await;
        if at + 1 < prompts.len() {
            until_open(&page, 2 - at).await;
        }
    }
    page.until_status("completed", RUN).await;
    let result = page.result().await;
    for room in ["kitchen: yes", "hall: yes", "attic: yes"] {
        assert!(result.contains(room), "{result}");
    }
    assert_eq!(unhandled(stage, &handler).await, 0, "each was answered once");
}

/// How many events of a class are in the server's own log.
async fn count(stage: &Stage, handler: &str, class: &str) -> usize {
    let events = stage.api().events_so_far(handler, true).await;
    events.iter().filter(|event| event.class() == class).count()
}

async fn answers_to_parallel_prompts_leave_the_others_open(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    let handler = page.start("approvals", &[("calls", "4")]).await;
    let prompts = until_open(&page, 4).await;
    for (answered, at) in [2, 0].into_iter().enumerate() {
        check(&page, prompts[at].sequence, "allow").await;
        send(&page, prompts[at].sequence).await;
        until_open(&page, 3 - answered).await;
        until("the call is done", RUN, async || {
            let done = count(stage, &handler, "ToolDone").await;
            (done == answered + 1)
                .then_some(())
                .ok_or_else(|| format!("{done} calls are done"))
        })
        .await;
    }
    let open: Vec<u64> = until_open(&page, 2).await.iter().map(|it| it.sequence).collect();
    assert_eq!(
        open,
        [prompts[1].sequence, prompts[3].sequence],
        "only what was answered is closed"
    );
    page.until_status("waiting", RUN).await;
    for prompt in open {
        send(&page, prompt).await;
    }
    page.until_status("completed", RUN).await;
    assert_eq!(unhandled(stage, &handler).await, 0, "each was answered once");
}

async fn parallel_prompts_survive_a_reload(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    let handler = page.start("parallel_questions", &[]).await;
    let prompts = until_open(&page, 3).await;
    check(&page, prompts[1].sequence, "paint").await;
    send(&page, prompts[1].sequence).await;
    until_open(&page, 2).await;
    page.reload().await;
    let left: Vec<u64> = until_open(&page, 2).await.iter().map(|it| it.sequence).collect();
    assert_eq!(left, [prompts[0].sequence, prompts[2].sequence]);
    for prompt in left {
        check(&page, prompt, "paint").await;
        send(&page, prompt).await;
    }
    page.until_status("completed", RUN).await;
    assert_eq!(unhandled(stage, &handler).await, 0, "each was answered once");
}

async fn a_wrong_value_of_a_declared_field_can_be_corrected(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.start("parallel_questions", &[]).await;
    let prompts = until_open(&page, 3).await;
    let (first, number) = (
        prompts[0].sequence,
        value(&page, prompts[0].sequence, "number").await,
    );
    fill(&page, first, "number", "77").await;
    send(&page, first).await;
    until_state(&page, first, "unhandled").await;
    fill(&page, first, "number", &number).await;
    send(&page, first).await;
    until_open(&page, 2).await;
    for prompt in &prompts[1..] {
        send(&page, prompt.sequence).await;
    }
    page.until_status("completed", RUN).await;
}

/// Symptom: an unhandled answer left the prompt waiting forever, with Send disabled. Cause: the page did not read the run's report, and no
/// field could be added.
async fn a_field_that_the_class_does_not_declare_is_added(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.start("named_answer", &[]).await;
    let prompt = page.until_prompt("Sign the lease?").await.sequence;
    fill(&page, prompt, "response", "yes").await;
    send(&page, prompt).await;
    until_state(&page, prompt, "unhandled").await;
    sign(&page, prompt).await;
    send(&page, prompt).await;
    page.until_status("completed", RUN).await;
    let result = page.result().await;
    assert!(result.contains("yes by Mika"), "{result}");
}

/// Adds the field that the prompt suggests.
async fn sign(page: &Page<'_>, prompt: u64) {
    let suggestion = format!("return byRole('button', 'Add signer: \"Mika\"', {CARD})");
    page.click("the suggested field", &suggestion, json!([prompt]))
        .await;
    assert_eq!(value(page, prompt, "signer").await, "Mika");
}

async fn an_unhandled_answer_can_be_given_again_after_a_reload(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.start("named_answer", &[]).await;
    let prompt = page.until_prompt("Sign the lease?").await.sequence;
    fill(&page, prompt, "response", "no").await;
    send(&page, prompt).await;
    until_state(&page, prompt, "unhandled").await;
    page.reload().await;
    until_state(&page, prompt, "unhandled").await;
    fill(&page, prompt, "response", "no").await;
    sign(&page, prompt).await;
    send(&page, prompt).await;
    page.until_status("completed", RUN).await;
    let result = page.result().await;
    assert!(result.contains("no by Mika"), "{result}");
}

/// Symptom: the second prompt was answered with the first one's class, which repeated the first step. Cause: the first class of the list
/// was preselected for every prompt.
async fn each_prompt_is_answered_with_its_own_class(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.start("two_questions", &[]).await;
    let size = page.until_prompt("How many chairs?").await;
    assert_eq!(size.fields.iter().filter(|name| *name == "chairs").count(), 1);
    fill(&page, size.sequence, "chairs", "3").await;
    send(&page, size.sequence).await;
    let colour = page.until_prompt("Which colour?").await;
    assert_eq!(colour.fields.iter().filter(|name| *name == "colour").count(), 1);
    page.reload().await;
    page.until_prompt("Which colour?").await;
    fill(&page, colour.sequence, "colour", "green").await;
    send(&page, colour.sequence).await;
    page.until_status("completed", RUN).await;
    let result = page.result().await;
    assert!(result.contains("3 green chairs"), "{result}");
}

async fn without_a_likely_class_the_user_chooses(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.start("either_answer", &[]).await;
    let prompt = page.until_prompt("Red or blue?").await.sequence;
    send(&page, prompt).await;
    until("Send asks for a choice", Duration::from_secs(10), async || {
        let script = format!(
            "const select = {CARD}.querySelector('select');
            return {{ invalid: select.getAttribute('aria-invalid'), value: select.value,
                focused: document.activeElement === select || select.getRootNode().activeElement === select,
                said: words({CARD}).includes('Choose what to answer with') }}"
        );
        let now: Value = page.ask(&script, json!([prompt])).await;
        let wanted = json!({ "invalid": "true", "value": "", "focused": true, "said": true });
        if now == wanted {
            Ok(())
        } else {
            Err(now.to_string())
        }
    })
    .await;
    page.pick("Answer with", "BluePill").await;
    fill(&page, prompt, "dose", "2").await;
    send(&page, prompt).await;
    page.until_status("completed", RUN).await;
    let result = page.result().await;
    assert!(result.contains("blue 2"), "{result}");
}
