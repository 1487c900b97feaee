//! The React debugger that ours is compared with, as the workflow server serves it: one script and one stylesheet.

use super::npm;
use crate::paths::{self, Paths};
use crate::{Result, weights};
use std::path::PathBuf;

const PACKAGE: &str = "@llamaindex/workflow-debugger";
const VERSION: &str = "0.2.42";

/// The page that the Python server generates from the two files, served from disk.
const INDEX: &str = r#"<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <title>Workflow debugger</title>
  <link rel="stylesheet" href="app.css">
  <script type="module" src="app.js"></script>
</head>
<body><div id="root"></div></body>
</html>
"#;

/// A folder with its page, and each file also in brotli, as its CDN sends it.
pub(crate) fn ensure(paths: &Paths) -> Result<PathBuf> {
    let folder = npm::unpack(paths, "the React debugger", PACKAGE, VERSION)?.join("dist");
    let index = folder.join("index.html");
    if index.exists() {
        return Ok(folder);
    }
    for name in ["app.js", "app.css"] {
        let file = folder.join(name);
        let bytes =
            std::fs::read(&file).map_err(|error| format!("{} cannot be read: {error}.", file.display()))?;
        let compressed = folder.join(format!("{name}.br"));
        weights::compressed(&bytes)
            .and_then(|bytes| std::fs::write(&compressed, bytes))
            .map_err(|error| format!("{} cannot be written: {error}.", compressed.display()))?;
    }
    // Written last: an interrupted folder is recreated.
    paths::write(&index, INDEX)?;
    Ok(folder)
}
