//! The page for a link that names another server, or an invalid one.

use crate::navigation::Navigation;
use crate::server::{CurrentServer, Session};
use leptos::prelude::*;

/// Asks for consent before the first request to a server that a link names.
#[component]
pub(crate) fn ConfirmServer(
    /// The canonical origin of the server.
    origin: String,
) -> impl IntoView {
    let current = expect_context::<CurrentServer>();
    let label = format!("Use {origin}");
    let name = origin.clone();
    let agree = move |_| {
        Session::agree(&origin);
        current.reconnect();
    };
    view! {
        <Message title="Use another server?">
            <p>
                "This link wants to talk to " <strong class="wf-mono">{name}</strong>
                ", which is not the server that this page came from. Nothing was sent there yet."
            </p>
            <p class="wf-note">
                "Agree only if you know that server: what you type into forms and answers goes to it. Tokens of other servers never do."
            </p>
            <div class="wf-ask__buttons">
                <StayButton />
                <button type="button" class="wf-button wf-button--primary" on:click=agree>
                    {label}
                </button>
            </div>
        </Message>
    }
}

/// Reports that the link's server address is invalid.
#[component]
pub(crate) fn BrokenLink(
    /// The reason.
    reason: String,
) -> impl IntoView {
    view! {
        <Message title="This link is broken">
            <p>{format!("The server in this link can't be used: {reason}. Nothing was sent anywhere.")}</p>
            <div class="wf-ask__buttons">
                <StayButton />
            </div>
        </Message>
    }
}

#[component]
fn Message(title: &'static str, children: Children) -> impl IntoView {
    view! {
        <main class="wf-ask" aria-labelledby="wf-ask-title">
            <h1 class="wf-ask__title" id="wf-ask-title">
                {title}
            </h1>
            {children()}
        </main>
    }
}

#[component]
fn StayButton() -> impl IntoView {
    let navigation = expect_context::<Navigation>();
    view! {
        <button
            type="button"
            class="wf-button"
            on:click=move |_| navigation.push(|state| state.switch_server(None))
        >
            "Stay with this page's server"
        </button>
    }
}
