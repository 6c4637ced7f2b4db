//! The emulator from outside, over HTTP. Each test names the mark (D, R, L or I) of the fact in `docs/zendesk.md` that it
//! is based on.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod it {
    mod authentication;
    mod changes;
    mod client;
    mod creation;
    mod idempotency;
    mod lists;
    mod mails;
    mod pages;
    mod rate;
}
