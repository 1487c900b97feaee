//! Running other programs behind a log: everything they print is kept, little is shown, and nothing outlives its
//! deadline or our own end.

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
    /// It and all that it started were ended by us.
    Deadline,
    /// Ctrl-C, or a signal that asked us to stop.
    Interrupted,
}

/// Whether Ctrl-C was pressed while a watched program ran.
pub(crate) fn interrupted() -> bool {
    signal().load(Ordering::Relaxed)
}

/// Watched programs have a process group of their own, so a Ctrl-C reaches only us: from the first of them on, it is
/// caught, and what runs is ended before we are.
fn signal() -> &'static AtomicBool {
    static SIGNAL: OnceLock<Arc<AtomicBool>> = OnceLock::new();
    SIGNAL.get_or_init(|| {
        let flag = Arc::new(AtomicBool::new(false));
        for number in [1 /* HUP */, 2 /* INT */, 15 /* TERM */] {
            // A signal that cannot be caught ends us as it would anyway.
            let _ = signal_hook::flag::register(number, Arc::clone(&flag));
        }
        flag
    })
}

/// Runs a program in a process group of its own. Everything it prints goes to the log, in order; every line is also
/// handed to `on_line`, and a sign of life is shown while it takes long.
///
/// Returns when the program ended or when the deadline has passed; whatever it left running is ended too.
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
    // The command holds the pipe's writing ends, and the reader sees no end while they are open.
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
            // Closed output, but not yet gone.
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
    // A browser or server that a test forgot would hold the pipe, the port and the next run.
    signal_group(child.id(), "KILL");
    drain(&lines, Duration::from_secs(2), |line| keep(line, &mut life));
    life.clear();
    Ok(end)
}

/// Variables with which cargo counts the crates that it compiles, also where its output is no terminal.
pub(crate) const COUNTS_CRATES: [(&str, &str); 2] = [
    ("CARGO_TERM_PROGRESS_WHEN", "always"),
    ("CARGO_TERM_PROGRESS_WIDTH", "100"),
];

/// The crates that are compiled and all, of cargo's `Building [==>    ] 12/345: leptos`.
fn crates(line: &str) -> Option<(u32, u32)> {
    let (_, count) = line.trim_start().strip_prefix("Building [")?.split_once("] ")?;
    let (done, all) = count.split(':').next()?.split_once('/')?;
    Some((done.parse().ok()?, all.trim_end().parse().ok()?))
}

/// Reads what ends with a line feed or, as cargo's count of crates does, with a carriage return. False at the end.
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

/// Asks the whole group to end, and makes it end five seconds later: it may have groups of its own to end first.
fn end_group(child: &mut Child, lines: &Receiver<String>, mut keep: impl FnMut(&str)) {
    signal_group(child.id(), "TERM");
    let patience = Instant::now() + Duration::from_secs(5);
    while Instant::now() < patience && !matches!(child.try_wait(), Ok(Some(_))) {
        drain(lines, Duration::from_millis(50), &mut keep);
        thread::sleep(Duration::from_millis(10));
    }
    signal_group(child.id(), "KILL");
    // Whatever became of the group: waiting for a child that nobody has ended would be for ever.
    let _ = child.kill();
    let _ = child.wait();
}

/// Takes what is still in the pipe, for as long as something may still come.
fn drain(lines: &Receiver<String>, patience: Duration, mut keep: impl FnMut(&str)) {
    let end = Instant::now() + patience;
    while let Ok(line) = lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
        keep(&line);
    }
}

/// std sends signals to no group, and every shell does.
fn signal_group(group: u32, signal: &str) {
    let _ = Command::new("sh")
        .args(["-c", &format!("kill -s {signal} -- -{group}")])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
}

/// The sign that something still happens: a line that replaces itself on a terminal, one a minute elsewhere.
struct Life {
    begun: Instant,
    shown: Instant,
    terminal: bool,
    last: String,
    /// How many crates cargo has compiled, and of how many.
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

/// A program that runs beside others, at a low priority. What it prints goes to a log. Dropping this ends it.
pub(crate) struct Beside {
    child: Child,
    log: PathBuf,
}

impl Beside {
    /// None if it can't be started.
    pub(crate) fn start(command: &Command, log: PathBuf) -> Option<Self> {
        let out = open_log(&log).ok()?;
        let mut command = with_low_priority(command);
        // In our own process group: Ctrl-C reaches it as it reaches us.
        command
            .stdin(Stdio::null())
            .stdout(out.try_clone().ok()?)
            .stderr(out);
        let child = command.spawn().ok()?;
        Some(Self { child, log })
    }

    /// Waits for its end, and shows how far it is. What went wrong is only in the log.
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

/// The same command by `nice`, where there is one.
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

/// A duration as people read it: `4.2 s`, `2 m 05 s`.
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

/// The last lines of a log, without the rows that only count progress.
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

/// Runs an installation behind a log; on failure the end of the log and the command to run by hand are shown.
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
    fn both_outputs_come_in_the_order_in_which_they_were_written() {
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

    /// Whether a process goes away: a signal takes its time on a busy machine. Dead and only not yet collected by the
    /// system is gone too.
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
    fn a_program_that_hangs_is_ended_with_all_its_children() {
        let script = "trap '' TERM; sleep 300 & echo $!; wait";
        let (end, lines) = watch_shell("hang", script, Duration::from_millis(500));
        assert_eq!(end, End::Deadline, "the deadline is what ended it");
        assert!(goes_away(&lines[0]), "the sleep that it had started still runs");
    }

    #[test]
    fn what_a_program_leaves_behind_is_ended() {
        let (end, lines) = watch_shell("leftover", "sleep 300 & echo $!", Duration::from_secs(60));
        assert!(matches!(end, End::Exited(status) if status.success()), "{end:?}");
        assert!(
            goes_away(&lines[0]),
            "the sleep that it left still runs and holds the pipe"
        );
    }

    #[test]
    fn the_tail_of_a_log_leaves_progress_out_and_says_how_much_is_missing() {
        let path = scratch("tail");
        std::fs::write(&path, "   Compiling a v1\none\ntest x ... ok\ntwo\nthree\n").unwrap();
        assert_eq!(
            tail(&path, 2),
            "(1 lines before these)\ntwo\nthree\n",
            "only what tells something"
        );
        let _ = std::fs::remove_file(path);
    }

    #[test]
    fn the_crates_that_cargo_compiles_are_counted() {
        let shown = "    Building [=====>          ] 112/345: leptos, reactive_graph(build)";
        assert_eq!(crates(shown), Some((112, 345)));
        assert_eq!(crates("   Compiling leptos v0.8.23"), None);
        assert_eq!(crates("    Building [=====>  ] 1"), None, "a part of a line");
        let script = "printf '  Building [>  ] 1/3: a\\r  Compiling a v1\\n  Building [=> ] 2/3\\r'";
        let (_, lines) = watch_shell("crates", script, Duration::from_secs(20));
        assert_eq!(lines, ["  Compiling a v1"], "counts are shown, not kept");
    }

    #[test]
    fn what_runs_beside_us_ends_when_nobody_wants_it_any_more() {
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
