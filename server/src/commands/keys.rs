//! `keys`: the master keys that seal stored credentials.
//!
//! Rotation: `keys generate`; roll out `new,old`; `keys rewrap`; check that `keys list` shows nothing under the old
//! key; roll out `new`. The server keeps running: these commands work beside it, and never seal a credential with a key
//! that a server does not have.

use super::{
    CommandError, beside,
    output::{self, counted},
};
use crate::{
    application,
    config::Config,
    connection::{sealed_key, sealed_to},
    store::{ConnectionStore, Database, processes::LiveProcess},
    vault::{MasterKeys, Vault},
};
use domain::clock::{Millis, World};
use secrecy::ExposeSecret;
use std::collections::BTreeMap;

/// What `keys` can do.
#[derive(Debug, clap::Subcommand)]
pub enum KeysCommand {
    /// Print a new key as id:base64, for CONVI_MASTER_KEYS.
    Generate,
    /// Seal every stored credential with the first key.
    Rewrap,
    /// Print how many credentials each key seals.
    List,
}

/// Prints a new key.
pub fn generate(world: &World) -> Result<(), CommandError> {
    output::line(MasterKeys::generate(&*world.entropy).expose_secret())
}

/// Runs the commands that need the store.
pub async fn run(command: KeysCommand, config: &Config, world: &World) -> Result<(), CommandError> {
    let store = beside::open(config).await?;
    let vault = application::open_vault(config, &*store, world).await?;
    match command {
        KeysCommand::Generate => generate(world),
        KeysCommand::Rewrap => {
            let now = store.clock(world.clock.clone()).await?.now_ms();
            known_to_servers(&*store, &vault.keys(), now).await?;
            let (done, changed) = rewrap(&*store, &vault).await?;
            let keys = vault.keys();
            let first = keys.ids().next().unwrap_or_default();
            output::line(format_args!("{} sealed with key {first}", counted(done, "credential")))?;
            match changed {
                0 => Ok(()),
                _ => output::line(format_args!(
                    "{} changed in the meantime and skipped; run this again",
                    counted(changed, "credential")
                )),
            }
        }
        KeysCommand::List => {
            let keys = vault.keys();
            for (id, count) in list(&*store, &keys).await? {
                let known = if keys.has(&id) { "" } else { " (not in CONVI_MASTER_KEYS)" };
                output::line(format_args!("{id}: {}{known}", counted(count, "credential")))?;
            }
            Ok(())
        }
    }
}

/// Fails if a running server does not have the first key: it could not open a credential sealed with it, and would hold
/// that merchant's handovers.
async fn known_to_servers(store: &dyn Database, keys: &MasterKeys, now: Millis) -> Result<(), CommandError> {
    let first = keys.ids().next().unwrap_or_default();
    let live = store.processes(now).await?;
    let lacking = live.iter().find(|process| !process.says.keys.iter().any(|id| id == first));
    let Some(LiveProcess { id, says, .. }) = lacking else { return Ok(()) };
    let server = if id.is_empty() {
        "the running server".to_owned()
    } else {
        format!("the process {} ({}, version {})", says.place, says.role, says.version)
    };
    Err(CommandError::Settings(format!(
        "CONVI_MASTER_KEYS: {server} does not have key `{first}` yet; send it SIGHUP or restart it with these \
         keys, then run this again"
    )))
}

/// Returns how many credentials were sealed with the first key, and how many changed meanwhile.
async fn rewrap(store: &dyn ConnectionStore, vault: &Vault) -> Result<(u64, u64), CommandError> {
    let (mut done, mut changed) = (0, 0);
    for connection in store.all_connections().await? {
        let place = sealed_to(&connection.merchant, connection.helpdesk);
        match vault.rewrap(place, &sealed_key(&connection))? {
            Some(sealed) if store.reseal(&connection, &sealed.key_id, &sealed.bytes).await? => done += 1,
            Some(_) => changed += 1,
            None => {}
        }
    }
    Ok((done, changed))
}

/// Returns how many credentials each key seals: first the keys of the settings, in order, then those that only rows
/// name.
async fn list(store: &dyn ConnectionStore, keys: &MasterKeys) -> Result<Vec<(String, u64)>, CommandError> {
    let mut counts = BTreeMap::new();
    for connection in store.all_connections().await? {
        *counts.entry(connection.key_id).or_insert(0) += 1;
    }
    let mut lines: Vec<_> =
        keys.ids().map(|id| (id.to_owned(), counts.remove(id).unwrap_or_default())).collect();
    lines.extend(counts);
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        clock::SystemEntropy,
        connection::access,
        store::{self, DatabaseUrl, Opener, connections::NewConnection},
    };
    use app::model::{EmailAddress, Helpdesk, Role, Subdomain, Viewer};
    use std::sync::Arc;

    const OLD: &str = "old:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    const NEW: &str = "new:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

    fn vault(keys: &str) -> Vault {
        Vault::new(MasterKeys::parse(keys).unwrap(), Arc::new(SystemEntropy))
    }

    /// Connects a merchant whose API key is its id, sealed with the old master key.
    async fn connects(store: &dyn Database, merchant: &str) {
        let by =
            Viewer { merchant: merchant.into(), subject: "u".into(), name: "u".into(), role: Role::Owner };
        let sealed = vault(OLD).seal(sealed_to(merchant, Helpdesk::GORGIAS), &merchant.into()).unwrap();
        let new = NewConnection {
            merchant: merchant.into(),
            helpdesk: Helpdesk::GORGIAS,
            subdomain: Subdomain::parse(Helpdesk::GORGIAS, "shop").unwrap(),
            method: Helpdesk::GORGIAS.method(None).unwrap(),
            username: EmailAddress::parse("owner@shop.test").unwrap().into(),
            key_id: sealed.key_id,
            sealed_key: sealed.bytes,
            trouble: None,
            recheck_at: None,
            routing: domain::Routing::default(),
        };
        store.save_connection(&new, &by, 0).await.unwrap();
    }

    #[tokio::test]
    async fn rewrap_seals_every_credential_with_the_first_key() {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(folder.path().join("convi.db"));
        let store = store::open(&url, Opener::Command).await.unwrap();
        store.migrate().await.unwrap();
        for merchant in ["m1", "m2"] {
            connects(&*store, merchant).await;
        }
        let both = vault(&format!("{NEW},{OLD}"));
        assert_eq!(
            list(&*store, &both.keys()).await.unwrap(),
            [("new".to_owned(), 0), ("old".to_owned(), 2)]
        );
        assert_eq!(rewrap(&*store, &both).await.unwrap(), (2, 0));
        assert_eq!(rewrap(&*store, &both).await.unwrap(), (0, 0));
        assert_eq!(
            list(&*store, &vault(OLD).keys()).await.unwrap(),
            [("old".to_owned(), 0), ("new".to_owned(), 2)]
        );
        for connection in store.all_connections().await.unwrap() {
            let access = access(&connection, &vault(NEW)).unwrap();
            assert_eq!(access.key.expose_secret(), connection.merchant);
        }
    }
}
