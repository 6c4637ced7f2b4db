//! Visitors' tokens. Each contains its merchant and time, authenticated with this database's key, so that a visitor who
//! has said nothing needs no row.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::{
    clock::{Entropy, Millis},
    merchant::is_merchant_id,
};
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// The key's purpose, so that its output can never be used for anything else.
const PURPOSE: &[u8] = b"convi visitor token 1";
const MAC: usize = 32;
const TIME: usize = 8;
const CHANCE: usize = 16;

/// Makes a token for a new visitor of this merchant.
pub fn make(key: &[u8], merchant: &str, now: Millis, entropy: &dyn Entropy) -> String {
    let mut chance = [0; CHANCE];
    entropy.fill(&mut chance);
    let content = [&now.to_be_bytes()[..], &chance, merchant.as_bytes()].concat();
    let mac = mac(key, &content).finalize().into_bytes();
    BASE64_URL_SAFE_NO_PAD.encode([&content[..], &mac].concat())
}

/// Returns a token's merchant and time, or `None` if it predates this format or was not made here.
pub fn open(key: &[u8], token: &str) -> Option<(String, Millis)> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
    let (content, tag) = bytes.split_at_checked(bytes.len().checked_sub(MAC)?)?;
    // Compares in constant time.
    mac(key, content).verify_slice(tag).ok()?;
    let (time, rest) = content.split_first_chunk::<TIME>()?;
    let merchant = str::from_utf8(rest.get(CHANCE..)?).ok().filter(|merchant| is_merchant_id(merchant))?;
    Some((merchant.to_owned(), Millis::from_be_bytes(*time)))
}

fn mac(key: &[u8], content: &[u8]) -> Hmac<Sha256> {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key).unwrap_or_else(|_| unreachable!("keys have any length"));
    mac.update(PURPOSE);
    mac.update(content);
    mac
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemEntropy;

    const KEY: &[u8] = &[7; 32];
    const NOW: Millis = 1_800_000_000_000;

    #[test]
    fn tokens_are_unique_and_contain_merchant_and_time() {
        let longest = "m".repeat(64);
        for merchant in ["m", "demo-shop_1", &longest] {
            let token = make(KEY, merchant, NOW, &SystemEntropy);
            assert_eq!(open(KEY, &token), Some((merchant.to_owned(), NOW)));
            assert_ne!(token, make(KEY, merchant, NOW, &SystemEntropy));
        }
    }

    #[test]
    fn forged_tokens_are_rejected() {
        let token = make(KEY, "demo", NOW, &SystemEntropy);
        assert_eq!(open(&[8; 32], &token), None);
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(&token).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert_eq!(open(KEY, &BASE64_URL_SAFE_NO_PAD.encode(&changed)), None, "{at}");
            assert_eq!(open(KEY, &BASE64_URL_SAFE_NO_PAD.encode(&bytes[..at])), None, "{at}");
        }
        for odd in ["", "guessed", "é", &format!("{token}="), &format!("{token}AAAA"), &"A".repeat(43)] {
            assert_eq!(open(KEY, odd), None, "{odd}");
        }
    }
}
