//! What every test stands on: a server, a browser, a limit, and a report when it fails.

use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt as _;

use crate::process::{KEEP_LOGS, outputs};
use crate::{Api, Backend, Browser, BrowserOptions, Page, Server};

/// How many tests drive a browser at once.
const TOGETHER: usize = 2;

/// How long a test may take that says nothing else.
const LIMIT: Duration = Duration::from_secs(60);

/// What a test is given.
#[derive(Debug)]
pub struct Stage {
    /// The kind of server that this turn of the test is about.
    pub backend: Backend,
    /// A browser of its own.
    pub browser: Browser,
    server: Mutex<Option<Arc<Server>>>,
}

impl Stage {
    /// The server that tests of this backend share. Only for tests that don't stop it.
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
}

/// Runs one test against one backend, with a browser and a limit of its own. Its pages may talk to their own origin only.
///
/// # Panics
/// When the test does, when it takes too long, and when the browser's console holds what it must not. A screenshot, the
/// page's text and the console are kept then.
pub fn run(backend: Backend, test: impl AsyncFnOnce(&Stage)) {
    let options = BrowserOptions {
        one_origin: true,
        ..BrowserOptions::default()
    };
    run_with(backend, LIMIT, options, test);
}

/// The same with another limit or another browser, which has to be told when its pages stay on one origin.
pub fn run_with(backend: Backend, limit: Duration, options: BrowserOptions, test: impl AsyncFnOnce(&Stage)) {
    // The limit counts from this test's turn.
    let _turn = Turn::take();
    block(async {
        let browser = Browser::start(options).await;
        let stage = Stage {
            backend,
            browser,
            server: Mutex::default(),
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
/// When the test does or takes too long.
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

/// A place among the tests that run at once.
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

/// Keeps what a failed test leaves to look at.
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
    // The test has failed already; a report that can't be written must not hide why.
    let _ = std::fs::write(&text, words);
    let seen = driver.screenshot(&picture).await.is_ok();
    let picture = if seen {
        picture.display().to_string()
    } else {
        "no screenshot".to_owned()
    };
    eprintln!("kept: {picture}, {}", text.display());
}
