//! The monitor: which deployments it watches, their tokens, and the address of the open run.

mod sources;

use crate::address::own;
use crate::focus::recover_lost_focus;
use crate::header::{Brand, ThemeSwitch};
use crate::navigation::Navigation;
use crate::preferences::{
    Kept, alarm_settings, kept_deployments, store_alarm_settings, store_kept_deployments,
};
use crate::server::{Session, client, page};
use crate::workspace::{mark_icon, search_script};
use leptos::prelude::*;
use leptos::task::spawn_local;
use sources::{Origin, Source, added, sources};
use std::time::Duration;
use workflow_protocol::UpstreamList;
use workflow_ui_components::SearchScript;
use workflow_ui_components::icon::{Icon, IconView};
use workflow_ui_components::monitor::{Deployment, Monitor, MonitorSummary, OpenRun};
use workflow_ui_core::{Error, WorkflowClient};

/// The delay before the upstreams are requested again after a failure.
const UPSTREAMS_PAUSE: Duration = Duration::from_secs(5);

/// The deployments of the page.
#[derive(Clone, Copy)]
struct Deployments {
    /// `None` until the page's server has answered.
    upstreams: RwSignal<Option<UpstreamList>>,
    kept: RwSignal<Vec<Kept>>,
    /// Grows when a token or a consent of the [`Session`] changed.
    session: RwSignal<u32>,
    /// The clients by address and token. A new client would be a new deployment.
    clients: StoredValue<Vec<(String, String, WorkflowClient)>>,
}

impl Deployments {
    fn new() -> Self {
        let this = Self {
            upstreams: RwSignal::new(None),
            kept: RwSignal::new(kept_deployments().unwrap_or_default()),
            session: RwSignal::new(0),
            clients: StoredValue::new(Vec::new()),
        };
        Effect::new(move |_| {
            this.session.track();
            this.ask_for_upstreams();
        });
        this
    }

    /// Requests the upstreams from the page's origin, which may be a `workflow-debugger`.
    fn ask_for_upstreams(self) {
        let server = own(&page());
        let client = client(&server.origin, &Session::token(&server.base));
        spawn_local(async move {
            let answer = client.upstreams().await;
            if answer.as_ref().is_err_and(Error::is_transient) {
                let again = move || {
                    if !self.upstreams.is_disposed() {
                        self.ask_for_upstreams();
                    }
                };
                set_timeout(again, UPSTREAMS_PAUSE);
            }
            // Without an answer there are none; the page's own server then shows the error.
            let list = answer.ok().flatten().unwrap_or_default();
            let is_known = |known: &Option<UpstreamList>| known.as_ref() == Some(&list);
            if self.upstreams.try_with_untracked(is_known) == Some(false) {
                self.upstreams.set(Some(list));
            }
        });
    }

    fn sources(self) -> Vec<Source> {
        self.upstreams.with(|upstreams| {
            let Some(upstreams) = upstreams else {
                return Vec::new();
            };
            self.kept.with(|kept| sources(&page(), upstreams, kept))
        })
    }

    fn list(self) -> Vec<Deployment> {
        self.session.track();
        let sources = self.sources();
        sources.iter().map(|source| self.deployment(source)).collect()
    }

    fn deployment(self, source: &Source) -> Deployment {
        let Source { name, server, origin } = source;
        let is_usable = !server.foreign || Session::agreed(&server.origin);
        Deployment {
            name: name.clone(),
            address: server.base.clone(),
            client: is_usable.then(|| self.client(&server.base, &token(source))),
            removable: *origin == Origin::Kept,
        }
    }

    fn client(self, base: &str, token: &str) -> WorkflowClient {
        self.clients
            .try_update_value(|clients| {
                let known = clients.iter().find(|known| known.0 == base && known.1 == token);
                if let Some((_, _, client)) = known {
                    return client.clone();
                }
                clients.retain(|known| known.0 != base);
                let client = client(base, token);
                clients.push((base.to_owned(), token.to_owned(), client.clone()));
                client
            })
            .unwrap_or_else(|| client(base, token))
    }

    fn find(self, name: &str) -> Option<Source> {
        untrack(move || self.sources())
            .into_iter()
            .find(|source| source.name == name)
    }

