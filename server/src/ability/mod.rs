//! The decisions behind Train → Abilities: when a conversation is handed over, when an address is asked for, and what
//! the built-in assistant answers.
//!
//! All of them are plain functions from a text to a decision, without a store, a clock or a network. So a merchant can
//! type a sentence and see what would happen, and `cargo xtask bench` can measure their accuracy.

pub mod assistant;
pub mod email_capture;
pub mod handover;

mod anger;
mod given;
mod person;
mod repeat;
mod topic;
mod words;
