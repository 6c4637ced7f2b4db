//! Settings with several values.

use app::model::pasted;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::net::IpAddr;

/// Returns the values between commas, without surrounding spaces.
pub(crate) fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(pasted::trim).filter(|part| !part.is_empty())
}

/// Parses a network of the operator's, or a single address.
pub(crate) fn listed_network(text: &str) -> Result<IpNet, String> {
    let wrong = || format!("has `{text}`, which is not a network; use for example 10.0.0.0/8 or 2001:db8::1");
    let network: IpNet = if text.contains('/') {
        text.parse().map_err(|_| wrong())?
    } else {
        text.parse::<IpAddr>().map_err(|_| wrong())?.to_canonical().into()
    };
    if network.addr() != network.network() {
        return Err(format!(
            "has `{text}`, which is not the network's first address; use {}",
            network.trunc()
        ));
    }
    let canonical = match network {
        IpNet::V6(v6) => v4_of(v6).map_or(network, IpNet::V4),
        IpNet::V4(_) => network,
    };
    // The largest private ones are 10.0.0.0/8 and fc00::/7.
    let widest = if matches!(canonical, IpNet::V4(_)) { 8 } else { 7 };
    if canonical.prefix_len() < widest {
        return Err(format!("has `{text}`, which is too large to be your own network; list smaller ones"));
    }
    Ok(canonical)
}

/// Converts `::ffff:10.0.0.0/104` to 10.0.0.0/8, since peers are compared as IPv4 too.
fn v4_of(network: Ipv6Net) -> Option<Ipv4Net> {
    let address = network.addr().to_ipv4_mapped()?;
    Ipv4Net::new(address, network.prefix_len().checked_sub(96)?).ok()
}
