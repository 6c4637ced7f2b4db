//! What the documents say about the code is still so: generated parts are fresh, lists are whole, links lead somewhere,
//! commands work, and no file names a document that is not here.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod commands;
mod contract;
mod generated;
mod links;
mod markdown;
mod program;
mod repository;
mod security;
