//! Where the page's files come from.

use std::borrow::Cow;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::io;
use std::path::{Component, Path, PathBuf};

use bytes::Bytes;

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
    /// Read at each request, as it is.
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
    pub(crate) fn file(&self, path: &str) -> io::Result<Option<PageFile>> {
        match self {
            Self::Files(files) => Ok(files.iter().find(|file| file.path == path).cloned()),
            Self::Folder(folder) => read(folder, path),
        }
    }
}

fn read(folder: &Path, path: &str) -> io::Result<Option<PageFile>> {
    // Only plain names: nothing may lead out of the folder.
    if path.contains('\\')
        || !Path::new(path)
            .components()
            .all(|part| matches!(part, Component::Normal(_)))
    {
        return Ok(None);
    }
    let file = folder.join(path);
    if !file.is_file() {
        return Ok(None);
    }
    let identity = std::fs::read(file)?;
    let mut hasher = DefaultHasher::new();
    identity.hash(&mut hasher);
    let hash = format!("{:016x}", hasher.finish());
    Ok(Some(PageFile {
        path: path.to_owned().into(),
        hash: hash.into(),
        identity: identity.into(),
        brotli: None,
    }))
}
