//! The HTTP layer: identifies the caller, checks that the request is well formed, and chooses the status. It decides
//! nothing else.
//!
//! `router.rs` lists every route and who may call it. What the routes need from the rest of the server is passed in as
//! [`RouteServices`].

mod answers;
pub mod assets;
pub mod body;
pub mod chat;
mod choice;
pub mod connections;
mod cookies;
pub mod demo;
mod drain;
pub mod embed;
pub mod handovers;
pub mod handovers_csv;
pub mod health;
mod hydration;
pub mod ingest;
pub mod integrations;
pub mod json;
mod language;
pub mod metrics;
pub mod notifications;
pub mod openapi;
pub mod pages;
pub mod path;
mod polls;
pub mod problem;
pub mod router;
pub mod security;
pub mod sent;
mod sentences;
pub mod session;
pub mod shared;
pub mod signature;
mod theme;
pub mod token;
pub mod trace;
pub mod viewer;

use crate::{
    client_address::Client, config::Config, conversation::Chat, limits::Windows, metrics::Metrics,
    origin::PublicUrl, store::LaneStore,
};
use app::backend::SharedBackend;
use axum::extract::{ConnectInfo, Request};
use domain::clock::World;
use std::{
    net::SocketAddr,
    sync::{Arc, Once},
};

pub use problem::ProblemDetails;
pub use router::router;

/// The services that the routes call.
#[derive(Clone)]
pub struct RouteServices {
    /// Serves the screen and its routes under `/v1`.
    pub backend: SharedBackend,
    /// Conversations, abilities and the storefront chat.
    pub chat: Arc<Chat>,
    /// Accepts posted handovers.
    pub ingest: Arc<dyn ingest::Ingest>,
    /// Reads handovers.
    pub handovers: Arc<dyn handovers::HandoverReader>,
    /// Stores sessions.
    pub sessions: Arc<dyn session::SessionStore>,
    /// Knows whether the server can work.
    pub ready: Arc<dyn health::Ready>,
    /// Counters for operators.
    pub metrics: Arc<Metrics>,
    /// The owners of accounts, for the demo.
    pub lanes: Arc<dyn LaneStore>,
}

/// The state that every handler can use.
pub struct HttpState {
    /// The settings.
    pub config: Arc<Config>,
    /// The URL at which browsers reach this server.
    pub public_url: PublicUrl,
    /// The clock and the source of randomness.
    pub world: World,
    /// The rest of the server.
    pub services: RouteServices,
    /// The files beside the executable.
    pub site: assets::Site,
    /// Verifies dashboard tokens.
    pub tokens: token::Tokens,
    /// Whether the log already says that the proxy in front names no clients.
    unnamed: Once,
    /// The memory that large bodies share.
    pub bodies: body::BodyRoom,
    /// Limits how often a merchant's pages report that they could not hydrate.
    pub hydrations: Windows,
    /// The last answers of lists.
    polls: polls::Polls,
}

/// [`HttpState`] as handlers take it.
pub type Shared = Arc<HttpState>;

impl HttpState {
    /// Builds the state. `public_url` comes from the settings, or from the bound address.
    pub fn new(
        config: Arc<Config>,
        public_url: PublicUrl,
        world: World,
        services: RouteServices,
        site: assets::Site,
    ) -> Result<Shared, token::TokenError> {
        let tokens = token::Tokens::new(&config.token_keys)?;
        let hydrations = Windows::new(world.clock.clone());
        let unnamed = Once::new();
        let bodies = body::BodyRoom::default();
        let polls = polls::Polls::default();
        Ok(Arc::new(Self {
            config,
            public_url,
            world,
            services,
            site,
            tokens,
            unnamed,
            bodies,
            hydrations,
            polls,
        }))
    }
    /// Returns the caller's client, for limits.
    pub fn client(&self, request: &Request) -> Client {
        // Only a test calls without a connection.
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
        let client =
            peer.map_or(Client::Unnamed, |peer| self.config.trusted_proxies.client(peer, request.headers()));
        if client == Client::Unnamed && !self.public_url.is_loopback() {
            self.unnamed
                .call_once(|| tracing::warn!("chat.proxy_names_nobody: the proxy sends no X-Forwarded-For"));
        }
        client
    }
}
