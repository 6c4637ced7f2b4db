//! Zendesk's REST API: plain functions from an account and a call to a response. The emulator core handles HTTP.

mod authentication;
mod comments;
mod fields;
mod groups;
mod jobs;
mod oauth;
mod page;
mod placeholders;
mod refusal;
mod requester;
mod routes;
mod tickets;
mod triggers;
mod users;

use jiff::Timestamp;

pub(crate) use self::{
    authentication::caller,
    refusal::{Refusal, no_help_desk, too_many},
    routes::perform,
};
pub(crate) use emulator::Reply;

/// An admitted request.
pub(crate) type Call = emulator::Call<crate::world::Caller>;

/// Formats a time as Zendesk does (R): whole seconds, `Z`.
pub(crate) fn time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Returns the start of the URLs in responses.
pub(crate) fn base(account: &crate::world::Account, call: &Call) -> String {
    format!("{}/{}/api/v2", call.request.origin, account.subdomain)
}
