//! The app of React under Vite's development server.

use crate::flow;
use crate::site::{SOON, Site, pages};
use std::process::{Child, Command, Stdio};
use workflow_tests::{Backend, free_port, run, until};

/// Vite's development server. Dropping it ends it.
struct Vite(Child);

impl Drop for Vite {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_development_server_of_vite_finds_the_program() {
    run(Backend::Embedded, async |stage| {
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
