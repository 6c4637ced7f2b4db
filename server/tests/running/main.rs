//! The real program as a process, with a real clock, a helpdesk emulator and real signals.

#![allow(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

mod copy;
mod doctor;
mod keys;
mod postgres;
mod program;
mod terminate;
