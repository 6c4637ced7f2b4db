//! Accepts connections and serves requests on them: a limited number, with time limits, and without delaying a stop.
//!
//! Replaces `axum::serve`, which has no time limits and, when stopping, waits for request heads that never end.
//! HTTP/1.1 only, like `axum::serve` here.

use crate::client_address::{ClientNetwork, TrustedProxies};
use axum::{
    Router,
    body::{Body, Bytes, HttpBody},
    extract::ConnectInfo,
};
use http::{Request, Response};
use http_body::{Frame, SizeHint};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use std::{
    collections::HashMap,
    convert::Infallible,
    future::poll_fn,
    io,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinSet,
    time::{Instant, sleep, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// The maximum number of connections, if the system allows that many files.
const MOST: usize = 4_096;
/// The maximum size of a request head in bytes, which each connection may make us buffer.
const MOST_HEAD: usize = 64 * 1024;
/// The maximum number of bytes that are read from a client after its answer.
const MOST_LEFT: usize = 16 * 1024 * 1024;
/// The maximum number of clients that are told at the same time that there is no room.
const MOST_REFUSALS: usize = 256;
/// Until a client has accepted some bytes of its answer, once we stop.
const LAST_WRITE: Duration = Duration::from_secs(2);
const NO_ROOM: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\nconnection: close\r\n\
    content-length: 0\r\ncache-control: no-store\r\n\r\n";

/// How long a client may keep us waiting.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For its first byte, and from a head's first byte to its end.
    pub head: Duration,
    /// For its next request. Longer than proxies keep an unused connection, usually 60 s, so that they close it first:
    /// a request that meets a closing connection is lost.
    pub idle: Duration,
    /// Until it accepts some bytes of its answer.
    pub write: Duration,
    /// Until it has read its answer and closes, if it was answered before it had sent everything: closing earlier would
    /// discard the answer.
    pub linger: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { head: seconds(15), idle: seconds(75), write: seconds(60), linger: seconds(10) }
    }
}

/// How many connections there may be.
#[derive(Clone, Debug)]
pub struct ConnectionLimits {
    /// In total.
    pub all: usize,
    /// From one network that is not a trusted proxy.
    pub of_one: usize,
    /// Networks that may use all of them.
    pub trusted: TrustedProxies,
}

impl ConnectionLimits {
    /// Allows as many as this process can open, at most half of its files. Raises the soft limit up to the hard one.
    pub fn of_this_process(trusted: TrustedProxies) -> Self {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let wanted = 2 * MOST as u64;
        let now = getrlimit(Resource::Nofile);
        let soft = now.maximum.map_or(wanted, |hard| hard.min(wanted));
        if now.current.is_some_and(|current| current < soft) {
            // If it cannot be raised, there are fewer connections.
            let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(soft), ..now });
        }
        let files = getrlimit(Resource::Nofile).current.unwrap_or(wanted);
        let all = usize::try_from(files / 2).unwrap_or(MOST).clamp(16, MOST);
        Self { all, of_one: all.div_ceil(8), trusted }
    }
}

/// Serves requests until `stop` is cancelled, then finishes those that have begun.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: ConnectionLimits,
    patience: Patience,
    stop: CancellationToken,
) {
    let places = Arc::new(Semaphore::new(limits.all));
    let refusals = Arc::new(Semaphore::new(MOST_REFUSALS));
    let networks = Networks::default();
    let mut tasks = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
            Some(_) = tasks.join_next() => continue,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) if is_of_one_client(&error) => continue,
            Err(error) => {
                // Usually no file is left, so retrying immediately would not help.
                tracing::warn!(%error, "http.not_accepted");
                sleep(Duration::from_secs(1)).await;
                continue;
            }
        };
        let most = if limits.trusted.contains(peer.ip()) { limits.all } else { limits.of_one };
        let place = places.clone().try_acquire_owned().ok();
        let place = place.zip(networks.enter(ClientNetwork::of(peer.ip()), most));
        let (router, stop, refusals) = (router.clone(), stop.clone(), refusals.clone());
        tasks.spawn(async move {
            match place {
                Some(_held) => connection(stream, peer, router, patience, stop).await,
                None => {
                    if let Ok(_held) = refusals.try_acquire() {
                        refuse(stream, &stop).await;
                    }
                }
            }
        });
    }
    drop(listener);
    while tasks.join_next().await.is_some() {}
}

fn is_of_one_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// Counts connections by network.
#[derive(Clone, Default)]
struct Networks(Arc<Mutex<HashMap<ClientNetwork, usize>>>);

