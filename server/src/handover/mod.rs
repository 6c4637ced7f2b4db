//! Handovers: accepted, turned into a ticket, delivered once.

pub mod accept;
pub mod bell;
pub mod dispatch;
pub mod ends;
mod letter;
pub mod links;
pub mod mail;
pub mod pauses;
pub mod reading;
mod shopper_mail;
mod verdict;
pub mod verify;
pub mod wakeups;
