//! What the answers say about the server as a whole.

use crate::api::{SignIn, SlowRequest};
use crate::reactive::*;
use crate::{WorkflowClient, use_workflow_client};

/// Settings of [`use_server_state_with_options`].
#[derive(Clone, Debug, Default)]
pub struct UseServerStateOptions {
    /// The client to use. Defaults to the one in context.
    pub client: Option<WorkflowClient>,
}

/// What [`use_server_state`] gives. Destructure it with `..`; more fields may come.
#[derive(Clone, Copy, Debug)]
pub struct UseServerStateReturn {
    /// How the user can sign in, while the server requires it. Nothing is asked for meanwhile; everything goes on by itself once a
    /// request is answered, which is tried when the user comes back to the page.
    pub sign_in: Signal<Option<SignIn>>,
    /// The oldest request that has no answer for 10 seconds.
    pub slow: Signal<Option<SlowRequest>>,
}

/// Says whether the server requires sign-in, and whether it is slow. Without a client nothing is ever said: other hooks show that as
/// [`Error::NoClient`](crate::Error::NoClient).
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