impl Networks {
    fn enter(&self, network: ClientNetwork, most: usize) -> Option<Entered> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(network).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Entered { networks: self.clone(), network })
    }
}

struct Entered {
    networks: Networks,
    network: ClientNetwork,
}

impl Drop for Entered {
    fn drop(&mut self) {
        let mut counts = self.networks.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.network) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.network);
            }
        }
    }
}

async fn refuse(mut stream: TcpStream, stop: &CancellationToken) {
    let answer = async {
        if stream.write_all(NO_ROOM).await.is_ok() {
            linger(stream, Duration::from_secs(1), stop).await;
        }
    };
    let _ = timeout(Duration::from_secs(2), answer).await;
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    patience: Patience,
    stop: CancellationToken,
) {
    // Answers are written in one piece: waiting for more to send only delays them.
    let _ = stream.set_nodelay(true);
    let progress = Progress::begin();
    let service = service_fn(|mut request: Request<Incoming>| {
        progress.set(Phase::Answering { asked: request.body().is_end_stream() });
        request.extensions_mut().insert(ConnectInfo(peer));
        let (router, done) = (router.clone(), Done(progress.clone()));
        Box::pin(async move {
            let request = request.map(|body| Body::new(Asked { body, progress: done.0.clone() }));
            let response = router.oneshot(request).await?;
            Ok::<Response<Answer>, Infallible>(response.map(|body| Answer { body, _done: done }))
        })
    });
    let io = TokioIo::new(Watched { stream, progress: progress.clone() });
    let mut http = http1::Builder::new();
    http.header_read_timeout(None).max_buf_size(MOST_HEAD);
    let mut connection = http.serve_connection(io, service);
    let mut stopped = pin!(stop.cancelled());
    let mut stopping = false;
    let mut deadline = pin!(sleep_until(Instant::now() + patience.head));
    let answered = poll_fn(|cx| {
        if !stopping && stopped.as_mut().poll(cx).is_ready() {
            stopping = true;
            Pin::new(&mut connection).graceful_shutdown();
        }
        if connection.poll_without_shutdown(cx).is_ready() {
            return Poll::Ready(true);
        }
        // The complete state: nothing changes between two polls.
        let state = progress.get();
        if stopping && !state.owes() {
            return Poll::Ready(false);
        }
        let write = if stopping { patience.write.min(LAST_WRITE) } else { patience.write };
        let Some(due) = state.due(&Patience { write, ..patience }) else { return Poll::Pending };
        if deadline.deadline() != due {
            deadline.as_mut().reset(due);
        }
        deadline.as_mut().poll(cx).map(|()| false)
    })
    .await;
    if answered {
        linger(connection.into_parts().io.into_inner().stream, patience.linger, &stop).await;
    }
}

/// Closes our side, and reads what the client still sends until it closes its own.
async fn linger(mut stream: TcpStream, patience: Duration, stop: &CancellationToken) {
    let drained = async {
        if stream.shutdown().await.is_err() {
            return;
        }
        let (mut buffer, mut left) = ([0; 8 * 1024], MOST_LEFT);
        while let Ok(read @ 1..) = stream.read(&mut buffer).await {
            left = left.saturating_sub(read);
            if left == 0 {
                return;
            }
        }
    };
    tokio::select! {
        _ = timeout(patience, drained) => {}
        () = stop.cancelled() => {}
    }
}

/// What a connection is waiting for.
#[derive(Clone, Copy)]
enum Phase {
    /// The client's request head, since this time.
    Head(Instant),
    /// Our answer; the rest of the request too, until all of it was `asked`.
    Answering { asked: bool },
    /// The client's next request, since this time.
    Idle(Instant),
}

#[derive(Clone, Copy)]
struct State {
    phase: Phase,
    /// Since when the client has accepted no bytes.
    blocked: Option<Instant>,
}

impl State {
    /// Returns whether the client is still owed an answer: to a complete request, or the rest of one.
    fn owes(&self) -> bool {
        self.blocked.is_some() || matches!(self.phase, Phase::Answering { asked: true })
    }

    /// Returns when the client's time is up, or `None` while it is our turn.
    fn due(&self, patience: &Patience) -> Option<Instant> {
        let phase = match self.phase {
            Phase::Head(since) => Some(since + patience.head),
            Phase::Idle(since) => Some(since + patience.idle),
            Phase::Answering { .. } => None,
        };
        let blocked = self.blocked.map(|since| since + patience.write);
        phase.into_iter().chain(blocked).min()
    }
}

#[derive(Clone)]
struct Progress(Arc<Mutex<State>>);

