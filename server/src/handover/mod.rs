//! Handovers: accepted, turned into a ticket, delivered once.

pub mod accept;
pub mod bell;
pub mod dispatch;
pub mod ends;
pub mod links;
pub mod mail;
pub mod pauses;
pub mod reading;
mod verdict;
pub mod verify;
pub mod wakeups;
