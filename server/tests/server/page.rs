//! The page: embedded files, their headers, and the message when there is none.

use std::fs;
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use memory_serve::Asset;
use workflow_debugger::{Options, Page};

use crate::support::{Answer, Server, client, soon};

const SCRIPT: &str = "app-0123456789abcdef.js";

/// A folder that looks like a built page; removed when dropped.
struct Dist(PathBuf);

impl Dist {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("workflow-debugger-{}-{number}", std::process::id()));
        fs::create_dir_all(folder.join("snippets/a-0123456789abcdef")).expect("a folder");
        let write = |path: &str, text: &[u8]| fs::write(folder.join(path), text).expect("a file");
        write("index.html", b"<!doctype html><title>Workflow debugger</title>");
        write(
            SCRIPT,
            "export default 'a line that repeats';\n".repeat(200).as_bytes(),
        );
        write("app-0123456789abcdef_bg.wasm", b"\0asm\x01\0\0\0");
        write("snippets/a-0123456789abcdef/inline0.js", b"export const a = 1;");
        write(".hidden", b"no");
        Self(folder)
    }

    /// The files as the build script embeds them in a release build.
    fn embedded(&self) -> Page {
        let files = [
            ("/index.html", "text/html", false),
            ("/app-0123456789abcdef.js", "text/javascript", true),
            ("/app-0123456789abcdef_bg.wasm", "application/wasm", false),
            (
                "/snippets/a-0123456789abcdef/inline0.js",
                "text/javascript",
                false,
            ),
        ];
        let files = files.map(|(route, content_type, is_large)| {
            let path = format!("{}{route}", self.0.display());
            let bytes = fs::read(&path).expect("the file");
            Asset {
                route,
                path: path.leak(),
                etag: format!("hash-of-{}", bytes.len()).leak(),
                content_type,
                bytes: Some(if is_large { packed(&bytes) } else { bytes }.leak()),
                is_compressed: is_large,
                should_compress: is_large,
            }
        });
        Page::Embedded(Box::leak(Box::new(files)))
    }
}

