//! Limits on what visitors may do. docs/security.md lists the numbers.
//!
//! There are two kinds: limits per visitor or network, which are the same for all, and limits per shop, which strangers
//! must not use up for everyone else. Beyond the shop's own limit, clients that have not used their share still get in,
//! up to a ceiling that only protects the helpdesk and the disk.

use crate::{
    client_address::{Client, ClientNetwork},
    limits::Limit,
};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

/// Limits new visitors.
pub fn new_visitor(client: Client) -> Vec<Limit> {
    match client {
        Client::From(network) => {
            let mut limits = vec![Limit::new(format!("visitors:{network}"), 20, MINUTE)];
            limits.extend(network.site().map(|site| Limit::new(format!("visitors:{site}"), 1_200, MINUTE)));
            limits
        }
        // All shoppers of all shops together; real shoppers never reach this.
        Client::Unnamed => vec![Limit::new("visitors:unnamed", 1_200, MINUTE)],
    }
}

/// Limits a visitor's messages.
pub fn message(visitor: &str, merchant: &str, client: Client) -> Vec<Limit> {
    let mut limits = vec![Limit::new(format!("messages:{visitor}"), 20, MINUTE)];
    if let Client::From(network) = client {
        limits.push(Limit::new(format!("messages-from:{network}"), 120, MINUTE));
    }
    let shop = Shop { kind: "messages-to", merchant, most: 3_000, ceiling: 30_000, window: MINUTE };
    limits.push(shop.limit(client, [20, 400]));
    limits
}

/// Limits handovers.
pub fn handover(visitor: &str, merchant: &str, client: Client) -> Vec<Limit> {
    let mut limits = vec![Limit::new(format!("handovers:{visitor}"), 3, HOUR)];
    if let Client::From(network) = client {
        limits.push(Limit::new(format!("handovers-from:{network}"), 20, HOUR));
        // Fewer than a helpdesk accepts at once, so that one site does not delay anyone else's ticket.
        let site = network.site();
        limits.extend(site.map(|site| Limit::new(format!("handovers-to:{merchant}:from:{site}"), 30, HOUR)));
    }
    let shop = Shop { kind: "handovers-to", merchant, most: 600, ceiling: 6_000, window: HOUR };
    limits.push(shop.limit(client, [1, 30]));
    limits
}

/// A limit that all visitors of a shop share.
struct Shop<'a> {
    kind: &'a str,
    merchant: &'a str,
    most: usize,
    ceiling: usize,
    window: Duration,
}

impl Shop<'_> {
    /// Builds the limit. Beyond it, each network has a share, and each IPv6 site, which has 65,536 networks. An unnamed
    /// client has no share, since it would be the same for everyone there.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{clock::ManualClock, limits::Windows};
    use std::{net::IpAddr, sync::Arc};

    fn client(address: &str) -> Client {
        Client::From(ClientNetwork::of(address.parse::<IpAddr>().unwrap()))
    }

    fn hands_over(windows: &Windows, visitor: usize, address: &str) -> bool {
        windows.check(&handover(&format!("v{visitor}"), "m1", client(address))).is_ok()
    }

    #[test]
    fn strangers_cannot_use_up_a_shops_handovers() {
        let clock = Arc::new(ManualClock::at(jiff::Timestamp::UNIX_EPOCH));
        let windows = Windows::new(clock.clone());
        let stranger = |n: usize| format!("10.0.{}.{}", n / 200, n % 200);
        let before = (0..600).filter(|n| hands_over(&windows, *n, &stranger(*n))).count();
        assert_eq!(before, 600);
        assert!(!hands_over(&windows, 600, &stranger(7)), "this network has used its share");
        assert!(hands_over(&windows, 601, "203.0.113.7"), "an honest shopper");
        assert!(hands_over(&windows, 602, "2001:db8:1::1"));
        assert!(!hands_over(&windows, 603, "203.0.113.7"), "it has used its share");
        clock.advance(HOUR);
        assert!(hands_over(&windows, 604, &stranger(7)));
    }

    #[test]
    fn one_ipv6_site_cannot_fill_a_helpdesk_and_the_ceiling_holds() {
        let windows = Windows::new(Arc::new(ManualClock::at(jiff::Timestamp::UNIX_EPOCH)));
        let site = |n: usize| format!("2001:db8:7:{n:x}::1");
        let of_site = (0..2_000).filter(|n| hands_over(&windows, *n, &site(*n))).count();
        assert_eq!(of_site, 30, "fewer than a helpdesk takes at once");
        let others =
            (0..7_000).filter(|n| hands_over(&windows, *n, &format!("10.1.{}.{}", n / 250, n % 250)));
        assert_eq!(others.count(), 5_970);
        assert!(!hands_over(&windows, 9_999, "203.0.113.7"), "the ceiling applies to everyone");
    }

    #[test]
    fn strangers_cannot_use_up_a_shops_messages() {
        let windows = Windows::new(Arc::new(ManualClock::at(jiff::Timestamp::UNIX_EPOCH)));
        let says = |visitor: usize, address: &str| {
            windows.check(&message(&format!("v{visitor}"), "m1", client(address))).is_ok()
        };
        let strangers = (0..4_000).filter(|n| says(n / 20, &format!("10.0.0.{}", n / 120))).count();
        assert_eq!(strangers, 3_000 + 9 * 20, "25 addresses, and 20 more from each fresh one");
        assert!(says(9_999, "203.0.113.7"), "an honest shopper");
    }

    #[test]
    fn unnamed_clients_share_one_limit() {
        let windows = Windows::new(Arc::new(ManualClock::at(jiff::Timestamp::UNIX_EPOCH)));
        let visitors = (0..2_000).filter(|_| windows.check(&new_visitor(Client::Unnamed)).is_ok()).count();
        assert_eq!(visitors, 1_200);
        let handed = |n: &usize| windows.check(&handover(&format!("v{n}"), "m1", Client::Unnamed)).is_ok();
        assert_eq!((0..700).filter(handed).count(), 600);
    }

    #[test]
    fn ipv6_clients_are_limited_by_64_and_by_site() {
        let windows = Windows::new(Arc::new(ManualClock::at(jiff::Timestamp::UNIX_EPOCH)));
        let comes = |address: &str| windows.check(&new_visitor(client(address))).is_ok();
        assert_eq!((0..199).filter(|n| comes(&format!("2001:db8::{n:x}"))).count(), 20);
        assert_eq!((1..2_000).filter(|n| comes(&format!("2001:db8:0:{n:x}::1"))).count(), 1_180);
        assert!(comes("2001:db8:1::1"));
    }
}
