//! `GET /api/account`: the lightest call (D, S).

use serde_json::json;

use crate::{
    api::{Call, Refusal, Reply, datetime, query::Query},
    world::Account,
};

/// The account, whether it is active, and its settings.
pub(crate) fn account(account: &mut Account, call: &Call) -> Result<Reply, Refusal> {
    Query::of(call).finish()?;
    let status = if account.deactivated.is_some() { "deactivated" } else { "active" };
    Ok(Reply::json(
        200,
        json!({
            "domain": account.subdomain,
            "status": {"status": status},
            "created_datetime": datetime::write(account.created),
            "deactivated_datetime": datetime::write_opt(account.deactivated),
            "settings": super::settings::settings(account),
        }),
    ))
}
