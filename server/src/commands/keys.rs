//! `keys`: the master keys that seal stored credentials.
//!
//! Rotation: `keys generate`; roll out `new,old`; `keys rewrap`; `keys list` shows nothing under the old one; roll out
//! `new`. All of it while the server runs: these commands work beside it, and never put a credential under a key that
//! it does not have.

use super::{
    CommandError,
    output::{self, counted},
};
use crate::{
    config::Config,
    vault::{MasterKeys, Place, Sealed, Vault},
    wiring,
};
use domain::clock::World;
use secrecy::ExposeSecret;
use std::collections::BTreeMap;

/// What can be done with master keys.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Print a fresh key as id:base64, for CONVI_MASTER_KEYS.
    Generate,
    /// Put every stored credential under the first key.
    Rewrap,
    /// Print how many credentials each key seals.
    List,
}

/// A sealed credential and where it belongs.
#[derive(Clone, Debug)]
pub struct CredentialRow {
    /// The merchant.
    pub merchant: String,
    /// The helpdesk's slug.
    pub helpdesk: String,
    /// Which value of the connection.
    pub field: String,
    /// The value.
    pub sealed: Sealed,
}

impl CredentialRow {
    fn place(&self) -> Place<'_> {
        Place { merchant: &self.merchant, helpdesk: &self.helpdesk, field: &self.field }
    }
}

/// The sealed credentials in the store.
#[async_trait::async_trait]
pub trait CredentialRows: Send + Sync + 'static {
    /// All of them.
    async fn all(&self) -> anyhow::Result<Vec<CredentialRow>>;

    /// Puts `sealed` in place of the row's value, if the row still holds it. `false`: it was changed meanwhile.
    async fn replace(&self, row: &CredentialRow, sealed: &Sealed) -> anyhow::Result<bool>;
}

/// Prints a key.
pub fn generate(world: &World) -> Result<(), CommandError> {
    output::line(MasterKeys::generate(&*world.entropy).expose_secret())
}

/// Runs what needs the store.
pub async fn run(command: Command, config: &Config, world: &World) -> Result<(), CommandError> {
    let (rows, vault) = wiring::credentials(config, world, matches!(command, Command::Rewrap)).await?;
    match command {
        Command::Generate => generate(world),
        Command::Rewrap => {
            let (done, changed) = rewrap(&*rows, &vault).await?;
            let keys = vault.keys();
            let first = keys.ids().next().unwrap_or_default();
            output::line(format_args!("{} put under key {first}", counted(done, "credential")))?;
            match changed {
                0 => Ok(()),
                _ => output::line(format_args!(
                    "{} changed meanwhile and left as they are; run it again",
                    counted(changed, "credential")
                )),
            }
        }
        Command::List => {
            let keys = vault.keys();
            for (id, count) in list(&*rows, &keys).await? {
                let known = if keys.has(&id) { "" } else { " (not in CONVI_MASTER_KEYS)" };
                output::line(format_args!("{id}: {}{known}", counted(count, "credential")))?;
            }
            Ok(())
        }
    }
}

/// How many rows were put under the first key, and how many were changed by somebody else meanwhile.
async fn rewrap(rows: &dyn CredentialRows, vault: &Vault) -> Result<(u64, u64), CommandError> {
    let (mut done, mut changed) = (0, 0);
    for row in rows.all().await? {
        match vault.rewrap(row.place(), &row.sealed)? {
            Some(sealed) if rows.replace(&row, &sealed).await? => done += 1,
            Some(_) => changed += 1,
            None => {}
        }
    }
    Ok((done, changed))
}

/// How many rows each key seals: the keys of the settings in their order, then those that only rows know.
async fn list(rows: &dyn CredentialRows, keys: &MasterKeys) -> Result<Vec<(String, u64)>, CommandError> {
    let mut counts = BTreeMap::new();
    for row in rows.all().await? {
        *counts.entry(row.sealed.key_id).or_insert(0) += 1;
    }
    let mut lines: Vec<_> =
        keys.ids().map(|id| (id.to_owned(), counts.remove(id).unwrap_or_default())).collect();
    lines.extend(counts);
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemEntropy;
    use std::sync::{Arc, Mutex};

    const OLD: &str = "old:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    const NEW: &str = "new:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

    struct Rows(Mutex<Vec<CredentialRow>>);

    #[async_trait::async_trait]
    impl CredentialRows for Rows {
        async fn all(&self) -> anyhow::Result<Vec<CredentialRow>> {
            Ok(self.0.lock().unwrap().clone())
        }
        async fn replace(&self, row: &CredentialRow, sealed: &Sealed) -> anyhow::Result<bool> {
            let mut rows = self.0.lock().unwrap();
            let found =
                rows.iter_mut().find(|kept| kept.merchant == row.merchant && kept.sealed == row.sealed);
            Ok(found.map(|kept| kept.sealed = sealed.clone()).is_some())
        }
    }

    fn vault(keys: &str) -> Vault {
        Vault::new(MasterKeys::parse(keys).unwrap(), Arc::new(SystemEntropy))
    }

    #[tokio::test]
    async fn every_credential_gets_under_the_first_key() {
        let row = |merchant: &str| {
            let place = Place { merchant, helpdesk: "gorgias", field: "api_key" };
            CredentialRow {
                merchant: merchant.into(),
                helpdesk: "gorgias".into(),
                field: "api_key".into(),
                sealed: vault(OLD).seal(place, &merchant.into()).unwrap(),
            }
        };
        let rows = Rows(Mutex::new(vec![row("m1"), row("m2")]));
        let both = vault(&format!("{NEW},{OLD}"));
        assert_eq!(list(&rows, &both.keys()).await.unwrap(), [("new".to_owned(), 0), ("old".to_owned(), 2)]);
        assert_eq!(rewrap(&rows, &both).await.unwrap(), (2, 0));
        assert_eq!(rewrap(&rows, &both).await.unwrap(), (0, 0));
        assert_eq!(
            list(&rows, &vault(OLD).keys()).await.unwrap(),
            [("old".to_owned(), 0), ("new".to_owned(), 2)]
        );
        for row in rows.all().await.unwrap() {
            assert_eq!(vault(NEW).open(row.place(), &row.sealed).unwrap().expose_secret(), row.merchant);
        }
    }
}
