//! Puts the services together: the one place that knows which implementation stands behind which trait.

use crate::{
    clock::World,
    commands::keys::CredentialRows,
    config::{Config, PublicUrl},
    http::Services,
    vault::Vault,
};
use std::sync::Arc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// What `serve` runs.
pub struct Running {
    /// What the routes call.
    pub services: Services,
    /// What works on its own, until it is told to stop.
    pub workers: JoinSet<()>,
}

/// The services and their workers, which end when `stop` is cancelled. Migrates first unless the settings say no.
pub async fn start(
    _config: &Arc<Config>,
    _public_url: &PublicUrl,
    _world: &World,
    _stop: CancellationToken,
) -> anyhow::Result<Running> {
    anyhow::bail!("this build has no store")
}

/// Brings the database to this version's form and answers what was done, in a sentence.
pub async fn migrate(_config: &Config, _world: &World) -> anyhow::Result<String> {
    anyhow::bail!("this build has no store")
}

/// Whether the database can be opened, in a sentence. Changes nothing.
pub async fn check_database(_config: &Config) -> anyhow::Result<String> {
    anyhow::bail!("this build has no store")
}

/// The sealed credentials and the vault that opens them.
pub async fn credentials(
    _config: &Config,
    _world: &World,
) -> anyhow::Result<(Arc<dyn CredentialRows>, Vault)> {
    anyhow::bail!("this build has no store")
}
