//! The accounts that the program starts with: enough to try every badge of the screen.

use jiff::Timestamp;

use crate::world::{Account, Role};

/// The credentials of an account, to print.
#[derive(Debug, Clone, Copy)]
pub struct DemoAccount {
    /// The subdomain.
    pub subdomain: &'static str,
    /// The user's address.
    pub email: &'static str,
    /// The user's key. Not a secret, because it only opens this emulator.
    pub key: &'static str,
    /// The user's role.
    pub role: &'static str,
    /// What it can be used to try.
    pub purpose: &'static str,
}

/// The accounts of a fresh emulator.
pub const DEMO_ACCOUNTS: [DemoAccount; 4] = [
    DemoAccount {
        subdomain: "demo-shop",
        email: "owner@demo-shop.test",
        key: "demo-shop-key",
        role: "admin",
        purpose: "connects and accepts tickets",
    },
    DemoAccount {
        subdomain: "merging-shop",
        email: "owner@merging-shop.test",
        key: "merging-shop-key",
        role: "admin",
        purpose: "merges a customer's tickets of the last five days",
    },
    DemoAccount {
        subdomain: "observing-shop",
        email: "observer@observing-shop.test",
        key: "observing-shop-key",
        role: "observer-agent",
        purpose: "its key cannot create tickets",
    },
    DemoAccount {
        subdomain: "closed-shop",
        email: "owner@closed-shop.test",
        key: "closed-shop-key",
        role: "admin",
        purpose: "is deactivated",
    },
];

/// Returns what the program prints about them.
pub(crate) fn demo_accounts() -> Vec<emulator::DemoAccount> {
    DEMO_ACCOUNTS
        .map(|demo| emulator::DemoAccount {
            subdomain: demo.subdomain,
            purpose: format!("{}; {}", demo.role, demo.purpose),
            credentials: vec![("Username (Email)", demo.email), ("API key", demo.key)],
        })
        .into()
}

/// Prepares a new account that is one of them.
pub(crate) fn prepare(account: &mut Account, now: Timestamp) {
    let Some(demo) = DEMO_ACCOUNTS.iter().find(|demo| demo.subdomain == account.subdomain) else {
        return;
    };
    account.set_user(demo.email, Some(demo.key), Role::from(demo.role), None);
    match demo.subdomain {
        "demo-shop" => {
            account.set_user("anna@demo-shop.test", None, Role::Agent, Some("Anna Smith"));
        }
        "merging-shop" => account.behaviour.auto_merge_days = Some(5),
        "closed-shop" => account.deactivated = Some(now),
        _ => {}
    }
}
