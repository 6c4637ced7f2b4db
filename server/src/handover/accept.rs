//! Accepts a handover: reads the body, stores it, and returns the 202's answer.

use super::{
    bell::Bell,
    reading::{BodyError, read_handover},
};
use crate::{
    aside::aside,
    metrics::{Door, Metrics},
    store::{
        Store, StoreError,
        handovers::{Accepted, NewHandover},
    },
};
use app::model::{DeliveryState, Destination, FieldError};
use bytes::Bytes;
use domain::{Said, clock::World};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Why a handover was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    /// The body is not valid JSON.
    #[error("{0}")]
    NotJson(Said),
    /// Required fields are missing or invalid.
    #[error("some fields are wrong")]
    Fields(Vec<FieldError>),
    /// This `webhook-id` was already used with a different body.
    #[error("this webhook-id was already used with a different body; use a new webhook-id")]
    OtherBody,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Accepts handovers.
#[derive(Clone)]
pub struct Acceptor {
    /// Where handovers are stored.
    pub store: Arc<dyn Store>,
    /// The clock and the source of ids.
    pub world: World,
    /// Wakes the dispatcher after a handover is stored.
    pub bell: Arc<Bell>,
    /// Counts optional fields that were not read as sent.
    pub metrics: Arc<Metrics>,
}

impl Acceptor {
    /// Accepts one handover and returns the JSON of the 202.
    ///
    /// Returns only after the commit, so a 202 is always durable.
    pub async fn accept(&self, webhook_id: &str, body: Bytes) -> Result<String, AcceptError> {
        let now = self.world.clock.now();
        let size = body.len();
        let read = move || (read_handover(&body, now), Sha256::digest(&body).into());
        let (read, body_hash) = aside(size, read).await;
        let (handover, warnings) = read.map_err(|error| match error {
            BodyError::NotJson(message) => AcceptError::NotJson(message),
            BodyError::Fields(errors) => AcceptError::Fields(errors),
        })?;
        let merchant = handover.merchant.clone();
        let new = NewHandover {
            id: self.world.new_id(),
            delivery_ids: [self.world.new_id(), self.world.new_id()],
            webhook_id: webhook_id.to_owned(),
            body_hash,
            handover,
            accepted_at: self.world.clock.now_ms(),
            warnings: warnings.list,
            answer,
        };
        match self.store.accept(new).await? {
            Accepted::Answer { handover, answer, lanes } => {
                // The request's own log line then carries the id too.
                tracing::Span::current().record("handover", &handover);
                tracing::info!(merchant, handover, "handover accepted");
                self.metrics.warned(Door::Ingest, &warnings.counts);
                self.bell.ring_for(lanes);
                Ok(answer)
            }
            Accepted::OtherBody => Err(AcceptError::OtherBody),
        }
    }
}

/// Builds the JSON of a 202.
fn answer(
    id: &str,
    deliveries: &[(Destination, DeliveryState)],
    continued: bool,
    warnings: &[FieldError],
) -> String {
    let deliveries: Vec<_> = deliveries
        .iter()
        .map(|(destination, state)| json!({"destination": destination, "state": state}))
        .collect();
    let mut answer = json!({"handover_id": id, "deliveries": deliveries});
    if continued {
        answer["continued"] = json!(true);
    }
    if !warnings.is_empty() {
        answer["warnings"] = json!(warnings);
    }
    answer.to_string()
}
