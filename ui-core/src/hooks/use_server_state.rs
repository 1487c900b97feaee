//! `use_server_state`: whether the server requires sign-in or is slow.

use crate::api::{SignIn, SlowRequest};
use crate::reactive::*;
use crate::{WorkflowClient, use_workflow_client};

/// Settings of [`use_server_state_with_options`].
#[derive(Clone, Debug, Default)]
pub struct UseServerStateOptions {
    /// The client to use. Defaults to the one in context.
    pub client: Option<WorkflowClient>,
}

/// The return value of [`use_server_state`]. Destructure it with `..`, because fields may be added.
#[derive(Clone, Copy, Debug)]
pub struct UseServerStateReturn {
    /// How the user can sign in, while the server requires it. Until then the client sends no requests. When the user returns to the
    /// page, it sends one; if that succeeds, everything continues.
    pub sign_in: Signal<Option<SignIn>>,
    /// The oldest request without an answer for 10 seconds.
    pub slow: Signal<Option<SlowRequest>>,
}

/// Reports whether the server requires sign-in, and whether it is slow. Without a client in context both signals stay `None`; other
/// hooks report that as [`Error::NoClient`](crate::Error::NoClient).
///
/// # Example
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_core::{UseServerStateReturn, use_server_state};
///
/// #[component]
/// fn ServerNotice() -> impl IntoView {
///     let UseServerStateReturn { sign_in, slow, .. } = use_server_state();
///     view! {
///         <p role="status">
///             {move || sign_in.get().map(|sign_in| view! {
///                 "This server requires sign-in. " <a href=sign_in.url target="_blank">"Sign in"</a>
///             })}
///             {move || slow.get().map(|_| "The server is slow.")}
///         </p>
///     }
/// }
/// ```
#[track_caller]
pub fn use_server_state() -> UseServerStateReturn {
    use_server_state_with_options(UseServerStateOptions::default())
}

/// [`use_server_state`] with settings.
#[track_caller]
pub fn use_server_state_with_options(options: UseServerStateOptions) -> UseServerStateReturn {
    let Some(client) = options.client.or_else(use_workflow_client) else {
        return UseServerStateReturn {
            sign_in: Signal::default(),
            slow: Signal::default(),
        };
    };
    let state = &client.store().http().state;
    UseServerStateReturn {
        sign_in: state.sign_in.clone().into(),
        slow: state.slow.clone().into(),
    }
}
