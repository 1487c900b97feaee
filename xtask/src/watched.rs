//! Runs other programs with a log: all output is kept, little is shown, and no process outlives its deadline or this program.

use crate::process::{cannot_start, on_path, shown};
use crate::{Result, paths};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead, BufReader, IsTerminal, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

/// How a program ended.
#[derive(Debug, PartialEq)]
pub(crate) enum End {
    Exited(ExitStatus),
    /// It and all its children were terminated by this program.
    Deadline,
    /// Ctrl-C, or a signal to terminate.
    Interrupted,
}

/// Whether Ctrl-C was pressed while a watched program ran.
pub(crate) fn interrupted() -> bool {
    signal().load(Ordering::Relaxed)
}

/// Watched programs have their own process group, so Ctrl-C reaches only this program. It is caught from the first of them on, and running
/// programs are terminated first.
fn signal() -> &'static AtomicBool {
    static SIGNAL: OnceLock<Arc<AtomicBool>> = OnceLock::new();
    SIGNAL.get_or_init(|| {
        let flag = Arc::new(AtomicBool::new(false));
        for number in [1 /* HUP */, 2 /* INT */, 15 /* TERM */] {
            // An error here means that the signal terminates this program anyway.
            let _ = signal_hook::flag::register(number, Arc::clone(&flag));
        }
        flag
    })
}

/// Runs a program in its own process group. All output goes to the log, in order; every line is also passed to `on_line`, and long runs
/// show progress.
///
/// Returns when the program ended or the deadline has passed; its remaining children are terminated.
pub(crate) fn watch(
    command: &mut Command,
    log: &mut File,
    deadline: Instant,
    on_line: &mut dyn FnMut(&str),
) -> Result<End> {
    signal();
    let (reader, writer) = std::io::pipe().map_err(|error| cannot_start(command, &error))?;
    let second = writer
        .try_clone()
        .map_err(|error| cannot_start(command, &error))?;
    let _ = writeln!(log, "$ {}", shown(command));
    command
        .stdin(Stdio::null())
        .stdout(writer)
        .stderr(second)
        .process_group(0);
    let mut child = command.spawn().map_err(|error| cannot_start(command, &error))?;
    // The command owns the pipe's writing ends; the reader sees no end while they are open.
    command.stdout(Stdio::null()).stderr(Stdio::null());

    let (sender, lines) = channel();
    thread::spawn(move || {
        let mut reader = BufReader::new(reader);
        let mut line = Vec::new();
        while read_line(&mut reader, &mut line) {
            if sender
                .send(String::from_utf8_lossy(&line).trim_end().to_owned())
                .is_err()
            {
                break;
            }
            line.clear();
        }
    });

    let mut life = Life::new();
    let mut keep = |line: &str, life: &mut Life| {
        if let Some(crates) = crates(line) {
            life.crates = Some(crates);
            return;
        }
        let _ = writeln!(log, "{line}");
        life.last(line);
        on_line(line);
    };
    let end = loop {
        match lines.recv_timeout(Duration::from_millis(100)) {
            Ok(line) => keep(&line, &mut life),
            // The output was closed, but the process still runs.
            Err(RecvTimeoutError::Disconnected) => thread::sleep(Duration::from_millis(20)),
            Err(RecvTimeoutError::Timeout) => {}
        }
        if let Ok(Some(status)) = child.try_wait() {
            break End::Exited(status);
        }
        if interrupted() || Instant::now() >= deadline {
            end_group(&mut child, &lines, |line| keep(line, &mut life));
            break if interrupted() {
                End::Interrupted
            } else {
                End::Deadline
            };
        }
        life.show();
    };
    // A remaining browser or server would keep the pipe and the port open.
    signal_group(child.id(), "KILL");
    drain(&lines, Duration::from_secs(2), |line| keep(line, &mut life));
    life.clear();
    Ok(end)
}

/// Variables that make cargo count its compiled crates, also without a terminal.
pub(crate) const COUNTS_CRATES: [(&str, &str); 2] = [
    ("CARGO_TERM_PROGRESS_WHEN", "always"),
    ("CARGO_TERM_PROGRESS_WIDTH", "100"),
];

