//! The page: which server, then everything else.

use crate::chrome::{self, Chrome};
use crate::navigation::Navigation;
use crate::preferences::Preferences;
use crate::server::{self, Session};
use crate::workspace::Workspace;
use leptos::prelude::*;
use workflow_ui_components::prompt::Drafts;
use workflow_ui_components::theme::mount_style;

const STYLE: &str = include_str!("page.css");

/// The whole page.
#[component]
pub(crate) fn App() -> impl IntoView {
    mount_style(STYLE);
    let navigation = Navigation::start();
    let preferences = RwSignal::new(Preferences::load());
    Effect::new(move |before: Option<Preferences>| {
        let now = preferences.get();
        chrome::apply_theme(now.theme);
        if before.is_some_and(|before| before != now) {
            now.store();
        }
        now
    });
    provide_context(Drafts::new());
    let server = server::named(navigation);
    // Counted up when the token changes or a server is agreed to: both are read anew then.
    let renewed = RwSignal::new(0_u32);
    let chrome = Chrome { navigation, preferences, server, renewed };
    let inside = move || {
        renewed.track();
        let server = server.get();
        if server.foreign && !Session::agreed(&server.origin) {
            return view! { <Question chrome=chrome origin=server.origin /> }.into_any();
        }
        let client = server::client(&server.base, &Session::token(&server.base));
        view! { <Workspace chrome=chrome client=client /> }.into_any()
    };
    view! { <div class="wf-root wf-page">{inside}</div> }.into_any()
}

/// Asks before anything is sent to a server that a link named. Nothing was sent there until now.
#[component]
fn Question(chrome: Chrome, origin: String) -> impl IntoView {
    let (agreed, shown) = (origin.clone(), origin.clone());
    let yes = move |_| {
        Session::agree(&agreed);
        chrome.renewed.update(|renewed| *renewed = renewed.wrapping_add(1));
    };
    let no = move |_| chrome.navigation.push(|state| state.switch_server(None));
    view! {
        <main class="wf-ask" aria-labelledby="wf-ask-title">
            <h1 class="wf-ask__title" id="wf-ask-title">"Use another server?"</h1>
            <p>
                "This link wants to talk to " <strong class="wf-mono">{shown}</strong>
                ", which is not the server that this page came from. Nothing was sent there yet."
            </p>
            <p class="wf-note">
                "Agree only if you know that server: what you type into forms and answers goes to it. Tokens of other servers never do."
            </p>
            <div class="wf-ask__buttons">
                <button type="button" class="wf-button" on:click=no>"Stay with this page's server"</button>
                <button type="button" class="wf-button wf-button--primary" on:click=yes>"Use " {origin}</button>
            </div>
        </main>
    }
    .into_any()
}
