//! Dashboard tokens: JWTs of at most 15 minutes that Convi's dashboard signs for the people it shows the screen to.

use crate::config::TokenKeys;
use app::model::{Role, Viewer};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// The `aud` of every dashboard token.
pub const AUDIENCE: &str = "convi-integrations";
/// The maximum lifetime of a token, in seconds.
pub const MAX_LIFETIME: i64 = 15 * 60;
/// Seconds by which two machines' clocks may differ.
pub const LEEWAY: i64 = 30;
/// The longest token in bytes; no real one is longer, so anything else is rejected without a signature check.
const MAX_BYTES: usize = 4096;
/// The maximum length of a person's id or name, in characters.
const MAX_CHARS: usize = 200;

/// Why a token is rejected or cannot be minted. The sentence is for developers who integrate the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not a JWT, another algorithm, or not signed with our key.
    #[error("The token's signature does not match this server's key.")]
    Signature,
    /// A claim is missing or has the wrong type.
    #[error(
        "A claim is missing or has the wrong type: the token needs sub, name, merchant, role, aud and exp."
    )]
    Claims,
    /// The token is for another audience.
    #[error("The token's aud must be convi-integrations.")]
    Audience,
    /// The token has expired.
    #[error("The token has expired. Get a new one.")]
    Expired,
    /// The token is not valid yet.
    #[error("The token's iat or nbf is in the future. Check your clock.")]
    TooEarly,
    /// The token is valid for too long.
    #[error("The token must be valid for at most 15 minutes.")]
    TooLong,
    /// The merchant id is invalid.
    #[error("The token's merchant must be 1 to 64 letters, digits, hyphens or underscores.")]
    Merchant,
    /// The role is unknown.
    #[error("The token's role must be owner, admin or member.")]
    Role,
    /// The settings have no key to mint with.
    #[error("set CONVI_TOKEN_SECRET to mint tokens; CONVI_TOKEN_PUBLIC_KEY can only verify them")]
    CannotMint,
    /// The settings have an invalid key.
    #[error("CONVI_TOKEN_PUBLIC_KEY is not an Ed25519 public key in PEM")]
    Key,
}

/// Times are a NumericDate (RFC 7519 section 2): seconds since 1970, possibly with a fraction.
#[derive(Debug, Deserialize)]
struct Claims {
    sub: String,
    name: String,
    merchant: String,
    role: String,
    aud: Audience,
    exp: f64,
    #[serde(default)]
    iat: Option<f64>,
    #[serde(default)]
    nbf: Option<f64>,
}

/// RFC 7519 section 4.1.3: one string or several.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Claims {
    /// Returns the viewer, if the claims are valid at this time.
    fn viewer(self, now: Timestamp) -> Result<Viewer, TokenError> {
        let now = now.as_second() as f64;
        let (leeway, longest) = (LEEWAY as f64, MAX_LIFETIME as f64);
        let for_us = match &self.aud {
            Audience::One(aud) => aud == AUDIENCE,
            Audience::Several(all) => all.iter().any(|aud| aud == AUDIENCE),
        };
        if !for_us {
            return Err(TokenError::Audience);
        }
        if self.exp + leeway <= now {
            return Err(TokenError::Expired);
        }
        if [self.iat, self.nbf].into_iter().flatten().any(|from| from - leeway > now) {
            return Err(TokenError::TooEarly);
        }
        // Without `iat`, the lifetime is at least the time left.
        let lifetime = self.iat.map_or(0.0, |iat| self.exp - iat);
        if lifetime > longest || self.exp - now > longest + leeway {
            return Err(TokenError::TooLong);
        }
        if !is_merchant_id(&self.merchant) {
            return Err(TokenError::Merchant);
        }
        let plain = |text: &str| text.chars().count() <= MAX_CHARS && !text.chars().any(char::is_control);
        if self.sub.is_empty() || !plain(&self.sub) || !plain(&self.name) {
            return Err(TokenError::Claims);
        }
        let role = Role::from_name(&self.role).ok_or(TokenError::Role)?;
        Ok(Viewer { merchant: self.merchant, subject: self.sub, name: self.name, role })
    }
}

/// Returns whether this can be a merchant's id: `[A-Za-z0-9_-]{1,64}`.
pub fn is_merchant_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// Verifies tokens, and mints them for `token mint` and tests.
pub struct Tokens {
    keys: Vec<(Algorithm, DecodingKey)>,
    mint: Option<EncodingKey>,
}

