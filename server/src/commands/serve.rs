//! `serve`: answers requests and dispatches handovers until it is told to stop.

use super::CommandError;
use crate::{
    clock::World,
    config::{Config, PublicUrl},
    http::{self, HttpState, Services, assets::Site, session},
    wiring,
};
use anyhow::Context;
use std::{io::Write, sync::Arc, time::Duration};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

/// How long requests and workers may go on after the signal. A call to a helpdesk ends within 15 s.
const DRAIN: Duration = Duration::from_secs(20);
/// How often sessions that are over are removed.
const PURGE_EVERY: Duration = Duration::from_secs(600);

/// Runs until SIGTERM or Ctrl-C.
pub async fn run(mut config: Config, world: World) -> Result<(), CommandError> {
    let site = Site::beside_executable().context("cannot serve")?;
    config.make_up_demo_secrets(&world)?;
    let config = Arc::new(config);
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|error| CommandError::Settings(format!("CONVI_LISTEN {}: {error}", config.listen)))?;
    let bound = listener.local_addr().context("the listener has no address")?;
    let public_url = config
        .public_url
        .clone()
        .unwrap_or_else(|| PublicUrl::of_address(bound));

    let stop = CancellationToken::new();
    let wiring::Running {
        services,
        mut workers,
    } = wiring::start(&config, &public_url, &world, stop.clone()).await?;
    workers.spawn(purge_sessions(services.clone(), world.clone(), stop.clone()));
    let state = HttpState::new(config, public_url, world, services, site)
        .map_err(|error| CommandError::Settings(error.to_string()))?;
    let router = http::router(state);

    let mut terminate = signal(SignalKind::terminate()).context("no signals")?;
    let told = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        tracing::info!("serve.stopping");
        told.cancel();
    });

    tracing::info!(%bound, "serve.listening");
    // For people and for scripts that chose port 0. A closed stdout is no reason not to serve.
    let _ = writeln!(std::io::stdout(), "listening on http://{bound}");
    let served = axum::serve(listener, router).with_graceful_shutdown(stop.clone().cancelled_owned());
    tokio::select! {
        ended = async { served.await } => ended.context("serving ended")?,
        () = late(&stop) => tracing::warn!("serve.requests_cut"),
    }
    stop.cancel();
    if tokio::time::timeout(DRAIN, finish(&mut workers)).await.is_err() {
        tracing::warn!("serve.workers_cut");
    }
    tracing::info!("serve.stopped");
    Ok(())
}

/// Returns some time after the signal.
async fn late(stop: &CancellationToken) {
    stop.cancelled().await;
    tokio::time::sleep(DRAIN).await;
}

async fn finish(workers: &mut JoinSet<()>) {
    while let Some(ended) = workers.join_next().await {
        if let Err(error) = ended {
            tracing::error!(%error, "serve.worker_failed");
        }
    }
}

async fn purge_sessions(services: Services, world: World, stop: CancellationToken) {
    loop {
        if let Err(error) = session::purge(&*services.sessions, world.clock.now_ms()).await {
            tracing::warn!(%error, "sessions.not_purged");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = world.clock.sleep(PURGE_EVERY) => {}
        }
    }
}
