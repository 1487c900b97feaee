//! A network and a clock for the hooks in a native program.

use std::time::{Duration, Instant};

use futures::future::LocalBoxFuture;
use futures::{FutureExt as _, StreamExt as _};
use workflow_protocol::{Failure, Method, Time};
use workflow_ui_core::{Clock, HttpMeta, HttpRequest, HttpResponse, HttpStream, Transport};

/// Every request has its own connection, so that each is cut or not independently.
pub(crate) struct Network {
    client: reqwest::Client,
    pool: usize,
}

impl Network {
    /// `pool`: clients with the same number share four stream slots, like the tabs of a browser.
    pub(crate) fn new(pool: usize) -> Self {
        let client = reqwest::Client::builder().pool_max_idle_per_host(0).build();
        Self {
            client: client.expect("an HTTP client"),
            pool,
        }
    }

    async fn answer(request: reqwest::RequestBuilder) -> Result<reqwest::Response, Failure> {
        request.send().await.map_err(|error| network(&error))
    }

    fn request(&self, request: HttpRequest) -> reqwest::RequestBuilder {
        let mut builder = match request.method {
            Method::Get => self.client.get(&request.url),
            Method::Post => self.client.post(&request.url),
            Method::Put => self.client.put(&request.url),
            Method::Delete => self.client.delete(&request.url),
        };
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        match request.body {
            Some(body) => builder.body(body),
            None => builder,
        }
    }
}

fn network(error: &reqwest::Error) -> Failure {
    Failure::network(format!("{error:?}"))
}

fn header(response: &reqwest::Response, name: &str) -> Option<String> {
    Some(response.headers().get(name)?.to_str().ok()?.to_owned())
}

fn retry_after(response: &reqwest::Response) -> Option<u64> {
    let seconds: u64 = header(response, "retry-after")?.parse().ok()?;
    Some(seconds * 1000)
}

impl Transport for Network {
    fn send(&self, request: HttpRequest) -> LocalBoxFuture<'static, Result<HttpResponse, Failure>> {
        let request = self.request(request);
        async move {
            let response = Self::answer(request).await?;
            Ok(HttpResponse {
                status: response.status().as_u16(),
                content_type: header(&response, "content-type"),
                retry_after: retry_after(&response),
                meta: HttpMeta::default(),
                body: response.text().await.map_err(|error| network(&error))?,
            })
        }
        .boxed_local()
    }

    fn open(&self, request: HttpRequest) -> LocalBoxFuture<'static, Result<HttpStream, Failure>> {
        let request = self.request(request);
        async move {
            let response = Self::answer(request).await?;
            Ok(HttpStream {
                status: response.status().as_u16(),
                content_type: header(&response, "content-type"),
                retry_after: retry_after(&response),
                meta: HttpMeta::default(),
                body: response
                    .bytes_stream()
                    .map(|chunk| chunk.map(|bytes| bytes.to_vec()).map_err(|error| network(&error)))
                    .boxed_local(),
            })
        }
        .boxed_local()
    }

    fn pool(&self) -> usize {
        self.pool
    }
}

/// The system's clock.
pub(crate) struct RealClock {
    begin: Instant,
    seed: u64,
}

impl RealClock {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            begin: Instant::now(),
            seed,
        }
    }
}

impl Clock for RealClock {
    fn now(&self) -> Time {
        Time(1_000_000 + u64::try_from(self.begin.elapsed().as_millis()).unwrap_or(u64::MAX / 2))
    }

    fn sleep(&self, ms: u64) -> LocalBoxFuture<'static, ()> {
        tokio::time::sleep(Duration::from_millis(ms)).boxed_local()
    }

    fn frame(&self) -> LocalBoxFuture<'static, ()> {
        tokio::time::sleep(Duration::from_millis(16)).boxed_local()
    }

    fn turn(&self) -> LocalBoxFuture<'static, ()> {
        tokio::task::yield_now().boxed_local()
    }

    fn seed(&self) -> u64 {
        self.seed
    }
}
