//! The React debugger that ours is measured beside, as the workflow server shows it: one script and one stylesheet.

use super::npm;
use crate::paths::{self, Paths};
use crate::{Result, weights};
use std::path::PathBuf;

const PACKAGE: &str = "@llamaindex/workflow-debugger";
const VERSION: &str = "0.2.42";

/// The page that the Python server makes of the two files, without the network they come over.
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

/// A folder with its page, and each file beside itself in brotli, as the network that it usually comes over sends it.
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
    // Written last: a folder that was interrupted half-way is recreated.
    paths::write(&index, INDEX)?;
    Ok(folder)
}
