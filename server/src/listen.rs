//! The accept loop: connections with limits.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tower_http::add_extension::AddExtension;

/// Connections that wait to be accepted. The system may allow fewer.
const BACKLOG: u32 = 1024;

/// A peer that is gone without a word is noticed after a minute of silence and four more probes.
const KEEP_ALIVE: Duration = Duration::from_secs(60);
const PROBES: Duration = Duration::from_secs(15);

/// How long no connection is accepted after the system refused one, for want of file descriptors for example.
const PAUSE: Duration = Duration::from_millis(100);

/// Bounds on the connections of a server.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How long a request's head may take to arrive; an idle connection is closed after the same time. Defaults to a minute.
    pub header_timeout: Duration,
    /// How many connections are open at once; more wait. Defaults to 4096.
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_timeout: Duration::from_secs(60),
            connections: 4096,
        }
    }
}

impl Limits {
    /// Raises the limit of open files as far as the system allows, and fits the number of connections to it: behind the proxy each
    /// needs two.
    #[must_use]
    pub(crate) fn of_this_process() -> Self {
        let default = Self::default();
        // Where there is no such limit, or it can't be read, nothing has to be fitted.
        let files = rlimit::increase_nofile_limit(rlimit::INFINITY).unwrap_or(u64::MAX);
        let room = usize::try_from(files.saturating_sub(64) / 2).unwrap_or(usize::MAX);
        Self {
            connections: default.connections.min(room.max(16)),
            ..default
        }
    }
}

/// A connection's place among those that may be open. Each request carries it, for what outlives the connection's requests: a
/// tunnel.
#[derive(Debug, Clone)]
pub(crate) struct Place(#[allow(dead_code, reason = "held until it is dropped")] Arc<OwnedSemaphorePermit>);

/// Binds an address. Port 0 takes any free one.
///
/// # Errors
/// The address is in use, not allowed, or none of this machine's.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    // On Windows the option would let two servers share a port.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves the app until the future is dropped, which closes its connections.
///
/// # Errors
/// None: what goes wrong with one connection does not end the server.
pub async fn serve(listener: TcpListener, app: Router) -> io::Result<()> {
    serve_within(Limits::default(), listener, app).await
}

/// [`serve`] with other limits.
///
/// # Errors
/// None, as there.
pub async fn serve_within(limits: Limits, listener: TcpListener, app: Router) -> io::Result<()> {
    let room = Arc::new(Semaphore::new(limits.connections));
    let mut connections = JoinSet::new();
    loop {
        let Ok(place) = Arc::clone(&room).acquire_owned().await else {
            // Nobody closes the semaphore.
            return Ok(());
        };
        match listener.accept().await {
            Ok((stream, peer)) => {
                let place = Place(Arc::new(place));
                connections.spawn(connection(limits, stream, peer, place, app.clone()));
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
        while connections.try_join_next().is_some() {}
    }
}

/// The peer was gone before it was accepted.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    )
}

async fn connection(limits: Limits, stream: TcpStream, peer: SocketAddr, place: Place, app: Router) {
    // Events are small and should leave at once; without the options the connection works as well.
    let _ = stream.set_nodelay(true);
    let keep_alive = TcpKeepalive::new().with_time(KEEP_ALIVE).with_interval(PROBES);
    let _ = SockRef::from(&stream).set_tcp_keepalive(&keep_alive);
    let app = AddExtension::new(AddExtension::new(app, ConnectInfo(peer)), place);
    // An error concerns this connection alone, and its client has seen it.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_timeout)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(app))
        .with_upgrades()
        .await;
}
