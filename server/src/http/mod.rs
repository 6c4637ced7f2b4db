//! Speaks HTTP and decides nothing: who asks, is the request well formed, which status goes with the answer.
//!
//! `router.rs` lists every route with who may call it. What the routes need of the rest of the server is handed in as
//! [`RouteServices`].

pub mod assets;
pub mod body;
pub mod chat;
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
pub mod signature;
pub mod token;
pub mod trace;
pub mod viewer;

use crate::{
    client_address::Client, config::Config, conversation::Chat, limits::Windows, metrics::Metrics,
    origin::PublicUrl,
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

/// What the routes call.
#[derive(Clone)]
pub struct RouteServices {
    /// What the screen and its routes under `/v1` ask for.
    pub backend: SharedBackend,
    /// Conversations, abilities and the storefront chat.
    pub chat: Arc<Chat>,
    /// Takes posted handovers.
    pub ingest: Arc<dyn ingest::Ingest>,
    /// Finds one handover.
    pub handovers: Arc<dyn handovers::HandoverReader>,
    /// Keeps who is signed in.
    pub sessions: Arc<dyn session::SessionStore>,
    /// Knows whether the server can do its work.
    pub ready: Arc<dyn health::Ready>,
    /// What is counted for operators.
    pub metrics: Arc<Metrics>,
}

/// What every handler can reach.
pub struct HttpState {
    /// The settings.
    pub config: Arc<Config>,
    /// Where browsers reach this server.
    pub public_url: PublicUrl,
    /// Time and chance.
    pub world: World,
    /// The rest of the server.
    pub services: RouteServices,
    /// The files beside the executable.
    pub site: assets::Site,
    /// Verifies dashboard tokens.
    pub tokens: token::Tokens,
    /// Whether it was said that the proxy in front names nobody.
    unnamed: Once,
    /// The room that large bodies share.
    pub bodies: body::BodyRoom,
    /// How often a merchant's pages have said that they could not hydrate.
    pub hydrations: Windows,
    /// What lists were answered with.
    polls: polls::Polls,
}

/// [`HttpState`] as handlers take it.
pub type Shared = Arc<HttpState>;

impl HttpState {
    /// Puts it together. `public_url` is the one of the settings, or that of the bound address.
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
    /// Who calls, for the limits.
    pub fn client(&self, request: &Request) -> Client {
        // Only a test calls without a connection.
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
        let client =
            peer.map_or(Client::Unnamed, |peer| self.config.trusted_proxies.client(peer, request.headers()));
        if client == Client::Unnamed && !self.public_url.is_loopback() {
            self.unnamed.call_once(|| tracing::warn!("chat.proxy_names_nobody: it sends no X-Forwarded-For"));
        }
        client
    }
}
