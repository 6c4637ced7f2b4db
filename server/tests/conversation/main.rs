//! From what a visitor says to a ticket: real SQLite, real HTTP to the emulator, a clock that is moved.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod abilities;
mod addresses;
mod handed_over;
#[path = "../delivery/support.rs"]
#[allow(dead_code, reason = "shared with the tests of delivery, which use all of it")]
mod support;
mod team;
mod visitor;
mod visitors;
