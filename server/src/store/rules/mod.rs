//! A store's decisions, independent of the database: written once, over the queries and writes of a
//! [transaction](super::tx). Each function is part of one transaction and leaves the commit to the caller.

pub mod accept;
pub mod additions;
pub mod answers;
pub mod connection;
pub mod conversation;
pub mod notices;
pub mod settle;
pub mod shopper_mail;
pub mod unsent;
