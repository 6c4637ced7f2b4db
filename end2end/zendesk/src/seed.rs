//! The accounts that the program starts with: enough to try every badge of the screen.

use crate::world::{Account, Role};

/// The credentials of an account, to print.
#[derive(Debug, Clone, Copy)]
pub struct DemoAccount {
    /// The subdomain.
    pub subdomain: &'static str,
    /// The client's Identifier.
    pub client: &'static str,
    /// Its secret. It only opens this emulator.
    pub secret: &'static str,
    /// The scopes that the client allows.
    pub scopes: &'static [&'static str],
    /// What it can be used to try.
    pub purpose: &'static str,
}

/// The accounts of a fresh emulator.
pub const DEMO_ACCOUNTS: [DemoAccount; 3] = [
    DemoAccount {
        subdomain: "demo-shop",
        client: "convi",
        secret: "demo-shop-secret",
        scopes: &["read", "tickets:write", "users:write"],
        purpose: "connects, and takes tickets",
    },
    DemoAccount {
        subdomain: "reading-shop",
        client: "convi",
        secret: "reading-shop-secret",
        scopes: &["read"],
        purpose: "its client may not create tickets",
    },
    DemoAccount {
        subdomain: "token-shop",
        client: "convi",
        secret: "token-shop-secret",
        scopes: &["read", "tickets:write", "users:write"],
        purpose: "still has an API token",
    },
];

/// The API token of `token-shop`, and its user.
const API_TOKEN: (&str, &str) = ("owner@token-shop.test", "token-shop-token");

/// Returns what the program prints about them.
pub(crate) fn demo_accounts() -> Vec<emulator::DemoAccount> {
    DEMO_ACCOUNTS
        .map(|demo| {
            let mut credentials = vec![("Client ID", demo.client), ("Client secret", demo.secret)];
            if demo.subdomain == "token-shop" {
                credentials.extend([("Username (Email)", API_TOKEN.0), ("API token", API_TOKEN.1)]);
            }
            emulator::DemoAccount { subdomain: demo.subdomain, purpose: demo.purpose.to_owned(), credentials }
        })
        .into()
}

/// Prepares a new account that is one of them.
pub(crate) fn prepare(account: &mut Account) {
    let Some(demo) = DEMO_ACCOUNTS.iter().find(|demo| demo.subdomain == account.subdomain) else {
        return;
    };
    let (admin, scopes) = (account.some_admin(), demo.scopes.iter().map(|scope| scope.to_string()).collect());
    account.set_client(demo.client, demo.secret, admin, scopes);
    if demo.subdomain == "token-shop" {
        account.set_user(API_TOKEN.0, Role::Admin, None).api_token = Some(API_TOKEN.1.to_owned());
    }
}
