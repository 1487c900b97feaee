//! What the middle says while no run is open.

use crate::server::Health;
use workflow_ui_components::icon::{Icon, icon};
use workflow_ui_components::status::sign_in_note;
use workflow_ui_components::ui::{Call, El, Var, button, div, dynamic, el, span};
use workflow_ui_core::SignIn;
use workflow_ui_core::readings::UseWorkflowsReturn;

/// How many workflows are offered at once; the picker has them all.
const OFFERED: usize = 12;

/// Two lines on what to do, with the workflows one click away; or why nothing can be done.
pub(crate) fn welcome(
    workflows: UseWorkflowsReturn,
    health: Var<Health>,
    on_choose: Call<String>,
    on_retry: Call<()>,
    on_token: Call<()>,
) -> El {
    let body = dynamic(move || match health.get() {
        Health::Down(reason) => down(reason, on_retry),
        Health::SignIn(sign_in) => signed_out(&sign_in, on_token),
        Health::Ok | Health::Unknown => offer(workflows, on_choose),
    });
    el("section")
        .class("wf-welcome")
        .attr("aria-label", "Welcome")
        .child(body)
}

fn down(reason: String, on_retry: Call<()>) -> Vec<El> {
    let note = |words: String| el("p").class("wf-note").text(words);
    let again = "It is asked again every two seconds, and everything shows up by itself once it answers.";
    vec![
        span("wf-welcome__mark")
            .attr("data-tone", "down")
            .child(icon(Icon::Server)),
        el("h2")
            .class("wf-welcome__title")
            .text("The server can't be reached"),
        note(reason),
        note(String::from(again)),
        button("wf-button")
            .child(icon(Icon::Again))
            .text("Try again now")
            .on("click", move |_| on_retry.run(())),
    ]
}

fn signed_out(sign_in: &SignIn, on_token: Call<()>) -> Vec<El> {
    let again =
        "Nothing is asked for until then. Everything shows up by itself when you come back to this page.";
    vec![
        span("wf-welcome__mark")
            .attr("data-tone", "down")
            .child(icon(Icon::Server)),
        el("h2").class("wf-welcome__title").text("Sign in to this server"),
        sign_in_note(sign_in, Some(on_token)),
        el("p").class("wf-note").text(again),
    ]
}

fn offer(workflows: UseWorkflowsReturn, on_choose: Call<String>) -> Vec<El> {
    let UseWorkflowsReturn {
        names,
        loading,
        error,
        ..
    } = workflows;
    let one = move |name: String| {
        button("wf-button")
            .child(icon(Icon::Play))
            .text(name.as_str())
            .on("click", move |_| on_choose.run(name.clone()))
    };
    let words = move || {
        if names.with(Vec::is_empty) && (loading.get() || error.with(Option::is_some)) {
            "The workflows are not known yet. They show up here once the server has named them."
        } else if names.with(Vec::is_empty) {
            "This server has no workflows yet. Runs that others start show up in the list."
        } else {
            "Choose a workflow, fill in its form and press Run. Its events arrive here, and so do its questions."
        }
    };
    vec![
        span("wf-welcome__mark").child(icon(Icon::Pulse)),
        el("h2")
            .class("wf-welcome__title")
            .text("Start a run, or open one"),
        el("p").class("wf-note").text(words),
        div("wf-welcome__list").child(dynamic(move || {
            names.get().into_iter().take(OFFERED).map(one).collect::<Vec<_>>()
        })),
    ]
}
