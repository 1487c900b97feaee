//! `/_faults`: simulated faults over HTTP, for tests of the binary. Only available with a hidden option.

use std::time::Duration;

use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::json;

use super::Api;
use super::query::Pairs;
use super::segment::Segment;
use crate::engine::Failing;
use crate::reply::{Refusal, json, status};

pub(super) fn routes() -> Router<Api> {
    Router::new()
        .route("/_faults", get(streams))
        .route("/_faults/{what}", post(ask))
}

async fn streams(State(api): State<Api>) -> Response {
    let (open, most) = api.engine.faults().streams();
    json(200, &json!({ "open_streams": open, "most_streams": most }))
}

async fn ask(
    State(api): State<Api>,
    Segment(what): Segment,
    Query(query): Query<Pairs>,
    body: String,
) -> Response {
    match show(&api, &what, &query, body) {
        Ok(()) => status("ok"),
        Err(refusal) => refusal.into_response(),
    }
}

fn show(api: &Api, what: &str, query: &Pairs, body: String) -> Result<(), Refusal> {
    let number = |key: &str, default: u32| match query.get(key) {
        None => Ok(default),
        Some(text) => text
            .parse::<u32>()
            .map_err(|_| Refusal(400, format!("`{key}` must be a number"))),
    };
    let faults = api.engine.faults();
    match what {
        "cut" => faults.cut_streams(),
        "cut-after" => faults.cut_after(Some(number("frames", 0)?)),
        "delay" => faults.delay_frames(Duration::from_millis(number("ms", 0)?.into())),
        "lose-posts" => faults.lose_posts(number("count", 1)?),
        "fail" => {
            let status = u16::try_from(number("status", 500)?).unwrap_or(500);
            let content_type = query.get("type").unwrap_or("text/plain").to_owned();
            faults.fail(
                &Failing {
                    status,
                    content_type,
                    body,
                },
                number("count", 1)?,
            );
        }
        "restart" => api.engine.restart(true),
        "forget" => api.engine.restart(false),
        "clear" => faults.clear(),
        _ => return Err(Refusal(404, format!("No such fault: {what}"))),
    }
    Ok(())
}