/// The numbers of compiled and of all crates, from cargo's `Building [==>    ] 12/345: leptos`.
fn crates(line: &str) -> Option<(u32, u32)> {
    let (_, count) = line.trim_start().strip_prefix("Building [")?.split_once("] ")?;
    let (done, all) = count.split(':').next()?.split_once('/')?;
    Some((done.parse().ok()?, all.trim_end().parse().ok()?))
}

/// Reads up to a line feed or, in cargo's progress, a carriage return. `false` at the end.
fn read_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> bool {
    loop {
        let bytes = match reader.fill_buf() {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(_) => return false,
        };
        if bytes.is_empty() {
            return !line.is_empty();
        }
        let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
        line.extend_from_slice(&bytes[..end.unwrap_or(bytes.len())]);
        let read = end.map_or(bytes.len(), |end| end + 1);
        reader.consume(read);
        if end.is_some() {
            return true;
        }
    }
}

/// Asks the process group to terminate, and kills it five seconds later: it may have groups of its own to terminate first.
fn end_group(child: &mut Child, lines: &Receiver<String>, mut keep: impl FnMut(&str)) {
    signal_group(child.id(), "TERM");
    let patience = Instant::now() + Duration::from_secs(5);
    while Instant::now() < patience && !matches!(child.try_wait(), Ok(Some(_))) {
        drain(lines, Duration::from_millis(50), &mut keep);
        thread::sleep(Duration::from_millis(10));
    }
    signal_group(child.id(), "KILL");
    // Waiting for a child that was not terminated would never end.
    let _ = child.kill();
    let _ = child.wait();
}

/// Reads the rest of the pipe, as long as data may arrive.
fn drain(lines: &Receiver<String>, patience: Duration, mut keep: impl FnMut(&str)) {
    let end = Instant::now() + patience;
    while let Ok(line) = lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
        keep(&line);
    }
}

/// std cannot send signals to groups; the shell's `kill` can.
fn signal_group(group: u32, signal: &str) {
    let _ = Command::new("sh")
        .args(["-c", &format!("kill -s {signal} -- -{group}")])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
}

/// The progress display: a line that is replaced on a terminal, one line per minute elsewhere.
struct Life {
    begun: Instant,
    shown: Instant,
    terminal: bool,
    last: String,
    /// The numbers of compiled and of all crates.
    crates: Option<(u32, u32)>,
    dirty: bool,
}

impl Life {
    fn new() -> Self {
        let now = Instant::now();
        Self {
            begun: now,
            shown: now,
            terminal: std::io::stdout().is_terminal(),
            last: String::new(),
            crates: None,
            dirty: false,
        }
    }

    fn last(&mut self, line: &str) {
        if !line.trim().is_empty() {
            self.last = line.trim().chars().take(90).collect();
        }
        // The caller may print about this line.
        self.clear();
    }

    fn show(&mut self) {
        let pause = if self.terminal {
            Duration::from_secs(1)
        } else {
            Duration::from_secs(60)
        };
        if self.shown.elapsed() < pause {
            return;
        }
        self.shown = Instant::now();
        let count = self.crates.map(|(done, all)| format!("  {done} of {all} crates"));
        let count = count.unwrap_or_default();
        let text = format!("    … {}{count}  {}", seconds(self.begun.elapsed()), self.last);
        if self.terminal {
            print!("\r\x1b[2K{text}");
            let _ = std::io::stdout().flush();
            self.dirty = true;
        } else {
            println!("{text}");
        }
    }

    fn clear(&mut self) {
        if std::mem::take(&mut self.dirty) {
            print!("\r\x1b[2K");
            let _ = std::io::stdout().flush();
        }
    }
}

/// A program in the background, with low priority. Its output goes to a log. Dropping this terminates it.
pub(crate) struct Beside {
    child: Child,
    log: PathBuf,
}

impl Beside {
    /// `None` if it cannot be started.
    pub(crate) fn start(command: &Command, log: PathBuf) -> Option<Self> {
        let out = open_log(&log).ok()?;
        let mut command = with_low_priority(command);
        // In this program's process group: Ctrl-C reaches both.
        command
            .stdin(Stdio::null())
            .stdout(out.try_clone().ok()?)
            .stderr(out);
        let child = command.spawn().ok()?;
        Some(Self { child, log })
    }

