//! Chromium through one chromedriver.

use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use thirtyfour::common::capabilities::chromium::ChromiumLikeCapabilities as _;
use thirtyfour::common::command::{Command as WebDriverCommand, ExtensionCommand};
use thirtyfour::error::WebDriverResult;
use thirtyfour::{BrowserLogEntry, ChromeCapabilities, LoggingPrefsLogLevel, WebDriver, WebElement};

use crate::free_port;
use crate::process::{Process, outputs};

/// One command of Chromium's own protocol.
///
/// # Panics
/// When Chromium refuses it, or does not answer.
pub async fn devtools(browser: &Browser, command: &str, parameters: Value) -> Value {
    try_devtools(browser, command, parameters)
        .await
        .unwrap_or_else(|error| panic!("a command of the developer tools: {error}"))
}

/// One command of Chromium's own protocol, to a page that may be too busy to answer.
///
/// # Errors
/// When Chromium refuses it, or does not answer.
pub async fn try_devtools(browser: &Browser, command: &str, parameters: Value) -> WebDriverResult<Value> {
    let command = WebDriverCommand::ExtensionCommand(Box::new(DevTools(
        json!({ "cmd": command, "params": parameters }),
    )));
    browser.driver().cmd(command).await?.value()
}

/// Ends the page's process, as the system does when memory runs out: nothing in the page gets to say goodbye.
pub async fn crash(browser: &Browser) {
    let command = json!({ "cmd": "Page.crash", "params": {} });
    let command = WebDriverCommand::ExtensionCommand(Box::new(DevTools(command)));
    // The driver's answer is that the tab has crashed.
    let _ = browser.driver().cmd(command).await;
}

#[derive(Debug)]
struct DevTools(Value);

impl ExtensionCommand for DevTools {
    fn parameters_json(&self) -> Option<Value> {
        Some(self.0.clone())
    }

    fn method(&self) -> Method {
        Method::POST
    }

    fn endpoint(&self) -> Arc<str> {
        "/goog/cdp/execute".into()
    }
}

/// One chromedriver for all browsers of the moment. Dropping the last holder ends it.
#[derive(Debug)]
struct Chromedriver {
    process: Mutex<Process>,
    port: u16,
    scratch: PathBuf,
}

static SHARED: Mutex<Weak<Chromedriver>> = Mutex::new(Weak::new());

impl Chromedriver {
    fn shared() -> Arc<Self> {
        let mut place = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        place.upgrade().unwrap_or_else(|| {
            let driver = Arc::new(Self::start());
            *place = Arc::downgrade(&driver);
            driver
        })
    }

