//! `serve`: serves requests and dispatches handovers until it is told to stop.

use super::{CommandError, key_reload::KeyReload};
use crate::{
    application::Application,
    config::{Config, ConfigErrors},
    http::{
        self, HttpState, RouteServices,
        assets::Site,
        connections::{self, ConnectionLimits, Patience},
        session,
    },
    origin::PublicUrl,
    store::Database,
};
use anyhow::Context;
use axum::Router;
use domain::clock::{World, millis};
use std::{io::Write, sync::Arc, time::Duration};
use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

/// How long requests and workers may continue after the signal. A call to a helpdesk ends within 15 s.
const DRAIN: Duration = Duration::from_secs(20);
/// How often expired sessions are removed.
const PURGE_EVERY: Duration = Duration::from_secs(600);

/// Runs until SIGTERM or Ctrl-C. `load` reads the settings again, for SIGHUP.
pub async fn run(
    mut config: Config,
    world: World,
    load: impl Fn() -> Result<Config, ConfigErrors> + Send + 'static,
) -> Result<(), CommandError> {
    let role = config.role;
    let site = if role.serves() { Some(Site::beside_executable().context("cannot serve")?) } else { None };
    config.make_up_demo_secrets(&world)?;
    let config = Arc::new(config);
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|error| CommandError::Settings(format!("CONVI_LISTEN {}: {error}", config.listen)))?;
    let bound = listener.local_addr().context("cannot read the listener's address")?;
    let public_url = config.public_url.clone().unwrap_or_else(|| PublicUrl::of_address(bound));

    let metrics =
        match config.metrics_listen {
            None => None,
            Some(address) => Some(TcpListener::bind(address).await.map_err(|error| {
                CommandError::Settings(format!("CONVI_METRICS_LISTEN {address}: {error}"))
            })?),
        };

    let stop = CancellationToken::new();
    let application = Application::build(&config, public_url.origin(), world).await?;
    let keys = KeyReload::of(&application);
    let services = services(&application);
    let Application { store, world, .. } = application;
    let mut workers = JoinSet::new();
    if role.dispatches() {
        workers.spawn(application.retention.run(stop.clone()));
        workers.spawn(application.endings.run(stop.clone()));
        workers.spawn(application.dispatcher.run(stop.clone()));
        workers.spawn(purge_sessions(store.clone(), world.clone(), stop.clone()));
    }
    if store.is_shared() {
        workers.spawn(application.fleet.run(stop.clone()));
        workers.spawn(application.pauses.run(stop.clone()));
        workers.spawn(application.wakeups.run(stop.clone()));
    }
    let hang_up = signal(SignalKind::hangup()).context("cannot listen for signals")?;
    workers.spawn(reload_keys(hang_up, keys, load, stop.clone()));
    let limits = ConnectionLimits::of_this_process(config.trusted_proxies.clone());
    let router = match site {
        None => http::health::alone(services.ready),
        Some(site) => {
            let state = HttpState::new(config, public_url, world, services, site);
            http::router(state.map_err(|error| CommandError::Settings(error.to_string()))?)
        }
    };

    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for signals")?;
    let told = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        tracing::info!("serve.stopping");
        told.cancel();
    });

    tracing::info!(%bound, version = super::VERSION, role = role.name(), "serve.listening");
    // For people, and for scripts that chose port 0. A closed stdout must not keep the server from serving.
    let _ = writeln!(std::io::stdout(), "listening on http://{bound}");
    if let Some(listener) = metrics {
        let address = listener.local_addr().context("cannot read the metrics listener's address")?;
        let _ = writeln!(std::io::stdout(), "metrics on http://{address}/metrics");
        workers.spawn(http::metrics::serve(listener, application.exporter, stop.clone()));
    }
    tokio::select! {
        () = answer(listener, router, limits, &stop) => {}
        ended = ended_early(&mut workers, &stop) => return Err(ended.into()),
    }
    stop.cancel();
    if tokio::time::timeout(DRAIN, finish(&mut workers)).await.is_err() {
        tracing::warn!("serve.workers_cut");
    }
    store.close().await;
    tracing::info!("serve.stopped");
    Ok(())
}