impl Drop for Dist {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

async fn serving(page: Page) -> Server {
    Server::start(Options {
        page,
        ..Options::default()
    })
    .await
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut writer = brotli::CompressorWriter::new(Vec::new(), 4096, 11, 22);
    writer.write_all(bytes).expect("brotli");
    writer.into_inner()
}

fn unpacked(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    brotli::Decompressor::new(bytes, 4096)
        .read_to_end(&mut out)
        .expect("brotli");
    out
}

#[tokio::test]
async fn the_page_and_its_files_are_served() {
    let dist = Dist::new();
    for page in [dist.embedded(), Page::Folder(dist.0.clone())] {
        is_served(serving(page).await).await;
    }
}

async fn is_served(server: Server) {
    let page = server.get("/debugger/").await;
    assert_eq!(
        (
            page.status,
            page.header("content-type"),
            page.header("cache-control")
        ),
        (200, "text/html", "no-cache")
    );
    assert!(
        page.text.contains("<title>Workflow debugger</title>"),
        "{}",
        page.text
    );
    let same = server.get("/debugger/index.html?run=x").await;
    assert_eq!(
        (same.status, same.text),
        (200, page.text),
        "by its name, and with a query"
    );
    for (path, kind, cache) in [
        (SCRIPT, "text/javascript", "public, max-age=31536000, immutable"),
        (
            "app-0123456789abcdef_bg.wasm",
            "application/wasm",
            "public, max-age=31536000, immutable",
        ),
        (
            "snippets/a-0123456789abcdef/inline0.js",
            "text/javascript",
            "no-cache",
        ),
    ] {
        let file = server.get(&format!("/debugger/{path}")).await;
        assert_eq!(
            (
                file.status,
                file.header("content-type"),
                file.header("cache-control")
            ),
            (200, kind, cache),
            "{path}"
        );
    }
}

#[tokio::test]
async fn pages_are_compressed_for_clients_that_accept_it() {
    let dist = Dist::new();
    let server = serving(dist.embedded()).await;
    let path = format!("/debugger/{SCRIPT}");
    let plain = server.get(&path).await;
    assert!(plain.header("etag").starts_with("W/"), "the encodings share it");
    for (codings, encoding) in [("gzip, br", "br"), ("gzip", ""), ("br;q=0", "")] {
        let request = client()
            .get(format!("{}{path}", server.base))
            .header("accept-encoding", codings);
        let response = soon("brotli", request.send()).await.expect("an answer");
        let header = |name: &str| {
            let value = response.headers().get(name);
            value.map_or("", |value| value.to_str().expect("text"))
        };
        assert_eq!(
            (header("content-encoding"), header("vary"), header("etag")),
            (encoding, "accept-encoding", plain.header("etag")),
            "{codings}"
        );
        let body = soon("brotli", response.bytes()).await.expect("a body");
        let body = if encoding.is_empty() {
            body.to_vec()
        } else {
            unpacked(&body)
        };
        assert_eq!(body, plain.text.as_bytes(), "{codings}");
    }
}

#[tokio::test]
async fn what_the_browser_has_is_not_sent_again() {
    let dist = Dist::new();
    for page in [dist.embedded(), Page::Folder(dist.0.clone())] {
        let server = serving(page).await;
        let tag = server.get("/debugger/").await.header("etag").to_owned();
        let known = server
            .get_with("/debugger/", &[("if-none-match", &format!("\"other\", {tag}"))])
            .await;
        assert_eq!(
            (known.status, known.text.as_str(), known.header("etag")),
            (304, "", tag.as_str())
        );
        let other = server
            .get_with("/debugger/", &[("if-none-match", "\"other\"")])
            .await;
        assert_eq!(other.status, 200, "another tag is another page");
    }
}

fn assert_guarded(answer: &Answer) {
    let policy = answer.header("content-security-policy");
    for part in [
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "style-src 'self';",
        "connect-src 'self' http: https:",
        "base-uri 'none'",
    ] {
        assert!(policy.contains(part), "{part} in {policy}");
    }
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(answer.header(name), value, "{name}");
    }
}

#[tokio::test]
async fn every_answer_of_the_page_is_guarded() {
    let dist = Dist::new();
    for page in [
        dist.embedded(),
        Page::Folder(dist.0.clone()),
        Page::Folder("/no/such/folder".into()),
    ] {
        let server = serving(page).await;
        for path in [
            "/debugger",
            "/debugger/",
            "/debugger/nope",
            &format!("/debugger/{SCRIPT}"),
        ] {
            assert_guarded(&server.get(path).await);
        }
        let tag = server.get("/debugger/").await.header("etag").to_owned();
        assert_guarded(&server.get_with("/debugger/", &[("if-none-match", &tag)]).await);
        let head = client().head(format!("{}/debugger/", server.base));
        assert_guarded(&Answer::read(soon("HEAD", head.send()).await.expect("an answer")).await);
        let post = client().post(format!("{}/debugger/{SCRIPT}", server.base));
        let refused = Answer::read(soon("POST", post.send()).await.expect("an answer")).await;
        assert_eq!(refused.status, 405);
        assert_guarded(&refused);
    }
}

#[tokio::test]
async fn other_paths_lead_to_the_page_or_say_so() {
    let dist = Dist::new();
    let server = serving(dist.embedded()).await;
    for (path, target) in [
        ("/", "/debugger/"),
        ("/debugger", "/debugger/"),
        ("/debugger?run=a%26b", "/debugger/?run=a%26b"),
    ] {
        let answer = server.get(path).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (307, target),
            "{path}"
        );
    }
    let missing = server.get("/debugger/runs/17").await;
    assert_eq!(missing.status, 404);
    assert!(
        missing.text.contains("Its page is at /debugger/"),
        "{}",
        missing.text
    );
    assert_eq!(
        server.get("/elsewhere").await.text,
        "{\"detail\":\"Not Found\"}",
        "not a path of the page"
    );
}

