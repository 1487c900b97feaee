//! Connections and their limits.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use workflow_debugger::{Limits, Options, app, listen, serve_within};

use crate::support::soon;

const REQUEST: &[u8] = b"HEAD /health HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// Serves the demo workflows within limits; gives the address.
async fn within(limits: Limits) -> std::net::SocketAddr {
    let listener = listen(([127, 0, 0, 1], 0).into()).expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(serve_within(limits, listener, app(Options::default())));
    address
}

async fn connect(address: std::net::SocketAddr) -> TcpStream {
    soon("a connection", TcpStream::connect(address))
        .await
        .expect("a connection")
}

/// Asks for `/health` and reads the answer, which is a head alone.
async fn is_answered(socket: &mut TcpStream) -> bool {
    socket.write_all(REQUEST).await.expect("sent");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match soon("an answer", socket.read_u8()).await {
            Ok(byte) => head.push(byte),
            Err(_) => return false,
        }
    }
    head.starts_with(b"HTTP/1.1 200 ")
}

// Symptom: connections that never finish their request's head stayed open for ever.
// Cause: there was no time limit on reading it.
#[tokio::test]
async fn a_head_that_does_not_come_ends_the_connection() {
    let address = within(Limits {
        header_timeout: Duration::from_millis(100),
        ..Limits::default()
    })
    .await;
    for sent in [&b""[..], b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: "] {
        let mut socket = connect(address).await;
        socket.write_all(sent).await.expect("sent");
        let mut rest = Vec::new();
        // A reset is an end as well.
        let _ = soon("the end", socket.read_to_end(&mut rest)).await;
        assert!(!rest.starts_with(b"HTTP/1.1 200"), "{rest:?}");
    }
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_for_a_place() {
    let address = within(Limits {
        connections: 2,
        ..Limits::default()
    })
    .await;
    let mut first = connect(address).await;
    let mut second = connect(address).await;
    assert!(is_answered(&mut first).await && is_answered(&mut second).await);
    let mut third = connect(address).await;
    third.write_all(REQUEST).await.expect("sent");
    // As long as both places are taken the others are served, and this one is not.
    assert!(is_answered(&mut first).await && is_answered(&mut second).await);
    let mut byte = [0; 1];
    let early = third.try_read(&mut byte);
    assert!(
        early.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock),
        "the third connection is not accepted yet"
    );
    drop(first);
    soon("a place", third.read_exact(&mut byte))
        .await
        .expect("the answer begins");
}

// Symptom: a burst of connections was lost while the server was busy.
// Cause: the system kept only 128 connections that had not been accepted.
#[tokio::test]
async fn many_connections_wait_to_be_accepted() {
    let _ = rlimit::increase_nofile_limit(2048);
    let listener = listen(([127, 0, 0, 1], 0).into()).expect("a free port");
    let address = listener.local_addr().expect("an address");
    let sockets = (0..400).map(|_| TcpStream::connect(address));
    let sockets = soon("all connections", futures::future::join_all(sockets)).await;
    assert!(sockets.iter().all(Result::is_ok), "nobody is refused");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_server_raises_its_limit_of_open_files_and_probes_silent_peers() {
    use std::process::Stdio;
    use tokio::io::{AsyncBufReadExt, BufReader};
    let mut child = tokio::process::Command::new("sh")
        .args(["-c", "ulimit -S -n 256 && exec \"$0\" --port 0"])
        .arg(env!("CARGO_BIN_EXE_workflow-debugger"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("the binary");
    let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let line = soon("a line", lines.next_line())
        .await
        .expect("text")
        .expect("a line");
    let pid = child.id().expect("running");
    let limits = std::fs::read_to_string(format!("/proc/{pid}/limits")).expect("its limits");
    let files: Vec<&str> = limits
        .lines()
        .find(|line| line.starts_with("Max open files"))
        .expect("the limit of open files")
        .split_whitespace()
        .collect();
    assert_eq!(files[3], files[4], "soft and hard limit: {limits}");
    let port = line
        .split(':')
        .next_back()
        .and_then(|rest| rest.split('/').next())
        .and_then(|port| port.parse::<u16>().ok())
        .unwrap_or_else(|| panic!("no port in {line}"));
    let mut socket = connect(([127, 0, 0, 1], port).into()).await;
    assert!(is_answered(&mut socket).await);
    let peer = socket.local_addr().expect("an address").port();
    // Columns of /proc/net/tcp: local and remote address, state, queues, then the timer; 02 is that of keep-alive.
    let table = std::fs::read_to_string("/proc/net/tcp").expect("the table of connections");
    let row = table
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .find(|row| {
            row.get(1)
                .is_some_and(|local| local.ends_with(&format!(":{port:04X}")))
                && row
                    .get(2)
                    .is_some_and(|remote| remote.ends_with(&format!(":{peer:04X}")))
        })
        .expect("the server's end of the connection");
    assert!(row[5].starts_with("02:"), "a keep-alive timer runs: {row:?}");
}
