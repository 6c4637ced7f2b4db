//! The program itself, running, with a real clock, a real helpdesk beside it and real signals.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod doctor;
mod keys;
mod program;
mod terminate;
