//! The edge as callers see it, over real connections, laid out as the routes are. What stands behind is faked:
//! `support.rs` says how.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod assets;
mod chat;
mod demo;
mod drain;
mod embed;
mod everywhere;
mod health;
mod hydration;
mod pages;
mod support;
mod table;
mod v1;
