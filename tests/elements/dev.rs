//! The React app with Vite's development server.

use crate::flow;
use crate::site::{SOON, Site, pages};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use workflow_tests::{Backend, BrowserOptions, free_port, run_with, until};

/// Time limit of the test.
const LIMIT: Duration = Duration::from_secs(60);

/// Vite's development server. Dropping it stops it.
struct Vite(Child);

impl Drop for Vite {
    fn drop(&mut self) {
        // It may already have ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn vites_development_server_finds_the_bundle() {
    // Vite's own page has inline scripts, which the policy of all other pages forbids.
    let options = BrowserOptions::default();
    run_with(Backend::Embedded, LIMIT, options, async |stage| {
        let site = Site::start(stage, "react").await;
        let app = pages().with_file_name("react");
        let port = free_port();
        let mut vite = Command::new(app.join("node_modules/.bin/vite"));
        vite.current_dir(&app)
            .args(["--strictPort", "--host", "127.0.0.1", "--port", &port.to_string()])
            .env("WORKFLOWS", site.proxy.origin())
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        let _vite = Vite(vite.spawn().expect("Vite starts"));
        let origin = format!("http://127.0.0.1:{port}");
        until("Vite to listen", SOON, async || {
            let stream = std::net::TcpStream::connect(("127.0.0.1", port));
            stream.map(drop).map_err(|error| error.to_string())
        })
        .await;
        site.goto(&origin).await;
        flow::drive(&site).await;
    });
}
