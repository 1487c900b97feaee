//! The environment of a test: a server, a browser, a time limit, and a report if it fails.

use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt as _;

use crate::process::{KEEP_LOGS, outputs};
use crate::{Api, Backend, Browser, BrowserOptions, Page, Script, ScriptedServer, Server};

/// How many tests drive a browser concurrently.
const TOGETHER: usize = 2;

/// The default time limit of a test.
const LIMIT: Duration = Duration::from_secs(60);

/// The arguments of a test.
#[derive(Debug)]
pub struct Stage {
    /// The kind of server of this test.
    pub backend: Backend,
    /// A browser of its own.
    pub browser: Browser,
    server: Mutex<Option<Arc<Server>>>,
    /// Scripted servers, each with ours in front of it, until the test ends.
    scripted: Mutex<Vec<(ScriptedServer, Server)>>,
}

impl Stage {
    /// The shared server of this backend. Only for tests that do not stop it.
    #[must_use]
    pub fn server(&self) -> Arc<Server> {
        let mut server = lock(&self.server);
        Arc::clone(server.get_or_insert_with(|| Server::shared(self.backend)))
    }

    /// A client of the shared server.
    #[must_use]
    pub fn api(&self) -> Api {
        self.server().api()
    }

    /// The page on the shared server, not opened yet.
    #[must_use]
    pub fn page(&self) -> Page<'_> {
        self.page_at(self.server().origin())
    }

    /// The page at any other origin, such as a proxy's.
    #[must_use]
    pub fn page_at(&self, origin: impl Into<String>) -> Page<'_> {
        Page::new(&self.browser, origin)
    }

    /// The page after a scripted run that it started and saw complete. The scripted server behind ours ends with the test.
    ///
    /// # Panics
    /// If the run does not complete in 20 s.
    pub async fn completed(&self, script: Script) -> Page<'_> {
        let scripted = ScriptedServer::start(script).await;
        let server = Server::in_front_of(&scripted.base());
        let page = self.page_at(server.origin());
        lock(&self.scripted).push((scripted, server));
        page.open("").await;
        page.start("scripted", &[]).await;
        page.until_status("completed", Duration::from_secs(20)).await;
        page
    }
}

/// Runs one test against one backend, with its own browser and a time limit. Its pages may use their own origin only.
///
/// # Panics
/// If the test panics, if it takes too long, or if the browser's console contains errors. A screenshot, the page's text and the console are
/// saved then.
pub fn run(backend: Backend, test: impl AsyncFnOnce(&Stage)) {
    let options = BrowserOptions {
        one_origin: true,
        ..BrowserOptions::default()
    };
    run_with(backend, LIMIT, options, test);
}

/// The same with another limit or another browser, whose options must set the origin policy.
pub fn run_with(backend: Backend, limit: Duration, options: BrowserOptions, test: impl AsyncFnOnce(&Stage)) {
    // The time starts when the test gets its slot.
    let _turn = Turn::take();
    block(async {
        let browser = Browser::start(options).await;
        let stage = Stage {
            backend,
            browser,
            server: Mutex::default(),
            scripted: Mutex::default(),
        };
        let outcome = AssertUnwindSafe(test(&stage)).catch_unwind();
        let outcome = match tokio::time::timeout(limit, outcome).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Box::new(format!("the test took longer than {limit:?}")) as Box<_>),
        };
        let complaints = stage.browser.complaints().await;
        if outcome.is_err() || !complaints.is_empty() {
            report(&stage).await;
        }
        stage.browser.quit().await;
        if let Err(panic) = outcome {
            resume_unwind(panic);
        }
        assert!(
            complaints.is_empty(),
            "the console holds what it must not: {complaints:#?}"
        );
    });
}

/// Runs one test that needs no browser, with a limit.
///
/// # Panics
/// If the test panics or takes too long.
pub fn run_alone(limit: Duration, test: impl AsyncFnOnce()) {
    let done = block(async { tokio::time::timeout(limit, test()).await });
    assert!(done.is_ok(), "the test took longer than {limit:?}");
}

fn block<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(work)
}

/// A slot of a concurrent test.
struct Turn;

static TAKEN: Mutex<usize> = Mutex::new(0);
static FREED: Condvar = Condvar::new();

impl Turn {
    fn take() -> Self {
        let mut taken = lock(&TAKEN);
        while *taken >= TOGETHER {
            taken = FREED.wait(taken).unwrap_or_else(PoisonError::into_inner);
        }
        *taken += 1;
        Self
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *lock(&TAKEN) -= 1;
        FREED.notify_one();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Saves the report of a failed test.
async fn report(stage: &Stage) {
    KEEP_LOGS.store(true, Relaxed);
    let thread = std::thread::current();
    let name = thread.name().unwrap_or("test").replace("::", "-");
    let picture = outputs().join(format!("{name}.png"));
    let text = outputs().join(format!("{name}.txt"));
    let driver = stage.browser.driver();
    let mut words = String::new();
    if let Ok(address) = driver.current_url().await {
        let _ = writeln!(words, "address: {address}\n");
    }
    for entry in stage.browser.console().await {
        let _ = writeln!(
            words,
            "console {} {}: {}",
            entry.level,
            entry.source.unwrap_or_default(),
            entry.message
        );
    }
    for log in lock(&stage.server)
        .as_ref()
        .map(|server| server.logs())
        .unwrap_or_default()
    {
        let _ = writeln!(words, "server log: {}", log.display());
    }
    let shown = driver
        .execute(
            "return document.body.innerText + '\\n\\n' + document.body.outerHTML",
            vec![],
        )
        .await;
    if let Ok(shown) = shown {
        let _ = writeln!(words, "\n{}", shown.json().as_str().unwrap_or_default());
    }
    // The test has already failed; a failure to write the report must not hide the reason.
    let _ = std::fs::write(&text, words);
    let seen = driver.screenshot(&picture).await.is_ok();
    let picture = if seen {
        picture.display().to_string()
    } else {
        "no screenshot".to_owned()
    };
    eprintln!("kept: {picture}, {}", text.display());
}
