//! Where the page's files come from.

use std::borrow::Cow;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use bytes::Bytes;
use tokio::fs::File;

struct Embedded {
    path: &'static str,
    hash: &'static str,
    identity: &'static [u8],
    brotli: Option<&'static [u8]>,
}

static EMBEDDED: &[Embedded] = include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// One file of the page.
#[derive(Debug, Clone)]
pub struct PageFile {
    /// Path below the page, with slashes.
    pub path: Cow<'static, str>,
    /// Hash of the content, for its ETag.
    pub hash: Cow<'static, str>,
    /// The content.
    pub identity: Bytes,
    /// The content in brotli.
    pub brotli: Option<Bytes>,
}

/// The page's files.
#[derive(Debug, Clone)]
pub enum Page {
    /// In memory: those of the program, or of a test.
    Files(Vec<PageFile>),
    /// Read at each request, as it is. Symbolic links out of the folder and names that begin with a dot are not served.
    Folder(PathBuf),
}

impl Default for Page {
    /// What was embedded; in debug builds the folder into which the page is built.
    fn default() -> Self {
        if EMBEDDED.is_empty() {
            return Self::Folder(PathBuf::from(env!("WORKFLOW_DEBUGGER_FOLDER")));
        }
        let file = |file: &Embedded| PageFile {
            path: file.path.into(),
            hash: file.hash.into(),
            identity: Bytes::from_static(file.identity),
            brotli: file.brotli.map(Bytes::from_static),
        };
        Self::Files(EMBEDDED.iter().map(file).collect())
    }
}

impl Page {
    /// Whether there is no page at all.
    pub(crate) fn is_missing(&self) -> bool {
        match self {
            Self::Files(files) => files.is_empty(),
            Self::Folder(folder) => !folder.join("index.html").is_file(),
        }
    }

    /// One file; `None` when there is none of that name.
    pub(crate) async fn file(&self, path: &str) -> io::Result<Option<Found>> {
        match self {
            Self::Files(files) => Ok(files
                .iter()
                .find(|file| file.path == path)
                .cloned()
                .map(Found::InMemory)),
            Self::Folder(folder) => open(folder, path).await,
        }
    }
}

/// A file that was asked for.
#[derive(Debug)]
pub(crate) enum Found {
    /// One of [`Page::Files`].
    InMemory(PageFile),
    /// One of [`Page::Folder`], open.
    OnDisk {
        /// Changes with the content: length and time of the last change.
        hash: String,
        file: File,
        length: u64,
    },
}

/// Opens a file below the folder. Names that begin with a dot are not served, nor is anything to which a symbolic link leads out of
/// the folder.
async fn open(folder: &Path, path: &str) -> io::Result<Option<Found>> {
    if path.contains('\\') || !is_plain(Path::new(path)) {
        return Ok(None);
    }
    let Some((folder, target)) = resolve(folder, &folder.join(path)).await? else {
        return Ok(None);
    };
    if !target.strip_prefix(&folder).is_ok_and(is_plain) {
        return Ok(None);
    }
    // Opening something else than a file, as a pipe, may block.
    if !tokio::fs::metadata(&target).await?.is_file() {
        return Ok(None);
    }
    let file = File::open(&target).await?;
    let about = file.metadata().await?;
    let changed = about.modified().ok();
    let changed = changed.and_then(|changed| changed.duration_since(SystemTime::UNIX_EPOCH).ok());
    Ok(Some(Found::OnDisk {
        hash: format!("{:x}-{:x}", about.len(), changed.unwrap_or_default().as_nanos()),
        length: about.len(),
        file,
    }))
}

/// Folder and file without symbolic links; `None` when there is no such file.
async fn resolve(folder: &Path, file: &Path) -> io::Result<Option<(PathBuf, PathBuf)>> {
    let folder = match tokio::fs::canonicalize(folder).await {
        Ok(folder) => folder,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    match tokio::fs::canonicalize(file).await {
        Ok(file) => Ok(Some((folder, file))),
        // A name that is too long, or below a file, is no file either.
        Err(_) => Ok(None),
    }
}

/// Whether a path has only names that are served: none leads out of the folder, none begins with a dot.
fn is_plain(path: &Path) -> bool {
    path.components().all(|part| match part {
        Component::Normal(name) => !name.as_encoded_bytes().starts_with(b"."),
        Component::Prefix(_) | Component::RootDir | Component::CurDir | Component::ParentDir => false,
    })
}
