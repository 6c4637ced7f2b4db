//! From an accepted handover to its one ticket: real HTTP to the emulator, real SQLite, emails written to files, and a
//! simulated clock.

#![allow(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

mod backup;
mod clock;
mod created;
mod database;
mod email;
mod held;
mod history;
mod later;
mod metrics;
mod model;
mod pace;
mod removal;
mod routing;
mod second_way;
mod shutdown;
mod stuck;
mod support;
mod unsure;
mod verify;
