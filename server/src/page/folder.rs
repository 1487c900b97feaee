//! Serves a page from a folder. Reads files at each request, so a new build needs no restart.

use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use axum::Router;
use axum::body::Body;
use axum::extract::{self, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use headers::{ETag, HeaderMapExt as _, IfNoneMatch};
use tower::ServiceExt as _;
use tower_http::services::ServeFile;

use super::{not_built, not_found, text};

/// Routes of the files in the folder.
pub(super) fn routes(folder: PathBuf) -> Router {
    Router::new()
        .route("/", get(index))
        .route("/{*path}", get(file))
        .with_state(folder.into())
}

async fn index(State(folder): State<Arc<Path>>, headers: HeaderMap) -> Response {
    answer(&folder, "index.html", &headers).await
}

async fn file(
    State(folder): State<Arc<Path>>,
    extract::Path(path): extract::Path<String>,
    headers: HeaderMap,
) -> Response {
    answer(&folder, &path, &headers).await
}

async fn answer(folder: &Path, path: &str, headers: &HeaderMap) -> Response {
    match serve(folder, path, headers).await {
        Ok(Some(response)) => response,
        Ok(None) if folder.join("index.html").is_file() => not_found().await,
        Ok(None) => not_built(),
        Err(error) => text(
            StatusCode::INTERNAL_SERVER_ERROR,
            format!("The file cannot be read: {error}\n"),
        ),
    }
}

/// Streams a file with an ETag of its length and modification time. `ServeFile` knows only dates: they have a resolution of a second,
/// and the page of another `--dist` may be older than the one that the browser has. So its ranges and dates are not used.
async fn serve(folder: &Path, path: &str, headers: &HeaderMap) -> io::Result<Option<Response>> {
    let Some(file) = resolve(folder, path).await? else {
        return Ok(None);
    };
    let about = tokio::fs::metadata(&file).await?;
    // Opening anything else, such as a pipe, may block.
    if !about.is_file() {
        return Ok(None);
    }
    let modified = about.modified().unwrap_or(SystemTime::UNIX_EPOCH);
    let modified = modified
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let tag = format!("\"{:x}-{:x}\"", about.len(), modified.as_nanos());
    let tag: ETag = tag.parse().map_err(io::Error::other)?;
    let known = headers.typed_get::<IfNoneMatch>();
    let mut response = if known.is_some_and(|known| !known.precondition_passes(&tag)) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let Ok(response) = ServeFile::new(&file).oneshot(Request::<Body>::default()).await;
        response.map(Body::new)
    };
    let headers = response.headers_mut();
    headers.remove(header::ACCEPT_RANGES);
    headers.remove(header::LAST_MODIFIED);
    headers.typed_insert(tag);
    Ok(Some(response))
}

/// Path of a file below the folder, without symbolic links. `None` for a missing file, for a name that begins with a dot, and for
/// whatever a symbolic link names outside of the folder.
async fn resolve(folder: &Path, path: &str) -> io::Result<Option<PathBuf>> {
    if path.contains('\\') || !is_plain(Path::new(path)) {
        return Ok(None);
    }
    let folder = match tokio::fs::canonicalize(folder).await {
        Ok(folder) => folder,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    // Errors mean that there is no such file: a name can be too long, or below a file.
    let file = tokio::fs::canonicalize(folder.join(path)).await.ok();
    Ok(file.filter(|file| file.strip_prefix(&folder).is_ok_and(is_plain)))
}

/// Whether a relative path stays in its folder and has no name that begins with a dot.
fn is_plain(path: &Path) -> bool {
    path.components().all(|part| match part {
        Component::Normal(name) => !name.as_encoded_bytes().starts_with(b"."),
        Component::Prefix(_) | Component::RootDir | Component::CurDir | Component::ParentDir => false,
    })
}
