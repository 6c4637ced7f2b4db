//! Connections that are only held open: half a request head, nothing at all, or one request and then nothing.

use crate::board::{Scene, Who};
use std::time::{Duration, Instant};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// The server's timeout, plus a generous margin for a busy machine.
const HEAD: Duration = Duration::from_secs(15 + 60);
const IDLE: Duration = Duration::from_secs(75 + 60);

/// Holds one connection after the other, each for as long as the server allows.
pub async fn holds(scene: Scene, n: usize) {
    let (what, sends, most): (_, &[u8], _) = match n % 3 {
        0 => ("half heads", b"POST /v1/handovers HTTP/1.1\r\nhost: shop.test\r\nx-slow: ", HEAD),
        1 => ("empty connections", b"", HEAD),
        _ => ("idle connections", b"GET /health/live HTTP/1.1\r\nhost: shop.test\r\n\r\n", IDLE),
    };
    scene.rests(scene.chance.between(0.0, 10.0)).await;
    while scene.goes_on() {
        let began = Instant::now();
        let held = tokio::select! {
            held = hold(&scene, sends) => held,
            () = tokio::time::sleep_until(scene.ends.into()) => Some("held at the end"),
        };
        scene.board.note(Who::Stranger, what, held.unwrap_or("refused"));
        let held = began.elapsed();
        scene.board.expect(held <= most, || format!("{what}: one was held for {} s", held.as_secs()));
        scene.rests(scene.chance.between(0.5, 2.0)).await;
    }
}

/// Checks that incomplete heads and empty connections are closed.
pub fn judge(scene: &Scene) {
    for what in ["half heads", "empty connections"] {
        scene.board.expect(scene.board.count(what, "closed") > 0, || format!("{what}: none was ever closed"));
    }
}

/// Holds a connection until the server closes it. Returns `None` if it cannot be opened.
async fn hold(scene: &Scene, sends: &[u8]) -> Option<&'static str> {
    let mut line = TcpStream::connect(scene.address).await.ok()?;
    line.write_all(sends).await.ok()?;
    let mut answer = [0; 4096];
    while let Ok(1..) = line.read(&mut answer).await {
        if answer.starts_with(b"HTTP/1.1 503") {
            return Some("503");
        }
    }
    Some("closed")
}
