//! What every test stands on: a scripted server, a client of it, and what was mounted.

use any_spawner::Executor;
use futures::future::{Either, select};
use leptos::prelude::{AnyView, IntoAny as _, IntoView, Mountable as _, Owner, Render, document};
use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlElement, HtmlTextAreaElement, KeyboardEvent, KeyboardEventInit};
use workflow_ui_core::{
    BrowserClock, Clock as _, Reply, ScriptedTransport, WorkflowClient, provide_workflow_client,
};

/// A component in the page. Dropping it takes it out again.
pub(crate) struct Mounted {
    pub(crate) server: ScriptedTransport,
    owner: Owner,
    place: HtmlElement,
    _state: <AnyView as Render>::State,
}

impl Mounted {
    /// Mounts what `build` makes of the scripted server.
    pub(crate) fn new<V: IntoView>(build: impl FnOnce(&ScriptedTransport) -> V) -> Self {
        // Only the first test initialises it.
        let _ = Executor::init_wasm_bindgen();
        let server = ScriptedTransport::new();
        let client = WorkflowClient::builder("")
            .transport(server.clone())
            .no_storage()
            .build();
        let place: HtmlElement = document()
            .create_element("div")
            .expect("an element")
            .unchecked_into();
        place.set_class_name("wf-root");
        let body = document().body().expect("a body");
        body.append_child(&place).expect("a place");
        let owner = Owner::new();
        let mut state = owner.with(|| {
            provide_workflow_client(client);
            build(&server).into_any().build()
        });
        state.mount(&place, None);
        Self {
            server,
            owner,
            place,
            _state: state,
        }
    }

    pub(crate) fn all(&self, selector: &str) -> Vec<Element> {
        let found = self.place.query_selector_all(selector).expect("a selector");
        (0..found.length())
            .filter_map(|at| found.get(at)?.dyn_into().ok())
            .collect()
    }

    pub(crate) fn find(&self, selector: &str) -> HtmlElement {
        let found = self.place.query_selector(selector).expect("a selector");
        let found = found.unwrap_or_else(|| panic!("no {selector} in {}", self.place.inner_html()));
        found.unchecked_into()
    }

    /// Waits until a look at it gives something.
    pub(crate) async fn until<T>(&self, what: &str, look: impl Fn(&Self) -> Option<T>) -> T {
        let wait = async {
            loop {
                if let Some(found) = look(self) {
                    return found;
                }
                BrowserClock::new().sleep(20).await;
            }
        };
        match select(Box::pin(wait), BrowserClock::new().sleep(15_000)).await {
            Either::Left((found, _)) => found,
            Either::Right(_) => panic!("waited for {what}; there is: {}", self.place.inner_html()),
        }
    }

    /// Waits until there is an element.
    pub(crate) async fn until_there(&self, selector: &str) {
        self.until(selector, |this| (!this.all(selector).is_empty()).then_some(()))
            .await;
    }

    /// Writes into a field of several lines.
    pub(crate) fn write(&self, selector: &str, text: &str) {
        let field: HtmlTextAreaElement = self.find(selector).unchecked_into();
        field.set_value(text);
        let event = web_sys::Event::new("input").expect("an event");
        field.dispatch_event(&event).expect("a dispatched event");
    }

    /// Presses a key in an element; true when nobody prevented what it does by itself.
    pub(crate) fn key(&self, selector: &str, key: &str, shift: bool) -> bool {
        let how = KeyboardEventInit::new();
        how.set_key(key);
        how.set_shift_key(shift);
        how.set_bubbles(true);
        how.set_cancelable(true);
        let event = KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &how).expect("an event");
        self.find(selector)
            .dispatch_event(&event)
            .expect("a dispatched event")
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        self.owner.cleanup();
        self.place.remove();
    }
}

/// A workflow that takes a text, and whose handler `h1` runs.
pub(crate) fn describe(server: &ScriptedTransport, workflow: &str) {
    let at = |rest: &str| ["/workflows/", workflow, rest].concat();
    let handler = [
        r#"{"handler_id":"h1","run_id":"r1","status":"running","workflow_name":""#,
        workflow,
        "\"}",
    ]
    .concat();
    server
        .get(
            &at("/schema"),
            Reply::json(
                200,
                r#"{"start":{"title":"Begin","type":"object","required":["query"],"properties":{
                    "depth":{"title":"Depth","type":"integer","default":1},
                    "query":{"title":"Query","type":"string"}}},"stop":{}}"#,
            ),
        )
        .get(
            &at("/events"),
            Reply::json(
                200,
                r#"{"events":[{"title":"HumanResponseEvent","type":"object","properties":{}}]}"#,
            ),
        )
        .get(
            &at("/representation"),
            Reply::json(
                200,
                r#"{"graph":{"name":"chat","description":null,"nodes":[],"edges":[]}}"#,
            ),
        )
        .post(&at("/run-nowait"), Reply::json(200, handler.clone()))
        .get("/handlers/h1", Reply::json(202, handler));
}
