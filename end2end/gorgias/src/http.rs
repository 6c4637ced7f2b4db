//! Everything that speaks HTTP.

pub(crate) mod connection;
mod exchange;

use axum::Router;

use crate::{control, pages, world::World};

/// What the server needs to answer.
#[derive(Clone)]
pub(crate) struct Site {
    pub(crate) world: World,
    /// Whether the control API may move the clock.
    pub(crate) may_move_clock: bool,
}

/// All that the emulator serves.
pub(crate) fn router(site: Site) -> Router {
    Router::new()
        .nest("/_control", control::router())
        .merge(pages::router())
        .fallback(exchange::gorgias)
        .with_state(site)
}
