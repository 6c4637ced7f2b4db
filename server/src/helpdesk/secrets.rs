//! Cuts credentials out of what a helpdesk says: some repeat the request's own header in an error.

use super::Access;
use base64::{
    Engine,
    prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD},
};
use secrecy::ExposeSecret;
use std::fmt;
use zeroize::Zeroizing;

/// A beginning of a secret that is this long is cut, too: helpdesks shorten what they repeat.
const TELLING: usize = 8;
/// What stands in a secret's place.
const CUT: &str = "[removed]";

/// The forms in which one account's credentials could come back.
#[derive(Clone, Default)]
pub struct Secrets(Vec<Zeroizing<String>>);

impl Secrets {
    /// The key, the pair of user and key in base64, and the key as it would stand in JSON, HTML, an address or base64.
    ///
    /// The plain pair needs no form of its own: it contains the key, and the user name is no secret.
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

    /// The text without any of them. Nothing of the text when a secret is too short to be told from ordinary words.
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

/// How many bytes at the beginning of the text are the secret, or a telling part of it, in any case of its letters.
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
    fn cuts_every_form_of_a_key() {
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
            // Shortened by whoever repeats it.
            "k+ey/\"ac…".to_owned(),
            BASE64_STANDARD_NO_PAD.encode(&pair)[..20].to_owned(),
        ] {
            let cut = secrets.cut(&format!("no {said} here"));
            assert!(cut.starts_with("no ") && cut.ends_with(" here") && cut.contains(CUT), "{said}: {cut}");
            assert!(!cut.to_lowercase().contains("ey/") && !cut.contains("b3duZXJAYWN"), "{said}: {cut}");
        }
    }

    #[test]
    fn leaves_other_words_alone() {
        let said = "Invalid key for owner@acme.test – «key-acm» größer";
        assert_eq!(secrets("key-acme-1").cut(said), said);
        assert_eq!(secrets("abc").cut("a cab"), "", "too short to be told from words");
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", secrets("key-acme-1")), "Secrets(…)");
    }
}
