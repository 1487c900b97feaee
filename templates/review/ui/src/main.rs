//! Document reviews: a list of running reviews, a form to start one, and the open review.

mod new_review;
mod review;

use leptos::prelude::*;
use new_review::NewReview;
use review::Review;
use workflow_ui_components::drafts::Drafts;
use workflow_ui_components::runs::RunList;
use workflow_ui_core::{
    PendingInput, UsePendingInputsOptions, UsePendingInputsReturn, deployment, provide_workflow_client,
    use_pending_inputs_with_options, use_workflow_handler_list,
};

/// The workflow: a key of `[tool.llamaagents.workflows]`.
const WORKFLOW: &str = "review";

#[component]
fn App() -> impl IntoView {
    // Ignores servers of other origins in a link.
    provide_workflow_client(deployment().client());
    provide_context(Drafts::new());

    // The open review is in the fragment of the address, so links and reloads work on every server.
    let open = RwSignal::new(open_review());
    let listener = window_event_listener(leptos::ev::hashchange, move |_| open.set(open_review()));
    on_cleanup(move || listener.remove());
    let runs = use_workflow_handler_list(WORKFLOW);
    let waiting = use_pending_inputs_with_options(UsePendingInputsOptions {
        all_running: true,
        workflow: WORKFLOW.into(),
        ..UsePendingInputsOptions::default()
    });
    let UsePendingInputsReturn { inputs, count, .. } = waiting;
    view! {
        <div class="wf-root app">
            <header class="app__head">
                <h1>"Document review"</h1>
                <p class="app__waiting" role="status" data-count=count>
                    {move || match count.get() {
                        0 => String::from("Nothing waits for you."),
                        1 => String::from("1 document waits for you."),
                        many => format!("{many} documents wait for you."),
                    }}
                </p>
                <a class="wf-button wf-button--primary app__new" href="#">"New review"</a>
            </header>
            <main class="app__body">
                <div class="app__side">
                    <nav class="app__card app__inbox" aria-label="Waiting for you" hidden=move || count.get() == 0>
                        <h2>"Waiting for you"</h2>
                        <For each=move || inputs.get() key=PendingInput::key let:input>
                            <a href=format!("#{}", input.handler_id)>{input.text}</a>
                        </For>
                    </nav>
                    <section class="app__card app__list" aria-label="Reviews">
                        <RunList runs open on_open=|id: String| go_to(&id) />
                    </section>
                </div>
                <Show when=move || open.with(Option::is_some) fallback=|| view! { <NewReview on_started=go_to /> }>
                    <Review handler_id=open />
                </Show>
            </main>
        </div>
    }
}

/// The handler id in the address.
fn open_review() -> Option<String> {
    location_hash().filter(|id| !id.is_empty())
}

fn go_to(handler_id: &str) {
    // Setting the hash cannot fail.
    let _ = location().set_hash(handler_id);
}

fn main() {
    mount_to_body(App);
}
