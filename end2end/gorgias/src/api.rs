//! Gorgias's REST API: plain functions from an account and a call to an answer. HTTP is in `crate::http`.

mod account;
mod authentication;
mod call;
mod customers;
mod datetime;
mod integrations;
mod list;
mod messages;
mod query;
mod reader;
mod refusal;
mod routes;
mod rules;
mod tags;
mod teams;
mod tickets;
mod users;

use jiff::Timestamp;

pub(crate) use self::{
    authentication::user_of,
    call::{Call, Reply},
    refusal::Refusal,
    routes::perform,
};
use crate::world::Account;

/// Performs what was answered before it was performed, once its time has come.
pub(crate) fn perform_what_is_due(account: &mut Account, now: Timestamp) {
    if account.pending.iter().all(|pending| pending.due > now) {
        return;
    }
    let (mut due, later): (Vec<_>, Vec<_>) =
        std::mem::take(&mut account.pending).into_iter().partition(|pending| pending.due <= now);
    account.pending = later;
    due.sort_by_key(|pending| pending.due);
    for mut pending in due {
        // As if it had happened just then, however late somebody looks.
        pending.call.now = pending.due;
        let reply = perform(account, &pending.call, &pending.faults);
        tracing::debug!(status = reply.status, "a late request was performed");
    }
}
