//! The page: which server, then everything else.

use crate::address::{Server, as_api};
use crate::chrome::{self, Chrome};
use crate::navigation::Navigation;
use crate::preferences::Preferences;
use crate::server::{self, Session, page};
use crate::workspace::workspace;
use std::cell::Cell;
use workflow_ui_components::drafts::Drafts;
use workflow_ui_components::reactive::*;
use workflow_ui_components::theme::mount_style;
use workflow_ui_components::ui::{El, Var, button, div, dynamic, el, now};

const STYLE: &str = include_str!("page.css");

/// The whole page.
pub(crate) fn app() -> El {
    mount_style(STYLE);
    let navigation = Navigation::start();
    let preferences = Var::new(Preferences::load());
    let before = Cell::new(preferences.peek());
    now(move || {
        let now = preferences.get();
        chrome::apply_theme(now.theme);
        if before.replace(now) != now {
            now.store();
        }
    });
    provide_context(Drafts::new());
    let server = server::named(navigation);
    // Counted up when the token changes or a server is agreed to: both are read anew then.
    let renewed = Var::new(0_u32);
    let chrome = Chrome {
        navigation,
        preferences,
        server,
        renewed,
    };
    let refused = server::refused(navigation);
    let inside = dynamic(move || {
        renewed.track();
        let (server, refused) = (server.get(), refused.get());
        untrack(|| {
            if let Some(reason) = refused {
                vec![refusal(chrome, &reason)]
            } else if server.foreign && !Session::agreed(&server.origin) {
                vec![question(chrome, &server.origin)]
            } else {
                show_canonical(chrome, &server);
                workspace(
                    chrome,
                    &server::client(&server.base, &Session::token(&server.base)),
                )
            }
        })
    });
    div("wf-root wf-page").child(inside)
}

/// Asks before anything is sent to a server that a link named. Nothing was sent there until now.
fn question(chrome: Chrome, origin: &str) -> El {
    let agreed = origin.to_owned();
    let yes = button("wf-button wf-button--primary")
        .text("Use ")
        .text(origin)
        .on("click", move |_| {
            Session::agree(&agreed);
            chrome.renew();
        });
    let first = el("p")
        .text("This link wants to talk to ")
        .child(el("strong").class("wf-mono").text(origin))
        .text(", which is not the server that this page came from. Nothing was sent there yet.");
    let second = el("p").class("wf-note").text(
        "Agree only if you know that server: what you type into forms and answers goes to it. Tokens of other servers never do.",
    );
    dialogue(
        "Use another server?",
        vec![first, second],
        vec![stay(chrome), yes],
    )
}

/// Writes another server's canonical address into the address bar, however the link wrote it: links that are copied from here hold
/// no user name or password.
fn show_canonical(chrome: Chrome, server: &Server) {
    if server.foreign {
        let api = as_api(&page(), server);
        chrome.navigation.replace(move |state| state.api = api);
    }
}

/// What a page says whose address names no server that a browser would find.
fn refusal(chrome: Chrome, reason: &str) -> El {
    let first = el("p")
        .text("The server in this link can't be used: ")
        .text(reason)
        .text(". Nothing was sent anywhere.");
    dialogue("This link is broken", vec![first], vec![stay(chrome)])
}

fn stay(chrome: Chrome) -> El {
    button("wf-button")
        .text("Stay with this page's server")
        .on("click", move |_| {
            chrome.navigation.push(|state| state.switch_server(None))
        })
}

fn dialogue(title: &'static str, texts: Vec<El>, buttons: Vec<El>) -> El {
    el("main")
        .class("wf-ask")
        .attr("aria-labelledby", "wf-ask-title")
        .child(
            el("h1")
                .class("wf-ask__title")
                .attr("id", "wf-ask-title")
                .text(title),
        )
        .child(texts)
        .child(div("wf-ask__buttons").child(buttons))
}
