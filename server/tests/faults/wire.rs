//! The network between one replica and its database: connections that break at the worst moment, or fall silent.
//!
//! Knows just enough of PostgreSQL's protocol to find messages that commit: each starts with a byte for its type and its
//! length. Only the first message of a connection has no type.

use bytes::{Buf, Bytes, BytesMut};
use std::{
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, UnixStream},
    sync::watch,
};

/// A proxy in front of the database.
#[derive(Clone)]
pub struct Wire {
    address: SocketAddr,
    state: Arc<State>,
}

struct State {
    socket: Mutex<PathBuf>,
    /// Whether nothing gets through, although no connection is closed.
    silent: watch::Sender<bool>,
    /// How often all connections were broken.
    broken: watch::Sender<u64>,
    /// How many of the next commits are cut off from their answers.
    cuts: AtomicUsize,
    /// How many were.
    pub done: AtomicUsize,
}

impl Wire {
    /// Starts forwarding to the database's socket.
    pub async fn start(socket: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            socket: Mutex::new(socket.to_owned()),
            silent: watch::Sender::new(false),
            broken: watch::Sender::new(0),
            cuts: AtomicUsize::new(0),
            done: AtomicUsize::new(0),
        });
        let kept = state.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let state = kept.clone();
                tokio::spawn(async move {
                    let mut broken = state.broken.subscribe();
                    tokio::select! {
                        _ = state.serve(client) => {}
                        _ = broken.changed() => {}
                    }
                });
            }
        });
        Self { address, state }
    }

    pub fn url(&self) -> String {
        format!("postgres://postgres@{}/postgres", self.address)
    }

    /// Leads new connections to another database's socket.
    pub fn leads_to(&self, socket: &Path) {
        socket.clone_into(&mut self.state.socket.lock().unwrap());
    }

    /// Breaks all connections.
    pub fn breaks(&self) {
        self.state.broken.send_modify(|times| *times += 1);
    }

    /// Stops or resumes forwarding.
    pub fn falls_silent(&self, silent: bool) {
        self.state.silent.send_replace(silent);
    }

    pub fn is_silent(&self) -> bool {
        *self.state.silent.borrow()
    }

    /// Cuts the next commits: the database performs them, and no answer arrives.
    pub fn cuts(&self, commits: usize) {
        self.state.cuts.fetch_add(commits, Ordering::SeqCst);
    }

    /// Returns how many commits it has cut.
    pub fn cut(&self) -> usize {
        self.state.done.load(Ordering::SeqCst)
    }

    /// Cuts no more.
    pub fn calms(&self) {
        self.state.cuts.store(0, Ordering::SeqCst);
        self.falls_silent(false);
    }
}

impl State {
    async fn serve(&self, client: TcpStream) -> io::Result<()> {
        self.speaks().await;
        let socket = self.socket.lock().unwrap().clone();
        let server = UnixStream::connect(&socket).await?;
        client.set_nodelay(true)?;
        let ((client, mut to_client), (server, mut to_server)) = (client.into_split(), server.into_split());
        let (mut client, mut server) = (Side::new(client, true), Side::new(server, false));
        // Whether a statement was executed since the last answer, outside of a transaction: it commits by itself.
        let (mut idle, mut executed) = (false, false);
        loop {
            tokio::select! {
                message = client.message() => {
                    let message = message?;
                    self.speaks().await;
                    to_server.write_all(&message).await?;
                    executed |= message[0] == b'E';
                    let commits = message.starts_with(b"Q") && message[5..].starts_with(b"COMMIT")
                        || message[0] == b'S' && idle && executed;
                    if commits && self.takes_cut() {
                        // The commit has certainly been performed now.
                        server.message().await?;
                        return Ok(());
                    }
                }
                message = server.message() => {
                    let message = message?;
                    self.speaks().await;
                    if message[0] == b'Z' {
                        (idle, executed) = (message[5] == b'I', false);
                    }
                    to_client.write_all(&message).await?;
                }
            }
        }
    }

    async fn speaks(&self) {
        // The sender lives as long as `self`.
        let _ = self.silent.subscribe().wait_for(|silent| !silent).await;
    }

    fn takes_cut(&self) -> bool {
        let less = |cuts: usize| cuts.checked_sub(1);
        let takes = self.cuts.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok();
        self.done.fetch_add(usize::from(takes), Ordering::SeqCst);
        takes
    }
}

/// Reads one side's messages.
struct Side<R> {
    read: R,
    buffer: BytesMut,
    /// Whether the next message is the first one, which has no type.
    is_first: bool,
}

impl<R: AsyncRead + Unpin> Side<R> {
    fn new(read: R, is_first: bool) -> Self {
        Self { read, buffer: BytesMut::new(), is_first }
    }

    /// Returns the next complete message. May be cancelled.
    async fn message(&mut self) -> io::Result<Bytes> {
        loop {
            let name = usize::from(!self.is_first);
            if let Some(mut length) = self.buffer.get(name..name + 4) {
                let all = name + length.get_u32() as usize;
                if self.buffer.len() >= all {
                    self.is_first = false;
                    return Ok(self.buffer.split_to(all).freeze());
                }
            }
            if self.read.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}
