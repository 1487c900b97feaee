//! Whether the page has to be built again: a fingerprint of what goes in, and one of what came out.

use crate::paths::{self, Paths};
use crate::{Result, process};
use std::fmt;
use std::path::Path;
use std::process::Command;

/// What the page is made of, from the repository's root. `Trunk.toml` watches the same.
const INPUTS: &[&str] = &[
    ".cargo/config.toml",
    "Cargo.lock",
    "Cargo.toml",
    "Trunk.toml",
    "boot.css",
    "boot.js",
    "components",
    "debugger",
    "favicon.svg",
    "index.html",
    "inspector",
    "protocol",
    "ui-core",
    "xtask/src/program",
    "xtask/src/program.rs",
];

/// Folders inside those that do not reach the page.
const NOT_INPUTS: &[&str] = &["benches", "dist", "examples", "node_modules", "target", "tests"];

/// A 64-bit FNV-1a hash. It has to be the same tomorrow and after a compiler update, which std's does not promise;
/// nobody attacks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint(u64);

impl Fingerprint {
    pub(crate) fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// Adds a named piece. Lengths go in too, so that no two lists of pieces run together into the same bytes.
    pub(crate) fn add(&mut self, name: &str, bytes: &[u8]) {
        for piece in [name.as_bytes(), bytes] {
            self.eat(&(piece.len() as u64).to_le_bytes());
            self.eat(piece);
        }
    }

    fn eat(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    /// Adds a file, or all files below a folder, in an order that does not depend on the file system.
    fn add_tree(&mut self, root: &Path, path: &Path) -> Result<()> {
        let fail = |error: std::io::Error| format!("{} cannot be read: {error}.", path.display());
        if path.is_dir() {
            let mut entries = std::fs::read_dir(path)
                .map_err(fail)?
                .collect::<Result<Vec<_>, _>>()
                .map_err(fail)?;
            entries.sort_by_key(std::fs::DirEntry::file_name);
            for entry in entries {
                let name = entry.file_name();
                if !name
                    .to_str()
                    .is_some_and(|name| NOT_INPUTS.contains(&name) || name.starts_with('.'))
                {
                    self.add_tree(root, &entry.path())?;
                }
            }
            return Ok(());
        }
        let name = path
            .strip_prefix(root)
            .unwrap_or(path)
            .to_string_lossy()
            .into_owned();
        self.add(&name, &std::fs::read(path).map_err(fail)?);
        Ok(())
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// What a build was made of, and what it made.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    inputs: String,
    output: String,
}

impl Stamp {
    /// The stamp of sources and `dist/` as they are now.
    pub(crate) fn of(paths: &Paths) -> Result<Self> {
        let mut inputs = Fingerprint::new();
        for input in INPUTS {
            let path = paths.root.join(input);
            if path.exists() {
                inputs.add_tree(&paths.root, &path)?;
            }
        }
        // These reach the page at its build.
        let mut variables: Vec<_> = std::env::vars_os()
            .filter(|(name, _)| {
                let name = name.to_string_lossy();
                name.starts_with("LLAMA_DEPLOY_") || name.starts_with("TRUNK_") || name == "RUSTFLAGS"
            })
            .collect();
        variables.sort();
        for (name, value) in variables {
            inputs.add(&name.to_string_lossy(), value.as_encoded_bytes());
        }
        let compiler = process::output(Command::new("rustc").current_dir(&paths.root).arg("-V"));
        inputs.add("rustc", compiler.unwrap_or_default().as_bytes());
        let mut output = Fingerprint::new();
        let dist = paths.dist();
        if dist.is_dir() {
            output.add_tree(&dist, &dist)?;
        }
        Ok(Self {
            inputs: inputs.to_string(),
            output: output.to_string(),
        })
    }

    /// The stamp of the last build; `None` if there was none.
    pub(crate) fn read(file: &Path) -> Option<Self> {
        let text = std::fs::read_to_string(file).ok()?;
        let mut lines = text.lines().map(str::to_owned);
        Some(Self {
            inputs: lines.next()?,
            output: lines.next()?,
        })
    }

    pub(crate) fn write(&self, file: &Path) -> Result<()> {
        paths::write(file, &format!("{}\n{}\n", self.inputs, self.output))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Scratch(Paths);

    impl Scratch {
        fn new(name: &str) -> Self {
            let root = std::env::temp_dir().join(format!("workflow-ui-xtask-{}-{name}", std::process::id()));
            let at = |path: &str| root.join(path);
            let scratch = Self(Paths {
                target: at("target"),
                state: at("target/xtask"),
                cache: at("cache"),
                root: root.clone(),
            });
            scratch.put("index.html", "<p>");
            scratch.put("protocol/src/lib.rs", "a");
            scratch.put("dist/index.html", "built");
            scratch
        }

        fn put(&self, path: &str, text: &str) {
            paths::write(&self.0.root.join(path), text).unwrap();
        }

        fn stamp(&self) -> Stamp {
            Stamp::of(&self.0).unwrap()
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0.root);
        }
    }

    #[test]
    fn a_stamp_comes_back_from_its_file_and_stays_while_nothing_changes() {
        let scratch = Scratch::new("same");
        let file = scratch.0.state.join("page.stamp");
        assert_eq!(Stamp::read(&file), None, "nothing was built yet");
        scratch.stamp().write(&file).unwrap();
        scratch.put("protocol/tests/wire.rs", "tests do not reach the page");
        scratch.put("README.md", "nor do papers");
        assert_eq!(
            Stamp::read(&file),
            Some(scratch.stamp()),
            "nothing that matters has changed"
        );
    }

    #[test]
    fn each_change_that_matters_is_seen() {
        let scratch = Scratch::new("change");
        let mut last = scratch.stamp();
        let changes = [
            ("protocol/src/lib.rs", "b", "another text"),
            ("protocol/src/new.rs", "", "a new file, even an empty one"),
            ("components/src/look.css", "p{}", "another crate"),
            (
                "dist/index.html",
                "reload script",
                "a result that somebody else wrote",
            ),
        ];
        for (path, text, what) in changes {
            scratch.put(path, text);
            let now = scratch.stamp();
            assert_ne!(now, last, "{what}");
            last = now;
        }
    }

    #[test]
    fn pieces_do_not_run_together() {
        let of = |pieces: &[(&str, &str)]| {
            let mut print = Fingerprint::new();
            for (name, text) in pieces {
                print.add(name, text.as_bytes());
            }
            print
        };
        assert_ne!(of(&[("a", "bc")]), of(&[("ab", "c")]), "a name is not its text");
        assert_ne!(
            of(&[("a", ""), ("b", "")]),
            of(&[("a", "b")]),
            "two pieces are not one"
        );
    }
}
