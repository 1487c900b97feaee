//! What is said about the server as a whole: that it requires sign-in, that it is slow, when it is asked again.

use crate::reactive::*;
use crate::theme::mount_style;
use crate::ui::{Call, El, button, div, dynamic, effect, el, every, span};
use workflow_inspector::text::seconds_from_now;
use workflow_protocol::{Method, Time};
use workflow_ui_core::readings::{UseServerStateReturn, use_server_state};
use workflow_ui_core::{SignIn, SlowRequest, WorkflowClient, use_workflow_client};

/// "Trying again in 4 s.", counted down; empty while nothing is tried again by itself. The counting is for the eyes: whatever stands
/// before it is announced.
pub fn next_try(at: Reading<Option<Time>>) -> El {
    let element = span("wf-num")
        .attr("data-part", "next-try")
        .attr("aria-hidden", true);
    let node = element.node().clone();
    let client = use_workflow_client();
    let write = move |at: Option<Time>| {
        let words = at.map(|at| seconds_from_now(at.since(page_now(client.as_ref()))));
        node.set_text_content(words.as_deref());
    };
    let again = write.clone();
    effect(move || write(at.get()));
    every(500, move || again(at.get_untracked()));
    element
}

/// Now, by the clock that the hooks' times are of.
pub(crate) fn page_now(client: Option<&WorkflowClient>) -> Time {
    client.map_or_else(crate::dom::this_moment, WorkflowClient::now)
}

/// Now, by the clock that the server's times are of.
pub(crate) fn server_now(client: Option<&WorkflowClient>) -> Time {
    client.map_or_else(crate::dom::this_moment, WorkflowClient::server_now)
}

/// A `status` that says when the server requires sign-in, with a way to sign in, and when it has not answered a request for 10 seconds;
/// empty otherwise.
///
/// `on_token` leads to where a token is typed, if there is such a place.
pub fn server_notice(on_token: Option<Call<()>>) -> El {
    mount_style(super::STYLE);
    let UseServerStateReturn { sign_in, slow, .. } = use_server_state();
    div("wf-server-notice")
        .attr("data-part", "server-notice")
        .attr("role", "status")
        .child(dynamic(move || match (sign_in.get(), slow.get()) {
            (Some(sign_in), _) => vec![sign_in_note(&sign_in, on_token)],
            (None, Some(slow)) => vec![el("p").text(slow_words(&slow))],
            (None, None) => Vec::new(),
        }))
}

/// That the server requires sign-in, and how to do that.
pub fn sign_in_note(sign_in: &SignIn, on_token: Option<Call<()>>) -> El {
    let client = use_workflow_client();
    let words = if sign_in.detail.is_empty() {
        "This server requires sign-in. ".to_owned()
    } else {
        ["This server requires sign-in (", &sign_in.detail, "). "].concat()
    };
    let link = sign_in.url.as_deref().and_then(web_address).map(|url| {
        el("a")
            .class("wf-link")
            .attr("href", url)
            .attr("target", "_blank")
            .attr("rel", "noopener noreferrer")
            .text("Sign in")
    });
    let token = on_token.map(|on_token| {
        button("wf-link")
            .text("Enter a token")
            .on("click", move |_| on_token.run(()))
    });
    let check = button("wf-link").text("Check again").on("click", move |_| {
        if let Some(client) = &client {
            client.check_sign_in();
        }
    });
    el("p")
        .text(words)
        .child(link)
        .text(" ")
        .child(token)
        .text(" ")
        .child(check)
}

fn slow_words(slow: &SlowRequest) -> String {
    let then = match slow.method {
        Method::Get => "It is asked again.",
        // It may have been carried out.
        Method::Post => "The request is not sent again by itself.",
    };
    [
        "The server has not answered for 10 s (",
        slow.method.as_str(),
        " ",
        &slow.path,
        "). ",
        then,
    ]
    .concat()
}

/// An address for a link: nothing that a server says may be run as a script.
fn web_address(url: &str) -> Option<&str> {
    let scheme = url.split([':', '/', '?', '#']).next().unwrap_or_default();
    let is_relative = url.get(scheme.len()..).is_none_or(|rest| !rest.starts_with(':'));
    (is_relative || scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https"))
        .then_some(url)
}

#[cfg(test)]
mod tests {
    use super::{slow_words, web_address};
    use workflow_protocol::{Method, Time};
    use workflow_ui_core::SlowRequest;

    #[test]
    fn only_web_addresses_become_links() {
        for url in [
            "/login?next=a:b",
            "https://a.org/login",
            "HTTP://a.org",
            "",
            "login",
        ] {
            assert_eq!(web_address(url), Some(url));
        }
        for url in ["javascript:alert(1)", "data:text/html,x", "JavaScript:0"] {
            assert_eq!(web_address(url), None, "{url}");
        }
    }

    #[test]
    fn what_may_have_been_carried_out_is_not_sent_again() {
        let slow = |method| {
            slow_words(&SlowRequest {
                method,
                path: "/handlers".to_owned(),
                sent_at: Time(0),
            })
        };
        assert_eq!(
            slow(Method::Get),
            "The server has not answered for 10 s (GET /handlers). It is asked again."
        );
        assert!(slow(Method::Post).ends_with("not sent again by itself."));
    }
}
