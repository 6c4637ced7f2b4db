//! What a store decides, whatever database it uses: written once, over the questions and writes of a
//! [transaction](super::tx). Each function is a part of one transaction and leaves its commit to the caller.

pub mod accept;
pub mod additions;
pub mod connection;
pub mod conversation;
pub mod notices;
pub mod settle;
pub mod unsent;
