//! Replaces the master keys of a running server.

use super::CommandError;
use crate::{
    application::{Application, claim_keys},
    config::{Config, ConfigErrors},
    fleet::Fleet,
    vault::MasterKeys,
};

/// Replaces the master keys of a running server with those in the settings, whose file may have changed. If the new
/// keys do not open every sealed row, the old ones stay in use.
pub(super) struct KeyReload(Fleet);

impl KeyReload {
    /// Prepares reloading the keys of this server.
    pub(super) fn of(application: &Application) -> Self {
        Self(application.fleet.clone())
    }

    /// Replaces the keys. Logs their ids, or why they were not replaced.
    pub(super) async fn reload(&self, config: Result<Config, ConfigErrors>) {
        match self.replace(config).await {
            Ok(keys) => tracing::info!(?keys, "keys.reloaded"),
            Err(error) => tracing::error!(%error, "keys.not_reloaded"),
        }
    }

    async fn replace(&self, config: Result<Config, ConfigErrors>) -> Result<MasterKeys, CommandError> {
        let Fleet { store, vault, world, .. } = &self.0;
        let keys = claim_keys(&config?, &**store, world).await?;
        vault.replace_keys(keys.clone());
        self.0.beat().await?;
        Ok(keys)
    }
}