/// Returns the services that the routes call.
fn services(application: &Application) -> RouteServices {
    RouteServices {
        backend: Arc::new(application.services.clone()),
        chat: application.chat.clone(),
        ingest: Arc::new(application.acceptor.clone()),
        handovers: Arc::new(application.services.clone()),
        sessions: application.store.clone(),
        ready: Arc::new(http::health::Needs {
            store: application.store.clone(),
            vault: application.vault.clone(),
        }),
        metrics: application.metrics.clone(),
        lanes: application.store.clone(),
    }
}

/// Serves requests until `stop` is cancelled, then finishes those that have begun.
async fn answer(listener: TcpListener, router: Router, limits: ConnectionLimits, stop: &CancellationToken) {
    let late = async {
        stop.cancelled().await;
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        () = connections::serve(listener, router, limits, Patience::default(), stop.clone()) => {}
        () = late => tracing::warn!("serve.requests_cut"),
    }
}

/// Returns why a worker ended before it was told to. A server that answers but delivers nothing would look healthy, so
/// it stops, and its supervisor restarts it.
async fn ended_early(workers: &mut JoinSet<()>, stop: &CancellationToken) -> anyhow::Error {
    while let Some(ended) = workers.join_next().await {
        if !stop.is_cancelled() {
            return match ended {
                Ok(()) => anyhow::anyhow!("a worker stopped unexpectedly"),
                Err(error) => anyhow::anyhow!("a worker failed: {error}"),
            };
        }
    }
    std::future::pending().await
}

async fn finish(workers: &mut JoinSet<()>) {
    while let Some(ended) = workers.join_next().await {
        if let Err(error) = ended {
            tracing::error!(%error, "serve.worker_failed");
        }
    }
}

/// Reloads the master keys on SIGHUP; all other settings need a restart.
async fn reload_keys(
    mut hang_up: Signal,
    keys: KeyReload,
    load: impl Fn() -> Result<Config, ConfigErrors>,
    stop: CancellationToken,
) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = hang_up.recv() => keys.reload(load()).await,
        }
    }
}

async fn purge_sessions(store: Arc<dyn Database>, world: World, stop: CancellationToken) {
    loop {
        let now = world.clock.now_ms();
        let purged = match store.take_job("sessions", now, now.saturating_add(millis(PURGE_EVERY))).await {
            Ok(true) => session::purge(&*store, now).await.map(drop),
            not_now => not_now.map(drop),
        };
        if let Err(error) = purged {
            tracing::warn!(%error, "sessions.not_purged");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = world.clock.sleep(PURGE_EVERY) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpStream,
        sync::Notify,
    };

    #[tokio::test]
    async fn unexpected_end_of_a_worker_is_detected() {
        let stop = CancellationToken::new();
        let mut workers = JoinSet::new();
        workers.spawn(async { panic!("this panic is part of the test") });
        let error = ended_early(&mut workers, &stop).await;
        assert!(error.to_string().starts_with("a worker failed"), "{error}");
        workers.spawn(stop.clone().cancelled_owned());
        stop.cancel();
        tokio::task::yield_now().await;
        let noticed = ended_early(&mut workers, &stop);
        assert!(futures::FutureExt::now_or_never(noticed).is_none());
    }

    #[tokio::test]
    async fn request_in_flight_is_answered_after_the_signal() {
        let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (tell, wait) = (begun.clone(), go_on.clone());
        let router = Router::new().route(
            "/",
            get(async move || {
                tell.notify_one();
                wait.notified().await;
                "done"
            }),
        );
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let told = stop.clone();
        let limits = ConnectionLimits::of_this_process(Default::default());
        let server = tokio::spawn(async move { answer(listener, router, limits, &told).await });
        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        begun.notified().await;
        stop.cancel();
        go_on.notify_one();
        let mut text = String::new();
        client.read_to_string(&mut text).await.unwrap();
        assert!(text.starts_with("HTTP/1.1 200") && text.ends_with("done"), "{text}");
        server.await.unwrap();
    }
}
