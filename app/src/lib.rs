//! What a merchant sees of Convi Integrations, and the plain types that cross the wire.
//!
//! Compiled twice: natively with feature `ssr` into the server, and to WASM with `hydrate` into the page.
//! It knows no database and no HTTP client of a helpdesk: all it asks of a server goes through
//! [`backend::Backend`].

#[cfg(feature = "ssr")]
pub mod backend;
pub mod model;
