//! The emulator core with a made-up helpdesk that is unlike Gorgias: a versioned API, a token that must be fetched
//! first, an idempotency key, and JSON where there is no account.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod it {
    mod acme;
    mod any_helpdesk;
}