    fn changed(self) {
        self.session.update(|session| *session = session.wrapping_add(1));
    }

    fn set_token(self, name: &str, token: &str) {
        if let Some(source) = self.find(name) {
            Session::set_token(&source.server.base, token);
            self.changed();
        }
    }

    fn agree(self, name: &str) {
        if let Some(source) = self.find(name) {
            Session::agree(&source.server.origin);
            self.changed();
        }
    }

    fn add(self, name: &str, address: &str) -> Result<(), String> {
        self.read_kept();
        let known = untrack(move || self.sources());
        let kept = self.kept.get_untracked();
        let (server, kept) = added(&page(), &known, &kept, name, address)?;
        // Typing an address and pressing the button is consent.
        Session::agree(&server.origin);
        self.keep(kept);
        Ok(())
    }

    fn remove(self, name: &str) {
        self.read_kept();
        let mut kept = self.kept.get_untracked();
        kept.retain(|kept| kept.name != name);
        self.keep(kept);
    }

    /// Reads the list again: another tab may have changed it.
    fn read_kept(self) {
        if let Some(kept) = kept_deployments() {
            self.kept.set(kept);
        }
    }

    fn keep(self, kept: Vec<Kept>) {
        store_kept_deployments(&kept);
        self.kept.set(kept);
    }
}

/// The token of a deployment: its own, else that of the page's server if that guards its upstreams.
fn token(source: &Source) -> String {
    let typed = Session::token(&source.server.base);
    let is_guarded = source.origin == Origin::Upstream { guarded: true };
    if typed.is_empty() && is_guarded {
        Session::token(&own(&page()).base)
    } else {
        typed
    }
}

/// Several deployments at once.
#[component]
pub(crate) fn MonitorPage() -> impl IntoView {
    let navigation = expect_context::<Navigation>();
    provide_context(SearchScript(search_script()));
    recover_lost_focus();
    let deployments = Deployments::new();
    let list = Memo::new(move |_| deployments.list());
    let open = navigation.part(|state| {
        let (deployment, handler_id) = (state.deployment.clone()?, state.run.clone()?);
        Some(OpenRun {
            deployment,
            handler_id,
        })
    });
    let on_open = move |run: Option<OpenRun>| {
        navigation.push(|state| {
            state.deployment = run.as_ref().map(|run| run.deployment.clone());
            state.open_run(run.map(|run| run.handler_id));
        });
    };
    let alarms = RwSignal::new(alarm_settings());
    Effect::new(move |before: Option<_>| {
        let now = alarms.get();
        if before.is_some_and(|before| before != now) {
            store_alarm_settings(now);
        }
        now
    });
    view! {
        <header class="wf-page__head">
            <Brand name="Workflow monitor" />
            <span class="wf-grow"></span>
            <button
                type="button"
                class="wf-button"
                on:click=move |_| navigation.push(|state| state.show_monitor(false))
            >
                <IconView icon=Icon::Back />
                "Debugger"
            </button>
            <ThemeSwitch />
        </header>
        <main class="wf-page__monitor">
            <Monitor
                deployments=list
                open
                on_open
                alarms
                on_summary=move |summary| show_title(summary)
                on_token=move |(name, token): (String, String)| deployments.set_token(&name, &token)
                on_agree=move |name: String| deployments.agree(&name)
                on_add=move |(name, address): (String, String)| deployments.add(&name, &address)
                on_remove=move |name: String| deployments.remove(&name)
                link=move || {
                    open.track();
                    navigation.link()
                }
            />
        </main>
    }
}

/// The window's title contains the numbers of open prompts and of alarms; the page's icon has a dot if there are any.
fn show_title(summary: MonitorSummary) {
    let MonitorSummary { prompts, alarms } = summary;
    let mut title = String::new();
    if prompts > 0 {
        title.push_str(&format!("({prompts}) "));
    }
    match alarms {
        0 => {}
        1 => title.push_str("1 alarm · "),
        many => title.push_str(&format!("{many} alarms · ")),
    }
    title.push_str("Workflow monitor");
    document().set_title(&title);
    mark_icon(prompts > 0 || alarms > 0);
}
