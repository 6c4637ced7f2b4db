//! Everything that speaks HTTP.

pub(crate) mod connection;
mod exchange;

use axum::Router;

use crate::world::World;

/// What the server needs to answer.
#[derive(Clone)]
pub(crate) struct Site {
    pub(crate) world: World,
}

/// All that the emulator serves.
pub(crate) fn router(site: Site) -> Router {
    Router::new().fallback(exchange::gorgias).with_state(site)
}
