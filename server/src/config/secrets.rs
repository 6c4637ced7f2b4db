//! Settings that are secrets.

use super::Config;
use crate::{
    list::list,
    store::DatabaseUrl,
    vault::{self, MasterKeys, VaultError},
};
use app::model::pasted;
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::clock::{Entropy, World};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use std::path::PathBuf;

/// The shortest HS256 secret in bytes: by RFC 7518 section 3.2, the key is at least as long as the hash.
const MIN_TOKEN_SECRET: usize = 32;
/// The shortest ingest secret in bytes after decoding: the minimum of the Standard Webhooks specification.
const MIN_INGEST_SECRET: usize = 24;

/// Where the master keys come from.
#[derive(Debug)]
pub enum MasterKeysSetting {
    /// Given as a setting.
    Given(MasterKeys),
    /// Generated once and kept in this file.
    Beside(PathBuf),
}

impl MasterKeysSetting {
    /// Uses the key file beside the database.
    pub(super) fn beside(database: &DatabaseUrl) -> Self {
        Self::Beside(database.folder().join("master.key"))
    }

    /// Returns the keys. Creates the file if there is none; pass `may_make: false` if sealed rows already exist,
    /// because a new key could not open them.
    pub fn open(&self, entropy: &dyn Entropy, may_make: bool) -> Result<MasterKeys, VaultError> {
        match self {
            Self::Given(keys) => Ok(keys.clone()),
            Self::Beside(path) => MasterKeys::beside(path, entropy, may_make),
        }
    }
}

/// The keys that verify dashboard tokens. Empty only where no token is ever verified.
#[derive(Clone, Debug, Default)]
pub struct TokenKeys {
    /// HS256 secrets of at least 32 bytes each. The first one mints.
    pub secrets: Vec<SecretString>,
    /// An Ed25519 public key in PEM.
    pub public_key: Option<String>,
}

impl TokenKeys {
    /// Returns whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.secrets.is_empty() && self.public_key.is_none()
    }
}

/// The secrets that verify posted handovers. If empty, ingest returns 503.
#[derive(Clone, Debug, Default)]
pub struct IngestSecrets(pub Vec<SecretSlice<u8>>);

impl IngestSecrets {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        list(text)
            .map(|secret| {
                let encoded =
                    secret.strip_prefix("whsec_").ok_or("must be secrets that start with whsec_")?;
                let key = STANDARD.decode(encoded).map_err(
                    |_| "must be base64 after whsec_, as the Standard Webhooks specification requires",
                )?;
                if key.len() < MIN_INGEST_SECRET {
                    return Err(
                        "must be secrets of at least 24 bytes each: whsec_ and 32 characters of base64"
                            .to_owned(),
                    );
                }
                Ok(SecretSlice::from(key))
            })
            .collect::<Result<_, String>>()
            .map(Self)
    }
}

impl Config {
    /// Makes up the secrets that the demo needs and that are not set: a token secret for this process, and an ingest
    /// secret that is kept beside the database, so that the example in docs/handovers.md can sign with it.
    pub fn make_up_demo_secrets(&mut self, world: &World) -> Result<(), VaultError> {
        if !self.demo {
            return Ok(());
        }
        if self.token_keys.is_empty() {
            self.token_keys.secrets.push(STANDARD.encode(random::<32>(&*world.entropy)).into());
        }
        if self.ingest_secrets.0.is_empty() {
            let path = self.database.folder().join("ingest.secret");
            let text = vault::made_once(&path, &*world.entropy, || {
                format!("whsec_{}\n", STANDARD.encode(random::<32>(&*world.entropy))).into()
            })?;
            self.ingest_secrets =
                IngestSecrets::parse(pasted::trim(text.expose_secret())).map_err(|why| VaultError::File {
                    path,
                    why: format!("does not contain an ingest secret: it {why}"),
                })?;
        }
        Ok(())
    }
}

fn random<const N: usize>(entropy: &dyn Entropy) -> [u8; N] {
    let mut bytes = [0; N];
    entropy.fill(&mut bytes);
    bytes
}

pub(super) fn token_secrets(text: &str) -> Result<Vec<SecretString>, String> {
    let secrets: Vec<SecretString> = list(text).map(SecretString::from).collect();
    if secrets.is_empty() || secrets.iter().any(|secret| secret.expose_secret().len() < MIN_TOKEN_SECRET) {
        return Err("must be secrets of at least 32 bytes each; generate one with `openssl rand -base64 48`"
            .to_owned());
    }
    Ok(secrets)
}

pub(super) fn public_key(text: &str) -> Result<String, String> {
    match jsonwebtoken::DecodingKey::from_ed_pem(text.as_bytes()) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err("must be an Ed25519 public key in PEM (-----BEGIN PUBLIC KEY-----)".to_owned()),
    }
}
