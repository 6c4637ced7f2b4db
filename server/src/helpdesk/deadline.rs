//! The body of a request that may create something: none of it is sent after its deadline, and it records whether any
//! of it was sent.
//!
//! Every client sends such a request with it. A failure before the body was requested has created nothing.

use bytes::Bytes;
use domain::clock::Clock;
use http_body::{Frame, SizeHint};
use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

/// How much of a body is sent between two checks of the clock.
const PIECE: usize = 64 * 1024;

/// Tells the body and its sender whether any of it was given out, and whether any still may be. One atomic word,
/// because the process may be suspended between a check and the action.
#[derive(Default)]
pub struct Gate(AtomicU8);

const UNTOUCHED: u8 = 0;
const GIVEN_OUT: u8 = 1;
const CLOSED: u8 = 2;

impl Gate {
    /// Returns whether a piece may be given out, and records it.
    fn open(&self) -> bool {
        let opened = self.0.compare_exchange(UNTOUCHED, GIVEN_OUT, Ordering::SeqCst, Ordering::SeqCst);
        opened != Err(CLOSED)
    }

    /// Gives nothing out from now on. Returns whether nothing ever was.
    pub fn close(&self) -> bool {
        self.0.swap(CLOSED, Ordering::SeqCst) != GIVEN_OUT
    }
}

/// A body that yields nothing after its deadline, on a clock that counts pauses: a process that was suspended halfway
/// and wakes up late sends nothing more.
pub struct DeadlineBody {
    rest: Bytes,
    ends_at: Duration,
    clock: Arc<dyn Clock>,
    gate: Arc<Gate>,
}

/// The deadline passed before the whole body was sent.
#[derive(Debug, thiserror::Error)]
#[error("the request's deadline has passed")]
pub struct TimeIsOver;

impl DeadlineBody {
    /// Sends these bytes until `ends_at`, the time since boot.
    pub fn new(bytes: Bytes, ends_at: Duration, clock: Arc<dyn Clock>, gate: Arc<Gate>) -> Self {
        Self { rest: bytes, ends_at, clock, gate }
    }
}

impl http_body::Body for DeadlineBody {
    type Data = Bytes;
    type Error = TimeIsOver;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TimeIsOver>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        if self.clock.since_boot() >= self.ends_at || !self.gate.open() {
            return Poll::Ready(Some(Err(TimeIsOver)));
        }
        let length = self.rest.len().min(PIECE);
        Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(length)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;
    use http_body::Body;

    fn body(clock: &ManualClock, gate: &Arc<Gate>) -> DeadlineBody {
        let bytes = Bytes::from(vec![b'x'; 2 * PIECE]);
        DeadlineBody::new(bytes, Duration::from_secs(15), Arc::new(clock.clone()), gate.clone())
    }

    fn gives(body: &mut DeadlineBody) -> bool {
        let mut cx = Context::from_waker(std::task::Waker::noop());
        matches!(Pin::new(body).poll_frame(&mut cx), Poll::Ready(Some(Ok(_))))
    }

    #[test]
    fn body_yields_nothing_after_its_deadline() {
        let (clock, gate) = (ManualClock::at(jiff::Timestamp::UNIX_EPOCH), Arc::new(Gate::default()));
        let mut body = body(&clock, &gate);
        clock.advance(Duration::from_millis(14_999));
        assert!(gives(&mut body));
        clock.advance(Duration::from_millis(1));
        assert!(!gives(&mut body), "not even the rest");
        assert!(!gate.close(), "some of it had been sent");
    }

    /// The connection's own task may request the body after the call has given up.
    #[test]
    fn closed_gate_sends_nothing() {
        let (clock, gate) = (ManualClock::at(jiff::Timestamp::UNIX_EPOCH), Arc::new(Gate::default()));
        let mut body = body(&clock, &gate);
        assert!(gate.close());
        assert!(!gives(&mut body));
    }
}
