//! What the clients of all helpdesks need to exchange a request for a response.

use super::{Meter, RateHeader};
use bytes::BytesMut;
use reqwest::Response;

/// Size limit of an error body in bytes. If it is larger, only the status is used.
const LARGEST_ERROR: usize = 1024 * 1024;

/// A request counted as in flight. Dropping it ends the count, even if the caller is gone: otherwise a merchant who
/// closes the page would take one request out of the budget forever.
pub struct Counted<'a> {
    meter: &'a dyn Meter,
    /// The response's rate header, once there is one.
    pub rate: Option<RateHeader>,
}

impl<'a> Counted<'a> {
    /// Counts a request that the meter admitted.
    pub fn new(meter: &'a dyn Meter) -> Self {
        Self { meter, rate: None }
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.meter.answered(self.rate);
    }
}

/// Why there is no complete response. The text of reqwest's own error contains the URL, so only its kind is kept.
#[derive(Clone, Copy, Debug)]
pub enum Lost {
    /// There was no connection, so nothing was sent.
    Connect,
    /// The deadline passed.
    Late,
    /// The connection was lost.
    Broken,
    /// The body is larger than the limit.
    TooLong,
}

impl From<&reqwest::Error> for Lost {
    fn from(error: &reqwest::Error) -> Self {
        if error.is_connect() { Self::Connect } else { Self::Broken }
    }
}

/// Reads a body of at most `largest` bytes. An error body that is too large is returned empty.
pub async fn read_body(response: &mut Response, largest: usize) -> Result<Vec<u8>, Lost> {
    let success = response.status().is_success();
    let mut body = BytesMut::new();
    while let Some(piece) = response.chunk().await.map_err(|error| Lost::from(&error))? {
        let length = body.len() + piece.len();
        if !success && length > LARGEST_ERROR {
            body.clear();
            break;
        }
        if length > largest {
            return Err(Lost::TooLong);
        }
        body.extend_from_slice(&piece);
    }
    Ok(body.into())
}
