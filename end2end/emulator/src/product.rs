//! What an emulator implements for its API: what an account knows, who may call, and what is answered.

use std::{fmt::Debug, ops::DerefMut};

use axum::{body::Body, response::Response};
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    account::Common,
    call::{Call, Reply, Request},
    fault::FaultKind,
    parts::Parts,
};

/// One helpdesk, as plain functions over an account. The core handles HTTP, faults and the log.
pub trait Product: Parts {
    /// Everything in one account.
    type Account: DerefMut<Target = Common<Self>> + Debug + Clone + Send + Serialize + DeserializeOwned;
    /// A user, as sent to the control API.
    type NewUser: DeserializeOwned + Send;

    /// The helpdesk's name.
    const NAME: &'static str;
    /// The first parts of the API's paths. Every other path is a page or a 404.
    const API: &'static [&'static str];

    // What an account holds

    /// Creates a new account.
    fn open(common: Common<Self>) -> Self::Account;

    /// Empties the account of everything created in it. Users and keys stay.
    fn empty(account: &mut Self::Account);

    /// Adds or changes a user.
    fn save_user(account: &mut Self::Account, user: &Self::NewUser);

    /// Returns all users as JSON, with their keys.
    fn users(account: &Self::Account) -> Value;

    /// Returns how many tickets there are, without merged ones.
    fn tickets(account: &Self::Account) -> usize;

    /// Returns how many messages were really sent to shoppers, which an importer must never cause.
    fn sent_to_shoppers(account: &Self::Account) -> usize;

    /// Returns the accounts that a new program starts with.
    fn demo_accounts() -> Vec<DemoAccount>;

    /// Prepares a new account that is one of [`Product::demo_accounts`].
    fn prepare_demo(account: &mut Self::Account, now: Timestamp);

    // What the API answers

    /// Returns the largest body in bytes.
    fn max_body(account: &Self::Account) -> usize;

    /// Returns whose credentials the request has, for the log.
    fn identify(account: &Self::Account, request: &Request) -> Option<String>;

    /// Checks credentials, then the rate. A request rejected here is not performed.
    fn admit(account: &mut Self::Account, request: &Request, now: Timestamp) -> Result<Self::Caller, Reply>;

    /// Uses up requests of the rate limit, as another tool of the merchant would.
    fn use_rate(account: &mut Self::Account, requests: u32, now: Timestamp);

    /// Performs a call, with the faults that concern what it does: [`FaultKind::LateVisibility`],
    /// [`FaultKind::QuotaUsedUp`] and [`FaultKind::Reject`].
    fn perform(account: &mut Self::Account, call: &Call<Self::Caller>, faults: &[FaultKind]) -> Reply;

    /// Returns the body of an error.
    fn error(message: &str) -> Value;

    /// Returns the response to a body that is too large.
    fn too_large() -> Reply;

    /// Returns the headers of every response.
    fn headers(account: &mut Self::Account, now: Timestamp) -> Vec<(&'static str, String)>;

    /// Returns the response if there is no account, or no such path outside the API.
    fn nothing_here() -> Response<Body>;
}

/// What the program prints about a demo account.
#[derive(Debug, Clone)]
pub struct DemoAccount {
    /// The subdomain.
    pub subdomain: &'static str,
    /// What it can be used to try.
    pub purpose: String,
    /// What a merchant enters to connect it, with the form's labels.
    pub credentials: Vec<(&'static str, &'static str)>,
}

/// Empties an account of everything created in it. Users, keys and behaviour stay.
pub(crate) fn reset<P: Product>(account: &mut P::Account) {
    account.reset();
    P::empty(account);
}
