//! Collects the built page for embedding. Part of the build script; tests include it as well.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::path::Path;

/// One file of the page, ready to be served.
#[derive(Debug, Clone)]
pub(crate) struct Collected {
    /// Path below the folder, with slashes.
    pub(crate) path: String,
    /// The file as it is.
    pub(crate) identity: Vec<u8>,
    /// The file in brotli at quality 11; `None` when that isn't smaller.
    pub(crate) brotli: Option<Vec<u8>>,
    /// Hash of the content, as hexadecimal digits.
    pub(crate) hash: String,
}

/// All files below a folder, in the order of their paths. Hidden ones are left out.
///
/// # Errors
/// The folder or a file of it can't be read.
pub(crate) fn collect(folder: &Path) -> io::Result<Vec<Collected>> {
    let mut found = Vec::new();
    walk(folder, "", &mut found)?;
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn walk(folder: &Path, prefix: &str, found: &mut Vec<Collected>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let path = format!("{prefix}{name}");
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), &format!("{path}/"), found)?;
        } else {
            found.push(read(&entry.path(), path)?);
        }
    }
    Ok(())
}

fn read(file: &Path, path: String) -> io::Result<Collected> {
    let identity = fs::read(file)?;
    let mut hasher = DefaultHasher::new();
    identity.hash(&mut hasher);
    let hash = format!("{:016x}", hasher.finish());
    let mut compressed = Vec::new();
    {
        let mut writer = brotli::CompressorWriter::new(&mut compressed, 64 * 1024, 11, 24);
        writer.write_all(&identity)?;
    }
    let brotli = (compressed.len() < identity.len()).then_some(compressed);
    Ok(Collected {
        path,
        identity,
        brotli,
        hash,
    })
}
