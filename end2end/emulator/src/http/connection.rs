//! A listener whose connections can be cut in the middle of an exchange.
//!
//! HTTP libraries close politely; a crashing proxy does not. A handler that holds the connection's [`Plug`] can pull
//! it: reads and writes then fail, and the socket is closed with a reset. The client sees exactly what a lost
//! connection looks like, without another byte.

use std::{
    future::Future,
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
};

use axum::{
    extract::connect_info::Connected,
    serve::{IncomingStream, Listener},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// Cuts one connection.
#[derive(Debug, Clone)]
pub(crate) struct Plug(CancellationToken);

impl Plug {
    /// Stops all reads and writes. The client sees a reset.
    pub(crate) fn pull(&self) {
        self.0.cancel();
    }

    /// Returns once the plug has been pulled or the whole emulator stopped.
    pub(crate) async fn pulled(&self) {
        self.0.cancelled().await;
    }
}

/// Accepts TCP connections, each with a [`Plug`].
pub(crate) struct PluggedListener {
    tcp: TcpListener,
    all: CancellationToken,
}

impl PluggedListener {
    /// Cancelling `all` pulls the plug of every connection.
    pub(crate) fn new(tcp: TcpListener, all: CancellationToken) -> Self {
        Self { tcp, all }
    }
}

impl Listener for PluggedListener {
    type Io = PluggedStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (tcp, address) = Listener::accept(&mut self.tcp).await;
        // Responses are small here, so waiting for more bytes would only slow tests down.
        let _ = tcp.set_nodelay(true);
        let token = self.all.child_token();
        let pulled = Box::pin(token.clone().cancelled_owned());
        (PluggedStream { tcp, plug: Plug(token), pulled }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }
}

impl Connected<IncomingStream<'_, PluggedListener>> for Plug {
    fn connect_info(stream: IncomingStream<'_, PluggedListener>) -> Self {
        stream.io().plug.clone()
    }
}

/// A TCP stream that ends when its plug is pulled.
pub(crate) struct PluggedStream {
    tcp: TcpStream,
    plug: Plug,
    pulled: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl PluggedStream {
    fn ended(&mut self, cx: &mut Context<'_>) -> Option<io::Error> {
        if !self.plug.0.is_cancelled() && self.pulled.as_mut().poll(cx).is_pending() {
            return None;
        }
        // Without lingering, closing sends a reset instead of an orderly end.
        let _ = self.tcp.set_zero_linger();
        Some(io::ErrorKind::ConnectionReset.into())
    }
}

impl AsyncRead for PluggedStream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        match this.ended(cx) {
            Some(error) => Poll::Ready(Err(error)),
            None => Pin::new(&mut this.tcp).poll_read(cx, into),
        }
    }
}

impl AsyncWrite for PluggedStream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        match this.ended(cx) {
            Some(error) => Poll::Ready(Err(error)),
            None => Pin::new(&mut this.tcp).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        match this.ended(cx) {
            Some(error) => Poll::Ready(Err(error)),
            None => Pin::new(&mut this.tcp).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        match this.ended(cx) {
            // An orderly end would hide the loss from the client.
            Some(_) => Poll::Ready(Ok(())),
            None => Pin::new(&mut this.tcp).poll_shutdown(cx),
        }
    }
}
