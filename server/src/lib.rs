//! The backend of Convi Integrations: holds the credentials, proxies the test call, dispatches the tickets.
//!
//! Arrows point down only: `http` → {`integrations`, `handover`} → {`helpdesk`, `store`, `vault`, `mail`}.
//! The map is ARCHITECTURE.md.

pub mod clock;
pub mod commands;
pub mod config;
pub mod http;
pub mod logging;
pub mod vault;
pub mod wiring;
