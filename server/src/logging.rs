//! The log: `tracing` events on stderr, as JSON when nobody is watching.
//!
//! What never stands in it: secrets, tokens, cookies, addresses with their query, chat text, e-mail addresses.

use std::io::{self, IsTerminal};
use tracing_subscriber::EnvFilter;

/// What is logged unless `RUST_LOG` says otherwise. Libraries only when something is wrong: they log addresses.
const FILTER: &str = "warn,convi_server=info,convi_integrations=info,app=info";

/// Starts logging. Does nothing the second time.
pub fn init() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(FILTER));
    // A line that cannot be written is lost. Complaining about it on stderr as well would panic when it is the log's own
    // disk that is full.
    let log =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).log_internal_errors(false);
    // The error says that another subscriber is there, as in tests.
    let _ = if io::stderr().is_terminal() {
        log.compact().try_init()
    } else {
        log.json().flatten_event(true).with_span_list(false).try_init()
    };
}
