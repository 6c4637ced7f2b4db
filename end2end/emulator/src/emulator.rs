//! Starts and stops an emulator.

use std::{io, net::SocketAddr, path::PathBuf, sync::Mutex};

use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{
    clock::Clock,
    data_file,
    handle::AccountHandle,
    http::{
        self,
        connection::{Plug, PluggedListener},
    },
    surface::{Site, Surface},
    world::{Accounts, World},
};

/// Options for the start.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where to listen; port 0 picks one.
    pub listen: SocketAddr,
    /// The clock.
    pub clock: Clock,
    /// Whether the control API may move the clock.
    pub may_move_clock: bool,
    /// The file that keeps everything across restarts.
    pub data: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            clock: Clock::ticking(),
            may_move_clock: true,
            data: None,
        }
    }
}

/// A running helpdesk with all its accounts. Dropping it stops it and closes every connection.
#[derive(Debug)]
pub struct Emulator<P: Surface> {
    address: SocketAddr,
    world: World<P>,
    stop: CancellationToken,
    keeper: Mutex<Option<JoinHandle<()>>>,
}

impl<P: Surface> Emulator<P> {
    /// Starts on a free port of the loopback address, with a running clock.
    pub async fn start() -> io::Result<Self> {
        Self::start_with(Options::default()).await
    }

    /// Starts with a clock that stands still until it is advanced.
    pub async fn start_at(now: jiff::Timestamp) -> io::Result<Self> {
        Self::start_with(Options { clock: Clock::manual(now), ..Options::default() }).await
    }

    /// Starts with these options.
    pub async fn start_with(options: Options) -> io::Result<Self> {
        let accounts = match &options.data {
            Some(path) => data_file::load(path)?,
            None => Accounts::default(),
        };
        let world = World::new(options.clock, accounts);
        let tcp = TcpListener::bind(options.listen).await?;
        let address = tcp.local_addr()?;
        let stop = CancellationToken::new();
        let listener = PluggedListener::new(tcp, stop.clone());
        let router = http::router(Site { world: world.clone(), may_move_clock: options.may_move_clock });
        let service = router.into_make_service_with_connect_info::<Plug>();
        let stopped = stop.clone().cancelled_owned();
        tokio::spawn(async move {
            let serving = axum::serve(listener, service).with_graceful_shutdown(stopped);
            if let Err(error) = serving.await {
                tracing::error!(%error, "the emulator stopped serving");
            }
        });
        let keeper =
            options.data.map(|path| tokio::spawn(data_file::keep(world.clone(), path, stop.clone())));
        Ok(Self { address, world, stop, keeper: Mutex::new(keeper) })
    }

    /// Stops, and returns once the last change is in the data file.
    pub async fn stop(self) {
        self.stop.cancel();
        let keeper = self.keeper.lock().ok().and_then(|mut keeper| keeper.take());
        if let Some(keeper) = keeper {
            // It fails only if it panicked, which has been printed.
            let _ = keeper.await;
        }
    }

    /// Returns where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns `http://127.0.0.1:…`, without a trailing slash.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the URL of an account with a `{subdomain}` hole, as expected by the server's setting for the helpdesk.
    pub fn template(&self) -> String {
        format!("{}/{{subdomain}}", self.origin())
    }

    /// Returns its clock.
    pub fn clock(&self) -> &Clock {
        &self.world.clock
    }

    /// Returns the account of a subdomain, and creates it if needed.
    pub fn account(&self, subdomain: &str) -> P::Handle {
        self.world.all(|accounts, now| {
            accounts.open(subdomain, now);
        });
        AccountHandle::new(self.world.clone(), subdomain).into()
    }

    /// Adds the demo accounts.
    pub fn seed_demo(&self) {
        self.world.all(|accounts, now| {
            for demo in P::demo_accounts() {
                P::prepare_demo(accounts.open(demo.subdomain, now), now);
            }
        });
    }

    /// Returns the subdomains of all accounts.
    pub fn subdomains(&self) -> Vec<String> {
        self.world.peek(|accounts| accounts.by_subdomain.keys().cloned().collect())
    }
}

impl<P: Surface> Drop for Emulator<P> {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
