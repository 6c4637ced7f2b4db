//! The documents match the code: generated parts are up to date, lists are complete, links and commands work, and no file
//! names a document that does not exist.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod commands;
mod contract;
mod generated;
mod links;
mod markdown;
mod program;
mod receiver;
mod repository;
mod security;
