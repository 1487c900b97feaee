//! `cargo xtask new`: a new project from a template.

use crate::Result;
use crate::paths::{self, Paths};
use crate::process::on_path;
use crate::tools::{TRUNK, Version, fits_trunk, version_of};
use std::env;
use std::path::Path;
use std::process::ExitCode;

/// The folders of `templates/`.
pub(crate) const TEMPLATES: [&str; 3] = ["basic", "review", "extraction"];

/// Files that building and running create in a template's folder.
const LEFTOVERS: [&str; 6] = [
    ".venv",
    "__pycache__",
    "dist",
    "node_modules",
    "target",
    "uv.lock",
];

/// What a project needs on `PATH` besides trunk, and where to get it.
const NEEDED: [(&str, &str); 4] = [
    ("uv", "https://docs.astral.sh/uv, or `pip install uv`"),
    ("llamactl", "`uv tool install llamactl`"),
    ("npm", "Node.js 18 or newer, https://nodejs.org"),
    (
        "cargo",
        "https://rustup.rs, then `rustup target add wasm32-unknown-unknown`",
    ),
];

/// Names that would hide other packages: Python's own, and those that the workflows import.
const TAKEN: &str = "\
    abc aifc annotationlib antigravity argparse array ast asynchat asyncio asyncore atexit audioop base64 bdb binascii \
    bisect builtins bz2 calendar cgi cgitb chunk cmath cmd code codecs codeop collections colorsys compileall \
    compression concurrent configparser contextlib contextvars copy copyreg crypt csv ctypes curses dataclasses datetime \
    dbm decimal difflib dis distutils doctest email encodings ensurepip enum errno faulthandler fcntl filecmp fileinput \
    fnmatch fractions ftplib functools gc genericpath getopt getpass gettext glob graphlib grp gzip hashlib heapq hmac \
    html http idlelib imaplib imghdr imp importlib inspect io ipaddress itertools json keyword lib2to3 linecache locale \
    logging lzma mailbox mailcap marshal math mimetypes mmap modulefinder msilib msvcrt multiprocessing netrc nis \
    nntplib nt ntpath nturl2path numbers opcode operator optparse os ossaudiodev pathlib pdb pickle pickletools pipes \
    pkgutil platform plistlib poplib posix posixpath pprint profile pstats pty pwd py_compile pyclbr pydantic pydoc \
    pydoc_data pyexpat queue quopri random re readline reprlib resource rlcompleter runpy sched secrets select selectors \
    shelve shlex shutil signal site smtpd smtplib sndhdr socket socketserver spwd sqlite3 sre_compile sre_constants \
    sre_parse ssl stat statistics string stringprep struct subprocess sunau symtable sys sysconfig syslog tabnanny \
    tarfile telnetlib tempfile termios test textwrap this threading time timeit tkinter token tokenize tomllib trace \
    traceback tracemalloc tty turtle turtledemo types typing unicodedata unittest urllib uu uuid venv warnings wave \
    weakref webbrowser winreg winsound workflows wsgiref xdrlib xml xmlrpc zipapp zipfile zipimport zlib zoneinfo";

/// Options of `cargo xtask new`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder to create, relative to the current one; its name becomes the project's
    folder: String,
    #[arg(long, default_value = TEMPLATES[0], value_parser = TEMPLATES)]
    template: String,
}

/// Copies a template into a new folder and prints the next steps.
pub(crate) fn run(paths: &Paths, args: &Args) -> Result<ExitCode> {
    let (given, template) = (&args.folder, &args.template);
    let here = env::current_dir().map_err(|error| format!("the current folder is unknown: {error}."))?;
    let folder = here.join(given);
    let name = folder
        .file_name()
        .ok_or_else(|| format!("`{given}` ends with no name: a project is called as its folder is."))?;
    create(paths, template, &name.to_string_lossy(), &folder)?;
    println!(
        "Made {given} from the template `{template}`. To start it:\n    cd {given} && llamactl serve\n\
         Its interface is built with the crates of {}; ui/Cargo.toml explains how to use published ones.",
        paths.root.display()
    );
    for (program, from) in NEEDED {
        if on_path(program).is_none() {
            println!("{program} is not on PATH yet: {from}.");
        }
    }
    let trunk = on_path("trunk").map(|trunk| version_of(&trunk));
    if let Some(words) = unfit(trunk) {
        println!("{words}: `cargo install --locked trunk --version {TRUNK}`.");
    }
    Ok(ExitCode::SUCCESS)
}

