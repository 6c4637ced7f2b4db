//! The one HTTP client for calls that leave the server.

use std::time::Duration;

/// A client without redirects, retries, proxies and HTTP/2: what is sent is sent once, to the host that was named.
///
/// # Errors
/// When the machine's TLS roots cannot be read.
pub fn client() -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .user_agent(concat!("convi-integrations/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .http1_only()
        .referer(false)
        .connect_timeout(Duration::from_secs(10))
        // A connection of its own for every request: one that the other side has closed meanwhile would take the
        // request and never say whether it arrived, and each such doubt costs a ticket 90 s.
        .pool_max_idle_per_host(0)
        .build()
}
