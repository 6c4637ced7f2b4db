//! The decisions behind Train → Abilities: when a conversation is handed over, when an address is asked for, and
//! what the built-in assistant answers.
//!
//! All of it is plain functions from text to a decision: no store, no clock, no network. So a merchant can type a
//! sentence and see what would happen, and `cargo xtask bench` can count how often it is right.

pub mod assistant;
pub mod email_capture;
pub mod handover;

mod anger;
mod given;
mod person;
mod repeat;
mod topic;
mod words;
