//! Reads request bodies within limits of size, time and shared memory.
//!
//! The first [`SMALL`] bytes of a body are free, on as many connections as there may be. Anything beyond takes memory
//! from a budget that all connections share, of which one client gets at most half; when it is used up, the caller is
//! asked to retry. So no caller makes the server hold more than it can, no single client keeps the others out, and a
//! small body never waits for a large one.

use super::{
    ProblemDetails,
    sentences::{CUT_SHORT, NO_ROOM, TOO_LARGE, TOO_SLOW},
};
use crate::{
    aside::LARGE,
    client_address::{Client, ClientNetwork},
};
use axum::body::{Body, Bytes};
use domain::said;
use http::{HeaderMap, StatusCode, header};
use http_body_util::BodyExt;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The maximum size in bytes of any body except a posted handover. The largest form has a key of 512 characters.
pub const SMALL: usize = 64 * 1024;

/// How long a sender may take for its body: slow ones would hold memory and connections.
const PATIENCE: Duration = Duration::from_secs(30);
/// The memory for large bodies beyond [`SMALL`], in bytes.
const ROOM: usize = 64 * MIB;
/// One client's part of it: four of the largest bodies.
const SHARE: usize = ROOM / 2;
/// How many bodies of more than [`LARGE`] bytes are processed at once. Parsing takes a multiple of a body's size:
/// 160,000 small objects in 1.6 MB take 100 MB.
const AT_ONCE: usize = 1;
/// Seconds until a sender that found no memory should retry.
const RETRY_AFTER: u64 = 2;
const MIB: usize = 1024 * 1024;

/// Reads the whole body. Returns 413 if it exceeds `limit` bytes, before reading it if its header says so. `limit` is
/// at most [`SMALL`].
pub async fn read(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, ProblemDetails> {
    in_time(headers, body, limit.min(SMALL), &mut |_| Ok(())).await
}

/// The memory that all connections share, and the turns for processing large bodies.
pub struct BodyRoom {
    space: Space,
    turns: Arc<Semaphore>,
}

impl Default for BodyRoom {
    fn default() -> Self {
        Self::new(ROOM, SHARE, AT_ONCE)
    }
}

/// A body and its memory, which is freed when this is dropped.
pub struct Held {
    /// The body.
    pub bytes: Bytes,
    turns: Arc<Semaphore>,
    _taken: Taken,
}

impl BodyRoom {
    fn new(bytes: usize, share: usize, at_once: usize) -> Self {
        let left = Left { bytes, by_client: HashMap::new() };
        Self {
            space: Space { share, left: Arc::new(Mutex::new(left)) },
            turns: Arc::new(Semaphore::new(at_once)),
        }
    }

    /// Like [`read`], but allows any `limit`. Returns 503 when the memory is used up or the client has its
    /// share.
    pub async fn read(
        &self,
        headers: &HeaderMap,
        body: Body,
        limit: usize,
        client: Client,
    ) -> Result<Held, ProblemDetails> {
        let mut taken = Taken { space: self.space.clone(), client, bytes: 0 };
        let bytes = in_time(headers, body, limit, &mut |bytes| taken.grow(bytes)).await?;
        Ok(Held { bytes, turns: self.turns.clone(), _taken: taken })
    }
}

/// The remaining memory.
#[derive(Clone)]
struct Space {
    share: usize,
    left: Arc<Mutex<Left>>,
}

struct Left {
    bytes: usize,
    /// What each client has taken. Clients that a proxy does not name are left out: everyone behind the proxy would
    /// share a single part.
    by_client: HashMap<ClientNetwork, usize>,
}

impl Space {
    fn lock(&self) -> MutexGuard<'_, Left> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The memory that one body has taken. Dropping it gives the memory back.
struct Taken {
    space: Space,
    client: Client,
    bytes: usize,
}

impl Taken {
    fn grow(&mut self, bytes: usize) -> Result<(), ProblemDetails> {
        let mut left = self.space.lock();
        let rest = left.bytes.checked_sub(bytes).ok_or_else(no_room)?;
        if let Client::From(network) = self.client {
            let mine = left.by_client.entry(network).or_default();
            if *mine + bytes > self.space.share {
                return Err(no_room());
            }
            *mine += bytes;
        }
        left.bytes = rest;
        drop(left);
        self.bytes += bytes;
        Ok(())
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        let mut left = self.space.lock();
        left.bytes += self.bytes;
        if let Client::From(network) = self.client
            && let Some(mine) = left.by_client.get_mut(&network)
        {
            *mine -= self.bytes;
            if *mine == 0 {
                left.by_client.remove(&network);
            }
        }
    }
}

impl Held {
    /// Waits for a large body's turn, which lasts until the returned permit is dropped. A small body needs none.
    pub async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        if self.bytes.len() <= LARGE {
            return None;
        }
        self.turns.clone().acquire_owned().await.ok()
    }
}

fn no_room() -> ProblemDetails {
    ProblemDetails {
        retry_after: Some(RETRY_AFTER),
        ..ProblemDetails::new(StatusCode::SERVICE_UNAVAILABLE, NO_ROOM)
    }
}

/// Calls `grow` before taking memory beyond [`SMALL`] bytes.
async fn in_time(
    headers: &HeaderMap,
    body: Body,
    limit: usize,
    grow: &mut (dyn FnMut(usize) -> Result<(), ProblemDetails> + Send),
) -> Result<Bytes, ProblemDetails> {
    let announced =
        headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()).and_then(|v| v.parse::<u64>().ok());
    let announced = match announced.map(usize::try_from) {
        Some(Ok(bytes)) if bytes <= limit => Some(bytes),
        Some(_) => return Err(too_large(limit)),
        None => None,
    };
    match tokio::time::timeout(PATIENCE, collect(body, limit, announced.unwrap_or(limit), grow)).await {
        Ok(read) => read,
        Err(_) => Err(ProblemDetails::new(StatusCode::REQUEST_TIMEOUT, TOO_SLOW)),
    }
}

