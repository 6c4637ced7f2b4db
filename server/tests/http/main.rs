//! The HTTP layer as callers see it, over real connections; the tests mirror the layout of the routes. `support.rs`
//! fakes everything behind it.

#![allow(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

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
