//! The delivery tests over the script. What a transport is that shows no failures' reasons is the browser's part.

use futures::FutureExt as _;
use futures::future::LocalBoxFuture;
use workflow_ui_core::protocol::Method;
use workflow_ui_core::{HttpMeta, HttpResponse, Reply, ScriptedClock, ScriptedTransport};

use crate::delivery::{self, Host};
use crate::kit::test;

struct Scripted {
    way: ScriptedTransport,
    clock: ScriptedClock,
    served: std::cell::Cell<usize>,
}

impl Host for Scripted {
    type Transport = ScriptedTransport;
    type Clock = ScriptedClock;

    fn transport(&self) -> ScriptedTransport {
        self.way.clone()
    }

    fn clock(&self) -> ScriptedClock {
        self.clock.clone()
    }

    fn serve(&self, bytes: &[u8]) -> String {
        self.served.set(self.served.get() + 1);
        let path = format!("/served/{}", self.served.get());
        // The script answers in text; what is cut within a character arrives broken, as it would in a browser.
        let body = String::from_utf8_lossy(bytes).into_owned();
        self.way.once(
            Method::Get,
            &path,
            Reply::Answer(HttpResponse {
                status: 200,
                content_type: Some("text/event-stream".to_owned()),
                retry_after: None,
                meta: HttpMeta::default(),
                body,
            }),
        );
        path
    }

    fn nothing(&self) -> String {
        self.way.get("/nothing", Reply::offline());
        "/nothing".to_owned()
    }

    fn unknown(&self) -> String {
        self.way.get("/unknown", Reply::detail(404, "Handler not found"));
        "/unknown".to_owned()
    }

    fn pass(&self) -> LocalBoxFuture<'static, ()> {
        let clock = self.clock.clone();
        async move { clock.advance(20).await }.boxed_local()
    }
}

fn deliver<F: Future<Output = ()>>(body: impl FnOnce(Scripted) -> F) {
    test(|kit| async move {
        body(Scripted {
            way: kit.server.clone(),
            clock: kit.clock.clone(),
            served: std::cell::Cell::default(),
        })
        .await;
        kit.finish().await;
    });
}

#[test]
fn a_history_arrives_at_once() {
    deliver(delivery::a_history_arrives_at_once);
}

#[test]
fn cuts_lose_nothing() {
    deliver(|host| delivery::cuts_lose_nothing(host, 7));
}

#[test]
fn refusals_are_tried_again() {
    deliver(delivery::refusals_are_tried_again);
}

#[test]
fn a_deleted_handler_is_gone() {
    deliver(delivery::a_deleted_handler_is_gone);
}
