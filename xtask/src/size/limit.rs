//! Size limits of what ships: bytes after brotli at quality 11, file by file, as a server sends them. 1 KB is 1000 bytes.
//!
//! `docs/measurements.md` lists the current sizes with these limits, and explains limits above their target.

/// The maximum size of a set of files.
#[derive(Debug)]
pub(crate) struct Limit {
    pub(crate) name: &'static str,
    /// The label in the table.
    pub(crate) about: &'static str,
    /// Extensions of the files that count, without the dot.
    pub(crate) files: &'static [&'static str],
    pub(crate) brotli: u64,
}

pub(crate) const DEBUGGER: Limit = Limit {
    name: "debugger",
    about: "whole debugger (wasm + js + css + html)",
    files: &["wasm", "js", "css", "html"],
    brotli: 830_000,
};

/// Checked by `cargo xtask size --all`, which builds the package.
pub(crate) const ELEMENTS: Limit = Limit {
    name: "elements",
    about: "the npm package of custom elements (wasm + js)",
    files: &["wasm", "js"],
    brotli: 640_000,
};

/// Checked by `cargo xtask size --all`, which builds both apps.
pub(crate) const HOOKS: Limit = Limit {
    name: "hooks",
    about: "an app with the three hooks over fetch, above an empty Leptos app (wasm + js)",
    files: &["wasm", "js"],
    brotli: 200_000,
};

/// Checked by `cargo xtask size --all`.
pub(crate) const CLOUD: Limit = Limit {
    name: "cloud",
    about: "client and hooks of Agent Data, above an app with the hooks and serde_json (wasm + js)",
    files: &["wasm", "js"],
    brotli: 46_000,
};

/// Checked by `cargo xtask size --all`.
pub(crate) const WITHOUT_CLOUD: Limit = Limit {
    name: "hooks without cloud",
    about: "places in the program of an app with the workflow hooks alone that name a route of Agent Data",
    files: &["wasm"],
    brotli: 0,
};

impl Limit {
    /// Whether a file counts.
    pub(crate) fn counts(&self, file: &str) -> bool {
        let extension = file.rsplit_once('.').map_or("", |(_, extension)| extension);
        self.files.contains(&extension)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weights::grouped;

    #[test]
    fn measurements_list_each_limit() {
        let measurements = include_str!("../../../docs/measurements.md");
        for limit in [DEBUGGER, ELEMENTS, HOOKS, CLOUD] {
            let cell = format!("| {} |", grouped(limit.brotli));
            assert!(measurements.contains(&cell), "{}: {cell}", limit.name);
        }
    }

    #[test]
    fn the_page_limit_counts_wasm_scripts_styles_and_document() {
        for file in [
            "index.html",
            "a-1.js",
            "a_bg.wasm",
            "snippets/x/inline0.js",
            "boot-1.css",
        ] {
            assert!(DEBUGGER.counts(file), "{file}");
        }
        assert!(!DEBUGGER.counts("favicon.svg"));
    }
}
