//! A merchant's own endpoint for events: its URL and the secrets that sign for it. All of it is sealed like an API key,
//! because a URL may contain a token.

use super::{Access, secrets::Secrets};
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{
    Subdomain,
    clock::{Entropy, Millis},
};
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// How long a replaced secret still signs, in milliseconds: 24 h.
pub const OVERLAP: Millis = 24 * 3_600_000;
/// The length of a secret in bytes. The specification allows 24 to 64.
const SECRET: usize = 32;
/// The start of every secret.
const PREFIX: &str = "whsec_";
/// How many bytes of a URL's hash form the name of its account.
const NAME: usize = 16;

/// A merchant's endpoint.
#[derive(Clone, Serialize, Deserialize)]
pub struct Endpoint {
    /// Where events are posted.
    pub url: String,
    /// Signs events.
    #[serde(with = "erased")]
    pub secret: Zeroizing<String>,
    /// The previous secret, while it still signs too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before: Option<Before>,
}

/// A replaced secret.
#[derive(Clone, Serialize, Deserialize)]
struct Before {
    #[serde(with = "erased")]
    secret: Zeroizing<String>,
    until: Millis,
}

/// Reads and writes a text that is erased from memory.
mod erased {
    use serde::{Deserialize, Deserializer, Serializer};
    use zeroize::Zeroizing;

    pub(super) fn serialize<S: Serializer>(
        text: &Zeroizing<String>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(text)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Zeroizing<String>, D::Error> {
        String::deserialize(deserializer).map(Zeroizing::new)
    }
}

/// The last rotation is not over yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StillRotating {
    /// When it is over.
    pub until: Millis,
}

impl Endpoint {
    /// Creates an endpoint with a new secret.
    pub fn new(url: impl Into<String>, entropy: &dyn Entropy) -> Self {
        Self { url: url.into(), secret: new_secret(entropy), before: None }
    }

    /// Reads what was sealed.
    pub fn of(access: &Access) -> Option<Self> {
        serde_json::from_str(access.key.expose_secret()).ok()
    }

    /// Returns what is sealed.
    pub fn to_key(&self) -> SecretString {
        serde_json::to_string(self).unwrap_or_default().into()
    }

    /// Returns the same secrets for another URL.
    pub fn at(self, url: String) -> Self {
        Self { url, ..self }
    }

    /// Replaces the secret. The old one signs for another 24 hours.
    pub fn rotated(&self, entropy: &dyn Entropy, now: Millis) -> Result<Self, StillRotating> {
        if let Some(until) = self.rotating_until(now) {
            return Err(StillRotating { until });
        }
        let before = Some(Before { secret: self.secret.clone(), until: now.saturating_add(OVERLAP) });
        Ok(Self { url: self.url.clone(), secret: new_secret(entropy), before })
    }

    /// Ends the overlap: only the new secret signs from now on.
    pub fn without_old(&self) -> Self {
        Self { before: None, ..self.clone() }
    }

    /// Returns until when the old secret signs too.
    pub fn rotating_until(&self, now: Millis) -> Option<Millis> {
        self.before.as_ref().map(|before| before.until).filter(|until| *until > now)
    }

    /// Returns the value of `webhook-signature`: one signature for each secret that is valid, the new one first.
    pub fn signatures(&self, id: &str, at: i64, body: &[u8], now: Millis) -> String {
        let before = self.before.as_ref().filter(|before| before.until > now).map(|before| &before.secret);
        let secrets = std::iter::once(&self.secret).chain(before);
        secrets.filter_map(|secret| signature(secret, id, at, body)).collect::<Vec<_>>().join(" ")
    }

    /// Returns what must be removed from an answer: each secret with and without its prefix, and its bytes in hex.
    pub fn secrets(&self) -> Secrets {
        let secrets = std::iter::once(&self.secret).chain(self.before.as_ref().map(|before| &before.secret));
        secrets.fold(Secrets::default(), |all, secret| {
            let text = secret.trim_start_matches(PREFIX);
            let bytes = Zeroizing::new(STANDARD.decode(text).unwrap_or_default());
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            [secret.as_str(), text, &hex].into_iter().fold(all, |all, form| all.and_key(form.into()))
        })
    }
}

/// Returns the name of the account that a URL stands for. The URL itself may be secret, and accounts are logged.
pub fn account_name(url: &str) -> Option<Subdomain> {
    let hash = Sha256::digest(url.as_bytes());
    let name: String = hash.iter().take(NAME).map(|byte| format!("{byte:02x}")).collect();
    Subdomain::try_from(name).ok()
}

fn new_secret(entropy: &dyn Entropy) -> Zeroizing<String> {
    let mut bytes = Zeroizing::new([0; SECRET]);
    entropy.fill(bytes.as_mut());
    Zeroizing::new(format!("{PREFIX}{}", STANDARD.encode(bytes.as_ref())))
}

fn signature(secret: &str, id: &str, at: i64, body: &[u8]) -> Option<String> {
    let key = Zeroizing::new(STANDARD.decode(secret.strip_prefix(PREFIX)?).ok()?);
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(format!("{id}.{at}.").as_bytes());
    mac.update(body);
    Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemEntropy;

    #[test]
    fn old_secret_signs_for_a_day_and_a_second_rotation_waits() {
        let first = Endpoint::new("https://shop.example/", &SystemEntropy);
        let second = first.rotated(&SystemEntropy, 1_000).unwrap();
        let count = |endpoint: &Endpoint, now| endpoint.signatures("id", 1, b"{}", now).split(' ').count();
        assert_eq!((count(&first, 0), count(&second, 1_000)), (1, 2));
        assert_eq!(count(&second, 1_000 + OVERLAP), 1);
        assert_ne!(*first.secret, *second.secret);
        let early = second.rotated(&SystemEntropy, OVERLAP).err();
        assert_eq!(early, Some(StillRotating { until: 1_000 + OVERLAP }));
        assert!(second.rotated(&SystemEntropy, 1_000 + OVERLAP).is_ok());
        let ended = second.without_old();
        assert_eq!((count(&ended, 1_001), ended.secret == second.secret), (1, true));
        assert!(ended.rotated(&SystemEntropy, 1_001).is_ok());
    }

    #[test]
    fn signatures_are_those_of_the_specification() {
        let endpoint = Endpoint::new("https://shop.example/", &SystemEntropy);
        let theirs = standardwebhooks::Webhook::new(&endpoint.secret).unwrap();
        assert_eq!(
            endpoint.signatures("msg_1", 1_800_000_000, b"{}", 0),
            theirs.sign("msg_1", 1_800_000_000, b"{}").unwrap()
        );
    }

    #[test]
    fn urls_name_accounts_without_being_readable() {
        let name = |url| account_name(url).unwrap().to_string();
        assert_eq!(name("https://a.example/"), name("https://a.example/"));
        assert_ne!(name("https://a.example/"), name("https://a.example/x"));
        assert_eq!(name("https://a.example/").len(), 2 * NAME);
    }
}
