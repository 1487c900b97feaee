//! A server that requires a token, and what its page does about it.

use serde_json::json;
use workflow_tests::{Server, ServerOptions, Stage};

use crate::RUN;
use crate::elsewhere::connect;
use crate::interview::{NAME, answer_drink, answer_name};

on_both!(a_token_in_the_panel_opens_the_server);

async fn a_token_in_the_panel_opens_the_server(stage: &Stage) {
    let server = Server::start(
        stage.backend,
        ServerOptions {
            token: Some("s3cret"),
            ..ServerOptions::default()
        },
    );
    let page = stage.page_at(server.origin());
    page.open("").await;
    let is_closed = async || {
        let closed =
            "const it = part('server'); return ['down', 'signin'].includes(it?.dataset.health) ? it : null";
        page.find("a server that is closed to the page", closed, json!([]))
            .await;
        assert_eq!(page.workflows().await, Vec::<String>::new());
    };
    is_closed().await;
    connect(&page, "", "other!").await;
    is_closed().await;
    connect(&page, "", "s3cret").await;
    page.until_health("ok").await;
    // Starts, the event stream and answers carry it.
    page.start("interview", &[]).await;
    page.until_prompt(NAME).await;
    answer_name(&page).await;
    answer_drink(&page).await;
    page.until_status("completed", RUN).await;
    let address = page.address().await;
    assert!(!address.contains("s3cret"), "no token in {address}");
    page.reload().await;
    page.until_status("completed", RUN).await;
    page.until_health("ok").await;
}
