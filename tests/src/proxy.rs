//! A TCP proxy that breaks connections on demand.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A value of `cut_streams_after` that cuts nothing.
const WHOLE: u64 = u64::MAX;

/// Forwards bytes between a page and a server, and causes faults on demand. Dropping it closes all connections.
///
/// It needs the tokio runtime that it was started on.
#[derive(Debug)]
#[must_use = "dropping the proxy closes its connections"]
pub struct FaultProxy {
    address: SocketAddr,
    faults: Arc<Faults>,
    accepting: JoinHandle<()>,
}

#[derive(Debug)]
struct Faults {
    /// Incremented by every cut. A connection ends when its own number is outdated.
    generation: watch::Sender<u64>,
    refuse: AtomicBool,
    delay_ms: AtomicU64,
    stream_bytes: AtomicU64,
    lose_answers: AtomicBool,
    buffer_streams: AtomicBool,
    /// Incremented by every stall, like the generation.
    stalls: AtomicU64,
    /// The requests for event streams, each by its first line.
    streams: Mutex<Vec<String>>,
    open: AtomicUsize,
    most_open: AtomicUsize,
    posted: AtomicUsize,
    cuts: AtomicUsize,
    connects: AtomicUsize,
    down_bytes: AtomicU64,
}

impl FaultProxy {
    /// A proxy on a free port in front of `target`, which need not listen yet.
    ///
    /// # Panics
    /// If no port is free.
    pub async fn start(target: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("a port for the proxy");
        let address = listener.local_addr().expect("the proxy's address");
        let faults = Arc::new(Faults {
            generation: watch::Sender::new(0),
            refuse: AtomicBool::new(false),
            delay_ms: AtomicU64::new(0),
            stream_bytes: AtomicU64::new(WHOLE),
            lose_answers: AtomicBool::new(false),
            buffer_streams: AtomicBool::new(false),
            stalls: AtomicU64::new(0),
            streams: Mutex::default(),
            open: AtomicUsize::new(0),
            most_open: AtomicUsize::new(0),
            posted: AtomicUsize::new(0),
            cuts: AtomicUsize::new(0),
            connects: AtomicUsize::new(0),
            down_bytes: AtomicU64::new(0),
        });
        let accepting = tokio::spawn(accept(listener, target, Arc::clone(&faults)));
        Self {
            address,
            faults,
            accepting,
        }
    }

    /// The base URL for the page, such as `http://127.0.0.1:40123`.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Resets all open connections. New ones are served.
    pub fn cut(&self) {
        self.faults.generation.send_modify(|generation| *generation += 1);
    }

    /// Stops forwarding on open event streams and leaves them open: half-open connections, which nobody is notified of. New ones are
    /// served.
    pub fn stall_streams(&self) {
        self.faults.stalls.fetch_add(1, SeqCst);
    }

    /// While `true`, every new connection is reset at once. Open ones continue.
    pub fn refuse(&self, refuse: bool) {
        self.faults.refuse.store(refuse, SeqCst);
    }

    /// Delays every chunk from the server by `delay`.
    pub fn delay(&self, delay: Duration) {
        self.faults
            .delay_ms
            .store(u64::try_from(delay.as_millis()).unwrap_or(u64::MAX), SeqCst);
    }

    /// Resets every new event stream after exactly `bytes` (including its head); `None` turns this off.
    pub fn cut_streams_after(&self, bytes: Option<u64>) {
        self.faults.stream_bytes.store(bytes.unwrap_or(WHOLE), SeqCst);
    }

    /// While `true`, the head of a new event stream is passed on, and its body is kept until the server has ended it, like proxies that
    /// compress or buffer.
    pub fn buffer_streams(&self, buffer: bool) {
        self.faults.buffer_streams.store(buffer, SeqCst);
    }

    /// While `true`, a posted event reaches the server, and the connection is reset instead of the response.
    ///
    /// Chromium repeats a POST itself if the connection had been used, or idle, before. The repetition reaches the server too.
    pub fn lose_answers_to_posted_events(&self, lose: bool) {
        self.faults.lose_answers.store(lose, SeqCst);
    }

