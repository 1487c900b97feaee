//! `cargo xtask new`: a project of one's own from a template.

use crate::Result;
use crate::args::Args;
use crate::paths::{self, Paths};
use crate::process::on_path;
use std::env;
use std::path::Path;
use std::process::ExitCode;

/// The folders of `templates/`.
pub(crate) const TEMPLATES: [&str; 2] = ["basic", "review"];

/// What building and running leaves in a template's folder.
const LEFTOVERS: [&str; 6] = [
    ".venv",
    "__pycache__",
    "dist",
    "node_modules",
    "target",
    "uv.lock",
];

/// What a project needs on `PATH`, and where it comes from.
const NEEDED: [(&str, &str); 5] = [
    ("uv", "https://docs.astral.sh/uv, or `pip install uv`"),
    ("llamactl", "`uv tool install llamactl`"),
    ("npm", "Node.js 18 or newer, https://nodejs.org"),
    (
        "cargo",
        "https://rustup.rs, then `rustup target add wasm32-unknown-unknown`",
    ),
    ("trunk", "`cargo install --locked trunk --version 0.21.14`"),
];

/// Copies a template into a new folder beside the caller and tells what comes next.
pub(crate) fn run(paths: &Paths, mut args: Args) -> Result<ExitCode> {
    let template = args
        .value("--template")?
        .unwrap_or_else(|| TEMPLATES[0].to_owned());
    let name = args
        .first_word()
        .ok_or("a new project needs a name: `cargo xtask new NAME --template basic`.")?;
    args.finish()?;
    let here = env::current_dir().map_err(|error| format!("the current folder can't be told: {error}."))?;
    create(paths, &template, &name, &here.join(&name))?;
    println!(
        "Made {name}/ from the template `{template}`. To start it:\n    cd {name} && llamactl serve\n\
         Its interface is built with the crates of {}; ui/Cargo.toml tells how to use published ones.",
        paths.root.display()
    );
    for (program, from) in NEEDED {
        if on_path(program).is_none() {
            println!("{program} is not on PATH yet: {from}.");
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Makes the project `name` from a template in a folder that is not there yet.
pub(crate) fn create(paths: &Paths, template: &str, name: &str, folder: &Path) -> Result<()> {
    if !TEMPLATES.contains(&template) {
        return Err(format!(
            "there is no template `{template}`. There are: {}.",
            TEMPLATES.join(", ")
        ));
    }
    check(name)?;
    if folder.exists() {
        return Err(format!(
            "{} is there already; choose another name.",
            folder.display()
        ));
    }
    let project = Project {
        names: [
            (format!("workflow-template-{template}"), name.to_owned()),
            (format!("workflow_template_{template}"), name.replace('-', "_")),
            // The only paths of a template that leave it.
            (
                "path = \"../../../".to_owned(),
                format!("path = \"{}/", paths.root.display()),
            ),
        ],
    };
    project.copy(&paths.root.join("templates").join(template), folder)
}

/// The name becomes one of Python, npm, cargo and an address: what all of them take.
fn check(name: &str) -> Result<()> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let good = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(plain)
        && !name.ends_with('-')
        && !name.contains("--");
    if good {
        return Ok(());
    }
    Err(format!(
        "`{name}` can't be a project's name: it should be of small letters, digits and single hyphens, like `invoice-review`."
    ))
}

struct Project {
    /// Words of the template, and what stands in their place.
    names: [(String, String); 3],
}

impl Project {
    fn copy(&self, from: &Path, to: &Path) -> Result<()> {
        let unread = |error: std::io::Error| format!("{} cannot be read: {error}.", from.display());
        if !from.is_dir() {
            return paths::write(to, &self.renamed(&paths::read(from)?));
        }
        paths::create_folder(to)?;
        for entry in std::fs::read_dir(from).map_err(unread)? {
            let name = entry.map_err(unread)?.file_name();
            let name = name.to_string_lossy();
            if !LEFTOVERS.contains(&&*name) && !name.starts_with("workflows.db") {
                self.copy(&from.join(&*name), &to.join(self.renamed(&name)))?;
            }
        }
        Ok(())
    }

    fn renamed(&self, text: &str) -> String {
        self.names
            .iter()
            .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch(name: &str) -> std::path::PathBuf {
        let folder = env::temp_dir().join(format!("workflow-ui-xtask-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        folder
    }

    #[test]
    fn every_template_becomes_a_project_of_its_own_name() {
        let paths = Paths::find().unwrap();
        for template in TEMPLATES {
            let folder = scratch(template);
            create(&paths, template, "my-app", &folder).unwrap();
            let read = |file: &str| paths::read(&folder.join(file)).unwrap();
            assert!(
                read("pyproject.toml").contains("\"my_app.workflows:"),
                "the workflows of {template} are found in the renamed package"
            );
            assert!(
                read("src/my_app/workflows.py").contains("Workflow"),
                "the package of {template} is there"
            );
            let cargo = read("ui/Cargo.toml");
            assert!(cargo.contains("name = \"my-app-ui\""), "{cargo}");
            let path = format!("path = \"{}/ui-core\"", paths.root.display());
            assert!(cargo.contains(&path), "{cargo}");
            assert!(
                read("ui/scripts/dev.mjs").contains("trunk"),
                "the scripts of {template}"
            );
            let left = std::process::Command::new("grep")
                .args(["-rE", "workflow.template"])
                .arg(&folder)
                .output()
                .unwrap();
            assert_eq!(
                String::from_utf8_lossy(&left.stdout),
                "",
                "nothing of the template's name is left"
            );
            let again = create(&paths, template, "my-app", &folder).unwrap_err();
            assert!(again.contains("there already"), "{again}");
            std::fs::remove_dir_all(folder).unwrap();
        }
    }

    #[test]
    fn names_that_one_of_the_tools_would_refuse_are_refused_at_once() {
        for name in ["", "App", "9lives", "my_app", "a--b", "a-", "../a", "a b"] {
            assert!(check(name).is_err(), "`{name}`");
        }
        assert!(check("invoice-review2").is_ok(), "a plain name");
        let paths = Paths::find().unwrap();
        let error = create(&paths, "basics", "a", Path::new("/nowhere")).unwrap_err();
        assert!(error.contains("basic, review"), "{error}");
    }
}
