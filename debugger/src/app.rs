//! The page: its shared contexts and the choice between its views.

use crate::address::{Server, as_api};
use crate::link::{BrokenLink, ConfirmServer};
use crate::monitor::MonitorPage;
use crate::navigation::Navigation;
use crate::preferences::{Preferences, Theme};
use crate::server::{CurrentServer, Session, client, page};
use crate::workspace::Workspace;
use leptos::prelude::*;
use workflow_ui_components::drafts::Drafts;
use workflow_ui_components::theme::mount_style;

const STYLE: &str = include_str!("page.css");

/// The whole page.
#[component]
pub(crate) fn App() -> impl IntoView {
    mount_style(STYLE);
    let navigation = Navigation::new();
    let current = CurrentServer::new(navigation);
    provide_context(navigation);
    provide_context(current);
    provide_context(stored_preferences());
    provide_context(Drafts::new());
    let monitor = navigation.part(|state| state.monitor);
    let destination = Memo::new(move |_| {
        let destination = if monitor.get() {
            Destination::Monitor
        } else {
            Destination::of(current)
        };
        (current.session.get(), destination)
    });
    view! {
        <div class="wf-root wf-page">
            // The key replaces everything when the server or its token changes.
            <For
                each=move || [destination.get()]
                key=Clone::clone
                children=|(_, destination)| destination.into_view()
            />
        </div>
    }
}

/// The view of the page.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Destination {
    /// The link's server address is invalid.
    Broken {
        reason: String,
    },
    /// The link names another server, and the user has not consented.
    Unconfirmed {
        origin: String,
    },
    Workspace(Server),
    Monitor,
}

impl Destination {
    fn of(current: CurrentServer) -> Self {
        let server = current.server.get();
        if let Some(reason) = current.refusal.get() {
            Self::Broken { reason }
        } else if server.foreign && !Session::agreed(&server.origin) {
            Self::Unconfirmed {
                origin: server.origin,
            }
        } else {
            Self::Workspace(server)
        }
    }

    fn into_view(self) -> AnyView {
        match self {
            Self::Broken { reason } => view! { <BrokenLink reason /> }.into_any(),
            Self::Unconfirmed { origin } => view! { <ConfirmServer origin /> }.into_any(),
            Self::Monitor => view! { <MonitorPage /> }.into_any(),
            Self::Workspace(server) => {
                show_canonical_address(&server);
                let client = client(&server.base, &Session::token(&server.base));
                view! { <Workspace client /> }.into_any()
            }
        }
    }
}

/// Writes another server's canonical address into the address bar, so that copied links contain no user name or password.
fn show_canonical_address(server: &Server) {
    if server.foreign {
        let api = as_api(&page(), server);
        expect_context::<Navigation>().replace(|state| state.api = api);
    }
}

/// The preferences as a signal: changes are stored, and the theme is applied to the document.
fn stored_preferences() -> RwSignal<Preferences> {
    let preferences = RwSignal::new(Preferences::load());
    Effect::new(move |before: Option<Preferences>| {
        let now = preferences.get();
        apply_theme(now.theme);
        if let Some(before) = before.filter(|before| *before != now) {
            now.store_changes(before);
        }
        now
    });
    preferences
}

/// The page's stylesheet uses the attribute.
fn apply_theme(theme: Theme) {
    let Some(root) = document().document_element() else {
        return;
    };
    // Setting an attribute of a known name can't fail.
    let _ = match theme {
        Theme::System => root.remove_attribute("data-theme"),
        theme => root.set_attribute("data-theme", theme.as_str()),
    };
}
