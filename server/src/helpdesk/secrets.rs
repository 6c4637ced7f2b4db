//! Removes credentials from what a helpdesk answers: some repeat the request's own header in an error.

use super::Access;
use base64::{
    Engine,
    prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD},
};
use secrecy::ExposeSecret;
use std::fmt;
use zeroize::Zeroizing;

/// The start of a secret is removed from this length on, because helpdesks shorten what they repeat.
const TELLING: usize = 8;
/// Replaces a secret.
const CUT: &str = "[removed]";

/// The forms in which one account's credentials could come back.
#[derive(Clone, Default)]
pub struct Secrets(Vec<Zeroizing<String>>);

impl Secrets {
    /// Lists the key, the pair of user and key in base64, and the key as it would appear in JSON, HTML, a URL or
    /// base64.
    ///
    /// The plain pair needs no form of its own: it contains the key, and the user name is not a secret.
    pub fn of(access: &Access) -> Self {
        let key = access.key.expose_secret();
        let pair = Zeroizing::new(format!("{}:{key}", access.username));
        let mut forms = vec![
            Zeroizing::new(key.to_owned()),
            Zeroizing::new(url::form_urlencoded::byte_serialize(key.as_bytes()).collect::<String>()),
            Zeroizing::new(domain::text::escape(key)),
            Zeroizing::new(key.escape_default().to_string()),
        ];
        for engine in [&BASE64_STANDARD_NO_PAD, &BASE64_URL_SAFE_NO_PAD] {
            forms.push(Zeroizing::new(engine.encode(pair.as_bytes())));
            forms.push(Zeroizing::new(engine.encode(key.as_bytes())));
        }
        Self(forms)
    }

    /// Returns the text without secrets, or an empty text if a secret is too short to be told from ordinary words.
    pub fn cut(&self, text: &str) -> String {
        if self.0.iter().any(|secret| secret.len() < TELLING / 2) {
            return String::new();
        }
        let mut kept = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            match self.0.iter().filter_map(|secret| begins_with(rest, secret)).max() {
                Some(length) => {
                    kept.push_str(CUT);
                    rest = rest.get(length..).unwrap_or_default();
                }
                None => {
                    kept.push(first);
                    rest = &rest[first.len_utf8()..];
                }
            }
        }
        kept
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(…)")
    }
}

/// Returns how many bytes at the start of the text are the secret or enough of it, ignoring case.
fn begins_with(text: &str, secret: &str) -> Option<usize> {
    let same = text
        .char_indices()
        .zip(secret.chars())
        .take_while(|((_, a), b)| a.eq_ignore_ascii_case(b))
        .last()
        .map(|((at, c), _)| at + c.len_utf8())?;
    (same >= secret.len().min(TELLING)).then_some(same)
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::model::{EmailAddress, Helpdesk, Subdomain};

    fn secrets(key: &str) -> Secrets {
        Secrets::of(&Access {
            subdomain: Subdomain::parse(Helpdesk::GORGIAS, "acme").unwrap(),
            method: Helpdesk::GORGIAS.method(None).unwrap(),
            username: EmailAddress::parse("owner@acme.test").unwrap().into(),
            key: key.into(),
        })
    }

    #[test]
    fn every_form_of_a_key_is_removed() {
        let key = "k+ey/\"acme\"&1=";
        let pair = format!("owner@acme.test:{key}");
        let secrets = secrets(key);
        for said in [
            key.to_owned(),
            key.to_uppercase(),
            pair.clone(),
            BASE64_STANDARD_NO_PAD.encode(&pair),
            BASE64_URL_SAFE_NO_PAD.encode(&pair),
            BASE64_STANDARD_NO_PAD.encode(key),
            "k%2Bey%2F%22acme%22%261%3D".to_owned(),
            "k+ey/&quot;acme&quot;&amp;1=".to_owned(),
            r#"k+ey/\"acme\"&1="#.to_owned(),
            // Shortened by the helpdesk.
            "k+ey/\"ac…".to_owned(),
            BASE64_STANDARD_NO_PAD.encode(&pair)[..20].to_owned(),
        ] {
            let cut = secrets.cut(&format!("no {said} here"));
            assert!(cut.starts_with("no ") && cut.ends_with(" here") && cut.contains(CUT), "{said}: {cut}");
            assert!(!cut.to_lowercase().contains("ey/") && !cut.contains("b3duZXJAYWN"), "{said}: {cut}");
        }
    }

    #[test]
    fn other_words_are_kept() {
        let said = "Invalid key for owner@acme.test – «key-acm» größer";
        assert_eq!(secrets("key-acme-1").cut(said), said);
        assert_eq!(secrets("abc").cut("a cab"), "", "too short to be told from words");
    }

    #[test]
    fn debug_hides_the_secrets() {
        assert_eq!(format!("{:?}", secrets("key-acme-1")), "Secrets(…)");
    }
}
