//! Tests every connected account the way the server does, and compares this machine's clock with the helpdesk's.

use super::{CommandError, Found, not_made_yet};
use crate::{
    application::{StartError, helpdesks, open_vault},
    config::Config,
    connection::access,
    helpdesk::{budget::Budgets, person_meter::PersonMeter},
    outbound,
    store::{self, Opener, connections::Trouble},
};
use app::model::TestOutcome;
use domain::clock::World;
use jiff::Timestamp;
use std::time::Duration;

/// Tests each connected account, and compares this machine's clock with the first helpdesk that answers.
pub(super) async fn check(config: &Config, world: &World) -> Vec<Found> {
    let accounts = match ask(config, world).await {
        Ok(accounts) => accounts,
        Err(error) => return vec![Found::Bad(format!("accounts: {error}"))],
    };
    let mut found = Vec::new();
    let mut compared = false;
    for account in accounts {
        let Account { name, outcome, date } = account;
        if let Some(theirs) = date.filter(|_| !compared) {
            compared = true;
            found.push(against(world.clock.now(), theirs, &name));
        }
        found.push(match outcome {
            TestOutcome::Passed { .. } => Found::Good(format!("account: {name} works")),
            TestOutcome::Failed(failure) => Found::Bad(format!("account: {name}: {}", failure.message)),
        });
    }
    found
}

/// Compares the clocks. With a wrong one, the server rejects valid tokens and signatures and shows people wrong times.
fn against(ours: Timestamp, theirs: Timestamp, name: &str) -> Found {
    let off = ours.as_second() - theirs.as_second();
    let way = if off > 0 { "ahead of" } else { "behind" };
    match off.abs() {
        0..=5 => Found::Good(format!("clock: in sync with {name}")),
        seconds @ 6..=30 => Found::Doubtful(format!("clock: {seconds} s {way} {name}")),
        seconds => Found::Bad(format!(
            "clock: {seconds} s {way} {name}, so tokens and signatures will be rejected; synchronize it with NTP"
        )),
    }
}

/// A connected account and its test result.
struct Account {
    /// The account and its merchant, for operators.
    name: String,
    /// The result of testing the saved credentials.
    outcome: TestOutcome,
    /// The helpdesk's time, if it sent one.
    date: Option<Timestamp>,
}

/// Tests every connected account, as the screen does.
async fn ask(config: &Config, world: &World) -> Result<Vec<Account>, CommandError> {
    if not_made_yet(&config.database).is_some() {
        return Ok(Vec::new());
    }
    let store = store::open(&config.database, Opener::Command).await?;
    // A database with pending migrations cannot be read yet. `serve` migrates it, and the database's own line says so.
    if store.pending_migrations().await? > 0 {
        return Ok(Vec::new());
    }
    let connections = store.all_connections().await?;
    if connections.is_empty() {
        return Ok(Vec::new());
    }
    let vault = open_vault(config, &*store, world).await?;
    let http = outbound::client().map_err(StartError::from)?;
    let helpdesks = helpdesks(config, world)?;
    let budgets = Budgets::new(world.clock.since_boot());
    let mut asked = Vec::new();
    for connection in connections {
        let helpdesk = helpdesks.get(connection.helpdesk);
        let account = connection.account();
        let meter = PersonMeter::new(&budgets, world, &account);
        let off = connection.trouble.clone().filter(Trouble::is_switched_off);
        let outcome = match off.map_or_else(|| access(&connection, &vault), Err) {
            Ok(access) => helpdesk.check(&access, &meter).await,
            Err(Trouble { problem, reason }) => TestOutcome::failed(problem, reason),
        };
        // Sent without credentials, because any response has the time.
        let url = Some(helpdesk.account_url(&connection.subdomain)).filter(|url| !url.is_empty());
        let head = match url {
            Some(url) => http.get(url).timeout(Duration::from_secs(5)).send().await.ok(),
            None => None,
        };
        let date = head.and_then(|answer| {
            let date = answer.headers().get(http::header::DATE)?.to_str().ok()?.to_owned();
            jiff::fmt::rfc2822::parse(&date).ok().map(|zoned| zoned.timestamp())
        });
        asked.push(Account { name: format!("{account} of {}", connection.merchant), outcome, date });
    }
    Ok(asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clock_difference_is_measured() {
        let now = Timestamp::UNIX_EPOCH;
        let said = |off: i64| against(Timestamp::from_second(off).unwrap(), now, "m1's acme").to_string();
        assert_eq!(said(5), "ok    clock: in sync with m1's acme");
        assert_eq!(said(-20), "note  clock: 20 s behind m1's acme");
        assert!(said(61).starts_with("FAIL  clock: 61 s ahead of m1's acme,"), "{}", said(61));
    }
}
