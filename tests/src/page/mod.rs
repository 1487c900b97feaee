//! Access to the page through its accessible contract.

mod events;
pub(crate) mod lanes;
mod prompts;
mod run;
mod session;
mod start;
pub(crate) mod views;

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use thirtyfour::error::WebDriverResult;
use thirtyfour::{Key, WebElement};

use crate::{Browser, Seen, until};

const HELPERS: &str = include_str!("contract.js");

/// Time limit of the page's own actions, without server time.
const SOON: Duration = Duration::from_secs(10);

/// Time limit of loading the page on a busy machine.
const LOAD: Duration = Duration::from_secs(30);

/// The debugger in one window. Every method waits for its element, and fails after a limit with what it found.
#[derive(Debug)]
pub struct Page<'browser> {
    browser: &'browser Browser,
    origin: String,
}

impl<'browser> Page<'browser> {
    /// The page of the server at `origin` in `browser`; not loaded yet.
    #[must_use]
    pub fn new(browser: &'browser Browser, origin: impl Into<String>) -> Self {
        Self {
            browser,
            origin: origin.into(),
        }
    }

    /// Its browser.
    pub fn browser(&self) -> &'browser Browser {
        self.browser
    }

    /// Loads the page with `query` (such as `?run=abc`, or nothing) and waits until it has started.
    pub async fn open(&self, query: &str) {
        let address = format!("{}/debugger/{query}", self.origin);
        self.browser
            .driver()
            .goto(&address)
            .await
            .unwrap_or_else(|error| panic!("open {address}: {error}"));
        self.until_started().await;
    }

    /// The same, but waits only for the document: the page may ask for consent first.
    pub async fn open_unready(&self, query: &str) {
        let address = format!("{}/debugger/{query}", self.origin);
        self.browser
            .driver()
            .goto(&address)
            .await
            .unwrap_or_else(|error| panic!("open {address}: {error}"));
    }

    /// Reloads it.
    pub async fn reload(&self) {
        self.browser
            .driver()
            .refresh()
            .await
            .unwrap_or_else(|error| panic!("reload: {error}"));
        self.until_started().await;
    }

    async fn until_started(&self) {
        self.until::<bool>(
            "the page to start",
            LOAD,
            "return part('workflow') ? true : document.body.innerText",
            json!([]),
        )
        .await;
    }

    /// Waits until the page shows this health of its server: `ok`, `down`, `unknown`.
    pub async fn until_health(&self, health: &str) {
        let script = "const it = part('server')?.dataset.health; return it === args[0] || it";
        self.until::<bool>(
            &format!("the server to be {health}"),
            LOAD,
            script,
            json!([health]),
        )
        .await;
    }

    /// The query in the address bar.
    pub async fn address(&self) -> String {
        self.browser
            .driver()
            .current_url()
            .await
            .expect("an address")
            .to_string()
    }

    /// Finds the element that a script with the contract's helpers returns.
    pub async fn find(&self, what: &str, script: &str, args: Value) -> WebElement {
        until(what, SOON, async || self.try_find(script, &args).await).await
    }

    async fn try_find(&self, script: &str, args: &Value) -> Seen<WebElement> {
        let script = format!("{HELPERS}\nconst args = arguments;\n{script}");
        let args = args.as_array().cloned().unwrap_or_default();
        let found = self
            .browser
            .driver()
            .execute(script, args)
            .await
            .map_err(|error| error.to_string())?;
        if found.json().is_null() {
            Err("nothing".to_owned())
        } else {
            found.element().map_err(|it| it.to_string())
        }
    }

    /// Clicks the result of a script, and again if the page replaced it meanwhile.
    pub async fn click(&self, what: &str, script: &str, args: Value) {
        until(&format!("a click on {what}"), SOON, async || {
            let element = self.try_find(script, &args).await?;
            element.click().await.map_err(|error| error.to_string())
        })
        .await;
    }

    /// The result of a script with the contract's helpers.
    pub async fn ask<T: DeserializeOwned>(&self, script: &str, args: Value) -> T {
        let whole = format!("{HELPERS}\nconst args = arguments;\n{script}");
        let args = args.as_array().cloned().unwrap_or_default();
        let answer = self.browser.driver().execute(whole, args).await;
        let answer = answer.unwrap_or_else(|error| panic!("{script}: {error}"));
        answer
            .convert()
            .unwrap_or_else(|error| panic!("{script} gave {}: {error}", answer.json()))
    }

    /// The same for an async script.
    pub async fn ask_slowly<T: DeserializeOwned>(&self, script: &str, args: Value) -> T {
        let whole = format!(
            "{HELPERS}\nconst done = arguments[arguments.length - 1];\nconst args = [...arguments].slice(0, -1);\n\
             (async () => {{ {script} }})().then((value) => done({{ value }}), (error) => done({{ error: String(error) }}));"
        );
        let args = args.as_array().cloned().unwrap_or_default();
        let answer = self.browser.driver().execute_async(whole, args).await;
        let answer = answer.unwrap_or_else(|error| panic!("{script}: {error}"));
        let answer = answer.json();
        assert!(answer["error"].is_null(), "{script}: {}", answer["error"]);
        serde_json::from_value(answer["value"].clone())
            .unwrap_or_else(|error| panic!("{script} gave {answer}: {error}"))
    }

    async fn until<T: DeserializeOwned>(&self, what: &str, limit: Duration, script: &str, args: Value) -> T {
        let whole = format!("{HELPERS}\nconst args = arguments;\n{script}");
        until(what, limit, async || {
            let args = args.as_array().cloned().unwrap_or_default();
            // A page that is being replaced cannot respond.
            let answer = self
                .browser
                .driver()
                .execute(whole.as_str(), args)
                .await
                .map_err(|error| error.to_string())?;
            answer.convert().map_err(|_| answer.json().to_string())
        })
        .await
    }

    async fn fill_in(&self, part: &str, field: &str, value: &str) {
        let find = "return field(part(args[0]) ?? document.createElement('p'), args[1])";
        let what = format!("the field {field} of {part}");
        // The form may be rebuilt while it is being filled in.
        until(&what, SOON, async || {
            let input = self.find(&what, find, json!([part, field])).await;
            self.put(&input, part, field, value)
                .await
                .map_err(|error| error.to_string())
        })
        .await;
    }

    async fn put(&self, input: &WebElement, part: &str, field: &str, value: &str) -> WebDriverResult<()> {
        match self.kind(input).await?.as_str() {
            "select" => self.choose(input, value).await?,
            "checkbox" => {
                if input.is_selected().await?.to_string() != value {
                    input.click().await?;
                }
            }
            "radio" => self.choose_radio(part, field, value).await,
            _ => self.type_into(input, value).await?,
        }
        Ok(())
    }

    async fn choose_radio(&self, part: &str, field: &str, value: &str) {
        let find = "return fields(part(args[0])).find((it) => it.name === args[1] && [it.value, label(it)].includes(args[2]))";
        self.click(
            &format!("the choice {value} of {field}"),
            find,
            json!([part, field, value]),
        )
        .await;
    }

    async fn kind(&self, input: &WebElement) -> WebDriverResult<String> {
        let tag = input.tag_name().await?;
        let kind = input.attr("type").await?.unwrap_or_default();
        Ok(if tag == "select" { tag } else { kind })
    }

    /// Chooses an option by its value or its text, as a browser does for a user: chromedriver's click on an option dispatches only
    /// `change`, not `input`.
    async fn choose(&self, select: &WebElement, wanted: &str) -> WebDriverResult<()> {
        let script = "const [select, wanted] = arguments;
            const it = [...select.options].find((it) => it.value === wanted || it.textContent.trim() === wanted);
            if (!it) return [...select.options].map((it) => it.textContent.trim()).join(', ');
            if (it.selected) return null;
            select.focus();
            it.selected = true;
            for (const name of ['input', 'change']) select.dispatchEvent(new Event(name, { bubbles: true }));
            return null";
        let args = vec![select.to_json()?, json!(wanted)];
        let missing = self.browser.driver().execute(script, args).await?;
        assert!(
            missing.json().is_null(),
            "no option {wanted:?} among {}",
            missing.json()
        );
        Ok(())
    }

    /// Replaces the text of a field by typing.
    async fn type_into(&self, input: &WebElement, value: &str) -> WebDriverResult<()> {
        input.click().await?;
        input.send_keys(Key::Control + "a").await?;
        let keys = if value.is_empty() {
            String::from(Key::Backspace.value())
        } else {
            value.to_owned()
        };
        input.send_keys(keys).await
    }
}