    /// Waits for its end, and shows progress. Errors are only in the log.
    pub(crate) fn finish(mut self) {
        let mut life = Life::new();
        while !interrupted() && matches!(self.child.try_wait(), Ok(None)) {
            life.crates = std::fs::read(&self.log).ok().and_then(|text| {
                let text = String::from_utf8_lossy(&text);
                text.rsplit(['\n', '\r']).find_map(crates)
            });
            life.show();
            thread::sleep(Duration::from_millis(200));
        }
        life.clear();
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        // Fails if it has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The same command with `nice`, if available.
fn with_low_priority(command: &Command) -> Command {
    let mut nice = match on_path("nice") {
        Some(program) => {
            let mut nice = Command::new(program);
            nice.args(["-n", "15"]).arg(command.get_program());
            nice
        }
        None => Command::new(command.get_program()),
    };
    nice.args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        nice.current_dir(folder);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => nice.env(name, value),
            None => nice.env_remove(name),
        };
    }
    nice
}

/// A duration for people: `4.2 s`, `2 m 05 s`.
pub(crate) fn seconds(duration: Duration) -> String {
    let whole = duration.as_secs();
    if whole < 60 {
        format!("{:.1} s", duration.as_secs_f64())
    } else {
        format!("{} m {:02} s", whole / 60, whole % 60)
    }
}

/// Opens an empty log.
pub(crate) fn open_log(path: &Path) -> Result<File> {
    paths::create_folder(path.parent().unwrap_or(path))?;
    File::create(path).map_err(|error| format!("{} cannot be written: {error}.", path.display()))
}

/// The last lines of a log, without progress lines.
pub(crate) fn tail(path: &Path, count: usize) -> String {
    let Ok(text) = std::fs::read(path) else {
        return String::new();
    };
    let text = String::from_utf8_lossy(&text);
    let mut lines: VecDeque<&str> = VecDeque::with_capacity(count);
    let mut left_out = 0;
    for line in text.lines().filter(|line| !is_progress(line)) {
        if lines.len() == count {
            lines.pop_front();
            left_out += 1;
        }
        lines.push_back(line);
    }
    let mut shown = if left_out > 0 {
        format!("({left_out} lines before these)\n")
    } else {
        String::new()
    };
    for line in lines {
        shown += line;
        shown.push('\n');
    }
    shown
}

fn is_progress(line: &str) -> bool {
    let word = line.split_whitespace().next().unwrap_or_default();
    let cargo = [
        "Compiling",
        "Checking",
        "Downloaded",
        "Downloading",
        "Documenting",
        "Fresh",
        "Blocking",
        "Locking",
    ];
    cargo.contains(&word) || (line.starts_with("test ") && line.ends_with("... ok"))
}

