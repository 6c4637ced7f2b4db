//! Gorgias's REST API: plain functions from an account and a call to a response. The emulator core handles HTTP.

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

pub(crate) use self::{
    authentication::user_of,
    call::{Call, Reply},
    refusal::{Refusal, error},
    routes::perform,
};
