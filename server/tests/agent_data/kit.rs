//! A running app with a store, and a client for it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use workflow_debugger::{Access, AgentDataStore, Faults, Options, app, serve};

/// Where the API is.
pub const PREFIX: &str = "/api/v1/beta/agent-data";

/// A folder that is removed when it is dropped.
#[derive(Debug)]
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("workflow-agent-data-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// An app on a free port; dropping it closes the port.
#[derive(Debug)]
pub struct Server {
    pub base: String,
    task: JoinHandle<()>,
    _folder: Folder,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("not JSON ({error}): {}", self.text))
    }

    /// `data.n` of all items.
    pub fn numbers(&self) -> Vec<i64> {
        let json = self.json();
        let items = json["items"]
            .as_array()
            .unwrap_or_else(|| panic!("no items: {}", self.text));
        items
            .iter()
            .map(|item| item["data"]["n"].as_i64().unwrap())
            .collect()
    }
}

impl Server {
    pub async fn memory() -> Self {
        Self::start(AgentDataStore::in_memory(), Folder::new(), Access::default()).await
    }

    pub async fn sqlite() -> Self {
        let folder = Folder::new();
        let store = AgentDataStore::open(&folder.0.join("rows.db")).unwrap();
        Self::start(store, folder, Access::default()).await
    }

    pub async fn guarded(token: &str) -> Self {
        let access = Access {
            token: Some(token.parse().unwrap()),
            ..Access::default()
        };
        Self::start(AgentDataStore::in_memory(), Folder::new(), access).await
    }

    /// In front of a server that does not answer.
    pub async fn before_an_upstream() -> Self {
        let options = Options {
            upstream: Some("http://127.0.0.1:9/deployments/app".parse().unwrap()),
            ..Options::default()
        };
        Self::start_with(AgentDataStore::in_memory(), Folder::new(), options).await
    }

    async fn start(store: AgentDataStore, folder: Folder, access: Access) -> Self {
        let options = Options {
            access,
            ..Options::default()
        };
        Self::start_with(store, folder, options).await
    }

    async fn start_with(store: AgentDataStore, folder: Folder, options: Options) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let app = app(Options {
            agent_data: Some(store),
            faults: Some(Faults::default()),
            ..options
        });
        let task = tokio::spawn(async move {
            let _ = serve(listener, app).await;
        });
        Self {
            base,
            task,
            _folder: folder,
        }
    }

    /// A request below the API's prefix, or anywhere if the path starts with `/_`.
    pub async fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Answer {
        self.try_ask(method, path, headers, body)
            .await
            .expect("an answer")
    }

    pub async fn try_ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> reqwest::Result<Answer> {
        let prefix = if path.starts_with("/_") { "" } else { PREFIX };
        let client = reqwest::Client::builder().no_proxy().build()?;
        let mut request = client.request(method.parse().unwrap(), format!("{}{prefix}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body);
        }
        let response = request.send().await?;
        Ok(Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            text: response.text().await?,
        })
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.ask("POST", path, &[], Some(body.to_string())).await
    }

    /// Creates a record in the collection `c` of `app`.
    pub async fn create(&self, data: Value) -> Value {
        let body = json!({ "deployment_name": "app", "collection": "c", "data": data });
        let answer = self.post("", body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }

    /// Asks about the collection `c` of `app`.
    pub async fn query(&self, path: &str, question: Value) -> Answer {
        let mut body = json!({ "deployment_name": "app", "collection": "c" });
        body.as_object_mut()
            .unwrap()
            .extend(question.as_object().unwrap().clone());
        self.post(path, body).await
    }
}
