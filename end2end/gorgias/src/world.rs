//! The state of a Gorgias account. No HTTP here.

mod account;
mod behaviour;
mod customer;
mod gorgias;
mod rate;
mod ticket;
mod user;

pub(crate) use self::{account::person_of, rate::Verdict};
pub use self::{
    account::{Account, AgentMessage, AgentMessageKind, Integration, Rule, Sent, Team},
    behaviour::Behaviour,
    customer::{Customer, Person},
    gorgias::Gorgias,
    rate::{Bucket, Rate},
    ticket::{Message, Tag, Ticket},
    user::{Role, User},
};
