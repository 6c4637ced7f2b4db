//! `doctor`: finds problems before they matter. Prints one line per check; the exit code is 1 if one fails.

mod accounts;
mod mail;
mod server;

use super::{
    CommandError,
    output::{self, counted},
};
use crate::{
    config::{Config, MasterKeysSetting},
    helpdesk::AccountUrl,
    http::assets::Site,
    origin::PublicUrl,
    store::{self, DatabaseUrl, Opener},
};
use app::model::{Helpdesk, Subdomain};
use domain::clock::World;
use jiff::Timestamp;
use std::{fmt, os::unix::fs::PermissionsExt, path::Path};

/// 2026-01-01: a correct clock cannot be earlier than the program.
const WRITTEN: i64 = 1_767_225_600;

/// A check's result, as a sentence.
enum Found {
    Good(String),
    Doubtful(String),
    Bad(String),
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Good(text) => write!(f, "ok    {text}"),
            Self::Doubtful(text) => write!(f, "note  {text}"),
            Self::Bad(text) => write!(f, "FAIL  {text}"),
        }
    }
}

/// Runs every check and prints a line each. The settings are already valid, or it would not have come this far.
pub async fn run(config: &Config, world: &World) -> Result<(), CommandError> {
    let mut checks = vec![Found::Good("settings: valid".to_owned()), database(config).await];
    checks.extend(server::check(config, world).await);
    checks.extend([keys(config), clock(world.clock.now()), mail::check(config, world).await]);
    checks.extend(addresses(config));
    if config.role.serves() {
        checks.extend([public_url(config), proxies(config), ingest(config), site()]);
    }
    let accounts = accounts::check(config, world).await;
    let mut failed = 0;
    for check in checks.iter().chain(&metrics(config)).chain(&accounts) {
        output::line(check)?;
        failed += u64::from(matches!(check, Found::Bad(_)));
    }
    if failed > 0 { Err(anyhow::anyhow!("{} failed", counted(failed, "check")).into()) } else { Ok(()) }
}

async fn database(config: &Config) -> Found {
    match check_database(&config.database).await {
        Ok(text) if let Some(path) = readable_by_others(&config.database) => Found::Doubtful(format!(
            "database: {text}; other users on this machine can read it; run chmod 600 {}",
            path.display()
        )),
        Ok(text) => Found::Good(format!("database: {text}")),
        Err(error) => Found::Bad(format!("database: {error}")),
    }
}

/// Checks, without creating anything, that the database can be opened. Returns its condition as a sentence.
async fn check_database(url: &DatabaseUrl) -> Result<String, CommandError> {
    if let Some(file) = not_made_yet(url) {
        return Ok(format!("{} will be created by serve", file.display()));
    }
    let store = store::open(url, Opener::Command).await?;
    if let (true, Some(file)) = (store.is_beside(), url.file()) {
        return Ok(format!("{} is in use by a running server", file.display()));
    }
    Ok(match store.pending_migrations().await? {
        0 => "opened, up to date".to_owned(),
        1 => "opened; serve will apply 1 missing migration".to_owned(),
        missing => format!("opened; serve will apply {missing} missing migrations"),
    })
}

/// Returns the database file, if it does not exist yet.
fn not_made_yet(url: &DatabaseUrl) -> Option<&Path> {
    url.file().filter(|file| !file.exists())
}

/// Returns the database file if others can read it: an older version of this program created it that way.
fn readable_by_others(database: &DatabaseUrl) -> Option<&Path> {
    let path = database.file()?;
    let mode = std::fs::metadata(path).ok()?.permissions().mode();
    (mode & 0o004 != 0).then_some(path)
}

fn keys(config: &Config) -> Found {
    match &config.master_keys {
        MasterKeysSetting::Given(keys) => {
            Found::Good(format!("keys: sealing with {}", keys.ids().next().unwrap_or_default()))
        }
        MasterKeysSetting::Beside(path) if !path.exists() => {
            Found::Good(format!("keys: {} will be created by serve", path.display()))
        }
        setting @ MasterKeysSetting::Beside(path) => {
            match setting.open(&crate::clock::SystemEntropy, false) {
                Ok(_) => Found::Good(format!("keys: {} exists; keep a copy elsewhere", path.display())),
                Err(error) => Found::Bad(format!("keys: {error}")),
            }
        }
    }
}

fn clock(now: Timestamp) -> Found {
    if now.as_second() < WRITTEN {
        return Found::Bad(format!(
            "clock: set to {now}, so tokens and signatures will be rejected; set the correct time"
        ));
    }
    Found::Good(format!("clock: {now}"))
}

/// Checks that the metrics address is free. While the server runs, it is in use.
fn metrics(config: &Config) -> Option<Found> {
    let address = config.metrics_listen?;
    Some(match std::net::TcpListener::bind(address) {
        Ok(_) => Found::Good(format!("metrics: {address} is free")),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            Found::Good(format!("metrics: {address} is in use, probably by the running server"))
        }
        Err(error) => Found::Bad(format!("metrics: CONVI_METRICS_LISTEN {address}: {error}")),
    })
}

/// Returns where an account of each helpdesk would be.
fn addresses(config: &Config) -> Vec<Found> {
    let address = |(helpdesk, accounts): (Helpdesk, &AccountUrl)| match Subdomain::parse(helpdesk, "mystore")
    {
        Ok(shop) => Found::Good(format!("{helpdesk}: account mystore is at {}", accounts.account(&shop))),
        Err(error) => Found::Bad(format!("{helpdesk}: {error}")),
    };
    Helpdesk::all().filter_map(|it| Some((it, config.helpdesks.get(&it)?))).map(address).collect()
}

fn public_url(config: &Config) -> Found {
    let url = config.public_url.clone().unwrap_or_else(|| PublicUrl::of_address(config.listen));
    if url.is_https() {
        return Found::Good(format!("public URL: {url}"));
    }
    Found::Doubtful(format!(
        "public URL: {url} is not https, so session cookies are not Secure; set CONVI_PUBLIC_URL"
    ))
}

/// Reports which proxies are trusted and what the proxy in front must send, since the limits depend on it.
fn proxies(config: &Config) -> Found {
    let in_front = config.public_url.as_ref().is_some_and(|url| !url.is_loopback());
    let trusted = &config.trusted_proxies;
    if in_front && config.listen.ip().is_loopback() && !trusted.contains(config.listen.ip()) {
        return Found::Doubtful(format!(
            "proxies: the proxy in front is on this machine, which is not in CONVI_TRUSTED_PROXIES ({trusted}), \
             so all shoppers share one rate limit; add it"
        ));
    }
    Found::Good(format!(
        "proxies: X-Forwarded-For is trusted from {trusted}; the proxy in front must send it"
    ))
}

fn ingest(config: &Config) -> Found {
    if config.demo {
        return Found::Good("ingest: the demo uses ingest.secret beside the database".to_owned());
    }
    match config.ingest_secrets.0.len() {
        0 => Found::Doubtful(
            "ingest: CONVI_INGEST_SECRET is not set, so POST /v1/handovers returns 503".to_owned(),
        ),
        count => Found::Good(format!("ingest: {}", counted(count as u64, "secret"))),
    }
}

fn site() -> Found {
    match Site::beside_executable() {
        Ok(_) => Found::Good("site: complete".to_owned()),
        Err(error) => Found::Bad(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clock_in_the_past_is_detected() {
        assert!(matches!(clock(Timestamp::UNIX_EPOCH), Found::Bad(_)));
        assert!(matches!(clock(Timestamp::from_second(WRITTEN).unwrap()), Found::Good(_)));
    }
}
