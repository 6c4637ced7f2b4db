//! Those tests of `delivery/` that need no particular database, on PostgreSQL; and several processes on one database.

#![allow(clippy::unwrap_used, reason = "a test that cannot continue has failed")]
#![allow(dead_code, reason = "some helpers are for the tests that only SQLite has")]

#[path = "../delivery/created.rs"]
mod created;
mod database;
#[path = "../delivery/email.rs"]
mod email;
mod failover;
#[path = "../delivery/held.rs"]
mod held;
#[path = "../delivery/history.rs"]
mod history;
#[path = "../delivery/later.rs"]
mod later;
#[path = "../delivery/metrics.rs"]
mod metrics;
#[path = "../postgres_database/mod.rs"]
mod postgres_database;
mod processes;
#[path = "../delivery/second_way.rs"]
mod second_way;
#[path = "../conversation/shopper_mails.rs"]
mod shopper_mails;
#[path = "../delivery/shutdown.rs"]
mod shutdown;
#[path = "../delivery/stuck.rs"]
mod stuck;
#[path = "../delivery/support.rs"]
mod support;
#[path = "../delivery/unsure.rs"]
mod unsure;
#[path = "../delivery/verify.rs"]
mod verify;
#[path = "../conversation/visitors.rs"]
mod visitors;
