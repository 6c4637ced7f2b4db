//! The accounts that the program begins with: enough to try every badge of the screen.

use crate::{emulator::Emulator, world::Role};

/// Credentials of one account, to print.
#[derive(Debug, Clone, Copy)]
pub struct DemoAccount {
    /// The subdomain.
    pub subdomain: &'static str,
    /// The user's address.
    pub email: &'static str,
    /// The user's key. No secret: it only opens this emulator.
    pub key: &'static str,
    /// The user's role.
    pub role: &'static str,
    /// What it is good for.
    pub purpose: &'static str,
}

/// What there is in a fresh emulator.
pub const DEMO_ACCOUNTS: [DemoAccount; 4] = [
    DemoAccount {
        subdomain: "demo-shop",
        email: "owner@demo-shop.test",
        key: "demo-shop-key",
        role: "admin",
        purpose: "connects, and takes tickets",
    },
    DemoAccount {
        subdomain: "merging-shop",
        email: "owner@merging-shop.test",
        key: "merging-shop-key",
        role: "admin",
        purpose: "merges a customer's tickets of five days",
    },
    DemoAccount {
        subdomain: "observing-shop",
        email: "observer@observing-shop.test",
        key: "observing-shop-key",
        role: "observer-agent",
        purpose: "its key may not create tickets",
    },
    DemoAccount {
        subdomain: "closed-shop",
        email: "owner@closed-shop.test",
        key: "closed-shop-key",
        role: "admin",
        purpose: "is deactivated",
    },
];

impl Emulator {
    /// Adds the demo accounts.
    pub fn seed_demo(&self) {
        for demo in DEMO_ACCOUNTS {
            let account = self.account(demo.subdomain).user(demo.email, demo.key, Role::from(demo.role));
            match demo.subdomain {
                "merging-shop" => {
                    account.behave(|behaviour| behaviour.auto_merge_days = Some(5));
                }
                "closed-shop" => account.deactivate(),
                _ => {}
            }
        }
    }
}
