//! The state of a Zendesk account. No HTTP here.

mod account;
mod behaviour;
mod client;
mod keys;
mod mail;
mod minute;
mod ticket;
mod user;
mod zendesk;

pub use self::{
    account::{Account, AgentComment, Job, NewTicket},
    behaviour::Behaviour,
    client::{AccessToken, OauthClient},
    keys::KeyUse,
    mail::Mail,
    minute::Minute,
    ticket::{Audit, Comment, Ticket},
    user::{Role, User},
    zendesk::{Caller, Zendesk},
};
pub(crate) use self::{
    account::{Change, NewComment},
    keys::{Answered, Known, known},
};

/// Returns the titles of the standard triggers that can email a requester.
pub(crate) fn standard_triggers() -> [&'static str; 3] {
    mail::TRIGGERS
}
