//! A merchant's own webhook, with real HTTP to a receiver on loopback, real SQLite and a test clock.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot continue has failed")]

mod connection;
mod failing;
mod inside;
mod link;
mod receiver;
mod sent;
mod support;
