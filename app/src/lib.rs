//! What a merchant sees of Convi Integrations, and the plain types that cross the wire.
//!
//! Compiled natively into the server with feature `ssr`, and to WASM with `hydrate` for the page's and the panel's
//! modules. It knows neither the database nor a helpdesk's HTTP client: everything that it asks of the server goes
//! through [`backend::Backend`] or [`chat_backend::ChatBackend`].

// A view is one long type, too long for the default limit.
#![recursion_limit = "256"]

pub mod address;
pub mod api;
mod app;
#[cfg(feature = "ssr")]
pub mod assets;
#[cfg(feature = "ssr")]
pub mod backend;
#[cfg(feature = "ssr")]
pub mod chat_backend;
pub mod check;
pub mod components;
pub mod feed;
pub mod forms;
pub mod kept;
pub mod model;
pub mod notice;
pub mod pages;
pub mod panel;
pub mod routes;
#[cfg(feature = "ssr")]
pub mod shell;
mod storefront;
pub mod text;
pub mod theme;
pub mod words;

#[cfg(all(test, feature = "ssr"))]
mod ssr_tests;

pub use app::App;
pub use components::host::HostEvent;
pub use storefront::Storefront;
