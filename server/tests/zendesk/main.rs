//! Handovers to Zendesk: real HTTP to the emulator, real SQLite and a test clock. Every test ends by asserting that no
//! shopper was emailed.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod answers;
mod beside_gorgias;
mod connection;
mod created;
mod ending;
mod large;
mod later;
mod rate;
mod routing;
mod support;
mod unsure;