impl Progress {
    fn begin() -> Self {
        Self(Arc::new(Mutex::new(State { phase: Phase::Head(Instant::now()), blocked: None })))
    }

    fn get(&self) -> State {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, phase: Phase) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).phase = phase;
    }

    /// All of the request has been read.
    fn asked(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Phase::Answering { asked } = &mut state.phase {
            *asked = true;
        }
    }

    fn heard(&self) {
        if let Phase::Idle(_) = self.get().phase {
            self.set(Phase::Head(Instant::now()));
        }
    }

    fn wrote<T>(&self, result: Poll<T>) -> Poll<T> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match result {
            Poll::Pending => {
                state.blocked.get_or_insert_with(Instant::now);
            }
            Poll::Ready(_) => state.blocked = None,
        }
        result
    }
}

/// Dropped when an answer has been passed on completely.
struct Done(Progress);

impl Drop for Done {
    fn drop(&mut self) {
        self.0.set(Phase::Idle(Instant::now()));
    }
}

/// A request's body that reports its end.
struct Asked {
    body: Incoming,
    progress: Progress,
}

impl HttpBody for Asked {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        if matches!(polled, Poll::Ready(None)) || self.body.is_end_stream() {
            self.progress.asked();
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A response's body that reports its end.
struct Answer {
    body: Body,
    _done: Done,
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A stream that reports reads and writes.
struct Watched {
    stream: TcpStream,
    progress: Progress,
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let result = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            self.progress.heard();
        }
        result
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.progress.wrote(result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.progress.wrote(result)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::{get, post};
    use tokio::sync::Notify;

    const LONG: Duration = Duration::from_secs(3_600);
    const SHORT: Duration = Duration::from_millis(20);
    const PATIENT: Patience = Patience { head: LONG, idle: LONG, write: LONG, linger: LONG };
    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";

    struct Server {
        address: SocketAddr,
        stop: CancellationToken,
        task: tokio::task::JoinHandle<()>,
    }

    impl Server {
        async fn start(router: Router, all: usize, of_one: usize, patience: Patience) -> Self {
            let trusted = TrustedProxies::parse("none").unwrap();
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let stop = CancellationToken::new();
            let limits = ConnectionLimits { all, of_one, trusted };
            let task = tokio::spawn(serve(listener, router, limits, patience, stop.clone()));
            Self { address, stop, task }
        }

        async fn patient_with(patience: Patience) -> Self {
            Self::start(Router::new().route("/", get("done")), 9, 9, patience).await
        }

        async fn client(&self, sends: &[u8]) -> TcpStream {
            let mut client = TcpStream::connect(self.address).await.unwrap();
            client.write_all(sends).await.unwrap();
            client
        }
    }

    /// Everything that arrives until the server closes.
    async fn rest(mut client: TcpStream) -> String {
        let mut bytes = Vec::new();
        // A reset counts as a close.
        let _ = client.read_to_end(&mut bytes).await;
        String::from_utf8(bytes).unwrap()
    }

    /// One answer with the body `done`.
    async fn answer(client: &mut TcpStream) -> String {
        let mut text = Vec::new();
        while !text.ends_with(b"done") {
            text.push(client.read_u8().await.unwrap());
        }
        String::from_utf8(text).unwrap()
    }

    #[tokio::test]
    async fn endless_head_is_closed() {
        let server = Server::patient_with(Patience { head: SHORT, ..PATIENT }).await;
        assert_eq!(rest(server.client(b"").await).await, "");
        assert_eq!(rest(server.client(b"GET / HTTP/1.1\r\nhost:").await).await, "");
        // The second request on a connection has no more time than the first.
        let mut client = server.client(REQUEST).await;
        answer(&mut client).await;
        client.write_all(b"GET / HT").await.unwrap();
        assert_eq!(rest(client).await, "");
    }

    #[tokio::test]
    async fn idle_connection_is_closed() {
        let server = Server::patient_with(Patience { idle: SHORT, ..PATIENT }).await;
        let text = rest(server.client(REQUEST).await).await;
        assert!(text.starts_with("HTTP/1.1 200") && text.ends_with("done"), "{text}");
    }

    #[tokio::test]
    async fn slow_answer_outlives_both_limits() {
        let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (tell, wait) = (begun.clone(), go_on.clone());
        let slow = async move || {
            tell.notify_one();
            wait.notified().await;
            "done"
        };
        let patience = Patience { head: SHORT, idle: SHORT, write: SHORT, ..PATIENT };
        let server = Server::start(Router::new().route("/", get(slow)), 9, 9, patience).await;
        let client = server.client(REQUEST).await;
        begun.notified().await;
        // Meanwhile the others wait longer than either limit.
        rest(server.client(b"GET /").await).await;
        rest(server.client(b"GET /").await).await;
        go_on.notify_one();
        assert!(rest(client).await.ends_with("done"));
    }

    #[tokio::test]
    async fn client_that_does_not_read_is_closed() {
        let large = Bytes::from(vec![b'x'; 32 * 1024 * 1024]);
        let router = Router::new().route("/", get(async move || large));
        let server = Server::start(router, 1, 1, Patience { write: SHORT, ..PATIENT }).await;
        let _client = server.client(REQUEST).await;
        // There is one slot: whoever gets it proves that the first client lost it.
        loop {
            let mut next = server.client(REQUEST).await;
            let mut status = [0; 12];
            next.read_exact(&mut status).await.unwrap();
            if &status == b"HTTP/1.1 200" {
                break;
            }
            assert_eq!(&status, b"HTTP/1.1 503");
        }
    }

    #[tokio::test]
    async fn stop_waits_briefly_for_a_client_that_does_not_read() {
        let large = Bytes::from(vec![b'x'; 32 * 1024 * 1024]);
        let router = Router::new().route("/", get(async move || large));
        let server = Server::start(router, 9, 9, PATIENT).await;
        let mut client = server.client(REQUEST).await;
        client.read_u8().await.unwrap();
        server.stop.cancel();
        // Its patience for writes is an hour.
        timeout(10 * LAST_WRITE, server.task).await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn client_without_a_slot_gets_503() {
        for (all, of_one) in [(1, 9), (9, 1)] {
            let router = Router::new().route("/", get("done"));
            let server = Server::start(router, all, of_one, PATIENT).await;
            let mut first = server.client(REQUEST).await;
            answer(&mut first).await;
            let text = rest(server.client(REQUEST).await).await;
            assert!(text.starts_with("HTTP/1.1 503") && text.contains("retry-after: 1"), "{text}");
            first.write_all(REQUEST).await.unwrap();
            answer(&mut first).await;
        }
    }

    #[tokio::test]
    async fn stop_does_not_wait_for_incomplete_requests() {
        let begun = Arc::new(Notify::new());
        let tell = begun.clone();
        let reads = async move |request: Request<Body>| {
            tell.notify_one();
            axum::body::to_bytes(request.into_body(), 9).await.map(|_| "done").unwrap_or("broken")
        };
        let router = Router::new().route("/", get("done")).route("/body", post(reads));
        let server = Server::start(router, 9, 9, PATIENT).await;
        let silent = server.client(b"").await;
        let half = server.client(b"GET / HTTP/1.1\r\nhost:").await;
        let mut idle = server.client(REQUEST).await;
        answer(&mut idle).await;
        let mut half_again = server.client(REQUEST).await;
        answer(&mut half_again).await;
        half_again.write_all(b"POST /").await.unwrap();
        let half_body =
            server.client(b"POST /body HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nhalf").await;
        begun.notified().await;
        server.stop.cancel();
        server.task.await.unwrap();
        for client in [silent, half, idle, half_again, half_body] {
            assert_eq!(rest(client).await, "");
        }
    }

    #[tokio::test]
    async fn requests_in_flight_are_answered_before_a_stop() {
        let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (tell, wait) = (begun.clone(), go_on.clone());
        let large = Bytes::from([&vec![b'x'; 8 * 1024 * 1024][..], b"done"].concat());
        let slow = async move || {
            tell.notify_one();
            wait.notified().await;
            large
        };
        let router = Router::new().route("/", get(slow));
        let server = Server::start(router, 9, 9, PATIENT).await;
        let client = server.client(REQUEST).await;
        begun.notified().await;
        server.stop.cancel();
        go_on.notify_one();
        let text = rest(client).await;
        assert!(text.starts_with("HTTP/1.1 200") && text.ends_with("xdone"), "{}", text.len());
        server.task.await.unwrap();
    }

    /// Without lingering, closing would reset the connection, and most clients would never see the answer.
    #[tokio::test]
    async fn early_answer_can_be_read_after_the_body_is_sent() {
        let router = Router::new().route("/", post(async || (http::StatusCode::PAYLOAD_TOO_LARGE, "done")));
        let server = Server::start(router, 9, 9, PATIENT).await;
        let size = 9 * 1024 * 1024;
        let head = format!("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: {size}\r\n\r\n");
        let mut client = server.client(head.as_bytes()).await;
        client.write_all(&vec![b'x'; size]).await.unwrap();
        let text = rest(client).await;
        assert!(text.starts_with("HTTP/1.1 413") && text.ends_with("done"), "{text}");
    }
}
