//! Servers of other origins: nothing is sent there without consent, and no address gets the token of another.

use std::time::Duration;

use serde_json::json;
use workflow_tests::{Backend, BrowserOptions, Page, Script, ScriptedServer, Server, Stage, run_with, until};

use crate::RUN;

/// How long the test waits for a request that must not come.
const PATIENCE: Duration = Duration::from_secs(2);

macro_rules! over_two_origins {
    ($($name:ident),+ $(,)?) => {
        mod scripted {
            use super::*;
            $(
                #[test]
                fn $name() {
                    run_with(Backend::Embedded, Duration::from_secs(60), BrowserOptions::default(), super::$name);
                }
            )+
        }
    };
}

over_two_origins!(
    a_link_sends_nothing_before_consent,
    a_link_with_control_characters_is_refused,
    a_consent_covers_one_origin,
    an_invalid_address_is_reported,
    an_address_does_not_get_the_token_of_another,
    a_typed_address_does_not_get_the_token_in_the_panel,
    a_recent_server_gets_requests_only_after_connect,
    a_recent_server_is_stored_without_its_token,
);

/// Opens the server panel.
async fn open_panel(page: &Page<'_>) {
    page.click(
        "the server's button",
        "return part('server').querySelector('button[popovertarget]')",
        json!([]),
    )
    .await;
}

/// Opens the server panel and enters an address and a token, each unless it is empty.
pub(crate) async fn connect(page: &Page<'_>, address: &str, token: &str) {
    open_panel(page).await;
    if !address.is_empty() {
        page.type_in("Server", address).await;
    }
    if !token.is_empty() {
        page.type_in("Token", token).await;
    }
    page.press("Connect").await;
}

/// Waits until a server received a request with this token, or without any.
async fn until_asked(server: &ScriptedServer, token: Option<&str>) {
    until(&format!("a request with {token:?}"), RUN, async || {
        let (requests, tokens) = (server.requests(), server.authorizations());
        let seen = match token {
            Some(token) => tokens.iter().any(|it| *it == format!("Bearer {token}")),
            None => requests.iter().any(|it| it == "GET /workflows"),
        };
        if seen {
            Ok(())
        } else {
            Err(format!("{requests:?}, {tokens:?}"))
        }
    })
    .await;
}

async fn a_link_sends_nothing_before_consent(stage: &Stage) {
    let scripted = ScriptedServer::start(Script::new()).await;
    let page = stage.page();
    for link in [scripted.base(), scripted.base().replace("http:", "")] {
        page.open_unready(&format!("?api={link}&workflow=scripted&run=scripted"))
            .await;
        page.until_text(scripted.base().trim_start_matches("http://"))
            .await;
        tokio::time::sleep(PATIENCE).await;
        assert_eq!(
            scripted.requests(),
            Vec::<String>::new(),
            "a link alone sends nothing anywhere: {link}"
        );
    }
    page.press("Stay with this page's server").await;
    page.until_health("ok").await;
    assert_eq!(scripted.requests(), Vec::<String>::new(), "nor does a refusal");
    page.open_unready(&format!("?api={}", scripted.base())).await;
    page.press(&format!("Use {}", scripted.base())).await;
    until_asked(&scripted, None).await;
}

// Symptom: `?api=/%09/evil.example` was treated as a path of this page, and everything was sent to evil.example.
// Cause: browsers strip tabs and line breaks from addresses; the page compared texts.
async fn a_link_with_control_characters_is_refused(stage: &Stage) {
    let scripted = ScriptedServer::start(Script::new()).await;
    let page = stage.page();
    let host = scripted.base().replace("http://", "");
    for link in [
        format!("/%09/{host}"),
        format!("/%0A/{host}"),
        format!("/%0D/{host}"),
        format!("/%09%5C{host}"),
        format!("%01http://{host}"),
    ] {
        page.open_unready(&format!("?api={link}&workflow=scripted&run=scripted"))
            .await;
        page.until_text("control character").await;
        assert_eq!(scripted.requests(), Vec::<String>::new(), "{link}");
    }
    page.press("Stay with this page's server").await;
    page.until_health("ok").await;
    assert_eq!(scripted.requests(), Vec::<String>::new());
}

