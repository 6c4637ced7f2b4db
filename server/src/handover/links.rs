//! Links that show one handover to anyone who has them, for events that cannot contain all of it.
//!
//! A link is signed with a key derived from the master key and expires, so it needs no row and no sign-in. It names its
//! merchant and handover, both signed.

use crate::vault::Vault;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::clock::Millis;
use std::sync::Arc;

/// How long a link works after its handover was accepted, in milliseconds: 30 days. The schedule of retries takes 75
/// hours, and a broken connection may hold an event longer.
const WORKS_FOR: Millis = 30 * 24 * 3_600_000;
/// The purpose that the key is derived for.
const PURPOSE: &str = "handover link";
/// The path of every link, before the handover's id.
pub const PATH: &str = "/v1/shared/handovers";

/// Signs and verifies links.
#[derive(Clone)]
pub struct Links {
    public_url: String,
    vault: Arc<Vault>,
}

/// The query of a link.
#[derive(Clone, Debug, serde::Deserialize)]
pub struct LinkQuery {
    /// The merchant.
    pub merchant: String,
    /// When it expires, in milliseconds since 1970.
    pub expires: Millis,
    /// The id of the master key.
    pub key: String,
    /// The signature, in base64 for URLs.
    pub signature: String,
}

/// Why a link shows nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadLink {
    /// It was altered, or signed with a key that is no longer used.
    Signature,
    /// It was valid once.
    Expired,
}

impl Links {
    /// Links to this server.
    pub fn new(public_url: &str, vault: Arc<Vault>) -> Self {
        Self { public_url: public_url.trim_end_matches('/').to_owned(), vault }
    }

    /// Returns the link to a handover that was accepted then.
    pub fn link(&self, merchant: &str, handover: &str, accepted_at: Millis) -> String {
        let expires = accepted_at.saturating_add(WORKS_FOR);
        let (key, signature) = self.vault.sign(PURPOSE, &signed(merchant, handover, expires));
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("merchant", merchant)
            .append_pair("expires", &expires.to_string())
            .append_pair("key", &key)
            .append_pair("signature", &BASE64_URL_SAFE_NO_PAD.encode(signature))
            .finish();
        format!("{}{PATH}/{handover}?{query}", self.public_url)
    }

    /// Checks a link to this handover.
    pub fn check(&self, handover: &str, query: &LinkQuery, now: Millis) -> Result<(), BadLink> {
        let signature = BASE64_URL_SAFE_NO_PAD.decode(&query.signature).map_err(|_| BadLink::Signature)?;
        let bytes = signed(&query.merchant, handover, query.expires);
        if !self.vault.verify(PURPOSE, &bytes, &query.key, &signature) {
            return Err(BadLink::Signature);
        }
        if query.expires <= now { Err(BadLink::Expired) } else { Ok(()) }
    }
}

/// Returns what is signed. Neither a merchant nor an id contains a line break.
fn signed(merchant: &str, handover: &str, expires: Millis) -> Vec<u8> {
    format!("{merchant}\n{handover}\n{expires}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{clock::SystemEntropy, vault::MasterKeys};

    const OLD: &str = "old:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    const NEW: &str = "new:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

    fn links(keys: &str) -> Links {
        let vault = Vault::new(MasterKeys::parse(keys).unwrap(), Arc::new(SystemEntropy));
        Links::new("https://convi.example/", Arc::new(vault))
    }

    fn query(link: &str) -> LinkQuery {
        let url = url::Url::parse(link).unwrap();
        let of = |name: &str| url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
        LinkQuery {
            merchant: of("merchant"),
            expires: of("expires").parse().unwrap(),
            key: of("key"),
            signature: of("signature"),
        }
    }

    #[test]
    fn link_shows_only_its_own_handover_until_it_expires() {
        let links = links(OLD);
        let link = links.link("m1", "h1", 1_000);
        assert!(link.starts_with("https://convi.example/v1/shared/handovers/h1?merchant=m1&"), "{link}");
        let good = query(&link);
        assert_eq!(links.check("h1", &good, 1_000), Ok(()));
        assert_eq!(links.check("h1", &good, good.expires), Err(BadLink::Expired));
        assert_eq!(links.check("h2", &good, 1_000), Err(BadLink::Signature));
        for altered in [
            LinkQuery { merchant: "m2".into(), ..good.clone() },
            LinkQuery { expires: good.expires + 1, ..good.clone() },
            LinkQuery { key: "new".into(), ..good.clone() },
            LinkQuery { signature: good.signature[1..].into(), ..good.clone() },
            LinkQuery { signature: String::new(), ..good.clone() },
            LinkQuery { signature: good.signature.to_uppercase(), ..good.clone() },
        ] {
            assert_eq!(links.check("h1", &altered, 1_000), Err(BadLink::Signature), "{altered:?}");
        }
    }

    #[test]
    fn link_outlives_a_new_master_key() {
        let link = query(&links(OLD).link("m1", "h1", 0));
        assert_eq!(links(&format!("{NEW},{OLD}")).check("h1", &link, 1), Ok(()));
        assert_eq!(links(NEW).check("h1", &link, 1), Err(BadLink::Signature));
    }
}
