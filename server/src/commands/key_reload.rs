//! Replaces the master keys of a running server.

use super::CommandError;
use crate::{
    application::{Application, open_keys},
    config::{Config, ConfigErrors},
    store::Database,
    vault::{MasterKeys, Vault},
};
use domain::clock::World;
use std::sync::Arc;

/// Replaces the master keys of a running server with those in the settings, whose file may have changed. If the new
/// keys do not open every sealed row, the old ones stay in use.
pub(super) struct KeyReload {
    store: Arc<dyn Database>,
    vault: Arc<Vault>,
    world: World,
}

impl KeyReload {
    /// Prepares reloading the keys of this server, and announces its current ones.
    pub(super) fn begin(application: &Application) -> Result<Self, CommandError> {
        let reload = Self {
            store: application.store.clone(),
            vault: application.vault.clone(),
            world: application.world.clone(),
        };
        reload.announce()?;
        Ok(reload)
    }

    /// Replaces the keys. Logs their ids, or why they were not replaced.
    pub(super) async fn reload(&self, config: Result<Config, ConfigErrors>) {
        match self.replace(config).await {
            Ok(keys) => tracing::info!(?keys, "keys.reloaded"),
            Err(error) => tracing::error!(%error, "keys.not_reloaded"),
        }
    }

    async fn replace(&self, config: Result<Config, ConfigErrors>) -> Result<MasterKeys, CommandError> {
        let keys = open_keys(&config?, &*self.store, &self.world).await?;
        self.vault.replace_keys(keys.clone());
        self.announce()?;
        Ok(keys)
    }

    fn announce(&self) -> Result<(), CommandError> {
        Ok(self.store.announce_keys(&self.vault.keys().ids().collect::<Vec<_>>())?)
    }
}