// Symptom: `?api=http:////host` asked about "http://", and that one agreement then covered every such host.
// Cause: the origin was cut out of the text by hand, but browsers skip doubled slashes.
async fn a_consent_covers_one_origin(stage: &Stage) {
    let agreed = ScriptedServer::start(Script::new()).await;
    let other = ScriptedServer::start(Script::new()).await;
    let page = stage.page();
    let link = |server: &ScriptedServer| server.base().replace("http://", "?api=http:////somebody@");
    page.open_unready(&link(&agreed)).await;
    page.press(&format!("Use {}", agreed.base())).await;
    until_asked(&agreed, None).await;
    let address = page.address().await;
    assert!(
        address.contains(&format!("?api={}", agreed.base())) && !address.contains("somebody"),
        "the address shows what was agreed to: {address}"
    );
    page.open_unready(&link(&other)).await;
    page.until_text(other.base().trim_start_matches("http://")).await;
    tokio::time::sleep(PATIENCE).await;
    assert_eq!(
        other.requests(),
        Vec::<String>::new(),
        "nobody agreed to this one"
    );
    let kept = "return Object.keys({ ...sessionStorage }).filter((key) => key.includes('agreed'))";
    let kept: Vec<String> = page.ask(kept, json!([])).await;
    assert_eq!(kept, [format!("workflow-debugger.agreed.{}", agreed.base())]);
}

async fn an_invalid_address_is_reported(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    connect(&page, "ftp://127.0.0.1", "").await;
    page.until_text("ftp: can't be used").await;
    page.until_health("ok").await;
    let shown = "return byRole('textbox', 'Server').getAttribute('aria-invalid')";
    assert_eq!(page.ask::<String>(shown, json!([])).await, "true");
}

/// The page's own server, another one, and the page in front of the first.
async fn two_servers() -> (ScriptedServer, ScriptedServer, Server) {
    let own = ScriptedServer::start(Script::new()).await;
    let other = ScriptedServer::start(Script::new()).await;
    let server = Server::in_front_of(&own.base());
    (own, other, server)
}

async fn an_address_does_not_get_the_token_of_another(stage: &Stage) {
    let (own, other, server) = two_servers().await;
    let page = stage.page_at(server.origin());
    page.open("").await;
    connect(&page, "", "for-own-only").await;
    until_asked(&own, Some("for-own-only")).await;
    page.open_unready(&format!("?api={}", other.base())).await;
    page.press(&format!("Use {}", other.base())).await;
    until_asked(&other, None).await;
    tokio::time::sleep(PATIENCE).await;
    assert_eq!(other.authorizations(), Vec::<String>::new(), "it isn't its token");
    connect(&page, "", "for-other-only").await;
    until_asked(&other, Some("for-other-only")).await;
    assert!(!page.address().await.contains("only"), "no token in the address");
    // Back at its own server, the page still has that server's token.
    let before = own.authorizations().len();
    page.open("").await;
    until("another request to its own server", RUN, async || {
        match own.authorizations().len() {
            now if now > before => Ok(()),
            now => Err(now.to_string()),
        }
    })
    .await;
    let wrong = |tokens: Vec<String>, right: &str| -> Vec<String> {
        tokens.into_iter().filter(|it| !it.ends_with(right)).collect()
    };
    assert_eq!(wrong(own.authorizations(), "for-own-only"), Vec::<String>::new());
    assert_eq!(
        wrong(other.authorizations(), "for-other-only"),
        Vec::<String>::new()
    );
}

async fn a_typed_address_does_not_get_the_token_in_the_panel(stage: &Stage) {
    // The panel shows the token of the server in use. It must not be sent to another address that the user types.
    let (own, other, server) = two_servers().await;
    let page = stage.page_at(server.origin());
    page.open("").await;
    connect(&page, "", "for-own-only").await;
    until_asked(&own, Some("for-own-only")).await;
    connect(&page, &other.base(), "").await;
    until_asked(&other, None).await;
    tokio::time::sleep(PATIENCE).await;
    assert_eq!(other.authorizations(), Vec::<String>::new(), "it isn't its token");
}

async fn a_recent_server_gets_requests_only_after_connect(stage: &Stage) {
    let (_own, other, server) = two_servers().await;
    let page = stage.page_at(server.origin());
    page.open("").await;
    connect(&page, &other.base(), "").await;
    until_asked(&other, None).await;
    page.open("").await;
    let before = other.requests().len();
    open_panel(&page).await;
    page.pick("Recent servers", &other.base()).await;
    let typed = "return byRole('textbox', 'Server').value";
    assert_eq!(page.ask::<String>(typed, json!([])).await, other.base());
    assert_eq!(other.requests().len(), before, "choosing sends nothing");
    page.press("Connect").await;
    until("a request to the chosen one", RUN, async || {
        match other.requests().len() {
            now if now > before => Ok(()),
            now => Err(now.to_string()),
        }
    })
    .await;
}

async fn a_recent_server_is_stored_without_its_token(stage: &Stage) {
    let (_own, other, server) = two_servers().await;
    let page = stage.page_at(server.origin());
    page.open("").await;
    connect(&page, &other.base(), "for-other-only").await;
    until_asked(&other, Some("for-other-only")).await;
    let kept: String = page
        .ask("return Object.values({ ...localStorage }).join(' ')", json!([]))
        .await;
    assert!(kept.contains(&other.base()), "the address: {kept}");
    assert!(!kept.contains("only"), "no token: {kept}");
}
