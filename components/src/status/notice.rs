//! Notices about the server: it requires sign-in, or it is slow.

use crate::theme::mount_style;
use leptos::either::Either;
use leptos::prelude::*;
use workflow_protocol::Method;
use workflow_ui_core::{
    SignIn, SlowRequest, UseServerStateReturn, WorkflowClient, use_server_state, use_workflow_client,
};

/// A live region (`role="status"`) that shows when the server requires sign-in, with ways to sign in, and when a request has had no answer
/// for 10 seconds. Empty otherwise.
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::status::ServerNotice;
///
/// #[component]
/// fn Notices(token_requested: RwSignal<bool>) -> impl IntoView {
///     view! { <ServerNotice on_token=move |()| token_requested.set(true) /> }
/// }
/// ```
#[component]
pub fn ServerNotice(
    /// Opens your field for a token. Without it, the notice offers no token.
    #[prop(optional, into)]
    on_token: Option<Callback<()>>,
) -> impl IntoView {
    mount_style(super::STYLE);
    let UseServerStateReturn { sign_in, slow, .. } = use_server_state();
    let content = move || match (sign_in.get(), slow.get()) {
        (Some(sign_in), _) => Some(Either::Left(
            view! { <SignInNote sign_in nostrip:on_token=on_token /> },
        )),
        (None, Some(slow)) => Some(Either::Right(view! { <p>{slow_text(&slow)}</p> })),
        (None, None) => None,
    };
    view! {
        <div class="wf-server-notice" data-part="server-notice" part="server-notice" role="status">
            {content}
        </div>
    }
}

/// A notice that the server requires sign-in, with ways to sign in.
#[component]
pub fn SignInNote(
    /// The server's requirement, from the hook or an error.
    sign_in: SignIn,
    /// Opens your field for a token. Without it, the notice offers no token.
    #[prop(optional, into)]
    on_token: Option<Callback<()>>,
) -> impl IntoView {
    let SignIn { url, detail, .. } = sign_in;
    let text = if detail.is_empty() {
        String::from("This server requires sign-in. ")
    } else {
        format!("This server requires sign-in ({detail}). ")
    };
    let url = url.filter(|url| is_web_address(url));
    let client = use_workflow_client();
    let check_again = move |_| {
        if let Some(client) = &client {
            WorkflowClient::check_sign_in(client);
        }
    };
    view! {
        <p>
            {text}
            {url
                .map(|url| {
                    view! {
                        <a class="wf-link" href=url target="_blank" rel="noopener noreferrer">
                            "Sign in"
                        </a>
                    }
                })} " "
            {on_token
                .map(|on_token| {
                    view! {
                        <button type="button" class="wf-link" on:click=move |_| on_token.run(())>
                            "Enter a token"
                        </button>
                    }
                })} " "
            <button type="button" class="wf-link" on:click=check_again>
                "Check again"
            </button>
        </p>
    }
}

fn slow_text(slow: &SlowRequest) -> String {
    let then = match slow.method {
        Method::Get => "It is asked again.",
        // It may have been carried out.
        Method::Post => "The request is not sent again by itself.",
    };
    let SlowRequest { method, path, .. } = slow;
    format!(
        "The server has not answered for 10 s ({} {path}). {then}",
        method.as_str()
    )
}

/// Whether an address may be a link: nothing that a server says may be run as a script.
fn is_web_address(url: &str) -> bool {
    let scheme = url.split([':', '/', '?', '#']).next().unwrap_or_default();
    let is_relative = url.get(scheme.len()..).is_none_or(|rest| !rest.starts_with(':'));
    is_relative || scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
}

#[cfg(test)]
mod tests {
    use super::{is_web_address, slow_text};
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
            assert!(is_web_address(url), "{url}");
        }
        for url in ["javascript:alert(1)", "data:text/html,x", "JavaScript:0"] {
            assert!(!is_web_address(url), "{url}");
        }
    }

    #[test]
    fn posts_are_not_sent_again() {
        let slow = |method| {
            slow_text(&SlowRequest {
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
