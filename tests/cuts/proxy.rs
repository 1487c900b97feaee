//! A proxy that breaks connections at random: at any byte, in several ways, a limited number of times.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use workflow_tests::Random;

/// Its counters.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    /// Requested streams.
    pub(crate) streams: u64,
    /// Streams that were reset after some bytes.
    pub(crate) resets: u64,
    /// Streams that were closed like complete ones.
    pub(crate) closes: u64,
    /// Streams that were closed while the direction to the server stayed open.
    pub(crate) half_closes: u64,
    /// Streams with the direction to the server closed.
    pub(crate) server_half_closes: u64,
    /// Streams that stopped with an open connection, and were reset later.
    pub(crate) stalls: u64,
    /// Refused connections, and other responses that were cut.
    pub(crate) refusals: u64,
    /// Streams with delayed chunks.
    pub(crate) delayed: u64,
}

impl Counts {
    /// All streams that were cut.
    pub(crate) const fn cuts(&self) -> u64 {
        self.resets + self.closes + self.half_closes + self.server_half_closes + self.stalls
    }
}

#[derive(Clone, Copy, Debug)]
enum How {
    Reset,
    Close,
    HalfClose,
    ServerHalfClose,
    Stall,
}

/// What happens to one connection.
#[derive(Clone, Copy, Debug)]
struct Fate {
    /// After how many bytes of the response, including its head.
    cut: Option<(u64, How)>,
    /// The delay of each chunk.
    delay: Duration,
    /// Seeds the positions at which chunks are split.
    seed: u64,
}

/// Dropping it closes all connections.
#[derive(Debug)]
#[must_use = "dropping the proxy closes its connections"]
pub(crate) struct CuttingProxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    target: SocketAddr,
    /// The maximum length of a stream, in bytes.
    longest: u64,
    state: Mutex<Changing>,
}

#[derive(Debug)]
struct Changing {
    random: Random,
    goal: u64,
    counts: Counts,
}

impl CuttingProxy {
    /// In front of `target`; cuts `goal` streams, each after at most `longest` bytes.
    pub(crate) async fn start(target: SocketAddr, seed: u64, goal: u64, longest: u64) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("a port for the proxy");
        let address = listener.local_addr().expect("the proxy's address");
        let shared = Arc::new(Shared {
            target,
            longest,
            state: Mutex::new(Changing {
                random: Random::new(seed),
                goal,
                counts: Counts::default(),
            }),
        });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Self {
            address,
            shared,
            accepting,
        }
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn counts(&self) -> Counts {
        self.shared.lock().counts
    }

    /// Stops cutting, even before the goal.
    pub(crate) fn heal(&self) {
        self.shared.lock().goal = 0;
    }
}

impl Drop for CuttingProxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Changing> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, count: impl FnOnce(&mut Counts)) {
        count(&mut self.lock().counts);
    }

    /// Whether a connection is reset before anything is read from it.
    fn refuses(&self) -> bool {
        let mut state = self.lock();
        let refuses = !state.is_healed() && state.random.chance(6);
        state.counts.refusals += u64::from(refuses);
        refuses
    }

    fn fate(&self, is_stream: bool) -> Fate {
        let mut state = self.lock();
        state.counts.streams += u64::from(is_stream);
        let healed = state.is_healed();
        let random = &mut state.random;
        let (mut cut, mut delay) = (None, Duration::ZERO);
        if is_stream && !healed {
            if random.chance(90) {
                // In the head, in the first frames, anywhere.
                let most = *random.pick(&[250, 1500, self.longest, self.longest, self.longest]);
                let after = random.between(0, most.min(self.longest));
                let how = match random.below(100) {
                    0..=44 => How::Reset,
                    45..=69 => How::Close,
                    70..=84 => How::HalfClose,
                    85..=93 => How::ServerHalfClose,
                    _ => How::Stall,
                };
                cut = Some((after, how));
            }
            if random.chance(30) {
                delay = Duration::from_millis(random.between(1, 30));
            }
        } else if !healed && random.chance(6) {
            cut = Some((random.below(400), How::Reset));
        }
        let seed = random.number();
        state.counts.delayed += u64::from(!delay.is_zero());
        Fate { cut, delay, seed }
    }
}

impl Changing {
    const fn is_healed(&self) -> bool {
        self.counts.cuts() >= self.goal
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        while connections.try_join_next().is_some() {}
        if shared.refuses() {
            reset(client);
        } else {
            let shared = Arc::clone(&shared);
            connections.spawn(async move { pass(client, &shared).await });
        }
    }
}

