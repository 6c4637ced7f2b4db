//! Removes credentials from what a helpdesk answers: some repeat the request's own header in an error.

use super::Access;
use base64::{
    Engine,
    prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD},
};
use secrecy::{ExposeSecret, SecretString};
use std::fmt;
use zeroize::Zeroizing;

/// The start of a secret is removed from this length on, because helpdesks shorten what they repeat.
const TELLING: usize = 8;
/// Replaces a secret.
const CUT: &str = "[removed]";

/// The credentials that must not be shown or logged if one account's helpdesk repeats them.
#[derive(Clone, Default)]
pub struct Secrets {
    keys: Vec<SecretString>,
    /// Users and keys of basic authentication.
    pairs: Vec<SecretString>,
}

impl Secrets {
    /// Lists the key, and the pair of user and key.
    pub fn of(access: &Access) -> Self {
        Self::default().and_key(access.key.clone()).and_pair(access.username.as_str(), &access.key)
    }

    /// Adds a key.
    #[must_use]
    pub fn and_key(mut self, key: SecretString) -> Self {
        self.keys.push(key);
        self
    }

    /// Adds a user and a key as a header of basic authentication has them.
    #[must_use]
    pub fn and_pair(mut self, user: &str, key: &SecretString) -> Self {
        self.pairs.push(format!("{user}:{}", key.expose_secret()).into());
        self
    }

    /// Returns the text without secrets. Returns an empty text if a secret is too short to be told from ordinary words,
    /// or if more than a short piece of a key is in it in an encoding that cannot be cut out.
    pub fn cut(&self, text: &str) -> String {
        let forms = self.forms();
        if forms.iter().any(|secret| secret.len() < TELLING / 2) {
            return String::new();
        }
        let mut kept = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            match forms.iter().filter_map(|secret| begins_with(rest, secret)).max() {
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
        let bare = bare(kept.as_bytes());
        let shows = self.keys.iter().any(|key| shows(&bare, key.expose_secret().as_bytes()));
        if shows { String::new() } else { kept }
    }

    /// Returns the keys as they would appear in plain text, JSON, HTML, a URL or base64, and the pairs in base64.
    ///
    /// The plain pair needs no form of its own: it contains the key, and the user name is not a secret.
    fn forms(&self) -> Vec<Zeroizing<String>> {
        let mut forms = Vec::new();
        for key in self.keys.iter().map(ExposeSecret::expose_secret) {
            forms.push(Zeroizing::new(key.to_owned()));
            forms.push(Zeroizing::new(url::form_urlencoded::byte_serialize(key.as_bytes()).collect()));
            forms.push(Zeroizing::new(domain::text::escape(key)));
            forms.push(Zeroizing::new(key.escape_default().to_string()));
        }
        for secret in self.keys.iter().chain(&self.pairs) {
            forms.extend(base64(secret.expose_secret().as_bytes()));
        }
        forms
    }
}

/// Returns the two spellings of base64. Without padding they are also the start of the padded ones.
fn base64(bytes: &[u8]) -> [Zeroizing<String>; 2] {
    [&BASE64_STANDARD_NO_PAD, &BASE64_URL_SAFE_NO_PAD].map(|engine| Zeroizing::new(engine.encode(bytes)))
}

/// Returns whether a piece of the key is in the text in any encoding.
///
/// Only ASCII letters and digits are compared, in lower case. So blanks, line breaks, invisible characters, slashes before
/// slashes, percent signs and ampersands hide nothing.
fn shows(bare_text: &str, key: &[u8]) -> bool {
    let any = |form: &[u8], length| {
        let form = bare(form);
        let mut pieces = (0..form.len()).map_while(|at| form.get(at..at + length));
        pieces.any(|piece| bare_text.contains(piece))
    };
    let each = |one: fn(&u8) -> String| Zeroizing::new(key.iter().map(one).collect::<String>());
    // These use several characters for each one of the key, so a piece must be longer to reveal as much.
    let long = [
        each(|byte| format!("{byte:02x}")),
        each(|byte| format!("x{byte:x}")),
        each(|byte| format!("u{byte:04x}")),
        each(u8::to_string),
    ];
    any(key, TELLING)
        || long.iter().any(|form| any(form.as_bytes(), 2 * TELLING))
        || shifted(key)
            .iter()
            .any(|once| any(once, TELLING) || shifted(once).iter().any(|twice| any(twice, TELLING)))
}

/// Returns the letters and digits in lower case.
fn bare(bytes: &[u8]) -> Zeroizing<String> {
    let kept = bytes.iter().filter(|byte| byte.is_ascii_alphanumeric());
    Zeroizing::new(kept.map(|byte| char::from(byte.to_ascii_lowercase())).collect())
}

/// Returns what the key becomes in base64 that begins at it, or one or two bytes before it: whatever is around the key,
/// one of the three is in the encoding of all of it.
fn shifted(key: &[u8]) -> [Zeroizing<Vec<u8>>; 3] {
    [0, 1, 2].map(|before| {
        let bytes = Zeroizing::new([&[0; 2][..before], key].concat());
        let text = Zeroizing::new(BASE64_STANDARD_NO_PAD.encode(&*bytes));
        // The first and the last character can depend on what is around.
        let own = text.get(before + usize::from(before > 0)..text.len().saturating_sub(1));
        Zeroizing::new(own.unwrap_or_default().as_bytes().to_vec())
    })
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
    fn key_in_any_other_encoding_drops_the_text() {
        let key = "Zq7+w/Xr9vB2nLk4TmPs";
        let secrets = secrets(key);
        let each = |one: fn(u8) -> String| key.bytes().map(one).collect::<String>();
        let between = |between: &str| key.chars().map(|c| format!("{c}{between}")).collect::<String>();
        let base64 = |text: &str| BASE64_STANDARD_NO_PAD.encode(text);
        let pair = base64(&format!("owner@acme.test/token:{key}"));
        let lines = pair.as_bytes().chunks(10).map(|it| str::from_utf8(it).unwrap()).collect::<Vec<_>>();
        for said in [
            each(|byte| format!("%{byte:02x}")),
            each(|byte| format!("{byte:02X}")),
            each(|byte| format!("\\u{byte:04x}")),
            each(|byte| format!("\\x{byte:02x}")),
            each(|byte| format!("&#{byte};")),
            each(|byte| format!("&#x{byte:x};")),
            "Zq7+w\\/Xr9vB2nLk4TmPs".to_owned(),
            between("\u{200b}"),
            between("\u{ad}"),
            between(" "),
            between("\n"),
            pair.clone(),
            lines.join("\r\n"),
            base64(&pair),
            base64(&format!("a{key}b")),
            base64(&format!("ab{key}")),
            base64(&base64(&format!("a{key}"))),
            format!("Basic {}", base64(&format!("x/token:{key}"))),
            // The start is missing.
            key[6..].to_owned(),
        ] {
            assert_eq!(secrets.cut(&format!("no {said} here")), "", "{said}");
        }
        let header = secrets.and_pair("owner@acme.test/token", &key.into());
        assert_eq!(header.cut(&format!("Bad header: Basic {pair}.")), "Bad header: Basic [removed].");
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
