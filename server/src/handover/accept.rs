//! Taking a handover in: parsed, durable, answered.

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

/// Why a handover was not taken in.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    /// The body is not JSON.
    #[error("{0}")]
    NotJson(Said),
    /// Some fields are wrong.
    #[error("some fields are wrong")]
    Fields(Vec<FieldError>),
    /// The key was used before for another body.
    #[error("this webhook-id was used before with another body; use a new id for a new request")]
    OtherBody,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Takes handovers in.
#[derive(Clone)]
pub struct Acceptor {
    /// Where they are kept.
    pub store: Arc<dyn Store>,
    /// Time and ids.
    pub world: World,
    /// Rung when one was taken in.
    pub bell: Arc<Bell>,
    /// Counts what was not read as it was sent.
    pub metrics: Arc<Metrics>,
}

impl Acceptor {
    /// Takes one in. When this answers, it is durable; the answer is the JSON of the 202.
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
                // The request's own line has it too.
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

/// The JSON of a 202.
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