/// The problem with the trunk on `PATH`, if there is one. Its version may be unknown.
fn unfit(trunk: Option<Option<Version>>) -> Option<String> {
    match trunk {
        None => Some("trunk is not on PATH yet".to_owned()),
        Some(Some(found)) if !fits_trunk(found) => Some(format!(
            "trunk on PATH is {found}, and the project is made for {TRUNK}"
        )),
        Some(_) => None,
    }
}

/// Creates the project `name` from a template in a folder that does not exist yet.
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
            // The only paths of a template that lead outside it.
            (
                "path = \"../../../".to_owned(),
                format!("path = \"{}/", paths.root.display()),
            ),
        ],
    };
    project.copy(&paths.root.join("templates").join(template), folder)
}

/// The name is used by Python, npm, cargo and in an address, so it must be valid in all of them.
fn check(name: &str) -> Result<()> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let good = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(plain)
        && !name.ends_with('-')
        && !name.contains("--");
    if !good {
        return Err(format!(
            "`{name}` can't be a project's name: it should be of small letters, digits and single hyphens, like `invoice-review`."
        ));
    }
    let module = name.replace('-', "_");
    if TAKEN.split_whitespace().any(|taken| taken == module) {
        return Err(format!(
            "`{name}` can't be a project's name: Python has a package that is called so."
        ));
    }
    Ok(())
}

struct Project {
    /// Placeholders of the template and their replacements.
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
            if !LEFTOVERS.contains(&&*name)
                && !name.starts_with("workflows.db")
                && !name.starts_with("records.db")
                && name != ".env"
            {
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
    fn every_template_becomes_a_project_with_its_name() {
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
    fn names_that_a_tool_would_refuse_are_refused() {
        for name in ["", "App", "9lives", "my_app", "a--b", "a-", "../a", "a b"] {
            assert!(check(name).is_err(), "`{name}`");
        }
        for name in ["test", "json", "queue", "email", "py-compile", "workflows"] {
            let error = check(name).unwrap_err();
            assert!(error.contains("Python"), "`{name}`: {error}");
        }
        for name in ["invoice-review2", "tests"] {
            assert!(check(name).is_ok(), "a plain name: `{name}`");
        }
        let paths = Paths::find().unwrap();
        let error = create(&paths, "basics", "a", Path::new("/nowhere")).unwrap_err();
        assert!(error.contains("basic, review, extraction"), "{error}");
    }

    #[test]
    fn an_unsupported_trunk_version_is_reported() {
        assert_eq!(unfit(Some(Some(TRUNK))), None, "the one that is tested");
        assert_eq!(unfit(Some(None)), None, "one that prints no version");
        let newer = unfit(Some(Some(Version(0, 22, 0)))).unwrap();
        assert!(newer.contains("0.22.0") && newer.contains("0.21.14"), "{newer}");
        assert!(unfit(None).unwrap().contains("not on PATH"), "none");
    }

    #[test]
    fn a_project_has_the_name_of_its_folder() {
        let paths = Paths::find().unwrap();
        let folder = scratch("apart").join("deep/my-app");
        let run = |folder: &str| {
            let args = Args {
                folder: folder.to_owned(),
                template: TEMPLATES[0].to_owned(),
            };
            run(&paths, &args)
        };
        run(&folder.display().to_string()).unwrap();
        let project = paths::read(&folder.join("pyproject.toml")).unwrap();
        assert!(project.contains("name = \"my-app\""), "{project}");
        assert!(run("..").unwrap_err().contains("no name"), "a folder without one");
        std::fs::remove_dir_all(scratch("apart")).unwrap_or_default();
    }
}
