//! Running other programs with visible output.

use crate::Result;
use std::env;
use std::ffi::OsStr;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The cargo that runs this program, so that `cargo +toolchain xtask` uses the same toolchain everywhere.
pub(crate) fn cargo(root: &Path) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root);
    command
}

/// The command as typed in a shell.
pub(crate) fn shown(command: &Command) -> String {
    let quoted = |word: &OsStr| {
        let word = word.to_string_lossy();
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:,+@^".contains(c);
        if !word.is_empty() && word.chars().all(plain) {
            word.into_owned()
        } else {
            format!("'{word}'")
        }
    };
    let program = Path::new(command.get_program());
    // The full path of cargo inside a toolchain does not help the reader.
    let program = if env::var_os("CARGO").is_some_and(|cargo| cargo == program) {
        Path::new("cargo")
    } else {
        program
    };
    let words: Vec<String> = std::iter::once(program.as_os_str())
        .chain(command.get_args())
        .map(quoted)
        .collect();
    words.join(" ")
}

/// Runs to the end with inherited input and output; the error names the command.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().map_err(|error| cannot_start(command, &error))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!(
            "`{}` failed ({status}); see its output above.",
            shown(command)
        ))
    }
}

/// The output of a quick command; `None` if it is missing or failed.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Replaces this process by the command, which gets its signals, exit code and terminal. Returns only if it cannot be started.
pub(crate) fn become_program(command: &mut Command) -> String {
    let error = command.exec();
    cannot_start(command, &error)
}

pub(crate) fn cannot_start(command: &Command, error: &std::io::Error) -> String {
    format!("`{}` cannot be started: {error}.", shown(command))
}

/// The first program of that name on `PATH`.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .map(|folder| folder.join(name))
        .find(|path| is_program(path))
}

/// Whether a file exists and is executable.
pub(crate) fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata()
        .is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

/// Whether this process runs as root.
pub(crate) fn is_root() -> bool {
    output(Command::new("id").arg("-u")).as_deref() == Some("0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_command_is_valid_in_a_shell() {
        let mut command = Command::new("apt-get");
        command.args(["install", "-y", "a b", ""]);
        assert_eq!(
            shown(&command),
            "apt-get install -y 'a b' ''",
            "quotes where a shell needs them"
        );
    }

    #[test]
    fn a_missing_command_is_named() {
        let error = run(&mut Command::new("workflow-ui-no-such-program")).unwrap_err();
        assert!(error.contains("workflow-ui-no-such-program"), "{error}");
    }
}