#[tokio::test]
async fn a_page_that_is_not_built_says_what_to_do() {
    for page in [
        Page::Embedded(&[]),
        Page::Folder(Path::new("/no/such/folder").to_owned()),
    ] {
        let server = serving(page).await;
        let answer = server.get("/debugger/").await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (503, "text/plain; charset=utf-8")
        );
        assert!(answer.text.contains("cargo xtask build"), "{}", answer.text);
        assert_eq!(
            server.get("/health").await.status,
            200,
            "the API works without the page"
        );
    }
}

#[tokio::test]
async fn a_folder_shows_nothing_beside_itself() {
    let dist = Dist::new();
    fs::create_dir_all(dist.0.join("inner")).expect("a folder");
    fs::write(dist.0.join("inner/index.html"), "inner").expect("a file");
    let server = serving(Page::Folder(dist.0.join("inner"))).await;
    assert_eq!(server.get("/debugger/").await.text, "inner");
    for path in [
        "..%2findex.html",
        "%2e%2e/index.html",
        "..%5cindex.html",
        "%2fetc%2fpasswd",
        "a/..%2f..%2findex.html",
    ] {
        assert_eq!(
            server.get(&format!("/debugger/{path}")).await.status,
            404,
            "{path}"
        );
    }
}

#[tokio::test]
async fn in_front_of_an_app_server_the_page_knows_the_api_address() {
    let dist = Dist::new();
    let upstream = "http://127.0.0.1:9/deployments/app".parse().expect("an address");
    let server = Server::start(Options {
        upstream: Some(upstream),
        page: dist.embedded(),
        ..Options::default()
    })
    .await;
    for (path, target) in [
        ("/debugger/", "/debugger/?api=/deployments/app"),
        (
            "/debugger/?run=x&view=wire",
            "/debugger/?api=/deployments/app&run=x&view=wire",
        ),
    ] {
        assert_eq!(server.get(path).await.header("location"), target, "{path}");
    }
    assert_eq!(
        server.get("/debugger/?api=/elsewhere").await.status,
        200,
        "what the address says holds"
    );
    assert_eq!(server.get(&format!("/debugger/{SCRIPT}")).await.status, 200);
}

#[cfg(unix)]
#[tokio::test]
async fn a_folder_serves_no_hidden_files_and_nothing_outside_of_it() {
    // A link in the folder led to any file of the machine, and `.git/config` was served.
    use std::os::unix::fs::symlink;
    let dist = Dist::new();
    let served = dist.0.join("served");
    fs::create_dir_all(served.join(".git")).expect("a folder");
    let write = |path: &str, text: &[u8]| fs::write(served.join(path), text).expect("a file");
    write("index.html", b"the page");
    write("app.js", b"here");
    write(".git/config", b"secret");
    write(".env", b"secret");
    for (target, link) in [
        (dist.0.join("index.html"), "outside.html"),
        (dist.0.clone(), "outside"),
        (served.join("app.js"), "inside.js"),
        (served.join(".env"), "env.txt"),
    ] {
        symlink(target, served.join(link)).expect("a link");
    }
    let linked = dist.0.join("linked");
    symlink(&served, &linked).expect("a link");
    for folder in [served, linked] {
        let server = serving(Page::Folder(folder)).await;
        for (path, status) in [
            ("app.js", 200),
            ("inside.js", 200),
            ("", 200),
            ("outside.html", 404),
            ("outside/index.html", 404),
            ("env.txt", 404),
            (".env", 404),
            (".git/config", 404),
            ("app.js/x", 404),
        ] {
            let answer = server.get(&format!("/debugger/{path}")).await;
            assert_eq!(answer.status, status, "{path}: {}", answer.text);
            assert!(!answer.text.contains("secret"), "{path}");
        }
    }
}

#[tokio::test]
async fn a_large_file_of_a_folder_comes_whole() {
    // It was read into memory for each request.
    let dist = Dist::new();
    let content = "0123456789abcdef".repeat(200_000);
    fs::write(dist.0.join("large.txt"), &content).expect("a file");
    let server = serving(Page::Folder(dist.0.clone())).await;
    let answer = server.get("/debugger/large.txt").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-length"), content.len().to_string());
    assert!(answer.text == content, "all of it, in order");
}
