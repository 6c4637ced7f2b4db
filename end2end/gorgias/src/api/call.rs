//! A call to Gorgias's API.

pub(crate) use emulator::Reply;

use crate::world::{Account, User};

/// An authenticated request.
pub(crate) type Call = emulator::Call<User>;

/// Returns the path after `/api`, split.
pub(crate) fn resource(call: &Call) -> &[String] {
    call.request.path.get(1..).unwrap_or_default()
}

/// Returns the id in a path such as `tickets/7`.
pub(crate) fn id(call: &Call) -> Option<u64> {
    resource(call).get(1)?.parse().ok()
}

/// Returns the start of a `Location`.
pub(crate) fn base(account: &Account, call: &Call) -> String {
    let origin = if account.behaviour.absolute_locations { &call.request.origin } else { "" };
    format!("{origin}/{}", account.subdomain)
}
