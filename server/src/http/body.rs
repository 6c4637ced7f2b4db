//! Reads bodies, within a size, a time, and the memory that there is for all of them.
//!
//! The first [`SMALL`] bytes of a body are free: as many connections as there may be can have them. What goes beyond
//! takes room that all connections share, and one client at most half of it; without any left the caller is told to
//! come back. So nobody makes this server hold more than it can, no single client keeps the others out, and a small body
//! waits for no large one.

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

/// The most bytes of any body but a posted handover's. The largest form is a key of 512 characters.
pub const SMALL: usize = 64 * 1024;

/// How long a sender may take for its body: slow ones would hold memory and connections.
const PATIENCE: Duration = Duration::from_secs(30);
/// The memory for what large bodies have beyond [`SMALL`], in bytes.
const ROOM: usize = 64 * MIB;
/// What the bodies of one client may take of it: four of the largest.
const SHARE: usize = ROOM / 2;
/// How many bodies of more than [`LARGE`] bytes are worked on at once. Parsed, one takes a multiple of its size: 160,000 small
/// objects in 1.6 MB take 100 MB.
const AT_ONCE: usize = 1;
/// Seconds after which a sender tries again that found no room.
const RETRY_AFTER: u64 = 2;
const MIB: usize = 1024 * 1024;

/// The whole body, or 413 with the limit in bytes, before it is read where the header says it already. `limit` is at
/// most [`SMALL`].
pub async fn read(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, ProblemDetails> {
    in_time(headers, body, limit.min(SMALL), &mut |_| Ok(())).await
}

/// The room that all connections share, and the turns at being worked on.
pub struct BodyRoom {
    space: Space,
    turns: Arc<Semaphore>,
}

impl Default for BodyRoom {
    fn default() -> Self {
        Self::new(ROOM, SHARE, AT_ONCE)
    }
}

/// A body, with its room until it is dropped.
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

    /// Like [`read`], but as large as `limit` says. 503 when there is no room for it, or when this client has its share
    /// already.
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

/// What is left of the room.
#[derive(Clone)]
struct Space {
    share: usize,
    left: Arc<Mutex<Left>>,
}

struct Left {
    bytes: usize,
    /// What each client has taken. One that a proxy does not name is not in it: the share of everybody behind that proxy
    /// would be one.
    by_client: HashMap<ClientNetwork, usize>,
}

impl Space {
    fn lock(&self) -> MutexGuard<'_, Left> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What one body has taken of the room. It is given back by being dropped.
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
    /// Waits for the turn of a large body, which lasts until the answer is dropped. Small ones have no turns.
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

/// `grow` is asked for each piece of memory beyond [`SMALL`] bytes before it is taken.
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
        // Trailers say nothing to us.
        let Ok(data) = frame.map_err(broken)?.into_data() else { continue };
        let size = bytes.len() + data.len();
        if size > limit {
            return Err(too_large(limit));
        }
        if size > allowed {
            // Twice as much each time, so that little is copied, and never more than is to come.
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
    async fn beyond_the_room_of_all_a_large_body_has_to_come_again() {
        let room = BodyRoom::new(4 * MIB, 4 * MIB, 1);
        let held = reads(&room, 3 * MIB).await.unwrap();
        assert_eq!(held.bytes.len(), 3 * MIB);
        assert_eq!(reads(&room, 3 * MIB).await.err(), Some(503));
        // What was refused has given back what it had, and small ones need none.
        let rest: Vec<_> = futures::future::join_all((0..1_000).map(|_| reads(&room, SMALL))).await;
        assert!(rest.iter().all(Result::is_ok));
        drop(held);
        assert_eq!(reads(&room, LIMIT + 1).await.err(), Some(503), "more than there is");
        assert_eq!(reads(&BodyRoom::default(), LIMIT + 1).await.err(), Some(413));
        assert_eq!(reads(&room, 3 * MIB).await.unwrap().bytes.len(), 3 * MIB);
    }

    #[tokio::test]
    async fn one_that_is_only_announced_takes_no_room() {
        let room = BodyRoom::new(4 * MIB, 4 * MIB, 1);
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_LENGTH, (4 * MIB).into());
        let silent = || Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
        let mut waiting: Vec<_> =
            (0..100).map(|_| Box::pin(room.read(&headers, silent(), LIMIT, client(1)))).collect();
        assert!(waiting.iter_mut().all(|read| read.now_or_never().is_none()));
        // Exactly so much, although it doubles.
        let held = room.read(&headers, body(4 * MIB), LIMIT, client(1)).await.ok().unwrap();
        assert_eq!(room.space.lock().bytes, SMALL);
        drop(held);
        assert_eq!(room.space.lock().bytes, 4 * MIB);
    }

    #[tokio::test]
    async fn one_client_leaves_half_of_the_room_to_others() {
        let room = BodyRoom::new(8 * MIB, 4 * MIB, 1);
        let held = reads_from(&room, 2 * MIB, client(1)).await.unwrap();
        assert_eq!(reads_from(&room, 3 * MIB, client(1)).await.err(), Some(503));
        // What it was refused counts no longer, and what it has given back is its own again.
        let small = reads_from(&room, MIB, client(1)).await.unwrap();
        let other = reads_from(&room, 3 * MIB, client(2)).await.unwrap();
        drop((held, small));
        let again = reads_from(&room, 3 * MIB, client(1)).await.unwrap();
        drop((other, again));
        assert!(room.space.lock().by_client.is_empty(), "no client is kept that holds nothing");
    }

    /// Everybody behind a proxy that names nobody looks the same.
    #[tokio::test]
    async fn who_is_not_named_shares_no_share() {
        let room = BodyRoom::new(8 * MIB, 4 * MIB, 1);
        let _held = reads(&room, 3 * MIB).await.unwrap();
        assert!(reads(&room, 3 * MIB).await.is_ok());
    }

    #[tokio::test]
    async fn large_bodies_are_worked_on_in_turn_and_small_ones_at_once() {
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