    fn start() -> Self {
        let port = free_port();
        let binary = std::env::var_os("CHROMEDRIVER").unwrap_or_else(|| "chromedriver".into());
        let log = outputs().join(format!("chromedriver-{port}.log"));
        // Profiles and what Chromium forgets to remove. Not below the target folder: sockets lie in it, and a socket's
        // path may have a hundred characters.
        let scratch = std::env::temp_dir().join(format!("workflow-tests-{port}"));
        std::fs::create_dir_all(&scratch).expect("a folder for profiles");
        let mut command = Command::new(binary);
        command.arg(format!("--port={port}")).env("TMPDIR", &scratch);
        let mut process = Process::start("chromedriver", &mut command, &log)
            .expect("chromedriver starts (Debian: apt install chromium chromium-driver)");
        let begin = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            if let Some(ended) = process.ended() {
                panic!("{ended}");
            }
            assert!(
                begin.elapsed() < Duration::from_secs(20),
                "chromedriver does not listen: {}",
                process.last_words()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        Self {
            process: Mutex::new(process),
            port,
            scratch,
        }
    }
}

impl Drop for Chromedriver {
    fn drop(&mut self) {
        self.process
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .kill();
        // The last browser may still be writing its goodbye.
        for _ in 0..20 {
            if std::fs::remove_dir_all(&self.scratch).is_ok() {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// What a browser is started with.
#[derive(Clone, Copy, Debug, Default)]
pub struct BrowserOptions {
    /// Keep a log of what the page requests; costs time with long streams. Defaults to not.
    pub network_log: bool,
    /// Every page may talk to its own origin only: the strictest policy that the debugger has to work under. Our server's own is
    /// wider in one point, since people may choose another server. Defaults to not.
    pub one_origin: bool,
    /// The browser stores nothing for any site and gives no locks, as with all cookies blocked. Defaults to not.
    pub no_storage: bool,
}

/// Gives every page the policy before anything of it runs, beside the one that it is served with. What it forbids is told in the
/// console, where [`Browser::complaints`] finds it.
const ONE_ORIGIN: &str = r#"
    new MutationObserver((_, observer) => {
      if (!document.head) return;
      observer.disconnect();
      const meta = document.createElement('meta');
      meta.httpEquiv = 'Content-Security-Policy';
      meta.content = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; connect-src 'self'";
      document.head.prepend(meta);
    }).observe(document, { childList: true, subtree: true });"#;

/// One headless Chromium with a fresh profile.
///
/// End it with [`Browser::quit`]; a forgotten one is ended when it is dropped, which blocks.
#[derive(Debug)]
#[must_use = "a browser that nobody drives only takes memory"]
pub struct Browser {
    driver: WebDriver,
    console: Mutex<Vec<BrowserLogEntry>>,
    _chromedriver: Arc<Chromedriver>,
}

impl Browser {
    /// Starts a browser.
    ///
    /// # Panics
    /// When chromedriver or Chromium doesn't start.
    pub async fn start(options: BrowserOptions) -> Self {
        let chromedriver = Chromedriver::shared();
        let mut wanted = ChromeCapabilities::new();
        let mut flags = vec![
            "--headless=new",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
            // Names for pages of other sites. `.test` belongs to nobody (RFC 6761).
            "--host-resolver-rules=MAP *.test 127.0.0.1",
            "--window-size=1280,900",
        ];
        if is_root() {
            flags.push("--no-sandbox");
        }
        for flag in flags {
            wanted.add_arg(flag).expect("a flag");
        }
        wanted
            .set_browser_log_level(LoggingPrefsLogLevel::All)
            .expect("a logging preference");
        if options.no_storage {
            let blocked = json!({ "profile.default_content_setting_values.cookies": 2 });
            wanted
                .add_experimental_option("prefs", blocked)
                .expect("preferences");
        }
        if options.network_log {
            wanted
                .set_logging_prefs("performance", LoggingPrefsLogLevel::All)
                .expect("a logging preference");
        }
        let driver = WebDriver::new(format!("http://127.0.0.1:{}", chromedriver.port), wanted)
            .await
            .expect("Chromium starts (Debian: apt install chromium chromium-driver)");
        let limit = Duration::from_secs(30);
        driver.set_script_timeout(limit).await.expect("a script timeout");
        driver
            .set_page_load_timeout(limit)
            .await
            .expect("a page load timeout");
        let browser = Self {
            driver,
            console: Mutex::default(),
            _chromedriver: chromedriver,
        };
        if options.one_origin {
            let script = json!({ "source": ONE_ORIGIN });
            devtools(&browser, "Page.addScriptToEvaluateOnNewDocument", script).await;
        }
        browser
    }

    /// The WebDriver session.
    #[must_use]
    pub fn driver(&self) -> &WebDriver {
        &self.driver
    }

    /// The browser's version, such as `156.0.8078.79`.
    #[must_use]
    pub fn version(&self) -> String {
        let version = self
            .driver
            .capabilities()
            .get("browserVersion")
            .and_then(Value::as_str);
        version.unwrap_or("unknown").to_owned()
    }

    /// Everything that was written to the console since the start, this browser's own words included.
    pub async fn console(&self) -> Vec<BrowserLogEntry> {
        let news = self.driver.browser_log().await.unwrap_or_default();
        let mut console = self.console.lock().unwrap_or_else(PoisonError::into_inner);
        console.extend(news);
        console.clone()
    }

    /// What must never be in the console: errors of the page, panics, violations of its own policy. The browser's
    /// words on failed requests don't count: a failed run is read with status 500, and tests break connections.
    pub async fn complaints(&self) -> Vec<String> {
        let console = self.console().await;
        let bad = console.iter().filter(|entry| {
            let network = entry.source.as_deref() == Some("network");
            // A page that was left, or loaded again by a development server, while its program was on its way.
            let left = entry
                .message
                .contains("WebAssembly compilation aborted: Network error");
            (entry.level == "SEVERE" && !network && !left)
                || entry.message.contains("panicked at")
                || entry.message.contains("Content Security Policy")
        });
        bad.map(|entry| entry.message.clone()).collect()
    }

    /// The addresses that were requested since the last call. Needs [`BrowserOptions::network_log`].
    ///
    /// # Panics
    /// When there is no such log.
    pub async fn requests(&self) -> Vec<String> {
        let entries = self
            .driver
            .get_log("performance")
            .await
            .expect("a browser with network_log");
        let messages = entries
            .iter()
            .filter_map(|entry| serde_json::from_str::<Value>(&entry.message).ok());
        let requests = messages.filter(|it| it["message"]["method"] == "Network.requestWillBeSent");
        requests
            .filter_map(|it| {
                it["message"]["params"]["request"]["url"]
                    .as_str()
                    .map(str::to_owned)
            })
            .collect()
    }

    /// The role that assistive technology is told, by the browser's own computation.
    ///
    /// # Panics
    /// When the element is gone.
    pub async fn role(&self, element: &WebElement) -> String {
        self.computed(element, "computedrole").await
    }

    /// The accessible name, by the browser's own computation.
    ///
    /// # Panics
    /// When the element is gone.
    pub async fn name(&self, element: &WebElement) -> String {
        self.computed(element, "computedlabel").await
    }

    async fn computed(&self, element: &WebElement, what: &'static str) -> String {
        let command = Computed(format!("/element/{}/{what}", element.element_id()));
        let command = WebDriverCommand::ExtensionCommand(Box::new(command));
        let response = self
            .driver
            .cmd(command)
            .await
            .unwrap_or_else(|error| panic!("{what}: {error}"));
        response
            .value::<String>()
            .unwrap_or_else(|error| panic!("{what}: {error}"))
    }

    /// Ends it.
    pub async fn quit(self) {
        // A browser that has crashed can't be asked to leave; chromedriver ends with its last holder anyway.
        let _ = self.driver.quit().await;
    }
}

#[derive(Debug)]
struct Computed(String);

impl ExtensionCommand for Computed {
    fn parameters_json(&self) -> Option<Value> {
        None
    }

    fn method(&self) -> Method {
        Method::GET
    }

    fn endpoint(&self) -> Arc<str> {
        self.0.as_str().into()
    }
}

/// Chromium's sandbox refuses to run for root.
fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|it| std::os::unix::fs::MetadataExt::uid(&it) == 0)
}