/// The peer sees a broken network, not an end.
fn reset(stream: TcpStream) {
    // If it cannot be set, the peer sees a normal end, which is a fault as well.
    let _ = stream.set_zero_linger();
    drop(stream);
}

/// One connection, which carries one request: the clients of these tests do not keep connections alive.
async fn pass(mut client: TcpStream, shared: &Shared) {
    let Ok(mut server) = TcpStream::connect(shared.target).await else {
        return reset(client);
    };
    let (Ok(()), Ok(())) = (client.set_nodelay(true), server.set_nodelay(true)) else {
        return;
    };
    let mut buffer = vec![0; 16 * 1024];
    let Ok(read) = client.read(&mut buffer).await else {
        return;
    };
    let head = &buffer[..read];
    let is_stream = head.starts_with(b"GET /events/");
    let fate = shared.fate(is_stream);
    if server.write_all(head).await.is_err() {
        return reset(client);
    }
    let (mut client_read, mut client_write) = client.into_split();
    let (mut server_read, mut server_write) = server.into_split();
    let how = tokio::select! {
        () = upload(&mut client_read, &mut server_write) => None,
        how = download(&mut server_read, &mut client_write, fate) => how,
    };
    let Some(how) = how else { return };
    if !is_stream {
        shared.count(|counts| counts.refusals += 1);
    } else {
        shared.count(|counts| match how {
            How::Reset => counts.resets += 1,
            How::Close => counts.closes += 1,
            How::HalfClose => counts.half_closes += 1,
            How::ServerHalfClose => counts.server_half_closes += 1,
            How::Stall => counts.stalls += 1,
        });
    }
    match how {
        How::Close => {}
        How::HalfClose => {
            // The client can still send to the server, and the server's data is discarded.
            let _ = client_write.shutdown().await;
            let limit = Duration::from_secs(1);
            let _ = tokio::time::timeout(limit, upload(&mut client_read, &mut server_write)).await;
        }
        How::ServerHalfClose => {
            let _ = server_write.shutdown().await;
            // The server's reaction does not matter.
            let rest = Fate { cut: None, ..fate };
            let limit = Duration::from_secs(1);
            let _ = tokio::time::timeout(limit, download(&mut server_read, &mut client_write, rest)).await;
        }
        How::Reset | How::Stall => {
            let pause = match how {
                How::Stall => 300 + fate.seed % 1200,
                // Data that was passed on must arrive before the reset, which would discard it.
                _ => 15,
            };
            tokio::time::sleep(Duration::from_millis(pause)).await;
            if let Ok(client) = client_read.reunite(client_write) {
                reset(client);
            }
        }
    }
}

async fn upload(from: &mut OwnedReadHalf, to: &mut OwnedWriteHalf) {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let read = match from.read(&mut buffer).await {
            Ok(read) if read > 0 => read,
            // The client has closed it.
            Ok(_) | Err(_) => return,
        };
        if to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}

/// Returns how the connection is cut when its bytes are used up and more arrive.
async fn download(from: &mut OwnedReadHalf, to: &mut OwnedWriteHalf, fate: Fate) -> Option<How> {
    let mut random = Random::new(fate.seed);
    let mut left = fate.cut.map(|(after, _)| after);
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = match from.read(&mut buffer).await {
            Ok(read) if read > 0 => read,
            Ok(_) | Err(_) => return None,
        };
        if !fate.delay.is_zero() {
            tokio::time::sleep(fate.delay).await;
        }
        let pass = left.map_or(read, |left| usize::try_from(left).unwrap_or(usize::MAX).min(read));
        // In two pieces, so that the client's chunks end at any byte.
        let middle = usize::try_from(random.below(pass as u64 + 1)).unwrap_or(0);
        for piece in [&buffer[..middle], &buffer[middle..pass]] {
            if to.write_all(piece).await.is_err() {
                return None;
            }
            tokio::task::yield_now().await;
        }
        if let Some(left) = &mut left {
            *left -= pass as u64;
            if pass < read {
                let how = fate.cut.map(|(_, how)| how);
                // Only the direction to the server is cut here, because a stream with a gap would be a different fault.
                if matches!(how, Some(How::ServerHalfClose))
                    && to.write_all(&buffer[pass..read]).await.is_err()
                {
                    return None;
                }
                return how;
            }
        }
    }
}
