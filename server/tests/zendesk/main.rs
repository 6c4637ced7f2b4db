//! Handovers to Zendesk: real HTTP to the emulator, real SQLite, a clock that is moved. Whatever a test does, no shopper is
//! ever mailed: each ends with that question.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod beside_gorgias;
mod connection;
mod created;
mod ending;
mod large;
mod later;
mod rate;
mod support;
mod unsure;