/// Runs an installation with a log. A failure shows the end of the log and the command to run by hand.
pub(crate) fn install(command: &mut Command, log: &Path, limit: Duration) -> Result<()> {
    let mut file = open_log(log)?;
    let begun = Instant::now();
    let end = watch(command, &mut file, begun + limit, &mut |_| {})?;
    match end {
        End::Exited(status) if status.success() => {
            println!("    done in {}", seconds(begun.elapsed()));
            Ok(())
        }
        End::Exited(status) => Err(format!(
            "{}\n`{}` failed ({status}); its whole output is in {}.",
            tail(log, 40),
            shown(command),
            log.display()
        )),
        End::Deadline => Err(format!(
            "`{}` was not done after {} and was ended; its output is in {}.",
            shown(command),
            seconds(limit),
            log.display()
        )),
        End::Interrupted => Err("interrupted.".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("workflow-ui-xtask-{}-{name}.log", std::process::id()))
    }

    fn watch_shell(name: &str, script: &str, limit: Duration) -> (End, Vec<String>) {
        let path = scratch(name);
        let mut log = open_log(&path).unwrap();
        let mut lines = Vec::new();
        let end = watch(
            Command::new("sh").args(["-c", script]),
            &mut log,
            Instant::now() + limit,
            &mut |line| {
                lines.push(line.to_owned());
            },
        )
        .unwrap();
        let _ = std::fs::remove_file(path);
        (end, lines)
    }

    #[test]
    fn stdout_and_stderr_keep_their_order() {
        let (end, lines) = watch_shell(
            "order",
            "echo a; echo b >&2; echo c; exit 3",
            Duration::from_secs(20),
        );
        assert_eq!(lines, ["a", "b", "c"], "one pipe for both");
        let End::Exited(status) = end else {
            panic!("it ended by itself, but we saw {end:?}")
        };
        assert_eq!(status.code(), Some(3), "its own exit code");
    }

    /// Whether a process ends: a signal takes time on a busy machine. A zombie counts as ended.
    fn goes_away(process: &str) -> bool {
        let end = Instant::now() + Duration::from_secs(30);
        loop {
            let script = format!("kill -0 {process}");
            let alive = Command::new("sh")
                .args(["-c", &script])
                .stderr(Stdio::null())
                .status()
                .unwrap()
                .success();
            let state = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
            if !alive || state.contains(") Z ") {
                return true;
            }
            if Instant::now() >= end {
                return false;
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    #[test]
    fn a_hanging_program_is_killed_with_its_children() {
        let script = "trap '' TERM; sleep 300 & echo $!; wait";
        let (end, lines) = watch_shell("hang", script, Duration::from_millis(500));
        assert_eq!(end, End::Deadline, "the deadline is what ended it");
        assert!(goes_away(&lines[0]), "the sleep that it had started still runs");
    }

    #[test]
    fn remaining_children_are_killed() {
        let (end, lines) = watch_shell("leftover", "sleep 300 & echo $!", Duration::from_secs(60));
        assert!(matches!(end, End::Exited(status) if status.success()), "{end:?}");
        assert!(
            goes_away(&lines[0]),
            "the sleep that it left still runs and holds the pipe"
        );
    }

    #[test]
    fn the_tail_of_a_log_omits_progress_and_counts_omitted_lines() {
        let path = scratch("tail");
        std::fs::write(&path, "   Compiling a v1\none\ntest x ... ok\ntwo\nthree\n").unwrap();
        assert_eq!(
            tail(&path, 2),
            "(1 lines before these)\ntwo\nthree\n",
            "progress lines are omitted"
        );
        let _ = std::fs::remove_file(path);
    }

    #[test]
    fn compiled_crates_are_counted() {
        let shown = "    Building [=====>          ] 112/345: leptos, reactive_graph(build)";
        assert_eq!(crates(shown), Some((112, 345)));
        assert_eq!(crates("   Compiling leptos v0.8.23"), None);
        assert_eq!(crates("    Building [=====>  ] 1"), None, "a part of a line");
        let script = "printf '  Building [>  ] 1/3: a\\r  Compiling a v1\\n  Building [=> ] 2/3\\r'";
        let (_, lines) = watch_shell("crates", script, Duration::from_secs(20));
        assert_eq!(lines, ["  Compiling a v1"], "counts are shown, not kept");
    }

    #[test]
    fn dropping_a_background_program_kills_it() {
        let log = scratch("beside");
        let mut command = Command::new("sh");
        command
            .args(["-c", "echo $NAME $$; exec sleep 300"])
            .env("NAME", "beside");
        let beside = Beside::start(&command, log.clone()).unwrap();
        let begun = Instant::now();
        let process = loop {
            let text = std::fs::read_to_string(&log).unwrap_or_default();
            if let Some(process) = text.trim().strip_prefix("beside ") {
                break process.to_owned();
            }
            assert!(begun.elapsed() < Duration::from_secs(30), "it does not run");
            thread::sleep(Duration::from_millis(20));
        };
        drop(beside);
        assert!(goes_away(&process));
        let _ = std::fs::remove_file(log);
    }

    #[test]
    fn durations_read_well() {
        assert_eq!(seconds(Duration::from_millis(1240)), "1.2 s", "short");
        assert_eq!(seconds(Duration::from_secs(125)), "2 m 05 s", "long");
    }
}
