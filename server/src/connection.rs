//! A connection in use: opens its key, describes what is wrong with it, and says when to test it again.

use crate::{
    helpdesk::{Access, HelpdeskClient, Meter},
    store::{Connection, connections::Trouble},
    vault::{Binding, Sealed, Vault},
};
use app::model::{Helpdesk as Kind, Problem, TestOutcome};
use domain::{Said, clock::Millis, delivery::jittered, helpdesk::AccessMethod, sentences};

/// Waits between tests of a broken connection, in milliseconds, before jitter; the last one repeats.
const RECHECK_WAITS: [Millis; 6] = [15_000, 30_000, 60_000, 120_000, 300_000, 600_000];

/// Returns what a merchant's API key is bound to when sealed.
pub fn sealed_to(merchant: &str, helpdesk: Kind) -> Binding<'_> {
    Binding { merchant, helpdesk: helpdesk.slug(), field: "api_key" }
}

/// Returns a connection's sealed API key.
pub fn sealed_key(connection: &Connection) -> Sealed {
    Sealed { key_id: connection.key_id.clone(), bytes: connection.sealed_key.clone() }
}

/// Returns whether the connection's key was sealed with a master key that this process lacks. Another process on the
/// same database may have it. If so, the vault remembers that it is missing.
pub fn is_locked_here(connection: &Connection, vault: &Vault) -> bool {
    let is_locked = !vault.keys().has(&connection.key_id);
    if is_locked {
        tracing::error!(key = connection.key_id, "this process lacks a master key, so it sends nothing");
        vault.misses(&connection.key_id);
    }
    is_locked
}

/// Opens the key of a connection.
pub fn access(connection: &Connection, vault: &Vault) -> Result<Access, Trouble> {
    let binding = sealed_to(&connection.merchant, connection.helpdesk);
    let key = vault.open(binding, &sealed_key(connection)).map_err(|error| {
        tracing::error!(
            merchant = connection.merchant,
            helpdesk = connection.helpdesk.slug(),
            error = %error,
            "cannot open a saved key"
        );
        Trouble { problem: Problem::BadCredentials, reason: Said::from(KEY_LOST).and(ENTER_AGAIN) }
    })?;
    let Connection { subdomain, method, username, .. } = connection;
    Ok(Access { subdomain: subdomain.clone(), method, username: username.clone(), key })
}

sentences! {
    KEY_LOST = "connection.key_lost": "The saved credentials can no longer be decrypted.";
    ENTER_AGAIN = "connection.enter_again": "Enter them again under Configure.";
    CHECK_SUBDOMAIN = "connection.check_subdomain": "Check the subdomain under Configure.";
    RAISE_ROLE = "connection.raise_role": "Give this user a role that can create tickets, or enter another user's credentials under Configure.";
    RAISE_QUOTA = "connection.raise_quota": "Upgrade your plan, or ask the helpdesk to raise its quota.";
    AGAIN = "connection.again": "We will try again automatically.";
}

/// Returns what a broken connection tells the merchant. `why` is the failure.
pub fn trouble(method: &AccessMethod, problem: Problem, why: Said) -> Trouble {
    let mend = match problem {
        Problem::BadCredentials => method.words.new_credentials,
        Problem::UnknownSubdomain | Problem::NotAHelpdesk => CHECK_SUBDOMAIN,
        Problem::Role => RAISE_ROLE,
        Problem::Quota => RAISE_QUOTA,
        Problem::RateLimited | Problem::Unreachable => AGAIN,
    };
    Trouble { problem, reason: why.and(mend) }
}

/// The result of retesting a broken connection.
pub enum Recheck {
    /// It works again.
    Works,
    /// It is still broken.
    Trouble(Trouble),
}

/// Tests a broken connection again.
pub async fn recheck(
    helpdesk: &dyn HelpdeskClient,
    connection: &Connection,
    vault: &Vault,
    meter: &dyn Meter,
) -> Recheck {
    let access = match access(connection, vault) {
        Ok(access) => access,
        Err(trouble) => return Recheck::Trouble(trouble),
    };
    match helpdesk.check(&access, meter).await {
        TestOutcome::Passed { .. } => Recheck::Works,
        TestOutcome::Failed(failure) => {
            Recheck::Trouble(Trouble { problem: failure.problem, reason: failure.said() })
        }
    }
}

/// A time that never comes.
const NEVER: Millis = Millis::MAX;

/// Returns when a broken connection is tested next, after this many tests.
pub fn recheck_at(trouble: &Trouble, tests: u32, now: Millis, chance: f64) -> Millis {
    if trouble.is_switched_off() { NEVER } else { now.saturating_add(recheck_wait(tests, chance)) }
}

/// Returns the wait before the next test in milliseconds, up to 20 % shorter or longer.
pub fn recheck_wait(tests: u32, chance: f64) -> Millis {
    jittered(RECHECK_WAITS[(tests as usize).min(RECHECK_WAITS.len() - 1)], chance)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problem_and_fix_are_separate_sentences() {
        let method = Kind::GORGIAS.method(None).unwrap();
        let reason = |words| trouble(method, Problem::Quota, Said::plain(words)).reason.to_string();
        assert!(reason("Gorgias refused: status 403").starts_with("Gorgias refused: status 403. Upgrade"));
        assert!(
            reason("Gorgias refused: Quota exceeded.")
                .starts_with("Gorgias refused: Quota exceeded. Upgrade")
        );
    }
}
