//! The HTTP side of the emulator.

pub(crate) mod connection;
mod exchange;

use axum::Router;

use crate::{
    control, pages,
    surface::{Site, Surface},
};

/// Returns all routes of the emulator.
pub(crate) fn router<P: Surface>(site: Site<P>) -> Router {
    Router::new()
        .nest("/_control", control::router())
        .merge(pages::router())
        .fallback(exchange::api::<P>)
        .with_state(site)
}
