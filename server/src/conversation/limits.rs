//! How often visitors may do what. The numbers stand in docs/security.md.
//!
//! Two kinds: of one visitor or one network, which bind everybody alike; and of a shop, which strangers must not use up
//! for all others. Above the shop's own, whoever has not had their share yet still gets in, up to a ceiling that only
//! keeps the helpdesk and the disk from drowning.

use crate::{
    client_address::{Client, ClientNetwork},
    limits::Limit,
};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

/// For a new visitor.
pub fn new_visitor(client: Client) -> Vec<Limit> {
    match client {
        Client::From(network) => {
            let mut limits = vec![Limit::new(format!("visitors:{network}"), 20, MINUTE)];
            limits.extend(network.site().map(|site| Limit::new(format!("visitors:{site}"), 1_200, MINUTE)));
            limits
        }
        // All shoppers of all shops: what honest ones never reach.
        Client::Unnamed => vec![Limit::new("visitors:unnamed", 1_200, MINUTE)],
    }
}

/// For a message of a visitor.
pub fn message(visitor: &str, merchant: &str, client: Client) -> Vec<Limit> {
    let mut limits = vec![Limit::new(format!("messages:{visitor}"), 20, MINUTE)];
    if let Client::From(network) = client {
        limits.push(Limit::new(format!("messages-from:{network}"), 120, MINUTE));
    }
    let shop = Shop { kind: "messages-to", merchant, most: 3_000, ceiling: 30_000, window: MINUTE };
    limits.push(shop.limit(client, [20, 400]));
    limits
}

/// For a conversation that is handed over.
pub fn handover(visitor: &str, merchant: &str, client: Client) -> Vec<Limit> {
    let mut limits = vec![Limit::new(format!("handovers:{visitor}"), 3, HOUR)];
    if let Client::From(network) = client {
        limits.push(Limit::new(format!("handovers-from:{network}"), 20, HOUR));
    }
    let shop = Shop { kind: "handovers-to", merchant, most: 600, ceiling: 6_000, window: HOUR };
    limits.push(shop.limit(client, [1, 60]));
    limits
}

/// What all visitors of a shop have together.
struct Shop<'a> {
    kind: &'a str,
    merchant: &'a str,
    most: usize,
    ceiling: usize,
    window: Duration,
}

impl Shop<'_> {
    /// Beyond it, a network may have so much, and an IPv6 site so much: it has 65,536 networks. Who is not named has no
    /// share, since everybody else there would have the same.
    fn limit(&self, client: Client, [of_network, of_site]: [usize; 2]) -> Limit {
        let Self { kind, merchant, most, ceiling, window } = self;
        let limit = Limit::new(format!("{kind}:{merchant}"), *most, *window);
        let Client::From(network) = client else { return limit };
        let share = |network: ClientNetwork| format!("{kind}:{merchant}:{network}");
        let mut shares = vec![(share(network), of_network)];
        shares.extend(network.site().map(|site| (share(site), of_site)));
        limit.beyond(*ceiling, shares)
    }
}
