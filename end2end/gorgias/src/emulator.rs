//! Starting and stopping a Gorgias.

use std::{io, net::SocketAddr};

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    clock::Clock,
    handle::AccountHandle,
    http::{
        self, Site,
        connection::{Plug, PluggedListener},
    },
    world::{Accounts, World},
};

/// How to start.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where to listen; port 0 picks one.
    pub listen: SocketAddr,
    /// What time it is.
    pub clock: Clock,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            clock: Clock::ticking(),
        }
    }
}

/// A running Gorgias with all its accounts. Dropping it stops it and closes every connection.
#[derive(Debug)]
pub struct Emulator {
    address: SocketAddr,
    world: World,
    stop: CancellationToken,
}

impl Emulator {
    /// Starts on a free port of the loopback address, with a clock that ticks.
    pub async fn start() -> io::Result<Self> {
        Self::start_with(Options::default()).await
    }

    /// Starts with a clock that stands still until it is moved.
    pub async fn start_at(now: jiff::Timestamp) -> io::Result<Self> {
        Self::start_with(Options {
            clock: Clock::manual(now),
            ..Options::default()
        })
        .await
    }

    /// Starts as the options say.
    pub async fn start_with(options: Options) -> io::Result<Self> {
        let world = World::new(options.clock.clone(), Accounts::default());
        let tcp = TcpListener::bind(options.listen).await?;
        let address = tcp.local_addr()?;
        let stop = CancellationToken::new();
        let listener = PluggedListener::new(tcp, stop.clone());
        let router = http::router(Site { world: world.clone() });
        let service = router.into_make_service_with_connect_info::<Plug>();
        let stopped = stop.clone().cancelled_owned();
        tokio::spawn(async move {
            let serving = axum::serve(listener, service).with_graceful_shutdown(stopped);
            if let Err(error) = serving.await {
                tracing::error!(%error, "the emulator stopped serving");
            }
        });
        Ok(Self { address, world, stop })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:…`, without a slash at its end.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What to set as `CONVI_GORGIAS_URL`: `http://127.0.0.1:…/{subdomain}`, with the braces.
    pub fn template(&self) -> String {
        format!("{}/{{subdomain}}", self.origin())
    }

    /// What time it is there.
    pub fn clock(&self) -> &Clock {
        &self.world.clock
    }

    /// The account of a subdomain, made if there is none.
    pub fn account(&self, subdomain: &str) -> AccountHandle {
        self.world.all(|accounts, now| {
            accounts.open(subdomain, now);
        });
        AccountHandle::new(self.world.clone(), subdomain)
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