    /// How many event streams were requested.
    #[must_use]
    pub fn streams(&self) -> usize {
        self.faults.asked().len()
    }

    /// How many event streams of this handler were requested.
    #[must_use]
    pub fn streams_of(&self, handler: &str) -> usize {
        let path = format!("/events/{handler}?");
        self.faults
            .asked()
            .iter()
            .filter(|line| line.contains(&path))
            .count()
    }

    /// The maximum number of concurrent event streams.
    #[must_use]
    pub fn most_streams(&self) -> usize {
        self.faults.most_open.load(SeqCst)
    }

    /// How many events were posted. A request that a browser repeats counts again.
    #[must_use]
    pub fn posted_events(&self) -> usize {
        self.faults.posted.load(SeqCst)
    }

    /// How many connections were opened.
    #[must_use]
    pub fn connects(&self) -> usize {
        self.faults.connects.load(SeqCst)
    }

    /// How many bytes the server has sent, including heads of responses.
    #[must_use]
    pub fn received_bytes(&self) -> u64 {
        self.faults.down_bytes.load(SeqCst)
    }

    /// How many connections were cut.
    #[must_use]
    pub fn cuts(&self) -> usize {
        self.faults.cuts.load(SeqCst)
    }
}

impl Faults {
    fn asked(&self) -> MutexGuard<'_, Vec<String>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.cut();
    }
}

async fn accept(listener: TcpListener, target: SocketAddr, faults: Arc<Faults>) {
    while let Ok((client, _)) = listener.accept().await {
        if faults.refuse.load(SeqCst) {
            reset(client);
            continue;
        }
        faults.connects.fetch_add(1, SeqCst);
        tokio::spawn(pass(client, target, Arc::clone(&faults)));
    }
}

/// Ends a connection by a reset: the peer sees a broken network, not the end of a body.
fn reset(stream: TcpStream) {
    // If it cannot be set, the peer sees a normal end, which is a fault as well.
    let _ = stream.set_zero_linger();
    drop(stream);
}

async fn pass(client: TcpStream, target: SocketAddr, faults: Arc<Faults>) {
    let mut generation = faults.generation.subscribe();
    generation.mark_unchanged();
    let Ok(server) = TcpStream::connect(target).await else {
        return reset(client);
    };
    let (Ok(()), Ok(())) = (client.set_nodelay(true), server.set_nodelay(true)) else {
        return;
    };
    let carried = Carried {
        budget: AtomicU64::new(WHOLE),
        stream: Streaming {
            faults: &faults,
            now: AtomicBool::new(false),
        },
        born: faults.stalls.load(SeqCst),
    };
    let (mut client_read, mut client_write) = client.into_split();
    let (mut server_read, mut server_write) = server.into_split();
    let broken = tokio::select! {
        cut = upload(&mut client_read, &mut server_write, &faults, &carried) => cut,
        cut = download(&mut server_read, &mut client_write, &faults, &carried) => cut,
        _ = generation.changed() => true,
    };
    if broken {
        faults.cuts.fetch_add(1, SeqCst);
        if let Ok(client) = client_read.reunite(client_write) {
            reset(client);
        }
    }
}

/// The state of one connection.
struct Carried<'a> {
    /// How many more bytes of responses it may carry.
    budget: AtomicU64,
    /// Whether it is an event stream.
    stream: Streaming<'a>,
    /// The number of stalls when it was opened.
    born: u64,
}

/// Whether a connection carries an event stream now; those are counted.
struct Streaming<'a> {
    faults: &'a Faults,
    now: AtomicBool,
}

impl Streaming<'_> {
    fn set(&self, now: bool) {
        match (self.now.swap(now, SeqCst), now) {
            (false, true) => {
                let open = self.faults.open.fetch_add(1, SeqCst) + 1;
                self.faults.most_open.fetch_max(open, SeqCst);
            }
            (true, false) => {
                self.faults.open.fetch_sub(1, SeqCst);
            }
            _ => {}
        }
    }
}

impl Drop for Streaming<'_> {
    fn drop(&mut self) {
        self.set(false);
    }
}

