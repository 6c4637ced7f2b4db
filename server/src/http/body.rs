//! Reads bodies, within a size, a time, and the memory that there is for all of them.
//!
//! The first [`SMALL`] bytes of a body are free: as many connections as there may be can have them. What goes beyond
//! takes room that all connections share; without any left the caller is told to come back. So nobody makes this server
//! hold more than it can, and a small body waits for no large one.

use super::{
    Problem,
    sentences::{CUT_SHORT, NO_ROOM, TOO_LARGE, TOO_SLOW},
};
use crate::aside::LARGE;
use axum::body::{Body, Bytes};
use domain::said;
use http::{HeaderMap, StatusCode, header};
use http_body_util::BodyExt;
use std::{sync::Arc, time::Duration};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The most bytes of any body but a posted handover's. The largest form is a key of 512 characters.
pub const SMALL: usize = 64 * 1024;

/// How long a sender may take for its body: slow ones would hold memory and connections.
const PATIENCE: Duration = Duration::from_secs(30);
/// The memory for what large bodies have beyond [`SMALL`].
const ROOM: usize = 64 * MIB;
/// How many bodies of more than [`LARGE`] bytes are worked on at once. Parsed, one takes a multiple of its size: 160,000 small
/// objects in 1.6 MB take 100 MB.
const AT_ONCE: usize = 1;
/// Seconds after which a sender tries again that found no room.
const RETRY_AFTER: u64 = 2;
const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// The whole body, or 413 with the limit in bytes, before it is read where the header says it already. `limit` is at
/// most [`SMALL`].
pub async fn read(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, Problem> {
    in_time(headers, body, limit.min(SMALL), &mut |_| Ok(())).await
}

/// The room that all connections share, and the turns at being worked on.
pub struct Room {
    kib: Arc<Semaphore>,
    turns: Arc<Semaphore>,
}

impl Default for Room {
    fn default() -> Self {
        Self::new(ROOM, AT_ONCE)
    }
}

/// A body, with its room until it is dropped.
pub struct Held {
    /// The body.
    pub bytes: Bytes,
    turns: Arc<Semaphore>,
    _room: Option<OwnedSemaphorePermit>,
}

impl Room {
    fn new(bytes: usize, at_once: usize) -> Self {
        Self { kib: Arc::new(Semaphore::new(bytes / KIB)), turns: Arc::new(Semaphore::new(at_once)) }
    }

    /// Like [`read`], but as large as `limit` says. 503 when there is no room for it.
    pub async fn read(&self, headers: &HeaderMap, body: Body, limit: usize) -> Result<Held, Problem> {
        let mut room: Option<OwnedSemaphorePermit> = None;
        let mut grow = |bytes: usize| {
            let kib = u32::try_from(bytes.div_ceil(KIB)).unwrap_or(u32::MAX);
            let more = self.kib.clone().try_acquire_many_owned(kib).map_err(|_| no_room())?;
            match &mut room {
                Some(room) => room.merge(more),
                None => room = Some(more),
            }
            Ok(())
        };
        let bytes = in_time(headers, body, limit, &mut grow).await?;
        Ok(Held { bytes, turns: self.turns.clone(), _room: room })
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

fn no_room() -> Problem {
    Problem { retry_after: Some(RETRY_AFTER), ..Problem::new(StatusCode::SERVICE_UNAVAILABLE, NO_ROOM) }
}

/// `grow` is asked for each piece of memory beyond [`SMALL`] bytes before it is taken.
async fn in_time(
    headers: &HeaderMap,
    body: Body,
    limit: usize,
    grow: &mut (dyn FnMut(usize) -> Result<(), Problem> + Send),
) -> Result<Bytes, Problem> {
    let announced =
        headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()).and_then(|v| v.parse::<u64>().ok());
    let announced = match announced.map(usize::try_from) {
        Some(Ok(bytes)) if bytes <= limit => Some(bytes),
        Some(_) => return Err(too_large(limit)),
        None => None,
    };
    match tokio::time::timeout(PATIENCE, collect(body, limit, announced.unwrap_or(limit), grow)).await {
        Ok(read) => read,
        Err(_) => Err(Problem::new(StatusCode::REQUEST_TIMEOUT, TOO_SLOW)),
    }
}

async fn collect(
    mut body: Body,
    limit: usize,
    expected: usize,
    grow: &mut (dyn FnMut(usize) -> Result<(), Problem> + Send),
) -> Result<Bytes, Problem> {
    let (mut bytes, mut allowed) = (Vec::new(), SMALL);
    while let Some(frame) = body.frame().await {
        let broken = |_| Problem::new(StatusCode::BAD_REQUEST, CUT_SHORT);
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

fn too_large(limit: usize) -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, said!(TOO_LARGE, limit = limit))
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

    async fn reads(room: &Room, size: usize) -> Result<Held, u16> {
        room.read(&HeaderMap::new(), body(size), LIMIT).await.map_err(|problem| {
            assert_eq!(problem.retry_after.is_some(), problem.status == 503, "{problem:?}");
            problem.status
        })
    }

    #[tokio::test]
    async fn beyond_the_room_of_all_a_large_body_has_to_come_again() {
        let room = Room::new(4 * MIB, 1);
        let held = reads(&room, 3 * MIB).await.unwrap();
        assert_eq!(held.bytes.len(), 3 * MIB);
        assert_eq!(reads(&room, 3 * MIB).await.err(), Some(503));
        // What was refused has given back what it had, and small ones need none.
        let rest: Vec<_> = futures::future::join_all((0..1_000).map(|_| reads(&room, SMALL))).await;
        assert!(rest.iter().all(Result::is_ok));
        drop(held);
        assert_eq!(reads(&room, LIMIT + 1).await.err(), Some(503), "more than there is");
        assert_eq!(reads(&Room::default(), LIMIT + 1).await.err(), Some(413));
        assert_eq!(reads(&room, 3 * MIB).await.unwrap().bytes.len(), 3 * MIB);
    }

    #[tokio::test]
    async fn one_that_is_only_announced_takes_no_room() {
        let room = Room::new(4 * MIB, 1);
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_LENGTH, (4 * MIB).into());
        let silent = || Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
        let mut waiting: Vec<_> = (0..100).map(|_| Box::pin(room.read(&headers, silent(), LIMIT))).collect();
        assert!(waiting.iter_mut().all(|read| read.now_or_never().is_none()));
        // Exactly so much, although it doubles.
        let held = room.read(&headers, body(4 * MIB), LIMIT).await.ok().unwrap();
        assert_eq!(room.kib.available_permits(), SMALL / KIB);
        drop(held);
        assert_eq!(room.kib.available_permits(), 4 * KIB);
    }

    #[tokio::test]
    async fn large_bodies_are_worked_on_in_turn_and_small_ones_at_once() {
        let room = Room::new(64 * MIB, 2);
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
