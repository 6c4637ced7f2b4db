//! From a visitor's message to a ticket: real SQLite, real HTTP to the emulator, a simulated clock.

#![allow(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

mod abilities;
mod addresses;
mod answers;
#[path = "../delivery/database.rs"]
#[allow(dead_code, reason = "shared with the tests of delivery, which use all of it")]
mod database;
mod handed_over;
mod shopper_mails;
#[path = "../delivery/support.rs"]
#[allow(dead_code, reason = "shared with the tests of delivery, which use all of it")]
mod support;
mod team;
mod visitor;
mod visitors;