async fn collect(
    mut body: Body,
    limit: usize,
    expected: usize,
    grow: &mut (dyn FnMut(usize) -> Result<(), ProblemDetails> + Send),
) -> Result<Bytes, ProblemDetails> {
    let (mut bytes, mut allowed) = (Vec::new(), SMALL);
    while let Some(frame) = body.frame().await {
        let broken = |_| ProblemDetails::new(StatusCode::BAD_REQUEST, CUT_SHORT);
        // Trailers are ignored.
        let Ok(data) = frame.map_err(broken)?.into_data() else { continue };
        let size = bytes.len() + data.len();
        if size > limit {
            return Err(too_large(limit));
        }
        if size > allowed {
            // Doubles each time, so that little is copied, but never beyond the expected size.
            let next = (2 * allowed).min(expected).max(size);
            grow(next - allowed)?;
            allowed = next;
            bytes.reserve_exact(allowed - bytes.len());
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes.into())
}

fn too_large(limit: usize) -> ProblemDetails {
    ProblemDetails::new(StatusCode::PAYLOAD_TOO_LARGE, said!(TOO_LARGE, limit = limit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::{FutureExt, stream};
    use std::convert::Infallible;

    const LIMIT: usize = 8 * MIB;

    fn body(size: usize) -> Body {
        let pieces = vec![0; size].chunks(10_000).map(Bytes::copy_from_slice).collect::<Vec<_>>();
        Body::from_stream(stream::iter(pieces.into_iter().map(Ok::<_, Infallible>)))
    }

    fn client(n: u8) -> Client {
        Client::From(ClientNetwork::of([192, 0, 2, n].into()))
    }

    async fn reads(room: &BodyRoom, size: usize) -> Result<Held, u16> {
        reads_from(room, size, Client::Unnamed).await
    }

    async fn reads_from(room: &BodyRoom, size: usize, client: Client) -> Result<Held, u16> {
        room.read(&HeaderMap::new(), body(size), LIMIT, client).await.map_err(|problem| {
            assert_eq!(problem.retry_after.is_some(), problem.status == 503, "{problem:?}");
            problem.status
        })
    }

    #[tokio::test]
    async fn large_bodies_beyond_the_shared_memory_must_retry() {
        let room = BodyRoom::new(4 * MIB, 4 * MIB, 1);
        let held = reads(&room, 3 * MIB).await.unwrap();
        assert_eq!(held.bytes.len(), 3 * MIB);
        assert_eq!(reads(&room, 3 * MIB).await.err(), Some(503));
        // A rejected body has freed its memory, and small bodies need none.
        let rest: Vec<_> = futures::future::join_all((0..1_000).map(|_| reads(&room, SMALL))).await;
        assert!(rest.iter().all(Result::is_ok));
        drop(held);
        assert_eq!(reads(&room, LIMIT + 1).await.err(), Some(503), "more than is left");
        assert_eq!(reads(&BodyRoom::default(), LIMIT + 1).await.err(), Some(413));
        assert_eq!(reads(&room, 3 * MIB).await.unwrap().bytes.len(), 3 * MIB);
    }

    #[tokio::test]
    async fn announced_bytes_take_no_memory() {
        let room = BodyRoom::new(4 * MIB, 4 * MIB, 1);
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_LENGTH, (4 * MIB).into());
        let silent = || Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
        let mut waiting: Vec<_> =
            (0..100).map(|_| Box::pin(room.read(&headers, silent(), LIMIT, client(1)))).collect();
        assert!(waiting.iter_mut().all(|read| read.now_or_never().is_none()));
        // Exactly this much, although the buffer doubles.
        let held = room.read(&headers, body(4 * MIB), LIMIT, client(1)).await.ok().unwrap();
        assert_eq!(room.space.lock().bytes, SMALL);
        drop(held);
        assert_eq!(room.space.lock().bytes, 4 * MIB);
    }

    #[tokio::test]
    async fn one_client_leaves_half_of_the_memory_to_others() {
        let room = BodyRoom::new(8 * MIB, 4 * MIB, 1);
        let held = reads_from(&room, 2 * MIB, client(1)).await.unwrap();
        assert_eq!(reads_from(&room, 3 * MIB, client(1)).await.err(), Some(503));
        // A rejected body no longer counts, and freed memory is available again.
        let small = reads_from(&room, MIB, client(1)).await.unwrap();
        let other = reads_from(&room, 3 * MIB, client(2)).await.unwrap();
        drop((held, small));
        let again = reads_from(&room, 3 * MIB, client(1)).await.unwrap();
        drop((other, again));
        assert!(room.space.lock().by_client.is_empty(), "a client without memory is forgotten");
    }

    /// Clients behind a proxy that does not name them look alike.
    #[tokio::test]
    async fn unnamed_clients_have_no_common_share() {
        let room = BodyRoom::new(8 * MIB, 4 * MIB, 1);
        let _held = reads(&room, 3 * MIB).await.unwrap();
        assert!(reads(&room, 3 * MIB).await.is_ok());
    }

    #[tokio::test]
    async fn large_bodies_take_turns_and_small_ones_do_not() {
        let room = BodyRoom::new(64 * MIB, 64 * MIB, 2);
        let large = futures::future::join_all((0..3).map(|_| reads(&room, LARGE + 1))).await;
        let small = reads(&room, LARGE).await.unwrap();
        let [first, second, third] = <[_; 3]>::try_from(large).ok().unwrap().map(Result::unwrap);
        let turn = first.turn().now_or_never().unwrap();
        let _second = second.turn().now_or_never().unwrap();
        assert!(third.turn().now_or_never().is_none());
        assert!(small.turn().now_or_never().unwrap().is_none());
        drop(turn);
        assert!(third.turn().now_or_never().unwrap().is_some());
    }
}
