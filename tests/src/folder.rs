//! Serves built files like a static server.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::Response;
use tokio::task::JoinHandle;

/// Serves a folder and its subfolders, each with its `index.html`. If a file has a sibling with `.br` appended to its name, that one is
/// sent. Dropping it stops it.
///
/// It needs the tokio runtime that it was started on.
#[derive(Debug)]
#[must_use = "dropping the server closes it"]
pub struct FolderServer {
    address: SocketAddr,
    refused: Refused,
    serving: JoinHandle<()>,
}

/// The endings of refused paths; none by default.
type Refused = Arc<Mutex<Option<&'static str>>>;

impl FolderServer {
    /// Serves `folder` on a free port.
    ///
    /// # Panics
    /// If no port is free.
    pub async fn start(folder: PathBuf) -> Self {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("a port for the folder");
        let address = listener.local_addr().expect("the folder's address");
        let refused = Refused::default();
        let router = Router::new()
            .fallback(answer)
            .with_state((folder, Arc::clone(&refused)));
        let serving = tokio::spawn(async move {
            // It ends with the task.
            let _ = axum::serve(listener, router).await;
        });
        Self {
            address,
            refused,
            serving,
        }
    }

    /// Responds with 503 to requests for paths with this ending, until changed.
    pub fn refuse(&self, end: Option<&'static str>) {
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = end;
    }

    /// Its address, such as `http://127.0.0.1:40123`.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for FolderServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn answer(State((folder, refused)): State<(PathBuf, Refused)>, request: Request) -> Response {
    let refused = *refused.lock().unwrap_or_else(PoisonError::into_inner);
    if refused.is_some_and(|end| request.uri().path().ends_with(end)) {
        let response = Response::builder().status(StatusCode::SERVICE_UNAVAILABLE);
        return response.body(Body::empty()).expect("an answer");
    }
    let mut encoding = None;
    let (status, kind, body) = match file(&folder, request.uri().path()) {
        Ok((kind, bytes)) => match file(&folder, &format!("{}.br", request.uri().path())) {
            Ok((_, compressed)) => {
                encoding = Some("br");
                (StatusCode::OK, kind, compressed)
            }
            Err(_) => (StatusCode::OK, kind, bytes),
        },
        Err(ErrorKind::NotFound) => (StatusCode::NOT_FOUND, "text/plain", vec![]),
        Err(error) => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "text/plain",
            error.to_string().into_bytes(),
        ),
    };
    let mut response = Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, kind);
    if let Some(encoding) = encoding {
        response = response.header(header::CONTENT_ENCODING, encoding);
    }
    response.body(Body::from(body)).expect("an answer")
}

fn file(folder: &Path, path: &str) -> Result<(&'static str, Vec<u8>), ErrorKind> {
    let path = Path::new(path.trim_start_matches('/'));
    let plain = |part| matches!(part, Component::Normal(_));
    if !path.components().all(plain) {
        return Err(ErrorKind::NotFound);
    }
    let mut file = folder.join(path);
    if file.is_dir() {
        file.push("index.html");
    }
    let kind = match file.extension().and_then(|it| it.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript",
        Some("wasm") => "application/wasm",
        Some("css") => "text/css",
        _ => "application/octet-stream",
    };
    let bytes = std::fs::read(file).map_err(|error| error.kind())?;
    Ok((kind, bytes))
}
