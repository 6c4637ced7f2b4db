//! HTTP Basic: the email address of the user who owns the key, and the key (D, section 1).

use base64::{Engine, engine::general_purpose::STANDARD};
use emulator::Request;

use crate::world::{Account, User};

/// Returns the user whose credentials the request has.
pub(crate) fn user_of<'a>(account: &'a Account, request: &Request) -> Option<&'a User> {
    let (scheme, encoded) = request.header("authorization")?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (email, key) = decoded.split_once(':')?;
    account.user_with_key(email, key)
}
