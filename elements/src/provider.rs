//! `<workflow-provider>`: the server that the elements inside it talk to.

use crate::Port;
use any_spawner::Executor;
use js_sys::{Array, JsString};
use leptos::prelude::{Owner, provide_context};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{JsError, wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use workflow_ui_components::drafts::Drafts;
use workflow_ui_components::renewal::Renewal;
use workflow_ui_core::{Credentials, ServerAddress, WorkflowClient, deployment, provide_workflow_client};

/// A server, as the elements inside one `<workflow-provider>` share it: their requests, their streams, and what was typed into their
/// forms.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Provider {
    owner: Owner,
    renewal: Renewal,
}

#[wasm_bindgen]
impl Provider {
    /// A client of the server at `base`; without it, of the server that the page's address names. `credentials` is a value of
    /// `fetch`'s option, or empty.
    ///
    /// # Errors
    /// `base` is no address of a server; or the page's address names one of another origin, or none that can be used: anybody can
    /// write a link, so the page has to name its server itself.
    #[wasm_bindgen(constructor)]
    pub fn new(base: Option<String>, credentials: &str, port: Port) -> Result<Self, JsError> {
        // Fails where there is an executor already, for example of another provider.
        let _ = Executor::init_wasm_bindgen();
        let base = server(base)?;
        let port = Rc::new(port);
        let client = WorkflowClient::builder(base)
            .credentials(match credentials {
                "include" => Credentials::Include,
                "omit" => Credentials::Omit,
                _ => Credentials::SameOrigin,
            })
            .headers(move || headers(Rc::clone(&port)))
            .build();
        let owner = Owner::new();
        let renewal = owner.with(|| {
            provide_workflow_client(client);
            provide_context(Drafts::new());
            Renewal::provide()
        });
        Ok(Self { owner, renewal })
    }

    /// Repeats requests that failed, for example after a new token.
    pub fn renew(&self) {
        self.renewal.call();
    }

    pub(crate) fn child(&self) -> Owner {
        self.owner.child()
    }
}

/// The address of the server.
fn server(base: Option<String>) -> Result<String, JsError> {
    let error = |reason: &str| JsError::new(&["<workflow-provider>: ", reason].concat());
    if let Some(base) = base {
        let address = ServerAddress::of_page(&base);
        return match address {
            Ok(address) => Ok(address.base().to_owned()),
            Err(wrong) => Err(error(&["base-url: ", &wrong.to_string()].concat())),
        };
    }
    let place = deployment();
    if let Some(wrong) = place.refused {
        return Err(error(
            &[
                "the page's ?api=: ",
                &wrong.to_string(),
                "; give the element a base-url",
            ]
            .concat(),
        ));
    }
    if place.is_foreign {
        return Err(error(
            "the page's ?api= names another origin; give the element a base-url",
        ));
    }
    Ok(place.api_base)
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.owner.cleanup();
    }
}

/// The headers of the next request.
async fn headers(port: Rc<Port>) -> Vec<(String, String)> {
    // The class logs why there are none.
    let Ok(list) = JsFuture::from(port.headers()).await else {
        return Vec::new();
    };
    let list: Array = list.unchecked_into();
    let mut texts = list.iter().map(|text| {
        let text: JsString = text.unchecked_into();
        String::from(text)
    });
    let mut pairs = Vec::new();
    while let (Some(name), Some(value)) = (texts.next(), texts.next()) {
        pairs.push((name, value));
    }
    pairs
}
