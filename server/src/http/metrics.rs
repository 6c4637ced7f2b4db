//! `/metrics`, on its own address, because only operators should read it.

use super::connections::{self, ConnectionLimits, Patience};
use crate::{
    client_address::TrustedProxies,
    helpdesk::budget::Budgets,
    metrics::{DatabaseSnapshot, Metrics, Snapshot},
    store::{
        Store, Stored,
        operations::{ConnectionCounts, Queue},
    },
};
use axum::{Router, extract::State, response::IntoResponse, response::Response, routing::get};
use domain::clock::{Millis, World};
use http::{StatusCode, header};
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};
use tokio::{net::TcpListener, time};
use tokio_util::sync::CancellationToken;

/// The job of counting over the whole database.
const COUNTS: &str = "counts";
/// How long its result is used, in milliseconds.
const COUNTED_FOR: Millis = 10_000;
/// How long the database may take. Prometheus waits for 10 s.
const ANSWERS_WITHIN: Duration = Duration::from_secs(5);
/// The content type that Prometheus expects.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Reads what the metrics need.
#[derive(Clone)]
pub struct Exporter {
    metrics: Arc<Metrics>,
    store: Arc<dyn Store>,
    budgets: Arc<Budgets>,
    world: World,
}

impl Exporter {
    /// Builds an exporter from these parts of the server.
    pub fn new(metrics: Arc<Metrics>, store: Arc<dyn Store>, budgets: Arc<Budgets>, world: World) -> Self {
        Self { metrics, store, budgets, world }
    }

    /// Returns the counts over the whole database. One process at a time reads them for all processes.
    async fn counts(&self, now: Millis) -> Stored<Counts> {
        if !self.store.take_job(COUNTS, now, now.saturating_add(COUNTED_FOR)).await?
            && let Some(found) = self.store.kept(COUNTS).await?
            // Another version may have written them in a different form.
            && let Ok(counts) = serde_json::from_str(&found)
        {
            return Ok(counts);
        }
        let queues = self.store.queues().await?;
        let counts = Counts { queues, connections: self.store.connection_counts().await? };
        if let Ok(found) = serde_json::to_string(&counts) {
            self.store.keep(COUNTS, &found).await?;
        }
        Ok(counts)
    }

    async fn database(&self) -> Stored<DatabaseSnapshot> {
        let now = self.world.clock.now_ms();
        let processes = if self.store.is_shared() {
            self.store.processes(now).await?.into_iter().map(|process| process.says.role).collect()
        } else {
            vec!["all".to_owned()]
        };
        let Counts { queues, connections } = self.counts(now).await?;
        Ok(DatabaseSnapshot { queues, connections, processes })
    }

    async fn snapshot(&self) -> Snapshot {
        let database = match time::timeout(ANSWERS_WITHIN, self.database()).await {
            Ok(Ok(database)) => Some(database),
            Ok(Err(error)) => {
                tracing::error!(%error, "metrics.not_read");
                None
            }
            Err(_) => {
                tracing::error!(error = "the database does not answer", "metrics.not_read");
                None
            }
        };
        let budgets = self.budgets.survey(self.world.clock.since_boot());
        Snapshot { database, budgets, now: self.world.clock.now_ms() }
    }
}

/// What is counted over the whole database.
#[derive(Serialize, Deserialize)]
struct Counts {
    queues: Vec<Queue>,
    connections: ConnectionCounts,
}

/// Serves metrics until `stop` is cancelled.
pub async fn serve(listener: TcpListener, exporter: Exporter, stop: CancellationToken) {
    let router = Router::new().route("/metrics", get(read)).with_state(exporter);
    let limits = ConnectionLimits { all: 32, of_one: 32, trusted: TrustedProxies::default() };
    connections::serve(listener, router, limits, Patience::default(), stop).await;
}

async fn read(State(exporter): State<Exporter>) -> Response {
    match exporter.metrics.render(&exporter.snapshot().await) {
        Ok(text) => ([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "metrics.not_written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
