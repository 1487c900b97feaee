//! Chromium, driven by one chromedriver.

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

/// Sends a command of the Chrome DevTools Protocol.
///
/// # Panics
/// If Chromium refuses it or does not respond.
pub async fn devtools(browser: &Browser, command: &str, parameters: Value) -> Value {
    try_devtools(browser, command, parameters)
        .await
        .unwrap_or_else(|error| panic!("a command of the developer tools: {error}"))
}

/// Sends a command of the Chrome DevTools Protocol to a page that may be too busy to respond.
///
/// # Errors
/// If Chromium refuses it or does not respond.
pub async fn try_devtools(browser: &Browser, command: &str, parameters: Value) -> WebDriverResult<Value> {
    let command = WebDriverCommand::ExtensionCommand(Box::new(DevTools(
        json!({ "cmd": command, "params": parameters }),
    )));
    browser.driver().cmd(command).await?.value()
}

/// Kills the page's process, as the system does when memory runs out: the page cannot react.
pub async fn crash(browser: &Browser) {
    let command = json!({ "cmd": "Page.crash", "params": {} });
    let command = WebDriverCommand::ExtensionCommand(Box::new(DevTools(command)));
    // The driver's response is that the tab has crashed.
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

/// One chromedriver for all current browsers. Dropping the last reference ends it.
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
        // For profiles and files that Chromium does not remove. Not below the target folder: it contains sockets, and a socket's path is
        // limited to about a hundred characters.
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
        // The last browser may still be writing.
        for _ in 0..20 {
            if std::fs::remove_dir_all(&self.scratch).is_ok() {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Options of a browser.
#[derive(Clone, Copy, Debug, Default)]
pub struct BrowserOptions {
    /// Log the page's requests; slow with long streams. Defaults to `false`.
    pub network_log: bool,
    /// Pages may use their own origin only: the strictest policy that the debugger must work with. Our server's own is wider in one point,
    /// because users can choose another server. Defaults to `false`.
    pub one_origin: bool,
    /// The browser stores no data for any site and grants no locks, as with all cookies blocked. Defaults to `false`.
    pub no_storage: bool,
}

/// Adds the policy to each page before its scripts run, in addition to the one it is served with. Violations are written to the console,
/// where [`Browser::complaints`] finds them.
const ONE_ORIGIN: &str = r#"
    new MutationObserver((_, observer) => {
      if (!document.head) return;
      observer.disconnect();
      const meta = document.createElement('meta');
      meta.httpEquiv = 'Content-Security-Policy';
      meta.content = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; connect-src 'self'";
      document.head.prepend(meta);
    }).observe(document, { childList: true, subtree: true });"#;

/// A headless Chromium with a new profile.
///
/// End it with [`Browser::quit`]; otherwise dropping it ends it, which blocks.
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
    /// If chromedriver or Chromium does not start.
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
            // Pages of the address bar, which is not shown: a second renderer in each browser.
            "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup",
            // Names for pages of other sites. `.test` is reserved (RFC 6761).
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

    /// Everything written to the console since the start, including the browser's own messages.
    pub async fn console(&self) -> Vec<BrowserLogEntry> {
        let news = self.driver.browser_log().await.unwrap_or_default();
        let mut console = self.console.lock().unwrap_or_else(PoisonError::into_inner);
        console.extend(news);
        console.clone()
    }

    /// What must not be in the console: errors of the page, panics, violations of its policy. The browser's messages about failed requests
    /// do not count: a failed run is read with status 500, and tests break connections.
    pub async fn complaints(&self) -> Vec<String> {
        let console = self.console().await;
        let bad = console.iter().filter(|entry| {
            let network = entry.source.as_deref() == Some("network");
            // A page that was left or reloaded while its bundle was loading.
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
    /// If there is no such log.
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

    /// The role as computed by the browser.
    ///
    /// # Panics
    /// If the element is gone.
    pub async fn role(&self, element: &WebElement) -> String {
        self.computed(element, "computedrole").await
    }

    /// The accessible name as computed by the browser.
    ///
    /// # Panics
    /// If the element is gone.
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
        // A crashed browser cannot quit; chromedriver ends with its last reference anyway.
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

/// Chromium's sandbox does not run as root.
fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|it| std::os::unix::fs::MetadataExt::uid(&it) == 0)
}