impl Tokens {
    /// Uses the keys of the settings.
    pub fn new(keys: &TokenKeys) -> Result<Self, TokenError> {
        let secret = |secret: &SecretString| DecodingKey::from_secret(secret.expose_secret().as_bytes());
        let mut all: Vec<_> = keys.secrets.iter().map(|s| (Algorithm::HS256, secret(s))).collect();
        if let Some(pem) = &keys.public_key {
            let key = DecodingKey::from_ed_pem(pem.as_bytes()).map_err(|_| TokenError::Key)?;
            all.push((Algorithm::EdDSA, key));
        }
        let mint = keys.secrets.first().map(|s| EncodingKey::from_secret(s.expose_secret().as_bytes()));
        Ok(Self { keys: all, mint })
    }

    /// Returns the viewer that the token is for.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Viewer, TokenError> {
        if token.len() > MAX_BYTES {
            return Err(TokenError::Signature);
        }
        // Each key is tried with its own algorithm only, never with the one the token names.
        for (algorithm, key) in &self.keys {
            let mut validation = Validation::new(*algorithm);
            // Only the signature: the library reads the machine's clock, and `Claims::viewer` checks every claim.
            validation.validate_exp = false;
            validation.validate_aud = false;
            validation.required_spec_claims.clear();
            match jsonwebtoken::decode::<serde_json::Value>(token, key, &validation) {
                Ok(data) if data.header.crit.is_some() => return Err(TokenError::Signature),
                Ok(data) => {
                    let claims: Claims =
                        serde_json::from_value(data.claims).map_err(|_| TokenError::Claims)?;
                    return claims.viewer(now);
                }
                Err(_) => {}
            }
        }
        Err(TokenError::Signature)
    }

    /// Mints a token for this viewer, valid for this many minutes (1 to 15) from now.
    pub fn mint(&self, viewer: &Viewer, minutes: u8, now: Timestamp) -> Result<String, TokenError> {
        let key = self.mint.as_ref().ok_or(TokenError::CannotMint)?;
        let seconds = now.as_second();
        let claims = serde_json::json!({
            "sub": viewer.subject,
            "name": viewer.name,
            "merchant": viewer.merchant,
            "role": viewer.role.as_str(),
            "aud": AUDIENCE,
            "exp": seconds + i64::from(minutes) * 60,
            "iat": seconds,
        });
        let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, key);
        let token = token.map_err(|_| TokenError::CannotMint)?;
        // Never return a token that would be rejected.
        self.verify(&token, now)?;
        Ok(token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const SECRET: &str = "0123456789abcdef0123456789abcdef";
    // `openssl genpkey -algorithm ed25519`
    const ED_PRIVATE: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ5HaD9YOOEi2NpBu78lQaO8rSYdm5MqFBqQjFdERL27\n-----END PRIVATE KEY-----\n";
    const ED_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAFQjaLbK24/CpgBCjJPJN4NjPK5EvJ2W0BfmwP+QCkFE=\n-----END PUBLIC KEY-----\n";
    const NOW: i64 = 1_800_000_000;

    fn now() -> Timestamp {
        Timestamp::from_second(NOW).unwrap()
    }

    fn tokens() -> Tokens {
        let secrets = vec![SECRET.into(), SECRET.to_uppercase().into()];
        Tokens::new(&TokenKeys { secrets, public_key: None }).unwrap()
    }

    fn claims(change: Value) -> Value {
        let mut claims = json!({
            "sub": "u1", "name": "Jane", "merchant": "m1", "role": "owner",
            "aud": "convi-integrations", "iat": NOW, "exp": NOW + 900,
        });
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        claims
    }

    fn signed(claims: &Value, secret: &str, header: &Header) -> String {
        jsonwebtoken::encode(header, claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
    }

    fn verify(change: Value) -> Result<Viewer, TokenError> {
        tokens().verify(&signed(&claims(change), SECRET, &Header::default()), now())
    }

    #[test]
    fn minted_token_identifies_its_viewer() {
        let jane =
            Viewer { merchant: "m1".into(), subject: "u1".into(), name: "Jane".into(), role: Role::Admin };
        let token = tokens().mint(&jane, 15, now()).unwrap();
        assert_eq!(tokens().verify(&token, now()).unwrap(), jane);
        let wrong = Viewer { merchant: "m 1".into(), ..jane };
        assert_eq!(tokens().mint(&wrong, 15, now()), Err(TokenError::Merchant));
    }

    #[test]
    fn claims_are_checked() {
        use TokenError::*;
        assert!(verify(json!({})).is_ok());
        assert!(verify(json!({"aud": ["x", "convi-integrations"]})).is_ok());
        assert!(verify(json!({"exp": NOW - 29, "iat": NOW - 900})).is_ok(), "leeway");
        assert!(verify(json!({"iat": NOW + 30, "exp": NOW + 930})).is_ok(), "leeway");
        assert!(verify(json!({"iat": null, "exp": NOW + 930})).is_ok(), "leeway");
        for (change, why) in [
            (json!({"aud": "other"}), Audience),
            (json!({"aud": ["other"]}), Audience),
            (json!({"aud": null}), Claims),
            (json!({"sub": null}), Claims),
            (json!({"sub": ""}), Claims),
            (json!({"name": null}), Claims),
            (json!({"name": "a\nb"}), Claims),
            (json!({"name": "n".repeat(201)}), Claims),
            (json!({"exp": null}), Claims),
            (json!({"exp": "soon"}), Claims),
            (json!({"exp": (NOW + 900).to_string()}), Claims),
            (json!({"iat": (NOW).to_string()}), Claims),
            (json!({"exp": NOW as f64 - 30.5, "iat": NOW - 900}), Expired),
            (json!({"exp": NOW as f64 + 900.5, "iat": NOW}), TooLong),
            (json!({"nbf": NOW as f64 + 30.5}), TooEarly),
            (json!({"exp": 1e300}), TooLong),
            (json!({"exp": -1e300, "iat": null}), Expired),
            (json!({"exp": NOW - 30, "iat": NOW - 930}), Expired),
            (json!({"iat": NOW + 31, "exp": NOW + 931}), TooEarly),
            (json!({"nbf": NOW + 31}), TooEarly),
            (json!({"exp": NOW + 901}), TooLong),
            (json!({"iat": null, "exp": NOW + 931}), TooLong),
            (json!({"iat": i64::MIN, "exp": i64::MAX}), TooLong),
            (json!({"merchant": ""}), Merchant),
            (json!({"merchant": "m/1"}), Merchant),
            (json!({"merchant": "m".repeat(65)}), Merchant),
            (json!({"role": "root"}), Role),
            (json!({"role": null}), Claims),
        ] {
            assert_eq!(verify(change.clone()), Err(why), "{change}");
        }
    }

    #[test]
    fn times_may_have_fractions() {
        for change in [
            json!({"exp": NOW as f64 + 900.0, "iat": NOW as f64}),
            json!({"exp": NOW as f64 + 0.5, "iat": NOW as f64 - 12.25, "nbf": NOW as f64 - 12.25}),
            json!({"exp": 1.8000006e9, "iat": null}),
        ] {
            assert!(verify(change.clone()).is_ok(), "{change}");
        }
    }

    #[test]
    fn only_our_keys_sign() {
        let good = claims(json!({}));
        let hs = Header::default();
        assert!(
            tokens().verify(&signed(&good, &SECRET.to_uppercase(), &hs), now()).is_ok(),
            "the second secret"
        );
        let refused =
            |token: &str| assert_eq!(tokens().verify(token, now()), Err(TokenError::Signature), "{token}");
        refused(&signed(&good, "another secret that is long enough", &hs));
        refused(&signed(&good, SECRET, &Header::new(Algorithm::HS384)));
        refused(&signed(&good, SECRET, &Header { crit: Some(vec!["b64".into()]), ..Header::default() }));
        let token = signed(&good, SECRET, &hs);
        let body = token.split('.').nth(1).unwrap();
        // {"alg":"none"}, {"alg":"none","typ":"JWT"}
        for header in ["eyJhbGciOiJub25lIn0", "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0"] {
            refused(&format!("{header}.{body}."));
            refused(&format!("{header}.{body}.{}", token.split('.').nth(2).unwrap()));
        }
        refused(&token[..token.len() - 4]);
        refused("");
        refused("a.b.c");
        refused(&"a".repeat(MAX_BYTES + 1));
    }

    #[test]
    fn ed25519_key_verifies_and_is_not_an_hs256_secret() {
        let private = EncodingKey::from_ed_pem(ED_PRIVATE.as_bytes()).unwrap();
        let public = ED_PUBLIC.to_owned();
        let tokens = Tokens::new(&TokenKeys { secrets: vec![], public_key: Some(public.clone()) }).unwrap();
        let good = claims(json!({}));
        let token = jsonwebtoken::encode(&Header::new(Algorithm::EdDSA), &good, &private).unwrap();
        assert!(tokens.verify(&token, now()).is_ok());
        let confused = signed(&good, &public, &Header::default());
        assert_eq!(tokens.verify(&confused, now()), Err(TokenError::Signature));
        let jane = tokens.verify(&token, now()).unwrap();
        assert_eq!(tokens.mint(&jane, 1, now()), Err(TokenError::CannotMint));
    }
}
