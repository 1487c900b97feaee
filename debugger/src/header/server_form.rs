//! The form for a server's address and token.

use crate::address::{Server, as_api, resolve};
use crate::health::Health;
use crate::navigation::Navigation;
use crate::preferences::{recent_servers, remember_server};
use crate::server::{CurrentServer, Session, page};
use crate::state::WorkspaceState;
use leptos::{ev, html, prelude::*};
use workflow_ui_components::status::SignInNote;

/// The id of the token field's description.
const HINT: &str = "wf-token-hint";

/// The contents of the form.
#[derive(Clone, Copy, Debug)]
struct Draft {
    address: RwSignal<String>,
    token: RwSignal<String>,
    /// Why the address is invalid.
    error: RwSignal<Option<String>>,
}

impl Draft {
    fn new(server: &Server) -> Self {
        Self {
            address: RwSignal::new(server.base.clone()),
            token: RwSignal::new(Session::token(&server.base)),
            error: RwSignal::new(None),
        }
    }

    /// Replaces the token, which belongs to the previous address, by the stored one of this address.
    fn show_token_of(self, address: &str) {
        let server = resolve(&page(), Some(address));
        let token = server.map_or_else(|_| String::new(), |server| Session::token(&server.base));
        self.token.set(token);
    }

    /// The server of the address. Stores its token and consent. `None` if the address is invalid.
    fn submit(self) -> Option<Server> {
        let resolved = self
            .address
            .with_untracked(|address| resolve(&page(), Some(address)));
        self.error.set(resolved.as_ref().err().map(ToString::to_string));
        let server = resolved.ok()?;
        // Typing an address and pressing the button is consent; following a link is not.
        Session::agree(&server.origin);
        Session::set_token(&server.base, self.token.get_untracked().trim());
        remember(&server);
        // The field shows the canonical address.
        self.address.set(server.base.clone());
        Some(server)
    }
}

/// Address and token of a server, and the result of the last probe.
#[component]
pub(super) fn ServerForm(
    /// Receives the token field, so that other components can focus it.
    token_field: NodeRef<html::Input>,
    /// Closes the panel.
    close: Callback<()>,
) -> impl IntoView {
    let navigation = expect_context::<Navigation>();
    let current = expect_context::<CurrentServer>();
    let WorkspaceState { health, .. } = expect_context();
    let server = current.server.get_untracked();
    // The server may come from a link, so it is remembered only when it answers.
    if health.with_untracked(|health| *health == Health::Ok) {
        remember(&server);
    }
    let draft = Draft::new(&server);
    let connect = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let Some(wanted) = draft.submit() else {
            return;
        };
        close.run(());
        if wanted == server {
            current.reconnect();
        } else {
            navigation.push(|state| state.switch_server(as_api(&page(), &wanted)));
        }
    };
    let use_own_server = move |_| {
        close.run(());
        navigation.push(|state| state.switch_server(None));
    };
    view! {
        <form class="wf-form" aria-label="Server" on:submit=connect>
            <HealthNote health />
            <AddressField draft />
            <RecentServers draft />
            <label class="wf-field">
                <span class="wf-field__label">"Token"</span>
                <input
                    class="wf-input"
                    type="password"
                    autocomplete="off"
                    spellcheck="false"
                    placeholder="none"
                    aria-describedby=HINT
                    node_ref=token_field
                    bind:value=draft.token
                />
            </label>
            <p class="wf-field__hint" id=HINT>
                "A bearer token for this address only. Kept until this tab is closed; never in links."
            </p>
            <div class="wf-form__foot">
                <button type="button" class="wf-button wf-button--plain" on:click=use_own_server>
                    "This page's server"
                </button>
                <span class="wf-grow"></span>
                <button class="wf-button wf-button--primary" type="submit">
                    "Connect"
                </button>
            </div>
        </form>
    }
}

/// The address field and its error.
#[component]
fn AddressField(draft: Draft) -> impl IntoView {
    let Draft { address, error, .. } = draft;
    let on_change = move |_| {
        error.set(None);
        draft.show_token_of(&address.get_untracked());
    };
    view! {
        <label class="wf-field">
            <span class="wf-field__label">"Server"</span>
            <input
                class="wf-input wf-mono"
                type="text"
                autocomplete="off"
                spellcheck="false"
                inputmode="url"
                aria-invalid=move || error.with(Option::is_some).to_string()
                bind:value=address
                on:change=on_change
            />
        </label>
        <Show when=move || error.with(Option::is_some)>
            <p class="wf-error" role="alert">
                {move || error.get()}
            </p>
        </Show>
    }
}

/// The result of the last probe.
#[component]
fn HealthNote(health: Signal<Health>) -> impl IntoView {
    let text = move || match health.get() {
        Health::Unknown => String::from("Asking the server…"),
        Health::Ok => String::from("The server is well."),
        Health::Down(reason) => reason,
        // The note below gives the reason and what to do.
        Health::SignIn(_) => String::new(),
    };
    let sign_in = move || match health.get() {
        Health::SignIn(sign_in) => Some(view! { <SignInNote sign_in /> }),
        _ => None,
    };
    view! {
        <div role="status">
            <p class="wf-note">{text}</p>
            {sign_in}
        </div>
    }
}

/// The most recently used servers. Choosing one fills in its address and token. Nothing is sent there before the button is pressed.
#[component]
fn RecentServers(draft: Draft) -> impl IntoView {
    let recent = recent_servers();
    let choose = move |event| {
        let chosen = event_target_value(&event);
        // The first option is a placeholder.
        if !chosen.is_empty() {
            draft.show_token_of(&chosen);
            draft.address.set(chosen);
        }
    };
    (!recent.is_empty()).then(|| {
        view! {
            <select class="wf-select" aria-label="Recent servers" on:change=choose>
                <option value="">"Recent servers…"</option>
                {recent.into_iter().map(|base| view! { <option>{base}</option> }).collect_view()}
            </select>
        }
    })
}

/// Remembers a server, unless it is the page's own, which has a button.
fn remember(server: &Server) {
    if as_api(&page(), server).is_some() {
        remember_server(&server.base);
    }
}