/// Returns `true` if the connection must be reset.
async fn upload(
    from: &mut OwnedReadHalf,
    to: &mut OwnedWriteHalf,
    faults: &Faults,
    carried: &Carried<'_>,
) -> bool {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let read = match from.read(&mut buffer).await {
            Ok(read) if read > 0 => read,
            // The browser closed it: an abort, or the tab was closed.
            Ok(_) | Err(_) => return false,
        };
        let chunk = &buffer[..read];
        let of_events = String::from_utf8_lossy(&chunk[..read.min(200)]).contains("/events/");
        if [&b"GET "[..], b"POST ", b"DELETE "]
            .iter()
            .any(|method| chunk.starts_with(method))
        {
            // A stream that fitted into its budget leaves a usable connection.
            carried.budget.store(WHOLE, SeqCst);
            carried.stream.set(false);
        }
        if chunk.starts_with(b"GET ") && of_events {
            let line = String::from_utf8_lossy(chunk)
                .lines()
                .next()
                .unwrap_or_default()
                .to_owned();
            faults.asked().push(line);
            carried.budget.store(faults.stream_bytes.load(SeqCst), SeqCst);
            carried.stream.set(true);
        } else if chunk.starts_with(b"POST ") && of_events {
            faults.posted.fetch_add(1, SeqCst);
            if faults.lose_answers.load(SeqCst) {
                carried.budget.store(0, SeqCst);
            }
        }
        if to.write_all(chunk).await.is_err() {
            return false;
        }
    }
}

/// A response whose body is kept until it is complete.
#[derive(Default)]
struct Kept {
    /// The head was passed on.
    begun: bool,
    body: Vec<u8>,
}

impl Kept {
    /// Handles a chunk of the response. Returns what may pass.
    fn take(&mut self, piece: &[u8]) -> Vec<u8> {
        let mut passed = Vec::new();
        self.body.extend_from_slice(piece);
        if !self.begun
            && let Some(end) = self.body.windows(4).position(|four| four == b"\r\n\r\n")
        {
            passed.extend(self.body.drain(..end + 4));
            self.begun = true;
        }
        // The last chunk of a chunked body.
        if self.begun && self.body.ends_with(b"0\r\n\r\n") {
            passed.append(&mut self.body);
            self.begun = false;
        }
        passed
    }
}

/// Returns `true` if the budget was used up: the connection must be reset.
async fn download(
    from: &mut OwnedReadHalf,
    to: &mut OwnedWriteHalf,
    faults: &Faults,
    carried: &Carried<'_>,
) -> bool {
    let mut buffer = vec![0; 64 * 1024];
    let mut kept = Kept::default();
    loop {
        let read = match from.read(&mut buffer).await {
            Ok(read) if read > 0 => read,
            Ok(_) | Err(_) => {
                // The client may be gone as well.
                let _ = to.write_all(&kept.body).await;
                return false;
            }
        };
        faults.down_bytes.fetch_add(read as u64, SeqCst);
        if carried.stream.now.load(SeqCst) && faults.buffer_streams.load(SeqCst) {
            let passed = kept.take(&buffer[..read]);
            if to.write_all(&passed).await.is_err() {
                return false;
            }
            continue;
        }
        let delay = faults.delay_ms.load(SeqCst);
        if delay > 0 {
            tokio::time::sleep(Duration::from_millis(delay)).await;
        }
        if carried.stream.now.load(SeqCst) && carried.born != faults.stalls.load(SeqCst) {
            // Until the client gives up.
            std::future::pending::<()>().await;
        }
        let left = carried.budget.load(SeqCst);
        let pass = usize::try_from(left).unwrap_or(usize::MAX).min(read);
        if to.write_all(&buffer[..pass]).await.is_err() {
            return false;
        }
        if left != WHOLE {
            carried.budget.store(left - pass as u64, SeqCst);
            if pass < read {
                // The client must read the forwarded data before the reset, which discards the socket's buffer; a busy browser takes a
                // while.
                tokio::time::sleep(Duration::from_millis(150)).await;
                return true;
            }
        }
    }
}
