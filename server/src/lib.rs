//! The backend of Convi Integrations: stores the credentials, proxies the test call and dispatches the tickets.
//!
//! Arrows point down only: `commands` → `http` → `services` → `handover` → {`helpdesk`, `store`, `vault`, `mail`}.
//! ARCHITECTURE.md has the map.

pub mod ability;
pub mod address;
pub mod application;
pub mod aside;
pub mod client_address;
pub mod clock;
pub mod commands;
pub mod config;
pub mod connection;
pub mod conversation;
pub mod embed_origins;
pub mod ending;
pub mod fleet;
pub mod handover;
pub mod helpdesk;
pub mod http;
pub mod internet;
pub mod limits;
mod list;
pub mod logging;
pub mod mail;
pub mod metrics;
pub mod origin;
pub mod outbound;
pub mod retention;
pub mod services;
pub mod smtp;
pub mod store;
pub mod vault;
mod wire;
pub mod zone;
