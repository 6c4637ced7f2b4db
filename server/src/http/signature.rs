//! Signatures of posted handovers, by the Standard Webhooks specification.
//!
//! Implemented here, because the specification's own crate reads the machine's clock and copies each body once per
//! secret. Tests sign with that crate.

use super::sentences::{SIGNATURE, SIGNATURE_HEADER, SIGNATURE_ID, SIGNATURE_TIME};
use crate::config::IngestSecrets;
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{Said, said};
use hmac::{Hmac, Mac};
use http::HeaderMap;
use jiff::Timestamp;
use secrecy::ExposeSecret;
use sha2::Sha256;

/// How many seconds before or after its timestamp a signature is valid.
pub const WINDOW: u64 = 5 * 60;
/// The maximum length in characters of a `webhook-id`, which is stored as a key.
const MAX_ID: usize = 256;
/// How many signatures are checked at most: each costs a pass over the body with each secret.
const MAX_SIGNATURES: usize = 8;

/// Why a posted handover is rejected as unsigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.said())]
pub enum SignatureError {
    /// A header is missing, repeated or unreadable.
    Header(&'static str),
    /// The id cannot be signed unambiguously.
    Id,
    /// The timestamp is outside the window.
    Timestamp,
    /// The signature is for another body, id, time or secret.
    Signature,
}

impl SignatureError {
    /// Returns what is wrong with the signature.
    pub fn said(self) -> Said {
        match self {
            Self::Header(name) => said!(SIGNATURE_HEADER, name = name),
            Self::Id => SIGNATURE_ID.into(),
            Self::Timestamp => SIGNATURE_TIME.into(),
            Self::Signature => SIGNATURE.into(),
        }
    }
}

/// The three headers, parsed and in time; only the body remains to be verified.
#[derive(Clone, Debug)]
pub struct SignedHead {
    /// The `webhook-id`: the same for every attempt at the same message.
    pub id: String,
    timestamp: i64,
    signatures: Vec<Vec<u8>>,
}

impl SignedHead {
    /// Parses the headers, before any of the body is read.
    pub fn read(headers: &HeaderMap, now: Timestamp) -> Result<Self, SignatureError> {
        let one = |name: &'static str| {
            let mut all = headers.get_all(name).iter();
            let value =
                all.next().and_then(|value| value.to_str().ok()).ok_or(SignatureError::Header(name))?;
            if all.next().is_some() { Err(SignatureError::Header(name)) } else { Ok(value) }
        };
        let id = one("webhook-id")?;
        // With a dot, `id.timestamp.body` could be split in another way.
        if id.is_empty()
            || id.len() > MAX_ID
            || !id.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'.')
        {
            return Err(SignatureError::Id);
        }
        let timestamp = one("webhook-timestamp")?;
        // Exactly the digits that were signed: `+17`, `017` and `17` are the same number.
        let plain = timestamp.bytes().all(|byte| byte.is_ascii_digit()) && !timestamp.starts_with('0');
        let timestamp = timestamp.parse::<i64>().ok().filter(|_| plain);
        let timestamp = timestamp.ok_or(SignatureError::Header("webhook-timestamp"))?;
        if now.as_second().abs_diff(timestamp) > WINDOW {
            return Err(SignatureError::Timestamp);
        }
        let signatures: Vec<_> = one("webhook-signature")?
            .split(' ')
            .filter_map(|part| STANDARD.decode(part.strip_prefix("v1,")?).ok())
            .take(MAX_SIGNATURES)
            .collect();
        if signatures.is_empty() {
            return Err(SignatureError::Header("webhook-signature"));
        }
        Ok(Self { id: id.to_owned(), timestamp, signatures })
    }

    /// Checks that one of the signatures matches this body with one of the secrets.
    pub fn verify(&self, secrets: &IngestSecrets, body: &[u8]) -> Result<(), SignatureError> {
        for secret in &secrets.0 {
            let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose_secret()) else {
                continue;
            };
            mac.update(format!("{}.{}.", self.id, self.timestamp).as_bytes());
            mac.update(body);
            // `verify_slice` compares in constant time.
            if self.signatures.iter().any(|signature| mac.clone().verify_slice(signature).is_ok()) {
                return Ok(());
            }
        }
        Err(SignatureError::Signature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use standardwebhooks::Webhook;

    const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    const OTHER: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const NOW: i64 = 1_800_000_000;

    fn secrets(all: &[&str]) -> IngestSecrets {
        let key = |secret: &&str| STANDARD.decode(secret.trim_start_matches("whsec_")).unwrap().into();
        IngestSecrets(all.iter().map(key).collect())
    }

    fn headers(id: &str, timestamp: i64, signature: &str) -> HeaderMap {
        [("webhook-id", id), ("webhook-timestamp", &timestamp.to_string()), ("webhook-signature", signature)]
            .into_iter()
            .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_str(value).unwrap()))
            .collect()
    }

    fn sign(secret: &str, id: &str, timestamp: i64, body: &str) -> String {
        Webhook::new(secret).unwrap().sign(id, timestamp, body.as_bytes()).unwrap()
    }

    fn check(headers: &HeaderMap, body: &str) -> Result<(), SignatureError> {
        let now = Timestamp::from_second(NOW).unwrap();
        SignedHead::read(headers, now)?.verify(&secrets(&[OTHER, SECRET]), body.as_bytes())
    }

    #[test]
    fn signatures_of_the_reference_crate_are_valid() {
        assert_eq!(check(&headers("msg_1", NOW, &sign(SECRET, "msg_1", NOW, "{}")), "{}"), Ok(()));
        let several =
            format!("v1a,abc v1,!! {} {}", sign("whsec_AAAA", "m", NOW, "{}"), sign(OTHER, "m", NOW, "{}"));
        assert_eq!(check(&headers("m", NOW, &several), "{}"), Ok(()));
        // The vector from the crate's own tests.
        let known = "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=";
        let body = r#"{"email":"test@example.com","username":"test_user"}"#;
        let then = 1_649_367_553;
        let read = SignedHead::read(
            &headers("msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", then, known),
            Timestamp::from_second(then).unwrap(),
        );
        assert_eq!(read.unwrap().verify(&secrets(&[SECRET]), body.as_bytes()), Ok(()));
    }

    #[test]
    fn tampered_requests_are_rejected() {
        let good = sign(SECRET, "m", NOW, "{}");
        assert_eq!(check(&headers("m", NOW, &good), "{} "), Err(SignatureError::Signature));
        assert_eq!(check(&headers("n", NOW, &good), "{}"), Err(SignatureError::Signature));
        assert_eq!(check(&headers("m", NOW + 1, &good), "{}"), Err(SignatureError::Signature));
        let foreign = sign("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "m", NOW, "{}");
        assert_eq!(check(&headers("m", NOW, &foreign), "{}"), Err(SignatureError::Signature));
        let cut = &good[..good.len() - 4];
        assert_eq!(check(&headers("m", NOW, cut), "{}"), Err(SignatureError::Signature));
        assert_eq!(
            check(&headers("m", NOW, &good.replace("v1,", "v2,")), "{}"),
            Err(SignatureError::Header("webhook-signature"))
        );
    }

    #[test]
    fn timestamps_are_valid_for_five_minutes_either_way() {
        for (off, expected) in [
            (-300, Ok(())),
            (300, Ok(())),
            (-301, Err(SignatureError::Timestamp)),
            (301, Err(SignatureError::Timestamp)),
        ] {
            let at = NOW + off;
            assert_eq!(check(&headers("m", at, &sign(SECRET, "m", at, "{}")), "{}"), expected, "{off}");
        }
        for extreme in [i64::MAX, 1] {
            assert_eq!(check(&headers("m", extreme, "v1,AAAA"), "{}"), Err(SignatureError::Timestamp));
        }
    }

    #[test]
    fn headers_must_appear_once_and_be_readable() {
        let good = headers("m", NOW, &sign(SECRET, "m", NOW, "{}"));
        for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
            let mut without = good.clone();
            without.remove(name);
            assert_eq!(check(&without, "{}"), Err(SignatureError::Header(name)));
            let mut twice = good.clone();
            twice.append(name, good[name].clone());
            assert_eq!(check(&twice, "{}"), Err(SignatureError::Header(name)));
        }
        for id in ["", "a b", &"i".repeat(257), "a.b", ".", "msg_1."] {
            let signed = sign(SECRET, id, NOW, "{}");
            assert_eq!(check(&headers(id, NOW, &signed), "{}"), Err(SignatureError::Id), "{id}");
        }
        for odd in [
            "now",
            "",
            "+1800000000",
            "-1",
            "01800000000",
            "1800000000.0",
            "1.8e9",
            "0",
            "99999999999999999999",
        ] {
            let mut headers = good.clone();
            headers.insert("webhook-timestamp", HeaderValue::from_static(odd));
            assert_eq!(check(&headers, "{}"), Err(SignatureError::Header("webhook-timestamp")), "{odd}");
        }
    }
}
