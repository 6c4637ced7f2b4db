//! Reads the rest of a request's body before the answer is sent.
//!
//! Many clients (Python's `http.client`, Node's `fetch`) write their whole body before they read anything. If the
//! server answers 413 or 401 and closes while they still write, their system discards the answer and they see a broken
//! pipe, which looks like an outage and is retried forever. The rest is read and discarded, within limits.

use axum::{
    body::{Body, Bytes},
    extract::Request,
    middleware::Next,
    response::Response,
};
use http::{HeaderValue, header};
use http_body::{Body as _, Frame, SizeHint};
use http_body_util::BodyExt;
use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

/// The maximum number of bytes that are read and discarded, and the longest time that this may take.
const MOST_BYTES: u64 = 64 * 1024 * 1024;
const LONGEST: Duration = Duration::from_secs(10);

/// A body whose rest can still be read after its handler has dropped it.
#[derive(Clone)]
struct Kept(Arc<Mutex<Half>>);

struct Half {
    body: Body,
    /// Whether the handler has read any of it.
    begun: bool,
    ended: bool,
}

impl Kept {
    fn with<T>(&self, change: impl FnOnce(&mut Half) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl http_body::Body for Kept {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.with(|half| {
            half.begun = true;
            let polled = Pin::new(&mut half.body).poll_frame(cx);
            half.ended |= matches!(polled, Poll::Ready(None | Some(Err(_))));
            polled
        })
    }

    fn is_end_stream(&self) -> bool {
        self.with(|half| half.ended || half.body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        self.with(|half| half.body.size_hint())
    }
}

/// Answers the request, after reading what is still being sent and would cut the answer off.
pub async fn requests(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    if body.is_end_stream() {
        return next.run(Request::from_parts(parts, body)).await;
    }
    let waits = parts.headers.contains_key(header::EXPECT);
    let mut kept = Kept(Arc::new(Mutex::new(Half { body, begun: false, ended: false })));
    let mut response = next.run(Request::from_parts(parts, Body::new(kept.clone()))).await;
    if kept.is_end_stream() {
        return response;
    }
    // A client that expects `100 Continue` and never got it has sent nothing, and will not after the answer.
    let unsent = waits && !kept.with(|half| half.begun);
    if unsent || !matches!(tokio::time::timeout(LONGEST, drain(&mut kept)).await, Ok(true)) {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Reads the rest of the body. Returns whether it reached the end.
async fn drain(kept: &mut Kept) -> bool {
    let mut left = MOST_BYTES;
    while let Some(frame) = kept.frame().await {
        let Ok(frame) = frame else { return false };
        let bytes = frame.data_ref().map_or(0, |data| data.len() as u64);
        match left.checked_sub(bytes) {
            Some(rest) => left = rest,
            None => return false,
        }
    }
    true
}
