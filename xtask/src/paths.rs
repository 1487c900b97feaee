//! Folders and files.

use crate::Result;
use std::env;
use std::path::{Path, PathBuf};

/// The folders that commands read and write.
pub(crate) struct Paths {
    /// The repository.
    pub(crate) root: PathBuf,
    /// cargo's target folder.
    pub(crate) target: PathBuf,
    /// `xtask`'s own state, logs and links; can be deleted at any time.
    pub(crate) state: PathBuf,
    /// Tools and environments that survive `cargo clean`.
    pub(crate) cache: PathBuf,
}

impl Paths {
    pub(crate) fn find() -> Result<Self> {
        let manifest = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
        let root = manifest
            .parent()
            .map(Path::to_path_buf)
            .filter(|root| root.join("Trunk.toml").exists());
        let root = root
            .ok_or("this is not the project's folder any more; run `cargo xtask` inside the repository.")?;
        let target = match env::var_os("CARGO_TARGET_DIR") {
            Some(folder) => {
                std::path::absolute(folder).map_err(|error| format!("CARGO_TARGET_DIR: {error}"))?
            }
            None => root.join("target"),
        };
        let state = target.join("xtask");
        let cache =
            cache_folder(|name| env::var_os(name).map(PathBuf::from)).unwrap_or_else(|| state.join("cache"));
        Ok(Self {
            root,
            target,
            state,
            cache,
        })
    }

    /// The built page.
    pub(crate) fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    /// The copy of the built page that release builds of the server embed.
    pub(crate) fn server_page(&self) -> PathBuf {
        self.root.join("server/page")
    }

    /// Where a tool of exactly this version is, or will be, installed.
    pub(crate) fn tool(&self, name: &str, version: &str) -> PathBuf {
        self.cache.join("tools").join(format!("{name}-{version}"))
    }

    /// The log of a part or an installation.
    pub(crate) fn log(&self, name: &str) -> PathBuf {
        self.state.join("logs").join(format!("{name}.log"))
    }
}

/// The project's own variable first, then the system's convention. `None` if `HOME` is unknown too.
fn cache_folder(variable: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    // Variables that are empty or relative paths count as unset.
    let variable = |name: &str| variable(name).filter(|path| path.is_absolute());
    variable("WORKFLOW_UI_CACHE")
        .or_else(|| variable("XDG_CACHE_HOME").map(|folder| folder.join("workflow-ui")))
        .or_else(|| variable("HOME").map(|home| home.join(".cache/workflow-ui")))
}

/// Reads a text file. The error names it.
pub(crate) fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|error| format!("{} cannot be read: {error}.", path.display()))
}

/// Reads a file of any kind.
pub(crate) fn read_bytes(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| format!("{} cannot be read: {error}.", path.display()))
}

/// Writes a text file and the folders above it.
pub(crate) fn write(path: &Path, text: &str) -> Result<()> {
    create_folder(path.parent().unwrap_or(path))?;
    std::fs::write(path, text).map_err(|error| format!("{} cannot be written: {error}.", path.display()))
}

/// Copies a file, and creates the folders above it.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    create_folder(to.parent().unwrap_or(to))?;
    std::fs::copy(from, to).map_err(|error| {
        format!(
            "{} cannot be copied to {}: {error}.",
            from.display(),
            to.display()
        )
    })?;
    Ok(())
}

/// Copies a file, or a folder with everything in it.
pub(crate) fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    if !from.is_dir() {
        return copy(from, to);
    }
    for name in names(from)? {
        copy_tree(&from.join(&name), &to.join(&name))?;
    }
    Ok(())
}

/// Whether two files, or two folders with everything in them, have the same content.
pub(crate) fn is_same_tree(one: &Path, other: &Path) -> bool {
    if !one.is_dir() {
        return read_bytes(one).is_ok_and(|bytes| read_bytes(other).is_ok_and(|other| other == bytes));
    }
    let sorted = |folder| {
        names(folder).map(|mut names| {
            names.sort();
            names
        })
    };
    let (Ok(names), Ok(others)) = (sorted(one), sorted(other)) else {
        return false;
    };
    names == others
        && names
            .iter()
            .all(|name| is_same_tree(&one.join(name), &other.join(name)))
}

/// Names of the files and folders in a folder.
pub(crate) fn names(folder: &Path) -> Result<Vec<String>> {
    let unread = |error: std::io::Error| format!("{} cannot be read: {error}.", folder.display());
    let entries = std::fs::read_dir(folder).map_err(unread)?;
    entries
        .map(|entry| Ok(entry.map_err(unread)?.file_name().to_string_lossy().into_owned()))
        .collect()
}

/// Creates a folder and those above it.
pub(crate) fn create_folder(path: &Path) -> Result<()> {
    std::fs::create_dir_all(path).map_err(|error| format!("{} cannot be created: {error}.", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_follows_its_own_variable_then_the_systems_then_home() {
        let all = [
            ("WORKFLOW_UI_CACHE", "/own"),
            ("XDG_CACHE_HOME", "/xdg"),
            ("HOME", "/home/ada"),
        ];
        let with = |from: usize| {
            cache_folder(|name| {
                all[from..]
                    .iter()
                    .find(|(key, _)| *key == name)
                    .map(|(_, value)| PathBuf::from(value))
            })
        };
        assert_eq!(with(0), Some("/own".into()), "own variable, as it is");
        assert_eq!(
            with(1),
            Some("/xdg/workflow-ui".into()),
            "a folder of ours in the system's cache"
        );
        assert_eq!(
            with(2),
            Some("/home/ada/.cache/workflow-ui".into()),
            "the custom below HOME"
        );
        assert_eq!(with(3), None, "nothing known");
        assert_eq!(
            cache_folder(|_| Some(PathBuf::new())),
            None,
            "an empty variable counts as not set"
        );
    }
}
