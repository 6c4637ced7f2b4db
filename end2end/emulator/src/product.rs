//! What a helpdesk's double implements for its API: what an account knows, who may ask, and what is answered.

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

/// One helpdesk, as plain functions over an account. HTTP, faults and the log are the emulator's.
pub trait Product: Parts {
    /// All that one account holds.
    type Account: DerefMut<Target = Common<Self>> + Debug + Clone + Send + Serialize + DeserializeOwned;
    /// A user as the control API is sent one.
    type NewUser: DeserializeOwned + Send;

    /// The helpdesk's name.
    const NAME: &'static str;
    /// The first parts of the paths that belong to the API; every other path is a page, or nothing.
    const API: &'static [&'static str];

    // What an account holds

    /// Makes a new account.
    fn open(common: Common<Self>) -> Self::Account;

    /// Empties the account's own part of everything made in it. Users and keys stay.
    fn empty(account: &mut Self::Account);

    /// Adds a user, or changes one.
    fn save_user(account: &mut Self::Account, user: &Self::NewUser);

    /// Returns all users as JSON, with their keys.
    fn users(account: &Self::Account) -> Value;

    /// How many tickets there are, without those that were merged away.
    fn tickets(account: &Self::Account) -> usize;

    /// How many messages were really sent to shoppers, which an importer must never cause.
    fn sent_to_shoppers(account: &Self::Account) -> usize;

    /// The accounts that a first start of the program has.
    fn demo_accounts() -> Vec<DemoAccount>;

    /// Prepares a new account that is one of [`Product::demo_accounts`].
    fn prepare_demo(account: &mut Self::Account, now: Timestamp);

    // What the API answers

    /// The largest body in bytes.
    fn max_body(account: &Self::Account) -> usize;

    /// Whose credentials the request carries, for the log.
    fn identify(account: &Self::Account, request: &Request) -> Option<String>;

    /// Checks credentials, then the rate. A request that is refused here is not performed.
    fn admit(account: &mut Self::Account, request: &Request, now: Timestamp) -> Result<Self::Caller, Reply>;

    /// Uses up requests of the rate limit, as another tool of the merchant would.
    fn use_rate(account: &mut Self::Account, requests: u32, now: Timestamp);

    /// Performs a call, under those faults that concern what it does: [`FaultKind::LateVisibility`],
    /// [`FaultKind::QuotaUsedUp`] and [`FaultKind::Reject`].
    fn perform(account: &mut Self::Account, call: &Call<Self::Caller>, faults: &[FaultKind]) -> Reply;

    /// The body of an error.
    fn error(message: &str) -> Value;

    /// The answer to a body that is too large.
    fn too_large() -> Reply;

    /// The headers that every answer has.
    fn headers(account: &mut Self::Account, now: Timestamp) -> Vec<(&'static str, String)>;

    /// The answer where there is no account, or no such path outside the API.
    fn nothing_here() -> Response<Body>;
}

/// What the program prints about a demo account.
#[derive(Debug, Clone)]
pub struct DemoAccount {
    /// The subdomain.
    pub subdomain: &'static str,
    /// What it is good for.
    pub purpose: String,
    /// What a merchant enters to connect it, with the labels of the form.
    pub credentials: Vec<(&'static str, &'static str)>,
}

/// Empties an account of everything made in it. Users, keys and behaviour stay.
pub(crate) fn reset<P: Product>(account: &mut P::Account) {
    account.reset();
    P::empty(account);
}
