//! `/metrics`, on its own address, because only operators should read it.

use super::connections::{self, ConnectionLimits, Patience};
use crate::{
    client_address::TrustedProxies,
    helpdesk::budget::Budgets,
    metrics::{Metrics, Snapshot},
    store::{Store, Stored},
};
use axum::{Router, extract::State, response::IntoResponse, response::Response, routing::get};
use domain::clock::World;
use http::{StatusCode, header};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

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

    async fn snapshot(&self) -> Stored<Snapshot> {
        Ok(Snapshot {
            queues: self.store.queues().await?,
            connections: self.store.connection_counts().await?,
            budgets: self.budgets.survey(self.world.clock.since_boot()),
            now: self.world.clock.now_ms(),
        })
    }
}

/// Serves metrics until `stop` is cancelled.
pub async fn serve(listener: TcpListener, exporter: Exporter, stop: CancellationToken) {
    let router = Router::new().route("/metrics", get(read)).with_state(exporter);
    let limits = ConnectionLimits { all: 32, of_one: 32, trusted: TrustedProxies::default() };
    connections::serve(listener, router, limits, Patience::default(), stop).await;
}

async fn read(State(exporter): State<Exporter>) -> Response {
    let rendered = match exporter.snapshot().await {
        Ok(snapshot) => exporter.metrics.render(&snapshot).map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    match rendered {
        Ok(text) => ([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        Err(error) => {
            tracing::error!(error, "metrics.not_read");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
